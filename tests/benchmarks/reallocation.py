"""Solve a reallocation of 2,000 rooms and 5,000 people; print value, bound, gap and seconds.

Run ``python tests/benchmarks/reallocation.py [--rooms 2000] [--time-limit 60] [--json FILE]``. The
estate is made up from a seed: 98 units of two to six teams in eight buildings, rooms that mostly
fit their people, one in twenty empty, one in twelve over the standard. Asked are works on a storey,
a unit that moves in, units that grow and shrink, and wishes. The answer is replayed by the checker.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fangma.asset_registry.reallocation.answer import answer_request
from fangma.asset_registry.reallocation.assumptions import shipped_assumptions
from fangma.asset_registry.reallocation.kinds import kinds_of
from fangma.asset_registry.reallocation.request import read_request
from fangma.twin.planning import whole_situation

STAFF, DEPUTY, CHIEF = "局(处)级以下", "副局(处)级", "正局(处)级"


def estate(rooms: int, seed: int) -> dict[str, Any]:
    """Make a request with rooms and people of its own; two and a half people a room."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    made: list[dict[str, Any]] = []
    persons: list[dict[str, Any]] = []
    units = [{"unit": f"D{n:02d}", "organ_class": "市级"} for n in range(98)]
    teams = []
    for unit in list(units):
        for n in range(rng.randint(2, 6)):
            teams.append(f"{unit['unit']}-{n}")
            units.append({"unit": teams[-1], "parent": unit["unit"], "organ_class": "市级"})
    # Teams in the order of the houses, so that a team lies together as it does in life.
    queue = sorted(teams * 9)
    for n in range(rooms):
        building, rest = divmod(n, 250)
        storey, place = divmod(rest, 25)
        code = f"B{building}-{storey + 1:02d}{place:02d}"
        team = queue[n * len(queue) // rooms]
        people = 0 if rng.random() < 0.05 else rng.choice((1, 1, 2, 2, 3, 3, 4, 4))
        leader = people == 1 and rng.random() < 0.5
        area = rng.choice((15.5, 17.8, 18.0)) if leader else max(people, 2) * 9 - rng.random() * 4
        if rng.random() < 1 / 12:
            area += rng.choice((1.2, 3.4, 6.0))
        made.append(
            {
                "room": code, "area_m2": round(area, 2), "capacity": max(1, int(area // 5)),
                "building": f"B{building}", "storey": f"B{building}-{storey + 1:02d}",
                "level": storey, "x_m": building * 120.0 + place // 2 * 4.0,
                "y_m": place % 2 * 8.0, "accessible": storey == 0 or building != 3,
            }
        )  # fmt: skip
        for _ in range(people):
            rank = rng.choice((DEPUTY, DEPUTY, CHIEF)) if leader else STAFF
            persons.append(
                {
                    "person": f"P{len(persons):05d}", "unit": team, "rank": rank, "room": code,
                    "alone": leader,
                }
            )  # fmt: skip
    small = [p["person"] for p in persons if not p["alone"]]
    return {
        "on": "2026-12-01",
        "rooms": made,
        "persons": persons,
        "units": units,
        "demands": [
            {"kind": "close", "storeys": ["B1-03"], "from": "2026-12-15", "to": "2027-03-31"},
            {"kind": "move-in", "unit": "D99", "organ_class": "市级",
             "people": [{"rank": STAFF, "count": 30}, {"rank": DEPUTY, "count": 2, "alone": True}]},
            *({"kind": "grow", "unit": team, "people": [{"rank": STAFF, "count": 2}]}
              for team in rng.sample(teams, 8)),
            {"kind": "leave", "persons": rng.sample(small, 25)},
        ],
        "wishes": [
            {"kind": "accessible", "persons": rng.sample(small, 20)},
            {"kind": "stay", "units": [teams[-1]]},
            {"kind": "together", "units": ["D99"], "within": "building"},
        ],
        "settings": {"sharing": "organisation", "ceilings": "placed", "alternatives": False},
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=2000)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--aims", default="moves,excess,scatter,distance,fragments")
    parser.add_argument("--sharing", default="organisation", help="unit, organisation or any")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    document = estate(options.rooms, options.seed)
    document["aims"] = options.aims.split(",")
    document["settings"] |= {"sharing": options.sharing}
    document["settings"] |= {"time_limit_s": options.time_limit, "workers": options.workers}
    started, cpu = time.monotonic(), time.process_time()
    situation = whole_situation(read_request(document), now=datetime.now(UTC))
    read = time.monotonic() - started
    print(
        f"{len(situation.rooms)} rooms, {len(situation.people)} people, "
        f"{len(kinds_of(situation))} kinds, read in {read:.1f} s"
    )
    answer = answer_request(situation, shipped_assumptions())
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    print(f"{answer['status']}, {len(answer['moves'])} steps, replayed by the checker")
    if answer["status"] == "infeasible":
        print(answer["message"]["en"])
    print(f"{'level':<14}{'before':>10}{'value':>10}{'bound':>10}{'gap':>9}{'seconds':>9}")
    for level in answer.get("levels", ()):
        print(
            f"{level['name']:<14}{level['before']:>10}{level['value']:>10}{level['bound']:>10}"
            f"{level['gap']:>9.2%}{level['seconds']:>9.1f}"
        )
    print(f"total {seconds:.1f} s wall, {cpu:.1f} s of processors")
    if options.json is not None:
        told = {"rooms": len(situation.rooms), "people": len(situation.people),
                "seconds": seconds, "cpu_seconds": cpu, "status": answer["status"],
                "gap": answer["gap"], "levels": answer.get("levels", [])}  # fmt: skip
        options.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
