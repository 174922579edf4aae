"""Books against books, against the site, against certificates: 账账、账实、账证 (办法 art. 6).

Every room and building that the books speak of is compared; what agrees is counted, what does not
is listed. The findings of a room (:mod:`~fangma.asset_registry.auditing.books`) say the same of it
by rule; here it is told by check, with what cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.auditing.areas import ZERO, read_area, rounded
from fangma.asset_registry.auditing.estate import plain_number
from fangma.asset_registry.auditing.uses import UseClass, use_class

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import AuditFacts, RoomFact

BOOKS: Final = "账账"
SITE: Final = "账实"
CERTIFICATES: Final = "账证"
CHECKS: Final = (BOOKS, SITE, CERTIFICATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Something that two records say differently, or that one of them lacks.

    Attributes
    ----------
    what : str
        ``not-in-ledger lost unit use area unmeasured net no-certificate unknown-certificate
        other-thing certificate-area unregistered not-booked gross``.
    thing : str
        Code of the room or building.
    book, other : str or None
        What the ledger says, and what the other record says.
    """

    check: str
    what: str
    thing: str
    book: str | None
    other: str | None
    message: str
    message_en: str

    def to_dict(self) -> dict[str, str | None]:
        """Return the row as JSON holds it."""
        return {
            "check": self.check,
            "what": self.what,
            "thing": self.thing,
            "book": self.book,
            "other": self.other,
            "message": self.message,
            "message_en": self.message_en,
        }


@dataclass(slots=True)
class Tally:
    """How many things one check compared, how many agree, and how many it could not compare."""

    compared: int = 0
    differ: int = 0
    missing: int = 0


