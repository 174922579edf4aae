"""The standard in force: packs laid over one another, and the questions that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.standards import ranks
from fangma.asset_registry.standards.pack import Ceiling, Sharing, ToiletRight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fangma.asset_registry.standards.figures import Basis, Figure
    from fangma.asset_registry.standards.pack import Pack, Rule, ServiceRooms, UnitStatus

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What the standard says of a rank in a unit.

    Attributes
    ----------
    ceiling : Ceiling or None
        None when it cannot be told.
    status : UnitStatus or None
        The note that moved the unit to other rows, when one did.
    missing_zh, missing_en : str
        What is missing when there is no ceiling.
    """

    ceiling: Ceiling | None = None
    status: UnitStatus | None = None
    missing_zh: str = ""
    missing_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArea:
    """Approved service rooms of a unit.

    Attributes
    ----------
    per_person_m2, total_m2 : Decimal
        A person of the authorised strength, and for all.
    """

    per_person_m2: Decimal
    total_m2: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Standard:
    """Packs in force on a day in a place; of two figures the later pack's holds.

    Attributes
    ----------
    packs : tuple of Pack
        National standard first, then management rules, province, city.
    """

    packs: tuple[Pack, ...]
    ceilings: Mapping[str, tuple[Ceiling, ...]] = field(init=False)
    service_rooms: Mapping[str, ServiceRooms] = field(init=False)
    figures: Mapping[str, Figure] = field(init=False)
    halls: Mapping[str, Figure] = field(init=False)
    rules: Mapping[str, Rule] = field(init=False)
    unit_statuses: tuple[UnitStatus, ...] = field(init=False)
    clauses: Mapping[str, str] = field(init=False)
    _known: dict[tuple[str | None, str | None, str | None], Entitlement] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for name in ("service_rooms", "figures", "halls", "rules"):
            laid = {key: item for pack in self.packs for key, item in getattr(pack, name).items()}
            object.__setattr__(self, name, laid)
        clauses = {name: str(rule.basis) for name, rule in self.rules.items()}
        object.__setattr__(self, "clauses", clauses)
        rows: dict[str, tuple[Ceiling, ...]] = {}
        for pack in self.packs:
            for organ_class, own in pack.ceilings.items():
                rows[organ_class] = _laid_over(rows.get(organ_class, ()), own)
        object.__setattr__(self, "ceilings", rows)
        statuses = tuple(status for pack in self.packs[::-1] for status in pack.unit_statuses)
        object.__setattr__(self, "unit_statuses", statuses)

    @property
    def name(self) -> str:
        """Name of the national pack."""
        return self.packs[0].name

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of all packs, the national one first."""
        return tuple(pack.name for pack in self.packs)

    @property
    def sharing(self) -> Sharing:
        """How a shared office is divided: as the last layer that says so, else by ceilings."""
        said = [pack.sharing for pack in self.packs if pack.sharing is not None]
        return said[-1] if said else Sharing.PRO_RATA

    def entitlement(
        self, organ_class: str | None, unit_rank: str | None, rank: str | None
    ) -> Entitlement:
        """Tell the ceiling of a rank: never by rank alone.

        Parameters
        ----------
        organ_class, unit_rank : str or None
            机关类别 and 机构规格 of the unit of the main post; an empty rank is an ordinary unit.
        rank : str or None
            职级 in any usual spelling.

        Returns
        -------
        entitlement : Entitlement
            With a ceiling, or with what is missing.

        Notes
        -----
        发改投资〔2014〕2674号, table 3 and its notes 1 and 2.
        """
        key = (organ_class, unit_rank, rank)
        if key not in self._known:
            self._known[key] = self._entitlement(*key)
        return self._known[key]

    def _entitlement(
        self, class_words: str | None, unit_rank: str | None, rank: str | None
    ) -> Entitlement:
        organ_class = ranks.organ_class(class_words)
        if organ_class is None:
            return _missing("机关类别", class_words, "the class of organ")
        if not ranks.fold(rank or ""):
            return _missing("职级", rank, "the rank")
        status = self.unit_status(organ_class, unit_rank)
        if status is None and ranks.fold(unit_rank or ""):
            return _missing("机构规格", unit_rank, "the rank of the unit")
        groups = self._groups(organ_class, status)
        if not any(groups):
            if organ_class == "乡级":
                return Entitlement(
                    missing_zh="乡级标准由省级人民政府规定,尚无本地规则包",
                    missing_en="townships are set by the province; no pack for it is loaded",
                )
            return _missing(f"{organ_class}机关的标准", None, f"ceilings for {organ_class}")
        asked = ranks.fold(rank or "")
        for words in (asked, *ranks.readings(asked)):
            for rows in groups:
                row = _row(rows, words)
                if row is not None:
                    named = status if status is not None and status.basis is not None else None
                    return Entitlement(ceiling=row, status=named)
        if ranks.is_grade(asked):
            return Entitlement(
                missing_zh=f"“{rank}”是公务员职级，不是领导职务层次，缺少领导职务层次",
                missing_en=f"“{rank}” is a grade, not the level of a post; that level is missing",
            )
        return _missing(f"职级(表中无此{organ_class}职级)", rank, f"a rank of {organ_class}")

    def rows(self, organ_class: str | None, unit_rank: str | None) -> tuple[Ceiling, ...]:
        """Return the rows that hold for a unit, highest ceiling first; none when it is unknown."""
        name = ranks.organ_class(organ_class)
        if name is None:
            return ()
        groups = self._groups(name, self.unit_status(name, unit_rank))
        held: dict[str, Ceiling] = {}
        for rows in groups:
            for row in rows:
                held.setdefault(row.rank, row)
        return tuple(sorted(held.values(), key=lambda row: -row.m2.value))

    def _groups(self, organ_class: str, status: UnitStatus | None) -> list[tuple[Ceiling, ...]]:
        """Return the tables to look a rank up in, the first before the others."""
        groups = [self.ceilings.get(organ_class, ())]
        if status is not None and status.as_class:
            groups.insert(0, self.ceilings.get(status.as_class, ()))
        if status is not None and status.ceilings:
            groups.insert(0, status.ceilings)
        return groups

    def unit_status(self, organ_class: str, unit_rank: str | None) -> UnitStatus | None:
        """Return what the rank of a unit means, or None when it is empty or not known."""
        asked = ranks.fold(unit_rank or "")
        for status in self.unit_statuses:
            if status.organ_class == organ_class and asked in {
                spelling for word in status.words for spelling in ranks.spellings(word)
            }:
                return status
        return None

    def may_have_toilet(self, ceiling: Ceiling, post: str | None) -> bool | None:
        """Tell whether a person may have a toilet in the office; None when the post must be known.

        Notes
        -----
        发改投资〔2014〕2674号, note 4 to table 3. 人大主任 and 政协主席 are 市级正职 as well, but
        not 党政正职.
        """
        said = ranks.fold(post or "")
        match ceiling.toilet:
            case ToiletRight.ALL:
                return True
            case ToiletRight.NONE | None:
                return False
            case ToiletRight.CHIEF:
                return "副" not in said
            case ToiletRight.PARTY_GOVERNMENT_CHIEF:
                if not said:
                    return None
                posts = {ranks.fold(word) for pack in self.packs for word in pack.toilet_posts}
                held = said.replace("，", ",").replace("、", ",").replace(";", ",").split(",")
                return any(word in posts for word in held)

    def service_area(self, organ_class: str | None, authorised: int) -> ServiceArea | None:
        """Return the approved service rooms of a unit with ``authorised`` posts, or None.

        Examples
        --------
        >>> from fangma.asset_registry.standards.choosing import standard_on
        >>> from datetime import date
        >>> str(standard_on(date(2026, 1, 1)).service_area("市级", 300).total_m2)
        '2100.00'
        """
        rule = self.service_rooms.get(ranks.organ_class(organ_class) or "")
        if rule is None or authorised <= 0:
            return None
        if authorised <= rule.up_to:
            total, basis = rule.small.value * authorised, rule.small.basis
        elif authorised >= rule.at_least:
            total, basis = rule.large.value * authorised, rule.large.basis
        else:
            # Exact to the last step: dividing integers first would lose up to 1 m2 a person.
            total = Decimal((rule.numerator - authorised) * authorised) / rule.divisor
            basis = rule.between
        return ServiceArea(
            per_person_m2=total / authorised,
            total_m2=total.quantize(CENT, ROUND_HALF_UP),
            basis=basis,
        )


def _laid_over(below: tuple[Ceiling, ...], own: tuple[Ceiling, ...]) -> tuple[Ceiling, ...]:
    """Lay a pack's rows of one class over those below it.

    A rank in another spelling is the same row (正处级, where the table prints 正局(处)级), unless
    the pack parts the two. What a row does not state of leaders and toilets stays as it was.
    """
    held = {row.rank: row for row in below}
    for row in own:
        names = ranks.spellings(row.rank)
        under = next((each for each in below if names & ranks.spellings(each.rank)), None)
        if under is None:
            held[row.rank] = row
            continue
        meant = ranks.spellings(under.rank)
        is_alone = sum(bool(meant & ranks.spellings(each.rank)) for each in own) == 1
        laid = replace(
            row,
            leads=under.leads if row.leads is None else row.leads,
            toilet=under.toilet if row.toilet is None else row.toilet,
        )
        if is_alone:
            words = dict.fromkeys((*row.aliases, row.rank, *under.aliases))
            laid = replace(laid, rank=under.rank, aliases=tuple(words))
        held[laid.rank] = laid
    return tuple(held.values())


def _row(rows: Iterable[Ceiling], asked: str) -> Ceiling | None:
    """Find the row of a rank: its own name before its spellings, those before other words."""
    held = tuple(rows)
    for names in (
        lambda row: {ranks.fold(row.rank)},
        lambda row: ranks.spellings(row.rank),
        lambda row: {form for alias in row.aliases for form in ranks.spellings(alias)},
    ):
        for row in held:
            if asked in names(row):
                return row
    return None


def _missing(what: str, found: str | None, expected: str) -> Entitlement:
    zh = f"{what}“{found}”无法识别" if found else f"缺少{what}"
    en = f"{expected} “{found}” is not known" if found else f"{expected} is missing"
    return Entitlement(missing_zh=zh, missing_en=en)
