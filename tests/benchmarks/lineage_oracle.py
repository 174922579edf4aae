"""Many random histories of edits, late corrections, splits and merges against the naive oracle.

    PYTHONPATH=. python tests/benchmarks/lineage_oracle.py [--sequences 1000] [--seed 1]

The normal test run holds 60; this holds as many as are asked for, in a database of its own.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

import psycopg
from psycopg import sql
from tests.asset_registry.store.compound import found
from tests.asset_registry.store.lineage_oracle import LAST, Step, play

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.schema import migrate
from fangma.twin.services import database
from fangma.twin.settings import read_settings


def history(chance: random.Random) -> list[Step]:
    """Make up one history."""
    steps = []
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, LAST)
        steps.append(
            Step(
                deed=chance.choice(["edit", "correct", "split", "merge"]),
                room=chance.randint(0, 9), other=chance.randint(0, 9), start=start,
                end=chance.randint(start + 1, LAST + 1), name=chance.choice("甲乙丙"),
            )
        )  # fmt: skip
    return steps


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    url = database.ensure(read_settings())
    name = f"fangma_oracle_{random.randint(0, 10**9)}"  # noqa: S311
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    own = psycopg.conninfo.make_conninfo(url, dbname=name)
    start = time.process_time()
    try:
        migrate(own)
        with connect(own) as conn:
            for number in range(asked.sequences):
                chance = random.Random(asked.seed * 1_000_003 + number)  # noqa: S311
                play(found(conn, f"院{number}"), history(chance))
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    spent = time.process_time() - start
    print(f"{asked.sequences} histories agree with the oracle ({spent:.0f} s of processor time)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
