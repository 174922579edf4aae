"""As-of questions over many facts: one thing and one storey, at random moments.

    python tests/benchmarks/as_of.py [--facts 1000000] [--revisions 5] [--json]

Fills a database of its own on the server of FANGMA_DATABASE_URL or FANGMA_HOME with rooms whose
names and shapes (two facts a room) change at every revision, asks 200 of each question, and drops
it again. Indexes are made when the rows are there: row by row, most of the time went into them.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from fangma.asset_registry.store.connection import OPERATOR, Moment, connect, reading, recording
from fangma.asset_registry.store.items import Filters, find_item, list_items
from fangma.asset_registry.store.schema import migrate
from fangma.asset_registry.store.sites import add_site
from fangma.twin.services import database
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOMS_A_STOREY = 100
_ASKED = 200

FILL = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
CREATE TEMP TABLE made_later AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS making
  FROM pg_index AS i
 WHERE i.indrelid IN ('fangma.state'::regclass, 'fangma.shape'::regclass)
   AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid);
DO $$ DECLARE d record; BEGIN
  FOR d IN SELECT name FROM made_later LOOP EXECUTE 'DROP INDEX ' || d.name; END LOOP;
END $$;
INSERT INTO fangma.revision (id, recorded_at, actor, action)
SELECT 1000 + g, now() - make_interval(days => 60) + make_interval(days => g), 'bench', 'import'
  FROM generate_series(1, {revisions}) AS g;
CREATE TEMP TABLE place AS
SELECT g, gen_random_uuid() AS id, (g - 1) / {a_storey} AS storey
  FROM generate_series(1, {rooms}) AS g;
CREATE TEMP TABLE floor AS
SELECT s AS storey, gen_random_uuid() AS id
  FROM generate_series(0, ({rooms} - 1) / {a_storey}) AS s;
INSERT INTO fangma.entry (id, code, kind, scope_id, revision_id)
SELECT f.id, 'BENCH-F' || f.storey, 'storey', (SELECT min(id) FROM fangma.scope), 1001
  FROM floor AS f;
INSERT INTO fangma.entry (id, code, kind, scope_id, revision_id)
SELECT p.id, 'BENCH-' || p.g, 'room', (SELECT min(id) FROM fangma.scope), 1001 FROM place AS p;
INSERT INTO fangma.state (entry_id, scope_id, valid, recorded, revision_id, closed_by, name, number,
                          storey_id, use, coded)
SELECT p.id, (SELECT min(id) FROM fangma.scope), tstzrange(NULL, NULL),
       tstzrange(r.recorded_at, n.recorded_at), r.id, n.id, 'room ' || p.g || ' ' || r.id,
       p.g::text, f.id, 'office', true
  FROM place AS p
  JOIN floor AS f USING (storey)
 CROSS JOIN fangma.revision AS r
  LEFT JOIN fangma.revision AS n ON n.id = r.id + 1
 WHERE r.id > 1000;
INSERT INTO fangma.shape (entry_id, scope_id, valid, recorded, revision_id, closed_by, area_m2)
SELECT entry_id, scope_id, valid, recorded, revision_id, closed_by, 20 FROM fangma.state
 WHERE revision_id > 1000;
DO $$ DECLARE d record; BEGIN
  FOR d IN SELECT making FROM made_later LOOP EXECUTE d.making; END LOOP;
END $$;
ANALYZE;
"""


def measure(ask: Callable[[], Any]) -> dict[str, float]:
    """Ask often, and tell the middle and the slow end, milliseconds."""
    times = []
    for _ in range(_ASKED):
        start = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"p50_ms": round(statistics.median(times), 2), "p95_ms": round(times[190], 2)}


def run(url: str, rooms: int, revisions: int) -> dict[str, Any]:
    """Fill, ask, and tell."""
    migrate(url)
    with connect(url) as conn, recording(conn, OPERATOR):
        add_site(conn, division="000000", name="bench", actor="bench")
    start = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as owner:
        # Numbers of ours only; the statements are those above.
        owner.execute(FILL.format(rooms=rooms, revisions=revisions, a_storey=_ROOMS_A_STOREY))
        count = owner.execute(
            "SELECT (SELECT count(*) FROM fangma.state) + (SELECT count(*) FROM fangma.shape)"
        ).fetchone()
    filled = time.perf_counter() - start
    chance = random.Random(1)  # noqa: S311
    with connect(url) as conn, reading(conn, OPERATOR) as now:
        conn.execute("SET LOCAL statement_timeout = 0")
        days = [row[0] for row in conn.execute("SELECT recorded_at FROM fangma.revision")]
        floors = [row[0] for row in conn.execute("SELECT id FROM fangma.entry WHERE kind='storey'")]

        def moment() -> Moment:
            known = chance.choice(days) + timedelta(hours=1)
            found = conn.execute(
                "SELECT max(id) FROM fangma.revision WHERE recorded_at <= %s", [known]
            ).fetchone()
            return Moment(at=now.at, known=known, revision=(found or [0])[0])

        def one() -> None:
            _shown(conn, f"BENCH-{chance.randint(1, rooms)}", moment())

        def storey() -> None:
            list_items(conn, "room", moment=moment(), limit=500,
                       filters=Filters(storey=chance.choice(floors)))  # fmt: skip

        answers = {"one thing": measure(one), "one storey": measure(storey)}
    return {"facts": (count or [0])[0] // revisions, "rows": (count or [0])[0],
            "revisions": revisions, "filled_s": round(filled, 1), "answers": answers}  # fmt: skip


def _shown(conn: Any, code: str, moment: Moment) -> None:
    entry = conn.execute("SELECT id FROM fangma.entry WHERE code = %s", [code]).fetchone()

    item = find_item(conn, entry[0], "room", moment)
    assert item is None or item.name is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--revisions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    url = database.ensure(read_settings())
    name = f"fangma_bench_{random.randint(0, 10**9)}"  # noqa: S311
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        own = psycopg.conninfo.make_conninfo(url, dbname=name)
        found = run(own, asked.facts // 2, asked.revisions)
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"{found['rows']} rows of {found['facts']} facts, filled in {found['filled_s']} s")
        for what, times in found["answers"].items():
            print(f"{what}: p50 {times['p50_ms']} ms, p95 {times['p95_ms']} ms (target 50)")
    return 0 if all(t["p95_ms"] <= 50 for t in found["answers"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
