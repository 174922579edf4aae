"""The aims as expressions of the program, and as figures of a finished plan.

Both say the same; that the solver's figure is the plan's is checked on every answer.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.before import excess_before
from fangma.asset_registry.reallocation.requirements import Leave
from fangma.asset_registry.reallocation.situation import Aim, excess_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.reallocation.program import Cell, Program
    from fangma.asset_registry.reallocation.situation import Room, Situation


def unit_of_measure(aim: Aim) -> int:
    """Return how many of the solver's whole numbers make one of what is told (m2, moves, m)."""
    return 100 if aim in {Aim.EXCESS, Aim.FRAGMENTS} else 1


def expression(program: Program, aim: Aim) -> Any:  # noqa: ANN401 - an expression of ortools
    """Return what an aim keeps small, in whole numbers."""
    match aim:
        case Aim.MOVES:
            return _moves(program)
        case Aim.EXCESS:
            return sum(program.excess.values())
        case Aim.SCATTER:
            return _scatter(program)
        case Aim.DISTANCE:
            return _distance(program)
        case Aim.FRAGMENTS:
            return _fragments(program)


def figures(situation: Situation, places: Mapping[str, str | None]) -> dict[Aim, int]:
    """Reckon the aims of a plan from who sits where.

    Parameters
    ----------
    places : mapping of person to room
        After the plan; None for whoever leaves. A room in which somebody's ceiling was not known
        is not judged, before or after.
    """
    rooms: dict[str, list[str]] = defaultdict(list)
    storeys: dict[str, set[str]] = defaultdict(set)
    buildings: dict[str, set[str]] = defaultdict(set)
    zones: dict[str, set[str]] = defaultdict(set)
    moves = 0
    for id_, code in places.items():
        person = situation.people[id_]
        moves += person.room is not None and code is not None and code != person.room
        if code is None:
            continue
        room = situation.rooms[code]
        rooms[code].append(id_)
        storeys[person.unit].add(storey_of(room))
        buildings[person.unit].add(room.building)
        zones[person.unit].add(room.zone)
    excess = 0
    for code, ids in rooms.items():
        ceilings = [situation.people[id_].ceiling for id_ in ids]
        if None not in ceilings and excess_before(situation, code) is not None:
            total = sum(ceiling or 0 for ceiling in ceilings)
            excess += excess_of(situation.rooms[code].area, total)
    used = {storey_of(situation.rooms[code]) for code in rooms}
    return {
        Aim.MOVES: moves,
        Aim.EXCESS: excess,
        Aim.SCATTER: sum(len(s) - 1 for places_ in (storeys, buildings) for s in places_.values()),
        Aim.DISTANCE: sum(
            max(
                (situation.ways.get((a, b), 0) for a in zones[first] for b in zones[second]),
                default=0,
            )
            for first, second in situation.near
        ),
        Aim.FRAGMENTS: sum(
            room.area
            for code, room in situation.rooms.items()
            if is_idle_space(situation, room) and code not in rooms and storey_of(room) in used
        ),
    }


def storey_of(room: Room) -> str:
    """Name a storey so that no two buildings share it."""
    return f"{room.building} {room.storey}"


def is_idle_space(situation: Situation, room: Room) -> bool:
    """Tell whether a room that nobody sits in counts as idle: open, and fit for an office."""
    return room.is_destination and room.code not in situation.closed


def _moves(program: Program) -> Any:  # noqa: ANN401
    moved: list[Any] = []
    leaving = _leaving(program)
    for k, kind in enumerate(program.kinds):
        if k in leaving:
            continue
        for code, count in kind.here.items():
            if (k, code) not in program.x:
                moved.append(count)
                continue
            stays = program.model.new_int_var(0, count, f"stays{k}@{code}")
            program.model.add(stays <= program.x[k, code])
            moved.append(count - stays)
    return sum(moved)


def _leaving(program: Program) -> set[int]:
    return {
        k
        for each in program.situation.requirements
        if isinstance(each, Leave)
        for k in program.numbers(each.people)
    }


def _scatter(program: Program) -> Any:  # noqa: ANN401
    total: list[Any] = []
    for place in (storey_of, _building_of):
        for literals in presence(program, place, place.__name__).values():
            total.extend(literals.values())
            total.append(-1)
    return sum(total)


def _building_of(room: Room) -> str:
    return room.building


def _zone_of(room: Room) -> str:
    return room.zone


def _distance(program: Program) -> Any:  # noqa: ANN401
    situation = program.situation
    wanted = {unit for pair in situation.near for unit in pair}
    there = presence(program, _zone_of, "zone", only=wanted)
    total = []
    for first, second in situation.near:
        pairs = [
            (way, a, b)
            for a in there.get(first, {})
            for b in there.get(second, {})
            if (way := situation.ways.get((a, b), 0)) > 0
        ]
        if not pairs:
            continue
        longest = program.model.new_int_var(0, max(pairs)[0], f"way:{first}:{second}")
        for way, a, b in pairs:
            program.model.add(longest >= way).only_enforce_if(there[first][a], there[second][b])
        total.append(longest)
    return sum(total)


def _fragments(program: Program) -> Any:  # noqa: ANN401
    situation = program.situation
    used: dict[str, list[str]] = defaultdict(list)
    for code in program.occupied:
        used[storey_of(situation.rooms[code])].append(code)
    total: list[Any] = []
    for storey, codes in sorted(used.items()):
        literal = program.model.new_bool_var(f"used:{storey}")
        for code in codes:
            program.model.add_implication(program.occupied[code], literal)
        idle = sum(
            room.area
            for room in situation.rooms.values()
            if storey_of(room) == storey and is_idle_space(situation, room)
        )
        total.append(idle * literal)
        total.extend(
            -situation.rooms[code].area * program.occupied[code]
            for code in codes
            if is_idle_space(situation, situation.rooms[code])
        )
    return sum(total)


def presence(
    program: Program,
    place: Any,  # noqa: ANN401 - a function of a room
    name: str,
    *,
    only: set[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return, for each unit, whether anybody of it sits in each storey, building or zone."""
    cells: dict[str, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    sizes: dict[str, int] = defaultdict(int)
    leaving = _leaving(program)
    for k, kind in enumerate(program.kinds):
        if k in leaving or (only is not None and kind.unit not in only):
            continue
        sizes[kind.unit] += kind.size
        for code in program.rooms_of[k]:
            cells[kind.unit][place(program.situation.rooms[code])].append((k, code))
    found: dict[str, dict[str, Any]] = {}
    for unit, places in sorted(cells.items()):
        found[unit] = {}
        for where, held in sorted(places.items()):
            literal = program.model.new_bool_var(f"{name}:{unit}@{where}")
            total = sum(program.x[cell] for cell in held)
            program.model.add(total <= sizes[unit] * literal)
            found[unit][where] = literal
    return found
