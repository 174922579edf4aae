"""Prove a plan without the solver: who sits where, and every step on the way there.

Nothing here is shared with the program or the ordering but the words of the situation: rules are
read again, person by person and room by room. It runs on every plan before it is given, on every
edit of a draft, and again before a plan is carried out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Stay,
    Together,
    Within,
)
from fangma.asset_registry.reallocation.situation import Ceilings, Sharing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fangma.asset_registry.reallocation.ordering import Step
    from fangma.asset_registry.reallocation.requirements import Requirement
    from fangma.asset_registry.reallocation.situation import Occupant, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a plan breaks.

    Attributes
    ----------
    rule : str
        ``capacity``, ``ceiling``, ``sharing``, ``closed`` ... ``demand`` and ``wish`` name the
        requirement in ``requirement``.
    zh, en : str
        What is wrong, in a sentence.
    people, rooms : tuple of str
        Whom and what it concerns.
    step : int or None
        Where in the order of moves; None = at the end.
    """

    rule: str
    zh: str
    en: str
    people: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    requirement: str | None = None
    step: int | None = None


def check_places(situation: Situation, places: Mapping[str, str | None]) -> tuple[Violation, ...]:
    """Judge who sits where at the end of a plan.

    Parameters
    ----------
    places : mapping of person to room
        Everybody of the situation; None for whoever has no room afterwards.
    """
    return tuple(_Judge(situation, places).violations())


def check_steps(
    situation: Situation, places: Mapping[str, str | None], steps: Sequence[Step]
) -> tuple[Violation, ...]:
    """Replay the order of moves from the start and prove that every step can be done.

    Nobody who has a room is without one, no room holds more than it may (or than it held before),
    nobody enters a closed or a forbidden room, days never go back, and the end is the plan.
    """
    return tuple(_replay(situation, places, steps))


