"""Books and site: use, area and certificate of a room against what was found, and its leases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.areas import CENT, read_area
from fangma.asset_registry.auditing.estate import plain_number
from fangma.asset_registry.auditing.findings import Finding, Severity, found
from fangma.asset_registry.auditing.uses import Part, UseClass, part_of_office, use_class

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import AssignmentFact, LeaseFact, RoomFact
    from fangma.asset_registry.standards.standard import Standard

_HALF: Final = 0.005


def reconcile(estate: Estate, code: str) -> Iterator[Finding]:
    """Yield what books, papers and leases say otherwise than the site does."""
    room = estate.rooms[code]
    standard = estate.standard()
    yield from _use(estate, room, standard)
    if not _speak_of(estate, room):
        return
    area, ledger = estate.areas[code], None
    if room.certificate_m2 is not None or not _agree(estate, room.measured_m2, room.ledger_m2):
        ledger = read_area(room.ledger_m2)
    if area is not None and ledger is not None and _differs(estate, area, ledger):
        yield found(
            standard,
            "area-mismatch",
            f"台账{ledger}㎡，实测{area}㎡，相差{ledger - area:+}㎡",
            f"ledger {ledger} m2, measured {area} m2, difference {ledger - area:+} m2",
            room=code,
        )
    written = read_area(room.certificate_m2)
    if room.in_ledger and not room.certificate:
        yield found(
            standard,
            "certificate",
            "台账未载证号，未办理或未登记权属证书(使用凭证)",
            "the ledger states no certificate",
            room=code,
        )
    elif ledger is not None and written is not None and _differs(estate, written, ledger):
        yield found(
            standard,
            "certificate",
            f"台账{ledger}㎡，证载{written}㎡，账证不符",
            f"ledger {ledger} m2, certificate {written} m2",
            room=code,
        )
    if estate.certified:
        yield from _titles(estate, room, standard)
    for lease in estate.leases.get(code, ()):
        yield from _lease(estate, lease, standard)


def _speak_of(estate: Estate, room: RoomFact) -> bool:
    """Tell whether any book, certificate or lease speaks of a room."""
    code = room.code
    return (
        room.in_ledger
        or bool(room.registered_use)
        or code in estate.leases
        or code in estate.titles
    )


class PlainBooks:
    """Tells, without looking closely, of which rooms :func:`reconcile` finds nothing."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._leases, self._titles = estate.leases, estate.titles
        self._certified = estate.certified
        self._things: dict[str, frozenset[str]] = {}
        self._same: dict[tuple[str | None, str | None], bool] = {}
        self._is_coarse = estate.mismatch[0] >= CENT

    def agree(self, room: RoomFact, rows: Sequence[AssignmentFact] | None) -> bool:
        """Tell whether the books plainly agree with a room; False says nothing.

        Parameters
        ----------
        rows : sequence of AssignmentFact or None
            Its assignments.
        """
        code = room.code
        if not _speak_of(self._estate, room):
            return not rows or self._is_same(rows[0].use, room.use)
        if code in self._leases or code in self._titles:
            return False
        if room.in_ledger or room.ledger_m2 is not None or room.certificate_m2 is not None:
            measured, written = room.measured_m2, room.ledger_m2
            if not room.certificate or room.certificate_m2 is not None:
                return False
            if measured is None or written is None or abs(measured - written) > _HALF:
                return False
            if not self._is_coarse:
                return False
        if self._certified and room.certificate:
            things = self._certified_by(room.certificate)
            if code not in things and room.building not in things:
                return False
        registered = room.registered_use
        if not registered:
            return not rows or self._is_same(rows[0].use, room.use)
        used = rows[0].use if rows else None
        if used is None:
            return registered == room.use and (not rows or len(rows) == 1)
        return registered == used  # the first word of several is the one that counts

    def _is_same(self, assigned: str | None, modelled: str | None) -> bool:
        """Tell whether two words name one class of use."""
        key = (assigned, modelled)
        same = self._same.get(key)
        if same is None:
            first = use_class(assigned)
            same = self._same[key] = first is not None and first is use_class(modelled)
        return same

    def _certified_by(self, certificate: str) -> frozenset[str]:
        """Return what a certificate is of; one certificate is of many rooms."""
        things = self._things.get(certificate)
        if things is None:
            things = frozenset(self._certified.get(plain_number(certificate), ()))
            self._things[certificate] = things
        return things


