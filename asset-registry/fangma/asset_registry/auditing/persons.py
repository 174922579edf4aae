"""Judge a person: all offices together against the ceiling of the rank."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, read_area, rounded
from fangma.asset_registry.auditing.findings import Finding, Severity, Verdict, found
from fangma.asset_registry.auditing.plain_offices import judge_plainly
from fangma.asset_registry.auditing.results import Holding, PersonResult
from fangma.asset_registry.auditing.standing import State, second_standing, standing
from fangma.asset_registry.auditing.uses import Part, UseClass, part_of_office, use_in_fact

if TYPE_CHECKING:
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import PersonFact, RoomFact
    from fangma.asset_registry.standards.figures import Basis
    from fangma.asset_registry.standards.pack import Ceiling
    from fangma.asset_registry.standards.standard import Standard


def judge_person(estate: Estate, person_id: str) -> PersonResult:
    """Judge one person on the day of the audit.

    Every office, with the rest rooms and toilets that belong to it, counts; an approved second
    office that is smaller than the ceiling counts by itself (办法 art. 19), any other one is
    added to the first.
    """
    person = estate.people[person_id]
    return judge_plainly(estate, person) or judge_wholly(estate, person)


def judge_wholly(estate: Estate, person: PersonFact) -> PersonResult:
    """Judge a person by every rule."""
    return _Judgement(estate, person).result()


@dataclass(slots=True)
class _Held:
    """A holding while it is being judged."""

    room: str
    share: Decimal | None
    part: Part
    use: UseClass | None
    ceiling_m2: Decimal | None = None
    is_second: bool = False

    def settled(self) -> Holding:
        return Holding(
            room=self.room,
            share=self.share,
            part=self.part,
            use=self.use,
            ceiling_m2=self.ceiling_m2,
            is_second=self.is_second,
        )


@dataclass(slots=True)
class _Judgement:
    estate: Estate
    person: PersonFact
    standard: Standard = field(init=False)
    holdings: list[_Held] = field(init=False, default_factory=list)
    findings: list[Finding] = field(init=False, default_factory=list)

    def result(self) -> PersonResult:
        self.standard = self.estate.standard(self.person.unit)
        self._hold()
        right = self.estate.entitlement(self.person.id)
        stand = standing(self.person, self.standard, self.estate.day)
        if right.ceiling is None:
            self._add(
                "unknown-rank",
                f"{self.person.id}:{right.missing_zh}",
                f"{self.person.id}: {right.missing_en}",
                Severity.UNKNOWN,
            )
        ceiling = right.ceiling.m2.value if right.ceiling is not None else None
        if stand.state is State.OVERDUE:
            ceiling = ZERO
        allowed, is_apart = ceiling, False
        if len(self.holdings) > 1 or any(
            h.part is not Part.OFFICE or self._inner(h) for h in self.holdings
        ):
            if right.ceiling is not None:
                self._toilets_and_rest_rooms(right.ceiling)
            is_apart = self._second_office(ceiling)
            if is_apart and ceiling is not None:
                allowed = ceiling * 2
        if stand.state is State.UNDATED and self._offices():
            allowed = None
        self._place_ceilings(ceiling if allowed is not None else None, is_apart)
        if stand.state is not State.IN_POST:
            self._left_post(stand.state, str(stand.deadline or ""))
        return self._verdict(allowed, is_apart)

    # ---- what is held ----

    def _hold(self) -> None:
        rooms = self.estate.held.get(self.person.id, ())
        for code in sorted(rooms):
            self._take(code)
            for annex in self.estate.annexes(code):
                self._take(annex)

    def _take(self, code: str) -> None:
        room = self.estate.rooms.get(code)
        assignment = self.estate.assignment(code, self.person.id)
        use = use_in_fact(room, assignment) if room is not None else None
        part = part_of_office(room, assignment) if room is not None else Part.OFFICE
        divided = self.estate.division(code)
        share = divided.shares.get(self.person.id)
        self.holdings.append(_Held(room=code, share=share, part=part, use=use))
        if part is Part.OTHER:
            return
        if not divided.is_measured:
            known = "没有实测面积" if room is not None else "在登记簿中不存在"
            known_en = "has no measured area" if room is not None else "is not in the registry"
            self._add(
                "unknown-area",
                f"{code} {known}，无法判定",
                f"{code} {known_en}",
                Severity.UNKNOWN,
                code,
            )
        elif share is None and divided.unranked != (self.person.id,):
            others = "、".join(p for p in divided.unranked if p != self.person.id)
            self._add(
                "unknown-rank",
                f"{code} 同室人员{others}标准不明，无法分摊",
                f"{code} is shared with {others}, whose ceiling is not known",
                Severity.UNKNOWN,
                code,
            )

    def _offices(self) -> list[_Held]:
        return [holding for holding in self.holdings if holding.part is Part.OFFICE]

    # ---- rules ----

    def _toilets_and_rest_rooms(self, ceiling: Ceiling) -> None:
        for holding in self.holdings:
            if holding.part is Part.TOILET:
                self._toilet(ceiling, holding.room, self.estate.areas.get(holding.room))
            elif holding.part is Part.REST_ROOM:
                self._rest_room(ceiling, holding.room)
            elif holding.part is Part.OFFICE and (inner := self._inner(holding)) is not None:
                if inner.toilet_m2:
                    self._toilet(ceiling, holding.room, read_area(inner.toilet_m2))
                if inner.rest_room_m2:
                    self._rest_room(ceiling, holding.room)

    def _inner(self, holding: _Held) -> RoomFact | None:
        """Return the room where it holds a rest room or toilet that is no room of its own."""
        room = self.estate.rooms.get(holding.room)
        return room if room is not None and (room.toilet_m2 or room.rest_room_m2) else None

    def _toilet(self, ceiling: Ceiling, room: str, area: Decimal | None) -> None:
        limit = self.standard.figures.get("toilet_m2")
        if limit is None:
            return
        if area is not None and area > limit.value:
            self._add(
                "toilet",
                f"{room} 卫生间{area}㎡，超过{limit.value}㎡",
                f"{room}: the toilet has {area} m2, at most {limit.value}",
                room=room,
            )
        may = self.standard.may_have_toilet(ceiling, self.person.post)
        if may is False:
            who = f"{ceiling.rank}{self.person.post or ''}"
            self._add(
                "toilet",
                f"{who}办公室内不得设卫生间({room})",
                f"{ceiling.rank} may not have a toilet within the office ({room})",
                room=room,
            )
        elif may is None:
            self._add(
                "toilet",
                f"缺少职务，无法判定{ceiling.rank}可否设卫生间({room})",
                f"the post is missing: whether {ceiling.rank} may have a toilet "
                f"({room}) cannot be told",
                Severity.UNKNOWN,
                room,
            )

    def _rest_room(self, ceiling: Ceiling, room: str) -> None:
        if "rest-room" in self.standard.rules and not ceiling.leads:
            self._add(
                "rest-room",
                f"{ceiling.rank}不属领导人员，办公室内不得设休息室({room})",
                f"{ceiling.rank} leads no unit and may not have a rest room ({room})",
                room=room,
            )

    def _second_office(self, ceiling: Decimal | None) -> bool:
        """Mark the offices beside the first; return whether the second is judged apart."""
        offices = self._offices()
        if len(offices) < 2 or "second-office" not in self.standard.rules:
            return False
        second_units = {post.unit for post in self.person.second_posts}

        def far(holding: _Held) -> tuple[bool, Decimal, str]:
            assignment = self.estate.assignment(holding.room, self.person.id)
            is_elsewhere = assignment is not None and assignment.unit in second_units
            return (
                is_elsewhere,
                -(holding.share if holding.share is not None else ZERO),
                holding.room,
            )

        first, *others = sorted(offices, key=far)
        for other in others:
            self._mark_second(other)
        post = self._second_post(others[0])
        if len(others) == 1 and post is not None:
            apart = self._approved(others[0], ceiling, *post)
            if apart is not None:
                return apart
        rooms, codes = "、".join(o.room for o in others), ", ".join(o.room for o in others)
        for other in others:
            self._add(
                "second-office",
                f"在{first.room}之外又占用{rooms}，未经批准",
                f"holds {codes} beside {first.room}, without approval",
                room=other.room,
            )
        return False

    def _approved(
        self, second: _Held, ceiling: Decimal | None, state: State, until: str
    ) -> bool | None:
        """Judge the office of an approved second post; None when it counts as unapproved."""
        if state is State.OVERDUE:
            self._add(
                "left-post",
                f"兼职已终止，{second.room}应于{until}前腾退",
                f"the second post has ended, {second.room} was due back by {until}",
                room=second.room,
                basis=self._basis("months_after_second_post"),
            )
            return None
        if state is State.LEAVING:
            self._add(
                "vacate-by",
                f"兼职已终止，{second.room}应于{until}前腾退",
                f"the second post has ended, {second.room} is due back by {until}",
                Severity.WARNING,
                second.room,
                self._basis("months_after_second_post"),
            )
        size = self._with_annexes(second)
        if ceiling is not None and size is not None and rounded(size) >= ceiling:
            # Approval is for a smaller office: one as large is not what was approved.
            self._add(
                "second-office",
                f"第二处办公室{second.room}为{rounded(size)}㎡，应小于标准{ceiling}㎡",
                f"the second office {second.room} has {rounded(size)} m2, it must be smaller than "
                f"{ceiling}",
                room=second.room,
            )
            return False
        return True

    def _second_post(self, office: _Held) -> tuple[State, str] | None:
        """Return the state of the approved post that a second office serves."""
        assignment = self.estate.assignment(office.room, self.person.id)
        unit = assignment.unit if assignment is not None else None
        posts = [post for post in self.person.second_posts if post.approved]
        own = [post for post in posts if post.unit == unit]
        best: tuple[State, str] | None = None
        for post in own or posts:
            stand = second_standing(post, self.standard, self.estate.day)
            found_state = (stand.state, str(stand.deadline or ""))
            if best is None or stand.state.value < best[0].value:
                best = found_state
        return best

    def _left_post(self, state: State, deadline: str) -> None:
        words = {
            State.OVERDUE: ("left-post", Severity.VIOLATION),
            State.LEAVING: ("vacate-by", Severity.WARNING),
            State.UNDATED: ("left-post", Severity.UNKNOWN),
        }.get(state)
        if words is None:
            return
        rule, severity = words
        for holding in self.holdings:
            if holding.part is not Part.OFFICE:
                continue
            left = f"{self.person.status}({self.person.left_on or '日期不明'})"
            if state is State.UNDATED:
                zh, en = "缺少离任日期，无法判定期限", "the day of leaving is missing"
            else:
                zh, en = f"应于{deadline}前腾退", f"due back by {deadline}"
            self._add(
                rule,
                f"{self.person.id}已{left}，{holding.room}{zh}",
                f"{self.person.id} left ({self.person.left_on or 'no date'}), {holding.room}: {en}",
                severity,
                holding.room,
                self._basis("months_after_leaving"),
            )

    def _basis(self, figure: str) -> Basis | None:
        """Return where a figure stands: a local rule may have put its own in the place of it."""
        held = self.standard.figures.get(figure)
        return None if held is None else held.basis

    # ---- reckoning ----

    def _verdict(self, allowed: Decimal | None, is_apart: bool) -> PersonResult:
        inside = [holding for holding in self.holdings if holding.part is not Part.OTHER]
        known = [holding.share for holding in inside if holding.share is not None]
        used: Decimal | None = rounded(sum(known, ZERO)) if known else ZERO
        whole = len(known) == len(inside)
        excess: Decimal | None = None
        if allowed is not None and used is not None:
            excess = self._apart(inside, allowed / 2) if is_apart else max(ZERO, used - allowed)
        over = excess is not None and excess > self.estate.tolerance_m2(self.person.unit)
        if over:
            verdict = Verdict.OVER
        elif whole and allowed is not None:
            verdict = Verdict.WITHIN
        else:
            verdict = Verdict.UNKNOWN
        if not whole and not over:
            used = None  # what is known would look like all there is
        if verdict is Verdict.UNKNOWN:
            excess = None
        elif over and allowed:
            self._over(used, allowed, excess, whole=whole)
        return PersonResult(
            id=self.person.id,
            unit=self.person.unit,
            rank=self.person.rank,
            allowed_m2=allowed,
            used_m2=used,
            excess_m2=excess,
            verdict=verdict,
            holdings=tuple(holding.settled() for holding in self.holdings),
            findings=tuple(self.findings),
            is_at_least=over and not whole,
        )

    def _apart(self, inside: list[_Held], ceiling: Decimal) -> Decimal:
        """Return what two offices that are judged apart have beyond the ceiling, each by itself."""
        total = ZERO
        for is_second in (False, True):
            own = [h.share for h in inside if h.is_second is is_second and h.share is not None]
            total += max(ZERO, rounded(sum(own, ZERO)) - ceiling)
        return total

    def _over(
        self, used: Decimal | None, allowed: Decimal, excess: Decimal | None, *, whole: bool
    ) -> None:
        least, least_en = ("", "") if whole else ("至少", "at least ")
        ceiling = self.estate.entitlement(self.person.id).ceiling
        self._add(
            "over-ceiling",
            f"{self.person.rank}标准{allowed}㎡，使用{least}{used}㎡，超{least}{excess}㎡",
            f"{self.person.rank}: ceiling {allowed} m2, uses {least_en}{used} m2, "
            f"{least_en}{excess} m2 over",
            basis=None if ceiling is None else ceiling.m2.basis,
        )
        offices = rounded(
            sum(
                (h.share for h in self.holdings if h.part is Part.OFFICE and h.share is not None),
                ZERO,
            )
        )
        if offices > allowed:
            return
        # The office alone would do: what makes it too large is what was built into it.
        for holding in self.holdings:
            if holding.part in {Part.REST_ROOM, Part.TOILET}:
                rule = "rest-room" if holding.part is Part.REST_ROOM else "toilet"
                if rule in self.standard.rules and not any(
                    finding.rule == rule and finding.room == holding.room
                    for finding in self.findings
                ):
                    self._add(
                        rule,
                        f"{holding.room}应计入办公室面积，计入后超标",
                        f"{holding.room} counts within the ceiling, which is exceeded with it",
                        room=holding.room,
                    )

    def _place_ceilings(self, ceiling: Decimal | None, is_apart: bool) -> None:
        """Say what is allowed in each room: the ceiling in the first, and in a second one apart."""
        if ceiling is None:
            return
        first = self._first()
        for holding in self.holdings:
            if holding.part is not Part.OTHER:
                has_own = holding.part is Part.OFFICE and (
                    holding.room == first or (is_apart and holding.is_second)
                )
                holding.ceiling_m2 = ceiling if has_own else ZERO

    def _first(self) -> str | None:
        """Return the office that the ceiling belongs to: the larger of those at the main post."""
        own = [holding for holding in self._offices() if not holding.is_second]
        if not own:
            return None
        return max(own, key=lambda h: (h.share or ZERO, h.room)).room

    def _with_annexes(self, office: _Held) -> Decimal | None:
        shares = [h.share for h in self.holdings if h.is_second and h.part is not Part.OTHER]
        if office.share is None or any(share is None for share in shares):
            return None
        return sum((share for share in shares if share is not None), ZERO)

    def _mark_second(self, office: _Held) -> None:
        annexes = self.estate.annexes(office.room)
        for holding in self.holdings:
            if holding.room == office.room or holding.room in annexes:
                holding.is_second = True

    def _add(
        self,
        rule: str,
        message: str,
        message_en: str,
        severity: Severity = Severity.VIOLATION,
        room: str | None = None,
        basis: Basis | None = None,
    ) -> None:
        self.findings.append(
            found(
                self.standard, rule, message, message_en, severity=severity, room=room, basis=basis
            )
        )
