"""From a request and the premises to the situation that the solver is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from difflib import get_close_matches
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation import words
from fangma.asset_registry.reallocation.errors import RequestError
from fangma.asset_registry.reallocation.layout import ways_between, zones_of
from fangma.asset_registry.reallocation.premises import UnitEntry, ceiling_of, organisation_of
from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Note,
    Requirement,
    Stay,
    Together,
    Within,
)
from fangma.asset_registry.reallocation.situation import (
    Occupant,
    Room,
    Settings,
    Situation,
    closed_rooms,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.premises import Premises
    from fangma.asset_registry.reallocation.request import Asked, Request

_PAIRS: Final = 150_000
"""Pairs of zones over all pairs of teams up to which ways are reckoned zone by zone."""


def assemble(
    request: Request, premises: Premises, settings: Settings, given: Assumptions
) -> Situation:
    """Bring a request and the premises together.

    Raises
    ------
    RequestError
        When the request names what is not there, or somebody whose ceiling cannot be told.
    """
    return _Assembly(request, premises, settings, given).situation()


class _Assembly:
    def __init__(
        self, request: Request, premises: Premises, settings: Settings, given: Assumptions
    ) -> None:
        self._request = request
        self._premises = premises
        self._settings = settings
        self._given = given
        self._problems: list[str] = []
        self._units: dict[str, UnitEntry] = dict(premises.units)
        self._people: dict[str, Occupant] = dict(premises.people)
        self._requirements: list[Requirement] = []
        self._merged: dict[str, str] = {}
        self._origin: dict[str, str] = {}
        self._numbers: dict[str, list[str]] = defaultdict(list)
        for room in premises.rooms.values():
            if room.number:
                self._numbers[room.number].append(room.code)
        share = 0.0 if not premises.has_practice else given["least_share"].value
        self._least_share = float(request.settings.get("least_share", share))

    def situation(self) -> Situation:
        scope = self._scope()
        for each in self._request.demands:
            self._demand(each)
        self._fail()
        rooms, released = self._within(scope)
        self._stay_outside(scope)
        self._merge()
        for each in self._request.wishes:
            self._wish(each, rooms)
        near = self._near()
        self._fail()
        people = {id_: self._sized(person) for id_, person in sorted(self._people.items())}
        zones, ways, near, notes = self._ways(rooms, people, near)
        return Situation(
            rooms={
                code: replace(room, zone=zones[code], beside=room.beside & rooms.keys())
                for code, room in sorted(rooms.items())
            },
            people=people,
            settings=self._settings,
            requirements=tuple(self._requirements),
            near=near,
            ways=ways,
            unit_names={code: unit.name for code, unit in self._units.items() if unit.name},
            standard=self._premises.standard.name,
            released=released,
            notes=(*self._premises.notes, *notes),
        )

    def _fail(self) -> None:
        if self._problems:
            raise RequestError(self._problems)

    # ---- naming ----

    def _rooms_named(self, values: Mapping[str, Any], path: str) -> set[str]:
        found: set[str] = set()
        rooms = self._premises.rooms
        for i, name in enumerate(values.get("rooms", ())):
            code = self._room_named(name, f"{path}.rooms[{i}]")
            if code is not None:
                found.add(code)
        for key in ("storeys", "buildings"):
            for i, name in enumerate(values.get(key, ())):
                there = {c for c, room in rooms.items() if getattr(room, key[:-1]) == name}
                if not there:
                    known = sorted({getattr(room, key[:-1]) for room in rooms.values()})
                    self._missing(f"{path}.{key}[{i}]", name, f"a {key[:-1]}", known)
                found |= there
        return found

    def _room_named(self, name: str, path: str) -> str | None:
        rooms = self._premises.rooms
        if name in rooms:
            return name
        if name.upper() in rooms:
            return name.upper()
        numbered = self._numbers.get(name, [])
        if len(numbered) == 1:
            return numbered[0]
        if numbered:
            self._problems.append(
                f"{path}: found {name}, the door number of {len(numbered)} rooms, expected one of "
                f"their codes: {', '.join(numbered[:4])}"
            )
        else:
            self._missing(path, name, "a room", rooms)
        return None

    def _who(self, values: Mapping[str, Any], path: str) -> frozenset[str]:
        """Return the people named, those of units and of units below them."""
        found = set()
        for i, id_ in enumerate(values.get("persons", ())):
            if id_ in self._people:
                found.add(id_)
            elif id_ in self._premises.unplaced:
                self._problems.append(
                    f"{path}.persons[{i}]: found {id_}, who has no room; add a demand "
                    '{"kind": "place", "persons": [...]} before it'
                )
            else:
                self._missing(f"{path}.persons[{i}]", id_, "somebody with a room", self._people)
        for i, code in enumerate(values.get("units", ())):
            below = self._below(code, f"{path}.units[{i}]")
            found |= {
                person.id
                for person in self._people.values()
                if {person.unit, self._origin.get(person.id, person.unit)} & below
                and person.further_of is None
                and not person.is_block
            }
        return frozenset(found)

    def _below(self, code: str, path: str) -> set[str]:
        if code not in self._units and not any(p.unit == code for p in self._people.values()):
            self._missing(path, code, "a unit", self._units)
            return set()
        found = {code}
        while True:
            more = {u.code for u in self._units.values() if u.parent in found} - found
            if not more:
                return found
            found |= more

    def _missing(self, path: str, name: str, what: str, known: Iterable[str]) -> None:
        near = get_close_matches(name, list(known)[:20_000], 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        self._problems.append(f"{path}: found {name}, expected {what} that is there{hint}")

    # ---- demands ----

    def _demand(self, each: Asked) -> None:
        values = each.values
        match each.kind:
            case "move-in" | "grow":
                self._arrive(each)
            case "post":
                self._post(each)
            case "place":
                self._place(each)
            case "merge":
                self._note_merger(each)
            case "leave":
                people = self._who(values, each.path)
                if not people:
                    self._problems.append(f"{each.path}: found nobody, expected persons or units")
                self._say(Leave, each, people=people)
            case _:
                rooms = frozenset(self._rooms_named(values, each.path))
                if not rooms:
                    self._problems.append(
                        f"{each.path}: found no room, expected rooms, storeys or buildings"
                    )
                since, until = values.get("from"), values.get("to")
                if since and until and until < since:
                    self._problems.append(
                        f"{each.path}.to: found {until}, expected a day from {since} on"
                    )
                self._say(Close, each, rooms=rooms, since=since, until=until)

    def _arrive(self, each: Asked) -> None:
        values = each.values
        unit = values["unit"]
        if each.kind == "grow":
            if not self._below(unit, f"{each.path}.unit"):
                return
        elif unit not in self._units:
            parent = values.get("parent")
            if parent is not None and parent not in self._units:
                self._missing(f"{each.path}.parent", parent, "a unit", self._units)
            above = self._units.get(parent) if parent else None
            self._units[unit] = UnitEntry(
                code=unit, name=values.get("name"), parent=parent,
                organ_class=values.get("organ_class") or (above.organ_class if above else None),
                unit_rank=values.get("unit_rank"),
            )  # fmt: skip
        added: list[str] = []
        for i, row in enumerate(values["people"]):
            path = f"{each.path}.people[{i}]"
            if "person" in row and row.get("count", 1) != 1:
                self._problems.append(f"{path}.count: found {row['count']} for one person")
            for _ in range(row.get("count", 1)):
                id_ = row.get("person") or self._next_newcomer(unit)
                self._add_newcomer(id_, unit, row, path, values.get("on"))
                added.append(id_)
        self._say(Arrive, each, people=frozenset(added))

    def _next_newcomer(self, unit: str) -> str:
        serial = 1
        while f"{unit}+{serial}" in self._people:
            serial += 1
        return f"{unit}+{serial}"

    def _add_newcomer(
        self, id_: str, unit: str, row: Mapping[str, Any], path: str, arrives: date | None
    ) -> None:
        if id_ in self._people:
            self._problems.append(f"{path}: found {id_}, who has a room already")
            return
        known = self._premises.unplaced.get(id_)
        if known is not None and "rank" not in row and "ceiling_m2" not in row:
            self._people[id_] = replace(known, unit=unit, arrives=arrives)
            return
        if "rank" not in row and "ceiling_m2" not in row:
            self._problems.append(
                f"{path}: found neither rank nor ceiling_m2, expected one of them"
            )
            return
        ceiling, leads, _, missing = ceiling_of(self._units, self._premises.standard, unit, row)
        if ceiling is None:
            self._problems.append(
                f"{path}.rank: found {row.get('rank')!r} in {unit}, and {missing}; expected a rank "
                "of the table of ceilings and a unit with its organ_class, or ceiling_m2"
            )
            return
        practice = self._request.settings.get("leaders_alone", self._premises.has_practice)
        self._people[id_] = Occupant(
            id=id_, unit=unit, organisation=organisation_of(self._units, unit),
            rank=row.get("rank"), ceiling=ceiling, is_alone=row.get("alone", leads and practice),
            is_newcomer=id_ not in self._premises.unplaced, arrives=arrives,
        )  # fmt: skip

    def _post(self, each: Asked) -> None:
        values = each.values
        if values["unit"] not in self._units:
            self._missing(f"{each.path}.unit", values["unit"], "a unit", self._units)
            return
        self._add_newcomer(values["person"], values["unit"], values, each.path, values.get("on"))
        self._say(Arrive, each, people=frozenset({values["person"]}))

    def _place(self, each: Asked) -> None:
        values = each.values
        wanted = set()
        for i, id_ in enumerate(values.get("persons", ())):
            if id_ in self._premises.unplaced:
                wanted.add(id_)
            elif id_ in self._people:
                self._problems.append(f"{each.path}.persons[{i}]: found {id_}, who has a room")
            else:
                path = f"{each.path}.persons[{i}]"
                self._missing(path, id_, "somebody without a room", self._premises.unplaced)
        for i, code in enumerate(values.get("units", ())):
            below = self._below(code, f"{each.path}.units[{i}]")
            wanted |= {p.id for p in self._premises.unplaced.values() if p.unit in below}
        if not wanted:
            self._problems.append(f"{each.path}: found nobody without a room to place")
        for id_ in sorted(wanted):
            person = self._premises.unplaced[id_]
            if person.ceiling is None:
                self._problems.append(
                    f"{each.path}: {id_} has rank {person.rank!r}, whose ceiling is not known"
                )
            self._people[id_] = person
        self._say(Arrive, each, people=frozenset(wanted))

    def _note_merger(self, each: Asked) -> None:
        into = each.values["into"]
        for i, code in enumerate(each.values["units"]):
            below = self._below(code, f"{each.path}.units[{i}]")
            for person in self._people.values():
                if person.unit == code or (person.unit in below and code != into):
                    self._merged[person.id] = into
        if into not in self._units:
            sisters = [self._units[c] for c in each.values["units"] if c in self._units]
            self._units[into] = UnitEntry(
                code=into, name=each.values.get("name"),
                parent=sisters[0].parent if sisters else None,
                organ_class=sisters[0].organ_class if sisters else None,
                unit_rank=sisters[0].unit_rank if sisters else None,
            )  # fmt: skip
        self._say(Note, each)

    def _merge(self) -> None:
        """Let people of merged units belong to the one that they become; ceilings stay theirs."""
        for id_, unit in self._merged.items():
            if id_ in self._people:
                self._origin[id_] = self._people[id_].unit
                self._people[id_] = replace(
                    self._people[id_], unit=unit, organisation=organisation_of(self._units, unit)
                )

    # ---- scope ----

    def _scope(self) -> tuple[set[str] | None, set[str] | None]:
        """Return rooms and units of the scope; None = all."""
        scope = self._request.scope
        is_placed = any(key in scope for key in ("rooms", "storeys", "buildings"))
        rooms = self._rooms_named(scope, "scope") if is_placed else None
        units: set[str] | None = None
        if "units" in scope:
            units = set()
            for i, code in enumerate(scope["units"]):
                units |= self._below(code, f"scope.units[{i}]")
        return rooms, units

    def _within(
        self, scope: tuple[set[str] | None, set[str] | None]
    ) -> tuple[dict[str, Room], tuple[tuple[str, str], ...]]:
        """Keep the rooms that matter and the people in them; give closed further rooms back."""
        inside, _ = scope
        named = set(self._request.scope.get("rooms", ()))
        every = self._premises.rooms
        closed = closed_rooms(tuple(self._requirements), self._settings.on)
        leaving = {
            id_ for each in self._requirements if isinstance(each, Leave) for id_ in each.people
        }
        offices = {
            person.room
            for person in self._people.values()
            if person.room is not None and not person.is_block
        }
        units_closed = {p.room for p in self._people.values() if p.is_block and p.room in closed}
        free = {c for c, room in every.items() if room.is_destination}
        free |= {c for c in named & every.keys() if every[c].area > 0 and c not in self._blocks()}
        wanted = (free if inside is None else free & inside) | units_closed
        wanted |= offices if inside is None else offices & (inside | closed)
        released = []
        for id_, person in list(self._people.items()):
            if person.room is not None and person.room not in wanted:
                del self._people[id_]
            elif (
                person.further_of is not None
                and person.room is not None
                and (person.room in closed or person.further_of in leaving)
            ):
                released.append((person.further_of, person.room))
                del self._people[id_]
        rooms = {
            code: replace(
                every[code],
                is_destination=code in free and (inside is None or code in inside),
            )
            for code in sorted(wanted)
        }
        return rooms, tuple(sorted(released))

    def _blocks(self) -> set[str]:
        return {p.room for p in self._people.values() if p.is_block and p.room is not None}

    def _stay_outside(self, scope: tuple[set[str] | None, set[str] | None]) -> None:
        """Hold whom the plan may not move: further rooms, units outside the scope."""
        closed = closed_rooms(tuple(self._requirements), self._settings.on)
        _, units = scope
        further = {p.id for p in self._people.values() if p.further_of is not None}
        blocks = {p.id for p in self._people.values() if p.is_block and p.room not in closed}
        for id_, who, said in (
            ("further-rooms", further, words.FURTHER),
            ("unit-rooms", blocks, words.BLOCKS),
        ):
            if who:
                self._requirements.append(
                    Stay(id=id_, path="", zh=said[0], en=said[1], people=frozenset(who))
                )
        if units is not None:
            outside = (
                {
                    p.id
                    for p in self._people.values()
                    if p.room is not None and p.unit not in units and p.room not in closed
                }
                - further
                - blocks
            )
            leaving = {
                id_ for each in self._requirements if isinstance(each, Leave) for id_ in each.people
            }
            if outside - leaving:
                zh, en = words.OUTSIDE
                self._requirements.append(
                    Stay(id="scope.units", path="scope.units", zh=zh, en=en,
                         people=frozenset(outside - leaving))
                )  # fmt: skip

    # ---- wishes ----

    def _wish(self, each: Asked, rooms: Mapping[str, Room]) -> None:
        values = each.values
        if each.kind == "pin":
            self._pin(each)
            return
        people = self._who(values, each.path)
        is_for_all = each.kind == "forbid" and not {"persons", "units"} & values.keys()
        if is_for_all:
            people = frozenset(self._people)
        if not people and not self._problems:
            self._problems.append(
                f"{each.path}: found nobody in the scope, expected persons or units"
            )
        match each.kind:
            case "accessible":
                there = frozenset(c for c, room in rooms.items() if room.is_accessible)
                self._say(Allow, each, people=people, rooms=there)
            case "together":
                within = Within(values.get("within", Within.STOREY))
                self._say(Together, each, people=people, within=within)
            case "stay":
                self._say(Stay, each, people=frozenset(
                    p for p in people if self._people[p].room is not None))  # fmt: skip
            case "allow":
                there = frozenset(self._rooms_named(values, each.path) & rooms.keys())
                self._say(Allow, each, people=people, rooms=there)
            case "forbid":
                gone = self._rooms_named(values, each.path)
                self._say(Allow, each, people=people, rooms=frozenset(rooms.keys() - gone))
            case "alone":
                self._say(Alone, each, people=people)
            case _:
                self._secrecy(each, people, rooms)

    def _pin(self, each: Asked) -> None:
        person = each.values["person"]
        people = self._who({"persons": (person,)}, each.path)
        code = self._room_named(each.values["room"], f"{each.path}.room")
        if people and code is not None:
            self._say(Allow, each, people=people, rooms=frozenset({code}))

    def _secrecy(self, each: Asked, people: frozenset[str], rooms: Mapping[str, Room]) -> None:
        values, path = each.values, each.path
        allowed = set(rooms)
        if {"rooms", "storeys", "buildings"} & values.keys():
            allowed &= self._rooms_named(values, path)
        for key, is_wanted in (("beside", True), ("not_beside", False)):
            if key not in values:
                continue
            marks = self._marks(values[key], f"{path}.{key}")
            near = {code for code in rooms if marks & ({code} | self._premises.rooms[code].beside)}
            if marks or is_wanted:
                allowed = allowed & near if is_wanted else allowed - near
        parts: list[tuple[type[Requirement], dict[str, Any]]] = []
        if allowed != set(rooms):
            parts.append((Allow, {"people": people, "rooms": frozenset(allowed)}))
        if values.get("alone"):
            parts.append((Alone, {"people": people}))
        others = self._who(
            {"units": values.get("not_beside", {}).get("units", ())}, f"{path}.not_beside"
        )
        if others & people:
            self._problems.append(
                f"{path}.not_beside.units: found people of the wish itself among them, expected "
                "other units"
            )
        elif others:
            parts.append((Apart, {"people": people, "others": others}))
        if not parts:
            self._problems.append(
                f"{path}: found a secrecy wish that asks nothing, expected rooms, storeys, "
                "buildings, beside, not_beside or alone"
            )
        for n, (form, given) in enumerate(parts):
            said = words.wish(each, given)
            id_ = each.id if n == 0 else f"{each.id}/{n + 1}"
            self._requirements.append(form(id=id_, path=path, zh=said[0], en=said[1], **given))

    def _marks(self, values: Mapping[str, Any], path: str) -> set[str]:
        """Return the rooms that ``beside`` names by code or use."""
        found = self._rooms_named({"rooms": values.get("rooms", ())}, path)
        for use in values.get("uses", ()):
            found |= {c for c, room in self._premises.rooms.items() if room.use == use}
        return found

    def _say(self, form: type[Requirement], each: Asked, **given: Any) -> None:  # noqa: ANN401
        zh, en = (
            words.demand(each, given) if each in self._request.demands else words.wish(each, given)
        )
        self._requirements.append(form(id=each.id, path=each.path, zh=zh, en=en, **given))

    # ---- sizes and ways ----

    def _sized(self, person: Occupant) -> Occupant:
        """Give the smallest area that is fit."""
        if person.is_block and person.room is not None:
            area = self._premises.rooms[person.room].area
            return replace(person, least=round(area * self._given["replacement_share"].value))
        if person.ceiling is None or person.further_of is not None or person.ceiling >= 1_000_000:
            return person
        return replace(person, least=int(person.ceiling * self._least_share))

    def _near(self) -> tuple[tuple[str, str], ...]:
        """Return the pairs of teams that belong together: as told, else sisters of one unit."""
        if self._request.near is not None:
            for i, pair in enumerate(self._request.near):
                for code in pair:
                    self._below(code, f"near[{i}]")
            return tuple((min(pair), max(pair)) for pair in self._request.near)
        by_parent: dict[str, set[str]] = defaultdict(set)
        for person in self._people.values():
            unit = self._units.get(person.unit)
            by_parent[(unit.parent if unit else None) or person.unit].add(person.unit)
        return tuple(
            pair
            for _, sisters in sorted(by_parent.items())
            for pair in combinations(sorted(sisters), 2)
        )

    def _ways(
        self,
        rooms: Mapping[str, Room],
        people: Mapping[str, Occupant],
        near: tuple[tuple[str, str], ...],
    ) -> tuple[
        dict[str, str], dict[tuple[str, str], int], tuple[tuple[str, str], ...],
        tuple[tuple[str, str], ...],
    ]:  # fmt: skip
        layout, notes = self._premises.layout, []
        zones = zones_of(layout, self._given["zone_m"].value)
        if len(near) * len({zones[c] for c in rooms}) ** 2 > _PAIRS:
            zones = zones_of(layout, 0.0)
            notes.append(words.COARSE)
        squares = len({zones[c] for c in rooms}) ** 2
        if len(near) * squares > _PAIRS:
            touched = self._touched(people)
            kept = tuple(pair for pair in near if touched & set(pair))
            near = kept[: max(1, _PAIRS // max(squares, 1))]
            notes.append(words.fewer_pairs(len(near)))
        ways = ways_between(layout, zones, {zones[c] for c in rooms}, self._given)
        return zones, ways, near, tuple(notes)

    def _touched(self, people: Mapping[str, Occupant]) -> set[str]:
        """Return the units whom a demand or wish names."""
        closed = closed_rooms(tuple(self._requirements), self._settings.on)
        found = {p.unit for p in people.values() if p.room is None or p.room in closed}
        for each in self._requirements:
            if not isinstance(each, Stay):
                found |= {people[id_].unit for id_ in getattr(each, "people", ()) if id_ in people}
        return found