@dataclass(slots=True)
class Reconciliation:
    """All three checks of one day; rows in the order of checks, then of codes."""

    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in CHECKS})
    rows: list[Discrepancy] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return counts and rows as JSON holds them."""
        return {
            "checks": [
                {
                    "check": name,
                    "compared": tally.compared,
                    "agree": tally.compared - tally.differ,
                    "differ": tally.differ,
                    "missing": tally.missing,
                }
                for name, tally in self.tallies.items()
            ],
            "rows": [row.to_dict() for row in self.rows],
        }


def reconcile_books(
    estate: Estate, facts: AuditFacts, not_in_ledger: Iterable[str]
) -> Reconciliation:
    """Compare the ledger with the registry, the measure and the certificates.

    Parameters
    ----------
    not_in_ledger : iterable of str
        Rooms that the ledger of their building leaves out.
    """
    return _Reconciler(estate, facts).run(not_in_ledger)


class _Reconciler:
    def __init__(self, estate: Estate, facts: AuditFacts) -> None:
        self.estate = estate
        self.facts = facts
        self.made = Reconciliation()
        self.has_titles = bool(estate.certified)

    def run(self, not_in_ledger: Iterable[str]) -> Reconciliation:
        for code in not_in_ledger:
            self.lack(BOOKS, "not-in-ledger", code, "台账中没有这间房", "the ledger leaves it out")
        for lost in self.facts.lost:
            area = f"{read_area(lost.area_m2)}"
            self.lack(
                BOOKS,
                "lost",
                lost.room,
                "有账无物：登记簿中已没有这间房",
                "no such room",
                book=area,
            )
        for code, room in self.estate.rooms.items():
            if room.in_ledger:
                self.books(code, room)
                self.site(code, room)
                self.certificates(code, room)
            elif code in self.estate.titles:
                number = self.estate.titles[code][0].certificate
                self.lack(
                    CERTIFICATES, "not-booked", code, "有证无账", "titled, and not in the ledger",
                    other=number,
                )  # fmt: skip
        self.buildings()
        order = {name: index for index, name in enumerate(CHECKS)}
        self.made.rows.sort(key=lambda row: (order[row.check], row.thing, row.what))
        return self.made

    # ---- one thing ----

    def books(self, code: str, room: RoomFact) -> None:
        rows = self.estate.assigned.get(code)
        if not rows:
            return
        if room.ledger_unit is not None:
            held = {row.unit if row.person is None else self.unit_of(row.person) for row in rows}
            held |= {row.unit for row in rows if row.unit}
            known = sorted(unit for unit in held if unit)
            if known:
                agrees = any(self.related(room.ledger_unit, unit) for unit in known)
                self.compare(
                    BOOKS, "unit", code, agrees, room.ledger_unit, "、".join(known),
                    "台账使用单位{}，实际分配给{}", "the ledger says unit {}, it is assigned to {}",
                )  # fmt: skip
        registered = use_class(room.registered_use)
        used = next((row.use for row in rows if use_class(row.use) is not None), None)
        actual = use_class(used)
        if registered is not None and actual is not None:
            agrees = actual is registered or UseClass.CIRCULATION in {actual, registered}
            self.compare(
                BOOKS, "use", code, agrees, room.registered_use, used,
                "台账用途{}，分配用途{}", "the ledger says {}, it is assigned as {}",
            )  # fmt: skip

    def site(self, code: str, room: RoomFact) -> None:
        area, ledger = self.estate.areas[code], room.ledger_m2
        if area is None:
            self.lack(
                SITE, "unmeasured", code, "台账有面积，无实测面积", "in the ledger, not measured",
                book=None if ledger is None else str(read_area(ledger)),
            )  # fmt: skip
            return
        measured = room.measured_m2
        if ledger is None or measured is None:
            return
        if abs(ledger - measured) <= 0.005:  # rounding parts them by 0.01 at most
            self.made.tallies[SITE].compared += 1
            return
        written = read_area(ledger) or ZERO
        self.compare(
            SITE, "area", code, not self.differ(area, written), str(written), str(area),
            "台账{}㎡，实测{}㎡", "ledger {} m2, measured {} m2",
        )  # fmt: skip

    def certificates(self, code: str, room: RoomFact) -> None:
        if not room.certificate:
            self.lack(
                CERTIFICATES, "no-certificate", code, "台账未载证号", "the ledger has no number"
            )
            return
        things = self.estate.certified.get(plain_number(room.certificate), set())
        if self.has_titles:
            if not things:
                self.lack(
                    CERTIFICATES, "unknown-certificate", code, "证号未见于权属登记",
                    "the number is in no title record", book=room.certificate,
                )  # fmt: skip
            else:
                self.compare(
                    CERTIFICATES, "other-thing", code, bool(things & {code, room.building}),
                    room.certificate, "、".join(sorted(things)),
                    "台账证号{}登记的是{}", "certificate {} is of {}",
                )  # fmt: skip
        stated = [room.certificate_m2] if room.certificate_m2 is not None else []
        stated += [t.area_m2 for t in self.estate.titles.get(code, ()) if t.area_m2 is not None]
        ledger = read_area(room.ledger_m2)
        for each in stated[:1]:
            written = read_area(each)
            if ledger is None or written is None:
                continue
            self.compare(
                CERTIFICATES, "certificate-area", code, not self.differ(written, ledger),
                str(ledger), str(written), "台账{}㎡，证载{}㎡", "ledger {} m2, certificate {} m2",
            )  # fmt: skip
        self.registered(code)

    def registered(self, thing: str) -> None:
        for title in self.estate.titles.get(thing, ()):
            if title.status == "未登记":
                self.lack(
                    CERTIFICATES, "unregistered", thing, "未办理权属登记", "not registered",
                    other=title.certificate,
                )  # fmt: skip

    def buildings(self) -> None:
        usable: dict[str, Decimal] = {}
        for room in self.estate.rooms.values():
            area = self.estate.areas[room.code]
            is_usable = use_class(room.use) is not UseClass.CIRCULATION
            if room.building is not None and area is not None and is_usable:
                usable[room.building] = usable.get(room.building, ZERO) + area
        for building in self.facts.buildings:
            code = building.code
            net, gross = read_area(building.net_m2), read_area(building.gross_m2)
            if net is not None:
                measured = rounded(usable.get(code, ZERO))
                self.compare(
                    SITE, "net", code, not self.differ(measured, net), str(net), str(measured),
                    "楼栋台账使用面积{}㎡，实测合计{}㎡",
                    "the record says {} m2 of usable area, {} m2 were measured",
                )  # fmt: skip
            titles = [t for t in self.estate.titles.get(code, ()) if t.area_m2 is not None]
            if gross is not None and titles:
                total = sum((read_area(t.area_m2) or ZERO for t in titles), ZERO)
                self.compare(
                    CERTIFICATES, "gross", code, not self.differ(total, gross), str(gross),
                    str(total), "楼栋台账建筑面积{}㎡，证载合计{}㎡",
                    "the record says {} m2 of building area, certificates {} m2",
                )  # fmt: skip
            self.registered(code)

    # ---- words ----

    def compare(
        self, check: str, what: str, thing: str, agrees: bool, book: str | None,
        other: str | None, zh: str, en: str,
    ) -> None:  # fmt: skip
        tally = self.made.tallies[check]
        tally.compared += 1
        if agrees:
            return
        tally.differ += 1
        self.made.rows.append(
            Discrepancy(
                check=check,
                what=what,
                thing=thing,
                book=book,
                other=other,
                message=zh.format(book, other),
                message_en=en.format(book, other),
            )
        )

    def lack(
        self, check: str, what: str, thing: str, zh: str, en: str, *, book: str | None = None,
        other: str | None = None,
    ) -> None:  # fmt: skip
        self.made.tallies[check].missing += 1
        self.made.rows.append(
            Discrepancy(
                check=check,
                what=what,
                thing=thing,
                book=book,
                other=other,
                message=zh,
                message_en=en,
            )
        )

    def differ(self, measured: Decimal, written: Decimal) -> bool:
        apart = abs(written - measured)
        least, share = self.estate.mismatch
        return apart > least and apart > measured * share

    def unit_of(self, person: str) -> str | None:
        fact = self.estate.people.get(person)
        return fact.unit if fact is not None else None

    def related(self, one: str, other: str) -> bool:
        """Tell whether one unit is the other, or stands above it."""
        return self.above(one, other) or self.above(other, one)

    def above(self, upper: str, unit: str) -> bool:
        seen: set[str] = set()
        at: str | None = unit
        while at is not None and at not in seen:
            if at == upper:
                return True
            seen.add(at)
            fact = self.estate.units.get(at)
            at = fact.parent if fact is not None else None
        return False
