"""Measure the audit of a generated estate: 98 units, 1.46 million m2, 60,000 rooms.

The area is building area (建筑面积), of which 65 % is usable (K of the standard).

    python tests/benchmarks/audit_speed.py [--json]

Targets (DESIGN 8): <= 2 s for the whole, <= 0.1 s after one changed assignment, same bytes as a
fresh audit of the changed facts. JSON is written apart: it is the report, not the audit.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import resource
import sys
import time
from dataclasses import replace
from datetime import date, datetime

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    LeaseFact,
    PersonFact,
    RoomFact,
    UnitFact,
)

RANKS = [("正局(处)级", 24.0), ("副局(处)级", 18.0), ("局(处)级以下", 9.0)]


def generate(rooms: int = 60_000, units: int = 98, area_m2: float = 1.46e6, seed: int = 1):
    """Fill an estate: half offices with people in them, the rest service, plant and corridors."""
    rng = random.Random(seed)  # noqa: S311  (no secret)
    mean = 0.65 * area_m2 / rooms
    made: list[RoomFact] = []
    people: list[PersonFact] = []
    assignments: list[AssignmentFact] = []
    leases: list[LeaseFact] = []
    for i in range(rooms):
        unit = f"U{i * units // rooms:03d}"
        code = f"330302-001-A{i // 600:02d}-F{i // 60 % 10:02d}-{i % 10_000:04d}-{i}"
        kind = rng.choices(
            ["办公室", "会议室", "卫生间", "变配电室", "走廊", "储藏室"], [55, 12, 8, 5, 10, 10]
        )[0]
        area = round(rng.uniform(0.3, 1.7) * mean, 4)
        made.append(
            RoomFact(
                code=code,
                building=f"A{i // 600:02d}",
                use=kind,
                measured_m2=area,
                method="floor",
                in_ledger=True,
                ledger_m2=round(area * (1.02 if rng.random() < 0.03 else 1), 2),
                registered_use="会议室" if rng.random() < 0.02 else kind,
                certificate=None if rng.random() < 0.05 else "证1",
            )
        )
        if kind == "办公室" and rng.random() < 0.95:
            leader = next((r for r in RANKS[:2] if r[1] - 5 < area <= r[1]), None)
            rank = leader or RANKS[2]
            # One office in twenty has a person too few in it.
            heads = math.ceil(area / rank[1]) - (rng.random() < 0.05)
            for _ in range(max(1, heads)):
                person = PersonFact(
                    id=f"P{len(people):06d}",
                    unit=unit,
                    rank=rank[0],
                    post="科员",
                    status=rng.choices(["在职", "退休"], [99, 1])[0],
                    left_on=date(2026, rng.randint(1, 12), 1),
                )
                people.append(person)
                assignments.append(AssignmentFact(room=code, person=person.id, use="办公室"))
                if rng.random() < 0.01 and len(made) > 1:
                    assignments.append(
                        AssignmentFact(room=made[-2].code, person=person.id, use="办公室")
                    )
        elif kind not in {"走廊", "办公室"}:
            assignments.append(AssignmentFact(room=code, unit=unit, use=None))
            if rng.random() < 0.01:
                leases.append(
                    LeaseFact(room=code, direction="出租", until=date(2026, 12, 31), due=10, paid=5)
                )
    return AuditFacts(
        at=datetime(2026, 11, 21, tzinfo=CHINA),
        division="330302",
        rooms=tuple(made),
        units=tuple(
            UnitFact(code=f"U{i:03d}", name=f"单位{i}", organ_class="市级", authorised=300)
            for i in range(units)
        ),
        people=tuple(people),
        assignments=tuple(assignments),
        leases=tuple(leases),
    )


def timed(work):
    gc.collect()
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rooms", type=int, default=60_000)
    options = parser.parse_args()
    facts, generating = timed(lambda: generate(options.rooms))
    audit, auditing = timed(lambda: Audit(facts))
    report, reporting = timed(audit.report)
    cpu = -time.process_time()
    Audit(facts).report()
    cpu += time.process_time()
    document, writing = timed(report.to_json)
    office = next(a for a in facts.assignments if a.person is not None)
    changed = replace(office, room=facts.rooms[-1].code)
    slowest, again = 0.0, report
    for old, new in ((office, changed), (changed, office), (office, changed)):
        again, seconds = timed(lambda old=old, new=new: revise(audit, old, new))
        slowest = max(slowest, seconds)
    fresh = Audit(
        replace(facts, assignments=(*(a for a in facts.assignments if a is not office), changed))
    ).report()
    rows = {
        "rooms": len(facts.rooms),
        "people": len(facts.people),
        "assignments": len(facts.assignments),
        "units": len(facts.units),
        "usable_m2": round(sum(room.measured_m2 or 0 for room in facts.rooms)),
        "generate_s": generating,
        "audit_s": auditing + reporting,
        "audit_cpu_s": cpu,
        "write_json_s": writing,
        "json_mb": len(document) / 1e6,
        "one_changed_assignment_s": slowest,
        "same_bytes_as_afresh": again.to_json() == fresh.to_json(),
        "persons_over": sum(row.verdict == "over" for row in report.persons),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
    else:
        for name, value in rows.items():
            print(f"{name:28} {value:.3f}" if isinstance(value, float) else f"{name:28} {value}")
    return 0 if rows["same_bytes_as_afresh"] else 1


def revise(audit: Audit, old: AssignmentFact, new: AssignmentFact):
    audit.replace(removed=[old], added=[new])
    return audit.report()


if __name__ == "__main__":
    raise SystemExit(main())
