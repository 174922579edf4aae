"""A program that adds things to a registry, run by the tests as a process of its own.

python adding.py DSN SITE BUILDING STOREY ROUNDS     prints the codes that it was given
python adding.py DSN SITE BUILDING STOREY hang       prints "applied", then waits with no commit
"""

from __future__ import annotations

import sys
import time
from uuid import UUID, uuid4

from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording


def changes(site: UUID, building: UUID, storey: UUID) -> ChangeSet:
    """Plan two rooms, a pipe, a storey and a building, wishing for parts that are taken."""
    wishes = (("room", "512"), ("room", "513"), ("pipe", "JS"), ("storey", "F06"))
    inside = tuple(
        NewEntry(
            id=uuid4(),
            kind=kind,
            site_id=site,
            building_id=building,
            storey_id=storey if kind == "room" else None,
            code_part=part,
        )
        for kind, part in wishes
    )
    new = (*inside, NewEntry(id=uuid4(), kind="building", site_id=site))
    states = tuple(State(entry_id=entry.id) for entry in new)
    return ChangeSet(site_id=site, valid_from=None, new=new, states=states)


def add_some(dsn: str, site: UUID, building: UUID, storey: UUID, rounds: int) -> list[str]:
    """Add them again and again, each time in a transaction of its own; return the codes."""
    given: list[str] = []
    with connect(dsn) as conn:
        for _ in range(rounds):
            with recording(conn, OPERATOR):
                applied = apply(
                    conn, changes(site, building, storey), actor="tester", action="import"
                )
            given += applied.codes.values()
    return given


if __name__ == "__main__":
    dsn, *ids, rounds = sys.argv[1:]
    site, building, storey = map(UUID, ids)
    if rounds == "hang":
        with connect(dsn) as conn, recording(conn, OPERATOR):
            apply(conn, changes(site, building, storey), actor="tester", action="import")
            print("applied", flush=True)
            time.sleep(600)
    print(*add_some(dsn, site, building, storey, int(rounds)), sep="\n")
