"""Small situations made up from a seed, and their best plan by trying every one."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

from fangma.asset_registry.reallocation.aims import figures
from fangma.asset_registry.reallocation.checking import check_places
from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Requirement,
    Stay,
    Together,
    Within,
)
from fangma.asset_registry.reallocation.situation import (
    Aim,
    Ceilings,
    Occupant,
    Room,
    Settings,
    Sharing,
    Situation,
)

DAY = date(2026, 1, 1)


def situation_of(seed: int) -> Situation:
    """Two to four rooms, one to five people, up to three demands and wishes of any form."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    rooms = _rooms(rng)
    people = _people(rng, sorted(rooms))
    zones = sorted({room.zone for room in rooms.values()})
    ways = {}
    for a, b in itertools.combinations(zones, 2):
        ways[a, b] = ways[b, a] = rng.randint(1, 60)
    aims = list(Aim)
    rng.shuffle(aims)
    teams = sorted({person.unit for person in people.values()})
    return Situation(
        rooms=rooms,
        people=people,
        settings=Settings(
            on=DAY,
            aims=tuple(aims),
            ceilings=rng.choice(list(Ceilings)),
            sharing=rng.choice(list(Sharing)),
            time_limit_s=20,
        ),
        requirements=tuple(_requirements(rng, rooms, people)),
        near=tuple(itertools.combinations(teams, 2)),
        ways=ways,
    )


def best_by_trying(situation: Situation) -> tuple[int, ...] | None:
    """Return the figures of the best plan in the order of the aims; None when there is none."""
    comes = _named(situation, Arrive)
    leaves = _named(situation, Leave)
    offers = [
        [None]
        if id_ in leaves or (person.room is None and id_ not in comes)
        else sorted(situation.rooms)
        for id_, person in sorted(situation.people.items())
    ]
    best = None
    for combination in itertools.product(*offers):
        places = dict(zip(sorted(situation.people), combination, strict=True))
        if not check_places(situation, places):
            reached = figures(situation, places)
            key = tuple(reached[aim] for aim in situation.settings.aims)
            best = key if best is None else min(best, key)
    return best


def _named(situation: Situation, form: type[Requirement]) -> set[str]:
    return {
        id_
        for each in situation.requirements
        if isinstance(each, form)
        for id_ in getattr(each, "people", ())
    }


def _rooms(rng: random.Random) -> dict[str, Room]:
    codes = [f"R{n}" for n in range(rng.randint(2, 4))]
    beside: dict[str, set[str]] = {code: set() for code in codes}
    for a, b in itertools.combinations(codes, 2):
        if rng.random() < 0.3:
            beside[a].add(b)
            beside[b].add(a)
    found = {}
    for code in codes:
        building = rng.choice("AB")
        storey = f"{building}{rng.randint(1, 2)}"
        found[code] = Room(
            code=code, area=rng.choice([900, 1200, 1800, 2000, 2700]),
            capacity=rng.randint(1, 3), building=building, storey=storey, zone=storey,
            is_destination=rng.random() < 0.9, beside=frozenset(beside[code]),
        )  # fmt: skip
    return found


def _people(rng: random.Random, codes: list[str]) -> dict[str, Occupant]:
    found = {}
    for n in range(rng.randint(1, 5)):
        unit, room = rng.choice(["U1", "U2", "V"]), rng.choice([*codes, None])
        is_unknown = room is not None and rng.random() < 0.1
        found[f"P{n}"] = Occupant(
            id=f"P{n}", unit=unit, organisation=unit[0], room=room,
            ceiling=None if is_unknown else rng.choice([900, 900, 900, 1200, 1800]),
            is_alone=rng.random() < 0.15, least=rng.choice([0, 0, 600]),
        )  # fmt: skip
    return found


def _requirements(
    rng: random.Random, rooms: dict[str, Room], people: dict[str, Occupant]
) -> list[Requirement]:
    codes, ids = sorted(rooms), sorted(people)
    new = frozenset(id_ for id_ in ids if people[id_].room is None)
    here = sorted(set(ids) - new)
    found: list[Requirement] = []
    if new:
        found.append(Arrive(id="arrive", path="demands[0]", zh="到", en="arrive", people=new))

    def some(most: int = 2) -> frozenset[str]:
        return frozenset(rng.sample(ids, min(len(ids), rng.randint(1, most))))

    for n in range(rng.randint(0, 3)):
        form = rng.choice([Close, Leave, Allow, Stay, Together, Apart, Alone])
        said: dict[str, Any] = {
            "id": f"q{n}",
            "path": f"wishes[{n}]",
            "zh": form.__name__,
            "en": form.__name__,
        }
        if form is Close:
            found.append(Close(rooms=frozenset(rng.sample(codes, 1)), **said))
        elif form is Leave and here and not any(isinstance(each, Leave) for each in found):
            found.append(Leave(people=frozenset(rng.sample(here, 1)), **said))
        elif form is Allow:
            allowed = frozenset(rng.sample(codes, rng.randint(1, len(codes))))
            found.append(Allow(people=some(), rooms=allowed, **said))
        elif form is Stay and here:
            found.append(Stay(people=frozenset(rng.sample(here, 1)), **said))
        elif form is Together:
            found.append(Together(people=some(3), within=rng.choice(list(Within)), **said))
        elif form is Apart and len(ids) > 1:
            one = some(len(ids) - 1 if len(ids) < 3 else 2)
            others = sorted(set(ids) - one)[:2]
            if others:
                found.append(Apart(people=one, others=frozenset(others), **said))
        elif form is Alone:
            found.append(Alone(people=some(), **said))
    return found
