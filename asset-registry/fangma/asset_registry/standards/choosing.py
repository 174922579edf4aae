"""Find the packs in force on a day in a place, and refuse the figures of a standard long gone."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.standards.errors import (
    NotInForceError,
    PackError,
    UnknownStandardError,
)
from fangma.asset_registry.standards.pack import LEVELS
from fangma.asset_registry.standards.reading import differing, read_pack
from fangma.asset_registry.standards.standard import Standard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from pathlib import Path

    from fangma.asset_registry.standards.pack import Pack

# From this many figures of 1999 on it is no accident.
_MIXED_UP: Final = 3


@cache
def shipped() -> tuple[Pack, ...]:
    """Return the packs that come with the program, by name."""
    folder = resources.files("fangma.asset_registry.standards").joinpath("packs")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda f: f.name
    )
    return tuple(read_pack(file.read_text("utf-8"), file.name) for file in files)


def shipped_text(name: str) -> str | None:
    """Return a pack that comes with the program as it is written; None = there is none."""
    folder = resources.files("fangma.asset_registry.standards").joinpath("packs")
    for item in folder.iterdir():
        if item.name.endswith(".yaml"):
            text = item.read_text("utf-8")
            if read_pack(text, item.name).name == name:
                return text
    return None


def load(folder: Path) -> tuple[Pack, ...]:
    """Return the shipped packs and those of a folder; of two with one name the folder's holds.

    Raises
    ------
    PackError
        When a file is not well formed, names a pack twice, or prints the ceilings of 1999 as if
        they were in force.
    """
    own: dict[str, Pack] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise PackError(f"{file.name} is not UTF-8: {error}", "save it as UTF-8") from error
        pack = read_pack(text, file.name)
        if pack.name in own:
            raise PackError(
                f"{file.name}: found a second pack named {pack.name}, expected one",
                "rename one of them, or give both one file",
            )
        refuse_figures_of_1999(pack)
        own[pack.name] = pack
    return (*(pack for pack in shipped() if pack.name not in own), *own.values())


def refuse_figures_of_1999(pack: Pack) -> None:
    """Refuse a pack in force after 2014-11-23 whose ceilings are those of 计投资〔1999〕2250号.

    Raises
    ------
    PackError
        With the rows concerned.
    """
    old, new = (_ceilings(_named(shipped(), name)) for name in ("cn-1999", "cn-2014"))
    telling = {key: m2 for key, m2 in old.items() if key in new and new[key] != m2}
    end = _named(shipped(), "cn-1999").valid_to
    if end is None or (pack.valid_to is not None and pack.valid_to <= end):
        return
    found = differing(pack, telling)
    if len(found) >= _MIXED_UP:
        rows = ", ".join(f"{name} {rank} {telling[name, rank]}" for name, rank in found)
        raise PackError(
            f"{pack.name}: found the ceilings of 1999 ({rows}), expected those of "
            "发改投资〔2014〕2674号, table 3",
            "many pages print the table of 1999 as that of 2014; compare with packs/cn-2014.yaml",
        )


def choose(
    packs: Iterable[Pack], day: date, division: str | None = None, name: str | None = None
) -> Standard:
    """Lay the packs over one another that hold on a day in a place.

    Parameters
    ----------
    packs : iterable of Pack
        As :func:`load` returns them.
    day : date
        Day of the audit, in China.
    division : str or None
        Division code of the place; None = national rules only.
    name : str or None
        National pack asked for; None = the one in force.

    Raises
    ------
    UnknownStandardError
        When no national pack has that name, or none was in force.
    NotInForceError
        When the one asked for was not in force on that day.
    """
    held = tuple(packs)
    national = [pack for pack in held if pack.level == "national"]
    names = ", ".join(sorted(pack.name for pack in national))
    if name is None:
        current = [pack for pack in national if pack.is_in_force(day)]
        if not current:
            raise UnknownStandardError(
                f"found no national standard in force on {day}, expected one of {names}",
                "add a pack for that time",
            )
        base = max(current, key=lambda pack: (pack.valid_from or date.min, pack.name))
    else:
        asked = [pack for pack in national if pack.name == name]
        if not asked:
            raise UnknownStandardError(
                f"found no standard named {name}, expected one of {names}", f"ask for {names}"
            )
        base = asked[0]
        if not base.is_in_force(day):
            raise NotInForceError(
                f"{name} ({base.document}) was in force from {base.valid_from or 'the beginning'} "
                f"to {base.valid_to or 'now'}, the audit is for {day}",
                "leave the standard out, which takes the one in force, or choose another day",
            )
    layers = sorted(
        (
            pack
            for pack in held
            if pack.level != "national"
            and pack.is_in_force(day)
            and (not pack.division or (division or "").startswith(pack.division))
        ),
        # The later of two packs of one place lies above the earlier.
        key=lambda pack: (
            LEVELS.index(pack.level),
            len(pack.division),
            pack.valid_from or date.min,
            pack.name,
        ),
    )
    return Standard((base, *layers))


def standard_on(day: date, division: str | None = None, name: str | None = None) -> Standard:
    """Choose among the shipped packs."""
    return choose(shipped(), day, division, name)


def _named(packs: Iterable[Pack], name: str) -> Pack:
    return next(pack for pack in packs if pack.name == name)


def _ceilings(pack: Pack) -> dict[tuple[str, str], Decimal]:
    return {(name, row.rank): row.m2.value for name, rows in pack.ceilings.items() for row in rows}
