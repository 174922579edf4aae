"""Plant cases that the audit and the pipe questions must find, with the expected answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample.occupancy import (
    CEILINGS,
    Assignment,
    Occupancy,
    Person,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fangma.bim_import.sample.plan import Building, Room


@dataclass(slots=True)
class Planted:
    """What was planted.

    Attributes
    ----------
    cases : list of dict
        ``id``, ``kind``, ``rule`` (CONTRACTS), the things concerned and what is expected.
    areas : dict
        Ledger areas that differ from the model, by (building code, number).
    uncertified : set
        Rooms without a certificate number.
    registered : dict
        Registered uses that differ from the real ones.
    leases : list of dict
        Rows of the leases table.
    """

    cases: list[dict[str, Any]] = field(default_factory=list)
    areas: dict[tuple[str, str], float] = field(default_factory=dict)
    uncertified: set[tuple[str, str]] = field(default_factory=set)
    registered: dict[tuple[str, str], str] = field(default_factory=dict)
    leases: list[dict[str, str]] = field(default_factory=list)


def plant(
    buildings: list[Building], occupancy: Occupancy, space_guid: Callable[[Room], str]
) -> Planted:
    """Change the occupancy so that it holds one of each known offence; small estates hold fewer."""
    return _Gardener(buildings, occupancy, space_guid).plant()


class _Gardener:
    def __init__(
        self, buildings: list[Building], occupancy: Occupancy, space_guid: Callable[[Room], str]
    ) -> None:
        self.made = Planted()
        self.occupancy = occupancy
        self.guid = space_guid
        self.code = {building.name: building.code for building in buildings}
        self.rooms = {(b.name, room.number): room for b in buildings for room in b.rooms}
        self.taken: set[tuple[str, str]] = set()

    def plant(self) -> Planted:
        self.deputy_in_a_large_office()
        self.clerk_alone()
        self.thin_sharing()
        self.second_office()
        self.left_post("调离", "2026-06-30")
        self.left_post("退休", "2026-08-31")
        self.idle()
        self.ledger()
        self.leases()
        self.secret()
        return self.made

    # ---- finding rooms ----

    def offices(self, post: str, count: int) -> Iterator[tuple[Room, list[Person]]]:
        """Yield untouched rooms whose occupants all hold a post, ``count`` of them."""
        people = {person.id: person for person in self.occupancy.people}
        inside: dict[tuple[str, str], list[Person]] = {}
        for assignment in self.occupancy.assignments:
            if assignment.person:
                key = (assignment.building, assignment.number)
                inside.setdefault(key, []).append(people[assignment.person])
        for key, persons in inside.items():
            if key in self.taken or len(persons) != count:
                continue
            if all(person.post == post for person in persons):
                yield self.rooms[key], persons

    def key(self, room: Room) -> tuple[str, str]:
        name = next(name for name, code in self.code.items() if code == room.building)
        return name, room.number

    def take(self, room: Room) -> None:
        self.taken.add(self.key(room))

    def case(self, kind: str, rule: str | None, room: Room, **more: object) -> None:
        name, number = self.key(room)
        self.made.cases.append(
            {
                "id": f"{kind}-{sum(c['kind'] == kind for c in self.made.cases) + 1}",
                "kind": kind,
                "rule": rule,
                "building": name,
                "number": number,
                "room_guid": self.guid(room),
                "area_m2": round(room.area_m2, 4),
                **more,
            }
        )

    def change(self, person: Person, **values: str) -> Person:
        at = self.occupancy.people.index(person)
        self.occupancy.people[at] = replace(person, **values)
        return self.occupancy.people[at]

    def vacate(self, room: Room, persons: list[Person]) -> None:
        """Take people out of the estate altogether, with their assignments."""
        gone = {person.id for person in persons}
        self.occupancy.people[:] = [p for p in self.occupancy.people if p.id not in gone]
        self.occupancy.assignments[:] = [
            a for a in self.occupancy.assignments if a.person not in gone
        ]
        self.take(room)

    # ---- offices over the standard ----

    def deputy_in_a_large_office(self) -> None:
        for room, (person,) in self.offices("局长", 1):
            ceiling = CEILINGS["副局(处)级"]
            self.change(person, rank="副局(处)级", post="副局长(主持工作)")
            self.take(room)
            self.case(
                "over-ceiling",
                "over-ceiling",
                room,
                person=person.id,
                verdict="over",
                allowed_m2=ceiling,
                excess_m2=round(room.area_m2 - ceiling, 2),
            )
            return

    def clerk_alone(self) -> None:
        for room, persons in self.offices("科员", 2):
            stays, goes = persons
            self.vacate(room, [goes])
            ceiling = CEILINGS["局(处)级以下"]
            self.case(
                "over-ceiling",
                "over-ceiling",
                room,
                person=stays.id,
                verdict="over",
                allowed_m2=ceiling,
                excess_m2=round(room.area_m2 - ceiling, 2),
            )
            return

    def thin_sharing(self) -> None:
        for room, persons in self.offices("科员", 4):
            self.vacate(room, persons[3:])
            ceiling = CEILINGS["局(处)级以下"]
            share = room.area_m2 / 3
            for person in persons[:3]:
                self.case(
                    "over-ceiling-shared",
                    "over-ceiling",
                    room,
                    person=person.id,
                    verdict="over",
                    allowed_m2=ceiling,
                    share_m2=round(share, 2),
                    excess_m2=round(share - ceiling, 2),
                )
            return

    def second_office(self) -> None:
        found = list(self.offices("副局长", 1))
        spare = [(room, persons) for room, persons in self.offices("科员", 2) if room.area_m2 < 18]
        for room, (person,) in found[:1]:
            for other, persons in spare[-1:]:
                self.vacate(other, persons)
                self.take(room)
                name, number = self.key(other)
                self.occupancy.assignments.append(
                    Assignment(
                        building=name,
                        number=number,
                        person=person.id,
                        use="领导办公室",
                        since="2022-03-01",
                    )
                )
                self.case(
                    "second-office",
                    "second-office",
                    other,
                    person=person.id,
                    verdict="over",
                    first={"building": self.key(room)[0], "number": room.number},
                    allowed_m2=CEILINGS["副局(处)级"],
                    excess_m2=round(room.area_m2 + other.area_m2 - CEILINGS["副局(处)级"], 2),
                )

    def left_post(self, status: str, day: str) -> None:
        for room, persons in self.offices("科员", 2):
            person = self.change(persons[0], status=status, left_on=day)
            self.take(room)
            self.case("left-post", "left-post", room, person=person.id, left_on=day, status=status)
            return

    def idle(self) -> None:
        found = list(self.offices("科员", 2))[:2] + list(self.offices("科员", 4))[:1]
        for room, persons in found:
            self.vacate(room, persons)
            self.occupancy.names[room.building, room.number] = "闲置"
            self.case("idle", None, room, expected="no assignment: idle")

    # ---- books and site ----

    def ledger(self) -> None:
        rooms = [room for key, room in self.rooms.items() if room.use == "meeting"]
        for room in rooms[:1]:
            wrong = round(room.area_m2 + 3.2, 2)
            self.made.areas[room.building, room.number] = wrong
            self.case(
                "area-mismatch",
                "area-mismatch",
                room,
                ledger_m2=wrong,
                difference_m2=round(wrong - room.area_m2, 2),
            )
        for room in rooms[1:2]:
            self.made.uncertified.add((room.building, room.number))
            self.case("certificate", "certificate", room, expected="no certificate number")
        stores = [
            room for key, room in self.rooms.items() if room.use == "store" and room.storey != "B1"
        ]
        for room in stores[:1]:
            name, number = self.key(room)
            self.made.registered[room.building, number] = "服务用房"
            held = self.occupancy.assignments
            for i, assignment in enumerate(held):
                if (assignment.building, assignment.number) == (name, number):
                    held[i] = replace(assignment, use="办公室")
            self.case("use-mismatch", "use-mismatch", room, registered="服务用房", used="办公室")

    def leases(self) -> None:
        shops = [room for room in self.rooms.values() if room.use == "shop"]
        for i, room in enumerate(shops[:2]):
            name, number = self.key(room)
            due, paid = (96000, 96000) if i == 0 else (120000, 84000)
            until = "2026-12-15" if i == 0 else "2028-06-30"
            self.made.leases.append(
                {
                    "楼栋": name,
                    "房号": number,
                    "承租方": f"便民服务商户{i + 1}",
                    "方向": "出租",
                    "起始日期": "2023-12-16",
                    "截止日期": until,
                    "应收租金": str(due),
                    "实收租金": str(paid),
                }
            )
            rule = "lease-ends" if i == 0 else "rent-arrears"
            self.case(rule, rule, room, until=until, due=due, paid=paid, arrears=due - paid)

    def secret(self) -> None:
        for room in self.rooms.values():
            if room.use == "secret":
                self.case("secret", None, room, expected="masked to those not entitled")
