"""Demands and wishes as constraints of the program."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Note,
    Stay,
    Together,
    Within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.reallocation.program import Cell, Program
    from fangma.asset_registry.reallocation.requirements import Requirement
    from fangma.asset_registry.reallocation.situation import Room


def place_of(room: Room, within: Within) -> str:
    """Return the room, storey or building in which a room lies."""
    match within:
        case Within.ROOM:
            return room.code
        case Within.STOREY:
            return f"{room.building} {room.storey}"
        case Within.BUILDING:
            return room.building


def require(program: Program) -> None:
    """Add every demand and wish of the situation to its program."""
    _seat_everybody(program)
    for each in program.situation.requirements:
        match each:
            case Close():
                _close(program, each)
            case Allow():
                _allow(program, each)
            case Stay():
                _stay(program, each)
            case Together():
                _keep_together(program, each)
            case Apart():
                _keep_apart(program, each)
            case Alone():
                numbers = program.numbers(each.people)
                for code in sorted({code for k in numbers for code in program.rooms_of[k]}):
                    program.leave_alone(numbers, code, *_literal(program, each))
            case Arrive() | Leave() | Note():  # counted in _seat_everybody; nothing to obey
                pass


def _literal(program: Program, each: Requirement) -> tuple[Any, ...]:
    return (program.literals[each.id],) if program.is_optional else ()


def _add(program: Program, constraint: Any, each: Requirement) -> None:  # noqa: ANN401 - ortools
    program.model.add(constraint).only_enforce_if(*_literal(program, each))


def _seat_everybody(program: Program) -> None:
    """Give everybody one room: those who are there, those who come, not those who leave."""
    people = program.situation.people
    wanted: dict[int, Any] = {
        k: 1 if people[kind.people[0]].room is not None else 0
        for k, kind in enumerate(program.kinds)
    }
    for each in program.situation.requirements:
        if isinstance(each, Arrive | Leave):
            literal = program.literals.get(each.id, 1)
            for k in program.numbers(each.people):
                wanted[k] = literal if isinstance(each, Arrive) else 1 - literal
    for k, kind in enumerate(program.kinds):
        seated = sum(program.x[k, code] for code in program.rooms_of[k])
        program.model.add(seated + program.outside.get(k, 0) == kind.size * wanted[k])


def _close(program: Program, each: Close) -> None:
    if not program.is_optional:
        return  # the program has no cell there
    if each.until is None or each.until >= program.situation.settings.on:
        for code in sorted(each.rooms & program.kinds_in.keys()):
            _add(program, program.heads(code) == 0, each)


def _allow(program: Program, each: Allow) -> None:
    if not program.is_optional:
        return
    for k in program.numbers(each.people):
        for code in program.rooms_of[k]:
            if code not in each.rooms:
                _add(program, program.x[k, code] == 0, each)


def _stay(program: Program, each: Stay) -> None:
    for k in program.numbers(each.people):
        for code, count in program.kinds[k].here.items():
            if (k, code) in program.x:
                _add(program, program.x[k, code] >= count, each)
            else:  # closed or forbidden: the two cannot be had together
                program.model.add_bool_or([lit.negated() for lit in _literal(program, each)])


def _keep_together(program: Program, each: Together) -> None:
    places: dict[str, list[Cell]] = defaultdict(list)
    for k in program.numbers(each.people):
        for code in program.rooms_of[k]:
            places[place_of(program.situation.rooms[code], each.within)].append((k, code))
    used = []
    for place, cells in sorted(places.items()):
        there = program.model.new_bool_var(f"{each.id}@{place}")
        program.model.add(sum(program.x[cell] for cell in cells) <= len(each.people) * there)
        used.append(there)
    if len(used) > 1:
        _add(program, sum(used) <= 1, each)


def _keep_apart(program: Program, each: Apart) -> None:
    first, second = (_there(program, side, each.id) for side in (each.people, each.others))
    for code, literal in first.items():
        for other in sorted({code, *program.situation.rooms[code].beside} & second.keys()):
            _add(program, literal + second[other] <= 1, each)


def _there(program: Program, people: Iterable[str], name: str) -> dict[str, Any]:
    """Return, for each room, whether somebody of these people sits in it."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for k in program.numbers(people):
        for code in program.rooms_of[k]:
            cells[code].append((k, code))
    found = {}
    for code, held in sorted(cells.items()):
        found[code] = program.model.new_bool_var(f"{name}@{code}")
        most = program.most_in(code)
        program.model.add(sum(program.x[cell] for cell in held) <= most * found[code])
    return found
