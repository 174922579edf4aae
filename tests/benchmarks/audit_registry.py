"""Measure the audit from the registry to the answer: 98 units, 1.46 million m2, 60,000 rooms.

    python tests/benchmarks/audit_registry.py [--json] [--rooms N]

The estate of audit_speed.py is written into a twin of its own, and then audited in one process: the
facts are read, judged, and written as JSON, each told apart. CPU seconds are of this process; the
database server works beside it. Target (DESIGN 8): <= 2 s.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from uuid import uuid4

from audit_speed import generate  # type: ignore[import-not-found]  # beside this script
from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.changes import ChangeSet, NewEntry, Shape, State
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Lease,
    LedgerEntry,
    Named,
    OccupationChanges,
    Post,
    UnitState,
)
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.sites import find_site


def the_site(conn, moment):
    found = find_site(conn, None, moment)
    assert found is not None, "fresh_twin makes one"
    return found.id


def fill(conn, facts) -> None:
    """Write an estate into the only site of a registry."""
    with reading(conn, OPERATOR) as moment:
        site = the_site(conn, moment)
    buildings = {room.building: uuid4() for room in facts.rooms}
    storeys = {name: uuid4() for name in buildings}
    rooms = {room.code: uuid4() for room in facts.rooms}
    units = {unit.code: uuid4() for unit in facts.units}
    people = {person.id: uuid4() for person in facts.people}
    start = datetime(2020, 1, 1, tzinfo=UTC)
    changes = ChangeSet(
        site_id=site,
        valid_from=None,
        new=(
            *(NewEntry(id=id_, kind="building", site_id=site) for id_ in buildings.values()),
            *(
                NewEntry(id=storeys[b], kind="storey", site_id=site, building_id=id_)
                for b, id_ in buildings.items()
            ),
            *(
                NewEntry(
                    id=rooms[room.code],
                    kind="room",
                    site_id=site,
                    building_id=buildings[room.building],
                    storey_id=storeys[room.building],
                )
                for room in facts.rooms
            ),
        ),
        states=(
            *(State(entry_id=id_, name=b, building_id=id_) for b, id_ in buildings.items()),
            *(
                State(entry_id=storeys[b], name="1F", building_id=id_, elevation_m=0.0)
                for b, id_ in buildings.items()
            ),
            *(
                State(
                    entry_id=rooms[room.code],
                    name=room.use,
                    number=room.code[-5:],
                    use=room.use,
                    building_id=buildings[room.building],
                    storey_id=storeys[room.building],
                )
                for room in facts.rooms
            ),
        ),
        shapes=tuple(
            Shape(
                entry_id=rooms[room.code],
                area_m2=room.measured_m2,
                method="floor",
                floor_z=0.0,
                ceiling_z=3.2,
                mesh_hash=f"{i:064x}",
            )
            for i, room in enumerate(facts.rooms)
        ),
        occupation=OccupationChanges(
            units=tuple(Named(id=id_, code=code) for code, id_ in units.items()),
            people=tuple(Named(id=id_, code=code) for code, id_ in people.items()),
            added=(
                *(
                    UnitState(
                        unit_id=units[u.code],
                        name=u.name,
                        organ_class=u.organ_class,
                        authorised=u.authorised,
                    )
                    for u in facts.units
                ),
                *(
                    Post(
                        person_id=people[p.id],
                        unit_id=units[p.unit],
                        rank=p.rank,
                        post=p.post,
                        status=p.status,
                        left_on=p.left_on,
                    )
                    for p in facts.people
                ),
                *(
                    Assignment(
                        entry_id=rooms[a.room],
                        person_id=people.get(a.person),
                        unit_id=units.get(a.unit),
                        use=a.use,
                        valid_from=start,
                    )
                    for a in dict.fromkeys(facts.assignments)
                ),
                *(
                    Lease(
                        entry_id=rooms[row.room], direction=row.direction, due=row.due,
                        paid=row.paid, valid_from=start, valid_to=datetime(2027, 1, 1, tzinfo=UTC),
                    )
                    for row in facts.leases
                ),
                *(
                    LedgerEntry(
                        entry_id=rooms[room.code],
                        area_m2=room.ledger_m2,
                        use=room.registered_use,
                        certificate=room.certificate,
                    )
                    for room in facts.rooms
                ),
            ),
        ),
    )  # fmt: skip
    with recording(conn, OPERATOR):
        apply(conn, changes, actor="benchmark", action="import")


def measure(conn) -> dict[str, float]:
    """Audit the only site once; wall and CPU seconds of each part."""
    told: dict[str, float] = {}

    last = [time.perf_counter(), time.process_time()]

    def lap(name: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        told[f"{name}_s"], told[f"{name}_cpu_s"] = (b - a for a, b in zip(last, now, strict=True))
        last[:] = now

    with reading(conn, OPERATOR, datetime(2026, 11, 21, tzinfo=UTC)) as moment:
        facts = audit_facts(conn, the_site(conn, moment), moment)
    lap("facts")
    audit = Audit(facts)
    report = audit.report()
    lap("judge")
    told["answer_s"] = told["facts_s"] + told["judge_s"]
    told["answer_cpu_s"] = told["facts_cpu_s"] + told["judge_cpu_s"]
    document = report.to_json()
    lap("json")
    told["json_mb"] = len(document) / 1e6
    told["rooms"] = len(facts.rooms)
    return told


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rooms", type=int, default=60_000)
    options = parser.parse_args()
    with fresh_twin() as twin, connect(twin.database_url()) as conn:
        fill(conn, generate(options.rooms))
        runs = [measure(conn) for _ in range(3)]
    best = min(runs, key=lambda row: row["answer_s"])
    if options.json:
        json.dump(best, sys.stdout, indent=2)
    else:
        for name, value in best.items():
            print(f"{name:20} {value:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
