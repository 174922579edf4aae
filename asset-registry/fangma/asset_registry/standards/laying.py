"""Whether a rule pack that somebody brings can be laid over those that hold, and what it says."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.plain_yaml import check_plain
from fangma.asset_registry.standards.choosing import choose, refuse_figures_of_1999
from fangma.asset_registry.standards.errors import PackError, StandardError
from fangma.asset_registry.standards.reading import FIGURES, read_pack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.standards.pack import Pack
    from fangma.asset_registry.standards.standard import Standard

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_pack(text: str, packs: Iterable[Pack], origin: str = "the pack") -> Pack:
    """Read a pack from outside and look whether an audit could be held with it.

    Parameters
    ----------
    text : str
        Plain YAML.
    packs : iterable of Pack
        Those that hold; one of the same name is replaced.
    origin : str
        What messages call it.

    Raises
    ------
    YamlError
    PackError
        Where it is not well formed, prints the ceilings of 1999, or where a national standard
        lacks what every audit asks for.
    """
    check_plain(text, origin)
    pack = read_pack(text, origin)
    if not _NAME.fullmatch(pack.name):
        raise PackError(
            f"{origin}: found the name {pack.name[:80]!r}, expected letters, digits, . _ -",
            "rename it, as in zj-2026",
        )
    refuse_figures_of_1999(pack)
    laid = lay_over(packs, (pack,))
    day = pack.valid_from or pack.valid_to or date.today()  # noqa: DTZ011 - a pack has one of both
    if pack.level == "national":
        _check_whole(laid, pack, day, origin)
    return pack


def lay_over(packs: Iterable[Pack], own: Iterable[Pack]) -> tuple[Pack, ...]:
    """Return packs with others laid over: of two with one name the later holds."""
    laid = {pack.name: pack for pack in packs}
    laid |= {pack.name: pack for pack in own}
    return tuple(laid.values())


def describe(pack: Pack) -> dict[str, Any]:
    """Tell what a pack is: name, title, document, level, place, time, and how much it says."""
    return {
        "name": pack.name,
        "title": pack.title,
        "document": pack.document,
        "level": pack.level,
        "division": pack.division,
        "valid_from": pack.valid_from,
        "valid_to": pack.valid_to,
        "ceilings": sum(len(rows) for rows in pack.ceilings.values()),
        "figures": len(pack.figures),
        "rules": len(pack.rules),
    }


def what_changes(before: Iterable[Pack], pack: Pack) -> list[dict[str, Any]]:
    """List the ceilings and figures that are others once a pack is laid over.

    Returns
    -------
    changes : list of dict
        ``what`` (class and rank, or the name of a figure), ``before`` and ``after`` as texts; None
        where there was, or is, no such figure.
    """
    held = tuple(before)
    day = pack.valid_from or pack.valid_to or date.today()  # noqa: DTZ011 - a pack has one of both
    national = pack.name if pack.level == "national" else None
    after = _figures(choose(lay_over(held, (pack,)), day, pack.division or None, national))
    try:
        now = _figures(
            choose(
                held,
                day,
                pack.division or None,
                national if any(each.name == national for each in held) else None,
            )
        )
    except StandardError:  # none was in force then
        now = {}
    return [
        {"what": what, "before": now.get(what), "after": after.get(what)}
        for what in sorted(now.keys() | after.keys())
        if now.get(what) != after.get(what)
    ]


def _figures(standard: Standard) -> dict[str, str]:
    told = {
        f"{organ_class} {row.rank}": f"{row.m2.value} m²"
        for organ_class, rows in standard.ceilings.items()
        for row in rows
    }
    told |= {name: str(figure.value) for name, figure in standard.figures.items()}
    return told | {"sharing": str(standard.sharing)}


def _check_whole(laid: tuple[Pack, ...], pack: Pack, day: date, origin: str) -> None:
    standard = choose(laid, day, None, pack.name)
    lacking = sorted(FIGURES - standard.figures.keys())
    if lacking or not standard.ceilings:
        raise PackError(
            f"{origin}: found a national standard without {', '.join(lacking) or 'ceilings'}, "
            "expected all that an audit asks for",
            "begin with the shipped pack that it replaces, and change what is different",
        )