class _Judge:
    def __init__(self, situation: Situation, places: Mapping[str, str | None]) -> None:
        self.situation = situation
        self.places = places
        self.before = _by_room({p.id: p.room for p in situation.people.values()})
        self.after = _by_room(places)

    def violations(self) -> Iterator[Violation]:
        yield from self._everybody()
        for code, ids in sorted(self.after.items()):
            yield from self._room(code, ids)
        for each in self.situation.requirements:
            yield from self._requirement(each)

    # ---- everybody has one room ----

    def _everybody(self) -> Iterator[Violation]:
        leaving = {
            person
            for each in self.situation.requirements
            if isinstance(each, Leave)
            for person in each.people
        }
        for id_, person in sorted(self.situation.people.items()):
            code = self.places.get(id_)
            if code is None and person.room is not None and id_ not in leaving:
                yield Violation(
                    rule="no-room",
                    zh=f"{id_} 没有房间",
                    en=f"{id_} has no room",
                    people=(id_,),
                )
            if code is not None and code != person.room and person.ceiling is None:
                yield Violation(
                    rule="unknown-rank",
                    zh=f"{id_} 职级或标准不明，不得调整",
                    en=f"{id_} is moved and has no known ceiling",
                    people=(id_,),
                    rooms=(code,),
                )
        for id_, code in sorted(self.places.items()):
            if id_ not in self.situation.people or (
                code is not None and code not in self.situation.rooms
            ):
                yield Violation(
                    rule="unknown",
                    zh=f"{id_} 或房间 {code} 不在本方案范围内",
                    en=f"{id_} or room {code} is not in the scope of the plan",
                    people=(id_,),
                    rooms=(code,) if code is not None else (),
                )

    # ---- a room ----

    def _room(self, code: str, ids: frozenset[str]) -> Iterator[Violation]:
        room = self.situation.rooms.get(code)
        if room is None:
            return
        was = self.before.get(code, frozenset())
        added = ids - was
        people, old = self._occupants(ids), self._occupants(was)
        if added and not room.is_destination:
            yield _of_room(
                "destination",
                code,
                added,
                "不得安排人员",
                "takes nobody: its use or area forbids it",
            )
        if added and any(person.ceiling is None for person in old):
            yield _of_room(
                "unknown-rank", code, added, "现有人员标准不明，不得加人",
                "takes nobody more: the ceiling of somebody there is not known",
            )  # fmt: skip
        if added:
            for rule, zh, en in self._sharing_faults(code, old):
                yield _of_room(rule, code, added, f"原已{zh}，不得加人", f"takes nobody more: {en}")
        if added or len(ids) > len(was):
            for rule, zh, en in self._sharing_faults(code, people):
                yield _of_room(rule, code, ids, zh, en)
        yield from self._ceiling(code, people, old, is_added=bool(added))

    def _sharing_faults(self, code: str, people: list[Occupant]) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with people sharing a room, whatever their ceilings."""
        room = self.situation.rooms[code]
        if len(people) > room.capacity:
            yield (
                "capacity", f"超过容量({len(people)}人，容量{room.capacity}人)",
                f"holds {len(people)}, at most {room.capacity}",
            )  # fmt: skip
        needed = sum(person.least for person in people)
        if needed > room.area:
            yield (
                "too-small", f"面积不足(需{needed / 100:.2f}㎡，有{room.area / 100:.2f}㎡)",
                f"is too small: {room.area / 100:.2f} m2, {needed / 100:.2f} needed",
            )  # fmt: skip
        if len(people) > 1 and any(person.is_alone for person in people):
            yield "alone", "应单独使用者与他人合用", "somebody who has a room alone shares it"
        sharing = self.situation.settings.sharing
        if sharing is not Sharing.ANY and len(people) > 1:
            groups = {
                person.unit if sharing is Sharing.UNIT else person.organisation for person in people
            }
            if len(groups) > 1:
                named = "、".join(sorted(groups))
                yield (
                    "sharing",
                    f"不同单位合用({named})",
                    f"is shared by {', '.join(sorted(groups))}",
                )

    def _ceiling(
        self, code: str, people: list[Occupant], old: list[Occupant], *, is_added: bool
    ) -> Iterator[Violation]:
        rule = self.situation.settings.ceilings
        after, before = self._excess(code, people), self._excess(code, old)
        if rule is Ceilings.AIM or after is None or before is None:
            return
        limit = 0 if is_added or rule is Ceilings.ALL else before
        if after > limit:
            area = self.situation.rooms[code].area
            allowed = sum(person.ceiling or 0 for person in people)
            yield _of_room(
                "ceiling", code, [person.id for person in people],
                f"超标{after / 100:.2f}㎡(面积{area / 100:.2f}㎡，标准合计{allowed / 100:.2f}㎡)",
                f"is {after / 100:.2f} m2 over the standard ({area / 100:.2f} m2 for "
                f"{allowed / 100:.2f} m2 of ceilings)",
            )  # fmt: skip

    def _excess(self, code: str, people: list[Occupant]) -> int | None:
        if not people:
            return 0
        if any(person.ceiling is None for person in people):
            return None
        over = self.situation.rooms[code].area - sum(person.ceiling or 0 for person in people)
        return max(over, 0)

    def _occupants(self, ids: Iterable[str]) -> list[Occupant]:
        return [self.situation.people[id_] for id_ in sorted(ids) if id_ in self.situation.people]

    # ---- demands and wishes ----

    def _requirement(self, each: Requirement) -> Iterator[Violation]:
        at = {
            id_: code
            for id_ in sorted(getattr(each, "people", ()))
            if (code := self.places.get(id_)) is not None
        }
        match each:
            case Arrive():
                missing = sorted(each.people - at.keys())
                if missing:
                    yield _unmet(each, "demand", missing)
            case Leave():
                if at:
                    yield _unmet(each, "demand", sorted(at), sorted(set(at.values())))
            case Close():
                if each.until is None or each.until >= self.situation.settings.on:
                    for code in sorted(each.rooms & self.after.keys()):
                        yield _unmet(each, "closed", sorted(self.after[code]), [code])
            case Allow():
                wrong = [id_ for id_, code in at.items() if code not in each.rooms]
                if wrong:
                    yield _unmet(each, "wish", wrong, sorted({at[id_] for id_ in wrong}))
            case Stay():
                wrong = [
                    id_
                    for id_ in sorted(each.people)
                    if id_ in self.situation.people
                    and self.places.get(id_) != self.situation.people[id_].room
                ]
                if wrong:
                    yield _unmet(each, "wish", wrong)
            case Together():
                places = {self._place(code, each.within) for code in at.values()}
                if len(places) > 1:
                    yield _unmet(each, "wish", sorted(at), sorted(set(at.values())))
            case Apart():
                yield from self._apart(each, at)
            case Alone():
                wrong = [id_ for id_, code in at.items() if len(self.after[code]) > 1]
                if wrong:
                    yield _unmet(each, "wish", wrong, sorted({at[id_] for id_ in wrong}))
            case _:
                pass

    def _apart(self, each: Apart, at: Mapping[str, str]) -> Iterator[Violation]:
        theirs = {
            code for id_ in each.others if (code := self.places.get(id_)) is not None
        } & self.situation.rooms.keys()
        for code in sorted(set(at.values()) & self.situation.rooms.keys()):
            beside = {other for other in theirs if other in self.situation.rooms[code].beside}
            beside |= {other for other in theirs if code in self.situation.rooms[other].beside}
            near = sorted((beside | {code}) & theirs)
            if near:
                people = sorted(id_ for id_, room in at.items() if room == code)
                yield _unmet(each, "wish", people, [code, *near])

    def _place(self, code: str, within: Within) -> tuple[str, ...]:
        room = self.situation.rooms[code]
        if within is Within.ROOM:
            return (code,)
        return (room.building, room.storey) if within is Within.STOREY else (room.building,)


def _replay(
    situation: Situation, places: Mapping[str, str | None], steps: Sequence[Step]
) -> Iterator[Violation]:
    at: dict[str, str | None] = {p.id: p.room for p in situation.people.values()}
    held = {code: len(ids) for code, ids in _by_room(at).items()}
    judge = _Judge(situation, places)
    numbers = sorted({step.number for step in steps})
    day = situation.settings.on
    for number in numbers:
        group = [step for step in steps if step.number == number]
        for step in group:
            if step.on < day:
                yield _of_step(step, "day", "日期早于前一步", "is dated before the step before it")
            day = max(day, step.on)
            yield from _leave_and_enter(situation, at, step, places)
        for step in group:
            at[step.person] = step.to
        now = _by_room(at)
        for code in sorted({step.to for step in group if step.to is not None}):
            ids = now.get(code, frozenset())
            if len(ids) > max(situation.rooms[code].capacity, held.get(code, 0)):
                yield _of_step(
                    group[0], "capacity", f"{code} 超过容量", f"puts too many into {code}", code
                )
            people = [situation.people[id_] for id_ in sorted(ids)]
            for rule, zh, en in judge._sharing_faults(code, people):
                if rule != "capacity":
                    yield _of_step(group[0], rule, f"{code} {zh}", f"{code} {en}", code)
    for id_ in sorted(situation.people):
        if at.get(id_) != places.get(id_):
            yield Violation(
                rule="incomplete",
                zh=f"{id_} 最后在 {at.get(id_)}，方案为 {places.get(id_)}",
                en=f"{id_} ends in {at.get(id_)}, the plan says {places.get(id_)}",
                people=(id_,),
            )


def _leave_and_enter(
    situation: Situation,
    at: Mapping[str, str | None],
    step: Step,
    places: Mapping[str, str | None],
) -> Iterator[Violation]:
    person = situation.people.get(step.person)
    if person is None or (step.to is not None and step.to not in situation.rooms):
        yield _of_step(step, "unknown", "人员或房间不在范围内", "names somebody or a room outside")
        return
    if at[step.person] != step.from_:
        yield _of_step(
            step, "from", f"{step.person} 此时在 {at[step.person]}",
            f"begins at {step.from_}, {step.person} is in {at[step.person]} then",
        )  # fmt: skip
    if step.to is None:
        if not any(
            isinstance(each, Leave) and step.person in each.people
            for each in situation.requirements
        ):
            yield _of_step(step, "no-room", f"{step.person} 失去房间", f"leaves {step.person} none")
        return
    if person.arrives is not None and person.room is None and step.on < person.arrives:
        yield _of_step(
            step, "day", f"{step.person} {person.arrives} 才到",
            f"is before {step.person} arrives on {person.arrives}",
        )  # fmt: skip
    for each in situation.requirements:
        if isinstance(each, Close):
            is_shut = each.until is None or each.until >= situation.settings.on
            if is_shut and step.to in each.rooms:
                yield _of_step(step, "closed", f"{step.to} 已封闭", f"enters {step.to}, closed")
            late = each.since is not None and each.since >= situation.settings.on
            if late and step.from_ in each.rooms and each.since and step.on > each.since:
                yield _of_step(
                    step, "closed", f"{step.from_} 应于 {each.since} 前腾空",
                    f"leaves {step.from_} after it closes on {each.since}",
                )  # fmt: skip
        if isinstance(each, Allow) and step.person in each.people and step.to not in each.rooms:
            yield _of_step(
                step, "wish", f"{step.to} 不符合“{each.zh}”", f"puts {step.person} into {step.to}: "
                f"{each.en}",
            )  # fmt: skip
    if step.to != places.get(step.person) and not situation.rooms[step.to].is_destination:
        yield _of_step(step, "destination", f"{step.to} 不得使用", f"enters {step.to}, not usable")


def _by_room(places: Mapping[str, str | None]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for id_, code in places.items():
        if code is not None:
            found[code].add(id_)
    return {code: frozenset(ids) for code, ids in found.items()}


def _of_room(rule: str, code: str, people: Iterable[str], zh: str, en: str) -> Violation:
    return Violation(
        rule=rule, zh=f"{code} {zh}", en=f"{code} {en}", people=tuple(sorted(people)), rooms=(code,)
    )


def _unmet(
    each: Requirement, rule: str, people: Sequence[str], rooms: Sequence[str] = ()
) -> Violation:
    who = "、".join(people[:5]) + ("等" if len(people) > 5 else "")
    whom = ", ".join(people[:5]) + (" and others" if len(people) > 5 else "")
    where = "、".join(dict.fromkeys(rooms))
    return Violation(
        rule=rule,
        zh=f"未满足“{each.zh}”：{who}{'，' + where if where else ''}",
        en=f"not met: {each.en} ({whom}{'; ' + ', '.join(dict.fromkeys(rooms)) if rooms else ''})",
        people=tuple(people),
        rooms=tuple(dict.fromkeys(rooms)),
        requirement=each.id,
    )


def _of_step(step: Step, rule: str, zh: str, en: str, room: str | None = None) -> Violation:
    where = room if room is not None else step.to
    return Violation(
        rule=rule,
        zh=f"第{step.number}步：{zh}",
        en=f"step {step.number} {en}",
        people=(step.person,),
        rooms=(where,) if where is not None else (),
        step=step.number,
    )
