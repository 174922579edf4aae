"""What the large answers of an estate cost: 98 units, 60,000 rooms, a meter in most of them.

    python tests/benchmarks/estate_answers.py [--json] [--rooms N]

The estate of audit_speed.py is written into a twin of its own, with an electricity meter that was
never heard in 34,000 of its rooms. Each question is asked three times of the application in this
process, the database server beside it: seconds of the first answer and of the fastest later one,
CPU seconds of this process for that one, megabytes, and for the parts of a moment their time as a
share of the whole moment's. Wall seconds mean something on an idle machine only.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from audit_registry import fill  # type: ignore[import-not-found]  # beside this script
from audit_speed import generate  # type: ignore[import-not-found]  # beside this script
from fastapi.testclient import TestClient
from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script

from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.twin.http.app import create_app
from fangma.twin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "auditor", "Grey-heron-41"
METERED = 34 / 60
LEVELS = "&".join(f"by={each}" for each in ("site", "unit", "building", "storey", "room"))
QUESTIONS = (
    "/api/moment",
    "/api/moment?part=valves",
    "/api/moment?part=occupancy",
    f"/api/energy?metered=true&{LEVELS}",
    "/api/energy?by=site&by=unit&by=building",
    "/api/audit",
)


def measure_out(conn: Any) -> None:
    """Put a meter into rooms, storeys and buildings."""
    with reading(conn, OPERATOR):
        codes = {
            kind: [
                row[0]
                for row in conn.execute(
                    "SELECT code FROM fangma.entry WHERE kind = %s ORDER BY code", (kind,)
                )
            ]
            for kind in ("room", "storey", "building")
        }
    rooms = codes["room"][: round(METERED * len(codes["room"]))]
    with recording(conn, OPERATOR):
        declare(
            conn,
            [
                Declaration(sensor=f"E{i}", observed_property="energy", unit="kW.h", code=code)
                for i, code in enumerate([*rooms, *codes["storey"], *codes["building"]])
            ],
            actor="benchmark",
        )


def ask(client: TestClient) -> Iterator[dict[str, Any]]:
    """Ask each question three times."""
    answer = client.post(
        "/api/session",
        json={"user": USER, "password": PASSWORD},
        headers={"X-Fangma-Request": "1"},
    )
    assert answer.status_code == 200, answer.text
    for path in QUESTIONS:
        runs = []
        for _ in range(3):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = client.get(path, headers={"Accept": "application/x-ndjson"})
            runs.append((time.perf_counter() - wall, time.process_time() - cpu))
            assert answer.status_code == 200, answer.text
        later_s, cpu_s = min(runs[1:])
        yield {
            "question": path, "first_s": runs[0][0], "later_s": later_s, "later_cpu_s": cpu_s,
            "mb": len(answer.content) / 1e6,
        }  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rooms", type=int, default=60_000)
    options = parser.parse_args()
    with fresh_twin() as twin:
        url = twin.database_url()
        twin.add_account(USER, PASSWORD, "auditor")
        with connect(url) as conn:
            fill(conn, generate(options.rooms))
            measure_out(conn)
        with TestClient(create_app(Settings(home=twin.home, database_url=url))) as client:
            rows = list(ask(client))
    whole = rows[0]["later_s"]
    for row in rows:
        if row["question"].startswith("/api/moment"):
            row["of_the_moment"] = row["later_s"] / whole
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
        return
    for row in rows:
        share = f"  {row['of_the_moment']:.2f}x" if "of_the_moment" in row else ""
        sys.stdout.write(
            f"{row['first_s']:7.2f} s {row['later_s']:7.2f} s {row['later_cpu_s']:6.2f} CPU s "
            f"{row['mb']:7.2f} MB  {row['question'][:60]}{share}\n"
        )


if __name__ == "__main__":
    main()
