"""Read rule packs from YAML, and refuse what is not well formed in words of its editor."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import yaml

from fangma.asset_registry.plain_yaml import UNREADABLE
from fangma.asset_registry.standards.errors import PackError
from fangma.asset_registry.standards.figures import Basis, Figure, Flag
from fangma.asset_registry.standards.pack import (
    LEVELS,
    ORGAN_CLASSES,
    Ceiling,
    Pack,
    Rule,
    ServiceRooms,
    Sharing,
    ToiletRight,
    UnitStatus,
)
from fangma.asset_registry.standards.ranks import spellings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FIGURES: Final = frozenset({
    "plant_share", "usable_ratio_multi_storey", "usable_ratio_high_rise", "high_rise_above_m",
    "canteen_small_m2", "canteen_small_up_to", "canteen_large_m2",
    "garage_m2", "garage_up_to", "garage_large_m2", "bicycle_m2", "motorcycle_m2", "guard_m2",
    "toilet_m2", "township_limit_m2", "months_after_leaving", "months_after_second_post",
    "tolerance_m2", "lease_warning_days", "mismatch_m2", "mismatch_share", "unused_days",
})  # fmt: skip
"""Names that the section ``figures`` may hold."""

RULES: Final = frozenset({
    "over-ceiling", "second-office", "left-post", "vacate-by", "toilet", "rest-room", "unit-total",
    "use-mismatch", "area-mismatch", "certificate", "lease-ends", "rent-arrears", "unknown-rank",
    "unknown-area",
})  # fmt: skip

_TOP: Final = frozenset({
    "pack", "title", "document", "level", "division", "in_force", "ceilings", "toilet_posts",
    "sharing", "unit_statuses", "service_rooms", "figures", "entrance_halls", "rules",
})  # fmt: skip
_BASIS: Final = frozenset({"document", "clause", "flag", "note"})


def read_pack(text: str, origin: str) -> Pack:
    """Read one pack.

    Parameters
    ----------
    text : str
        YAML as ``packs/cn-2014.yaml`` has it.
    origin : str
        File name, for messages.

    Raises
    ------
    PackError
        Where something is missing, unknown or of the wrong kind: which section, what was found,
        what was expected.
    """
    try:
        content = yaml.safe_load(text)
    except UNREADABLE as error:
        raise PackError(f"{origin} is not YAML: {error}", "mend the line named above") from error
    return _Reader(origin).pack(content)


class _Reader:
    """Walk a pack, knowing where it stands."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def refuse(self, where: str, found: object, expected: str, remedy: str = "") -> PackError:
        return PackError(
            f"{self.origin}, {where}: found {found!r}, expected {expected}",
            remedy or f"correct {where} in {self.origin}",
        )

    def pack(self, content: object) -> Pack:
        top = self.mapping(content, "the file", allowed=_TOP)
        for key in ("pack", "title", "document", "level"):
            if key not in top:
                raise self.refuse("the file", sorted(top), f"the field {key}", f"add {key}")
        level = self.text(top["level"], "level")
        if level not in LEVELS:
            raise self.refuse("level", level, f"one of {', '.join(LEVELS)}")
        division = self.text(top.get("division", ""), "division")
        local = level in {"province", "city"}
        if not division.isdigit() and (local or division):
            raise self.refuse("division", division, "leading digits of division codes, quoted")
        begun, ended = self.period(top.get("in_force"))
        document = self.text(top["document"], "document")
        root = Basis(document=document, clause="", flag=Flag.MEMORY)
        return Pack(
            name=self.text(top["pack"], "pack"),
            title=self.text(top["title"], "title"),
            document=document,
            level=level,
            division=division,
            valid_from=begun,
            valid_to=ended,
            ceilings=self.ceilings(top.get("ceilings", {}), root),
            unit_statuses=tuple(
                self.unit_status(row, f"unit_statuses[{i}]", root)
                for i, row in enumerate(self.rows(top.get("unit_statuses", []), "unit_statuses"))
            ),
            service_rooms=self.service_rooms(top.get("service_rooms", {}), root),
            figures=self.figures(top.get("figures", {}), "figures", root, FIGURES),
            halls=self.figures(
                top.get("entrance_halls", {}), "entrance_halls", root, frozenset(ORGAN_CLASSES)
            ),
            rules=self.rules(top.get("rules", {}), root),
            toilet_posts=self.texts(top.get("toilet_posts", []), "toilet_posts"),
            sharing=self.sharing(top.get("sharing")),
        )

    # ---- sections ----

    def sharing(self, value: object) -> Sharing | None:
        if value is None:
            return None
        if not isinstance(value, str) or value not in tuple(Sharing):
            raise self.refuse("sharing", value, f"one of {', '.join(Sharing)}")
        return Sharing(value)

    def period(self, value: object) -> tuple[date | None, date | None]:
        held = self.mapping(value or {}, "in_force", allowed={"from", "to"})
        for end, day in held.items():
            if type(day) is not date:
                raise self.refuse(f"in_force.{end}", day, "a day such as 2014-11-24")
        begun, ended = held.get("from"), held.get("to")
        if begun is None and ended is None:
            raise self.refuse("in_force", value, "from, to or both")
        if begun is not None and ended is not None and ended < begun:
            raise self.refuse("in_force", f"{begun} to {ended}", "an end after the beginning")
        return begun, ended

    def ceilings(self, value: object, root: Basis) -> dict[str, tuple[Ceiling, ...]]:
        section = self.mapping(value, "ceilings", allowed={"basis", *ORGAN_CLASSES})
        basis = self.basis(section.pop("basis", {}), "ceilings.basis", root)
        return {
            name: self.ceiling_rows(rows, f"ceilings.{name}", basis)
            for name, rows in section.items()
        }

    def ceiling_rows(self, value: object, where: str, basis: Basis) -> tuple[Ceiling, ...]:
        made: list[Ceiling] = []
        taken: set[str] = set()
        for i, row in enumerate(self.rows(value, where)):
            here = f"{where}[{i}]"
            held = self.mapping(
                row,
                here,
                allowed={"rank", "m2", "aliases", "leads", "toilet"},
                needed=("rank", "m2"),
            )
            toilet = held.get("toilet", "none")
            if toilet not in set(ToiletRight):
                raise self.refuse(f"{here}.toilet", toilet, f"one of {', '.join(ToiletRight)}")
            if not isinstance(held.get("leads", False), bool):
                raise self.refuse(f"{here}.leads", held["leads"], "true or false")
            rank = self.text(held["rank"], f"{here}.rank")
            if spellings(rank) & taken:
                raise self.refuse(f"{here}.rank", rank, "a rank that no row before has")
            taken |= spellings(rank)
            ceiling = self.figure(held["m2"], f"{here}.m2", basis)
            if not ceiling.value:
                raise self.refuse(f"{here}.m2", 0, "more than 0: shares go by ceilings")
            made.append(
                Ceiling(
                    rank=rank,
                    m2=ceiling,
                    aliases=self.texts(held.get("aliases", []), f"{here}.aliases"),
                    leads=held.get("leads"),
                    toilet=ToiletRight(toilet) if "toilet" in held else None,
                )
            )
        return tuple(made)

    def unit_status(self, row: object, where: str, root: Basis) -> UnitStatus:
        held = self.mapping(
            row,
            where,
            allowed={"class", "words", "as", "ceilings", "basis"},
            needed=("class", "words"),
        )
        for key in ("class", "as"):
            if held.get(key, ORGAN_CLASSES[0]) not in ORGAN_CLASSES:
                raise self.refuse(f"{where}.{key}", held[key], f"one of {', '.join(ORGAN_CLASSES)}")
        basis = self.basis(held["basis"], f"{where}.basis", root) if "basis" in held else None
        return UnitStatus(
            organ_class=held["class"],
            words=self.texts(held["words"], f"{where}.words"),
            as_class=held.get("as"),
            ceilings=self.ceiling_rows(
                held.get("ceilings", []), f"{where}.ceilings", basis or root
            ),
            basis=basis,
        )

    def service_rooms(self, value: object, root: Basis) -> dict[str, ServiceRooms]:
        section = self.mapping(value, "service_rooms", allowed={"basis", *ORGAN_CLASSES})
        basis = self.basis(section.pop("basis", {}), "service_rooms.basis", root)
        made = {}
        fields = ("up_to", "small", "at_least", "large", "between")
        for name, row in section.items():
            where = f"service_rooms.{name}"
            held = self.mapping(row, where, allowed=set(fields), needed=fields)
            between = self.mapping(
                held["between"],
                f"{where}.between",
                allowed={"numerator", "divisor"},
                needed=("numerator", "divisor"),
            )
            low, high = (
                self.figure(held[key], f"{where}.{key}", basis) for key in ("up_to", "at_least")
            )
            small, large = (
                self.figure(held[key], f"{where}.{key}", basis) for key in ("small", "large")
            )
            for x, y in ((low.value, small.value), (high.value, large.value)):
                if (between["numerator"] - x) / between["divisor"] != y:
                    raise self.refuse(
                        where,
                        f"{between['numerator']}-x over {between['divisor']} at x={x}",
                        f"{y}, so that the brackets meet",
                        "a formula taken from another class of organ? Check the bounds",
                    )
            made[name] = ServiceRooms(
                up_to=int(low.value),
                small=small,
                at_least=int(high.value),
                large=large,
                numerator=between["numerator"],
                divisor=between["divisor"],
                between=basis,
            )
        return made

    def figures(
        self, value: object, where: str, root: Basis, allowed: Collection[str]
    ) -> dict[str, Figure]:
        section = self.mapping(value, where, allowed={"basis", *allowed})
        basis = self.basis(section.pop("basis", {}), f"{where}.basis", root)
        return {key: self.figure(item, f"{where}.{key}", basis) for key, item in section.items()}

    def rules(self, value: object, root: Basis) -> dict[str, Rule]:
        section = self.mapping(value, "rules", allowed={"basis", *RULES})
        basis = self.basis(section.pop("basis", {}), "rules.basis", root)
        made = {}
        for name, row in section.items():
            where = f"rules.{name}"
            held = self.mapping(row, where, allowed=_BASIS | {"zh", "en"}, needed=("zh", "en"))
            made[name] = Rule(
                id=name,
                zh=self.text(held.pop("zh"), f"{where}.zh"),
                en=self.text(held.pop("en"), f"{where}.en"),
                basis=self.basis(held, where, basis),
            )
        return made

    # ---- single values ----

    def figure(self, value: object, where: str, basis: Basis) -> Figure:
        if isinstance(value, dict):
            held = self.mapping(value, where, allowed=_BASIS | {"value"}, needed=("value",))
            value = held.pop("value")
            basis = self.basis(held, where, basis)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise self.refuse(where, value, "a number from 0 to 1,000,000")
        return Figure(value=Decimal(repr(value)), basis=basis)

    def basis(self, value: object, where: str, above: Basis) -> Basis:
        held = self.mapping(value, where, allowed=_BASIS)
        if held.get("flag", above.flag) not in set(Flag):
            raise self.refuse(f"{where}.flag", held["flag"], f"one of {', '.join(Flag)}")
        texts = {key: self.text(held[key], f"{where}.{key}") for key in held}
        return Basis(
            document=texts.get("document", above.document),
            clause=texts.get("clause", above.clause),
            flag=Flag(texts.get("flag", above.flag)),
            note=texts.get("note", above.note),
        )

    def mapping(
        self,
        value: object,
        where: str,
        *,
        allowed: Collection[str],
        needed: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.refuse(where, value, "a mapping of names to values")
        for key in value:
            if key not in allowed:
                raise self.refuse(where, key, f"only {', '.join(sorted(allowed))}")
        for key in needed:
            if key not in value:
                raise self.refuse(where, sorted(value), f"the field {key}", f"add {key}")
        return dict(value)

    def rows(self, value: object, where: str) -> list[object]:
        if not isinstance(value, list):
            raise self.refuse(where, value, "a list of rows")
        return value

    def texts(self, value: object, where: str) -> tuple[str, ...]:
        return tuple(self.text(item, where) for item in self.rows(value, where))

    def text(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            raise self.refuse(where, value, "a text", f"put quotes around it in {self.origin}")
        return value


def differing(pack: Pack, old: Mapping[tuple[str, str], Decimal]) -> tuple[tuple[str, str], ...]:
    """Return the (class, rank) of a pack whose ceiling is a figure given in ``old``."""
    return tuple(
        (name, row.rank)
        for name, rows in pack.ceilings.items()
        for row in rows
        if old.get((name, row.rank)) == row.m2.value
    )