def _titles(estate: Estate, room: RoomFact, standard: Standard) -> Iterator[Finding]:
    """Yield where ledger and titles part: an unknown number, another thing, another area."""
    if room.certificate:
        things = estate.certified.get(plain_number(room.certificate))
        if things is None:
            yield found(
                standard,
                "certificate",
                f"台账证号{room.certificate}未见于权属登记",
                f"the ledger's certificate {room.certificate} is in no title record",
                room=room.code,
            )
        elif not things & {room.code, room.building}:
            yield found(
                standard,
                "certificate",
                f"证号{room.certificate}登记的不是本房间，也不是本楼栋",
                f"certificate {room.certificate} is neither of this room nor of its building",
                room=room.code,
            )
    ledger = read_area(room.ledger_m2)
    for title in estate.titles.get(room.code, ()):
        written = read_area(title.area_m2)
        if title.status == "未登记":
            yield found(
                standard,
                "certificate",
                f"{title.certificate}未办理权属登记",
                f"{title.certificate} is not registered",
                room=room.code,
            )
        elif (
            ledger is not None
            and written is not None
            and room.certificate_m2 is None
            and _differs(estate, written, ledger)
        ):
            yield found(
                standard,
                "certificate",
                f"台账{ledger}㎡，证载{written}㎡，账证不符",
                f"ledger {ledger} m2, certificate {written} m2",
                room=room.code,
            )


def _agree(estate: Estate, measured: float | None, written: float | None) -> bool:
    """Whether two areas are within half a hundredth: rounding parts them by one at most."""
    if measured is None or written is None or estate.mismatch[0] < CENT:
        return False
    return abs(measured - written) <= _HALF


def _differs(estate: Estate, measured: Decimal, written: Decimal) -> bool:
    apart = abs(written - measured)
    least, share = estate.mismatch
    return apart > least and apart > measured * share


def _use(estate: Estate, room: RoomFact, standard: Standard) -> Iterator[Finding]:
    """Yield where two of ledger, assignment and model call a room by other classes of use.

    The model's word alone is only a hint: it speaks where one of the others is silent.
    """
    rows = estate.assigned.get(room.code, ())
    assigned = next((row.use for row in rows if use_class(row.use) is not None), None)
    registered = room.registered_use if use_class(room.registered_use) is not None else None
    if registered is None and (assigned is None or room.registered_use):
        return
    severity = Severity.VIOLATION
    one, other = (registered, "登记", "registered"), (assigned, "分配", "assigned")
    if registered is None or assigned is None:
        if part_of_office(room, None) in {Part.REST_ROOM, Part.TOILET}:
            return  # It is judged as what it is, whatever office it was counted to.
        severity = Severity.WARNING
        if registered is None:
            one = (room.use, "模型", "modelled")
        else:
            other = (room.use, "模型", "modelled")
    first, second = use_class(one[0]), use_class(other[0])
    if None in {first, second} or first is second or UseClass.CIRCULATION in {first, second}:
        return
    yield found(
        standard,
        "use-mismatch",
        f"{one[1]}用途{one[0]}，{other[1]}用途{other[0]}",
        f"{one[2]} as {one[0]}, {other[2]} as {other[0]}",
        severity=severity,
        room=room.code,
    )


def _lease(estate: Estate, lease: LeaseFact, standard: Standard) -> Iterator[Finding]:
    days = estate.settings.lease_warning_days
    if days is None:
        days = int(standard.figures["lease_warning_days"].value)
    window = timedelta(days=days)
    other = f"({lease.tenant})" if lease.tenant else ""
    goes_on = any(
        later.until is None or (lease.until is not None and later.until > lease.until)
        for later in estate.leases[lease.room]
        if later.direction == lease.direction
    )
    if lease.until is not None and not goes_on and abs(lease.until - estate.day) <= window:
        left = (lease.until - estate.day).days
        when = f"还有{left}天" if left >= 0 else f"已过期{-left}天"
        when_en = f"in {left} days" if left >= 0 else f"{-left} days ago"
        yield found(
            standard,
            "lease-ends",
            f"{lease.direction}{other}租约{lease.until}到期，{when}",
            f"lease {other or lease.direction} ends on {lease.until}, {when_en}",
            severity=Severity.WARNING,
            room=lease.room,
        )
    due, paid = lease.due or 0.0, lease.paid or 0.0
    if due > paid:
        yield found(
            standard,
            "rent-arrears",
            f"{lease.direction}{other}应收租金{due:.2f}元，实收{paid:.2f}元，欠{due - paid:.2f}元",
            f"rent due {due:.2f}, paid {paid:.2f}, in arrears {due - paid:.2f} yuan",
            room=lease.room,
        )
