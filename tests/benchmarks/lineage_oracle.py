"""Many random histories of edits, corrections, splits, merges and undoings against the oracle.

    python tests/benchmarks/lineage_oracle.py [--sequences 1000] [--first 0] [--seed 1]

The normal test run holds 60; this holds as many as are asked for, in databases of its own: a new
one for every 50 histories, since each asks a hundred lists of rooms, and all sites share tables of
which nobody gathers statistics meanwhile. Tells how far it is on standard error.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.schema import migrate
from fangma.twin.services import database
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Libraries install a package `tests` too, which would hide ours.
ours = ModuleType("tests")
ours.__path__ = [str(Path(__file__).resolve().parents[1])]
sys.modules["tests"] = ours

from tests.asset_registry.store.compound import found  # noqa: E402
from tests.asset_registry.store.lineage_oracle import LAST, Step, play  # noqa: E402

_TOGETHER = 50


def history(chance: random.Random) -> list[Step]:
    """Make up one history."""
    steps = []
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, LAST)
        steps.append(
            Step(
                deed=chance.choice(["edit", "correct", "split", "merge", "undo"]),
                room=chance.randint(0, 9), other=chance.randint(0, 9), start=start,
                end=chance.randint(start + 1, LAST + 1), name=chance.choice("甲乙丙"),
            )
        )  # fmt: skip
    return steps


@contextmanager
def database_of_its_own(url: str, template: str = "template1") -> Iterator[str]:
    """Make a database like another one, name it, and drop it again."""
    name = f"fangma_oracle_{random.randint(0, 10**9)}"  # noqa: S311
    own = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as admin:
        like = sql.Identifier(template)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(own, like))
    try:
        yield name
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(own))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first history")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    url = database.ensure(read_settings())
    began, start = time.monotonic(), time.process_time()
    with database_of_its_own(url) as template:
        migrate(psycopg.conninfo.make_conninfo(url, dbname=template))
        end = asked.first + asked.sequences
        for first in range(asked.first, end, _TOGETHER):
            several = range(first, min(first + _TOGETHER, end))
            with database_of_its_own(url, template) as name:
                own = psycopg.conninfo.make_conninfo(url, dbname=name)
                with connect(own) as conn:
                    for number in several:
                        chance = random.Random(asked.seed * 1_000_003 + number)  # noqa: S311
                        play(found(conn, f"院{number}"), history(chance))
            print(f"{several.stop} of {end}", file=sys.stderr, flush=True)
    spent, wall = time.process_time() - start, time.monotonic() - began
    print(
        f"{asked.sequences} histories agree with the oracle "
        f"({spent:.0f} s of processor time here, {wall:.0f} s on the clock)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
