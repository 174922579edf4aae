"""Leaks are told from the networks that readings touch just as from all networks of a site."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import shapely
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, Shape, State
from fangma.asset_registry.networks import Join, NetworkChanges, Position, ValvePosition
from fangma.asset_registry.store import networks
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.twin.pipes import leaks, needs
from fangma.twin.pipes.bodies import Bodies
from fangma.twin.pipes.readings import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.twin.pipes.book import PipeBook

pytestmark = pytest.mark.db

PIECES = 14


def lay(compound: Compound, chance: random.Random) -> list[list[UUID]]:
    """Lay separate networks side by side: trees with some loops, valves, taps and pumps."""
    new, states, shapes, joins = [], [], [], []
    positions = []
    pieces = []
    for piece in range(PIECES):
        # A join's ends are ordered by their ids, and its flow with them: drawn ids make the same
        # networks in every run.
        ids = [
            UUID(int=chance.getrandbits(128), version=4)
            for _ in range(chance.choice([3, 8, 25, 300 if piece == 5 else 40]))
        ]
        pieces.append(ids)
        places = [(60.0 * piece, 0.0, 0.0)]
        for i, id_ in enumerate(ids):
            behind = chance.randrange(max(0, i - 4), i) if i else 0
            x, y, z = places[behind]
            end = (x + chance.uniform(-3, 3), y + chance.uniform(0.5, 4), z + chance.uniform(-1, 1))
            if i:
                places.append(end)
            kind = "pipe" if i == 0 else chance.choice(["pipe"] * 7 + ["valve", "terminal"])
            if i == 1 and piece % 3 == 0:
                kind = "device"
            new.append(NewEntry(id=id_, kind=kind, site_id=compound.site, code_part="JS"))
            states.append(
                State(entry_id=id_, system=chance.choice(["JS", "JS", "XF", "DL"]),
                      ifc_class="IfcPump" if kind == "device" else None)
            )  # fmt: skip
            line = shapely.LineString([(x, y, z), end])
            shapes.append(
                Shape(
                    entry_id=id_,
                    axis=shapely.to_wkb(line, output_dimension=3) if kind == "pipe" else None,
                    extent=tuple(  # type: ignore[arg-type]
                        tuple(pick(a, b) for a, b in zip((x, y, z), end, strict=True))
                        for pick in (min, max)
                    ),
                    outer_diameter_m=chance.choice([None, 0.05, 0.1]),
                )
            )
            if kind == "valve":
                position: Position = chance.choice(["open", "closed", "stuck", "unknown"])
                positions.append(ValvePosition(entry_id=id_, position=position))
            loop = {chance.randrange(i) for _ in range(i > 2 and chance.random() < 0.1)}
            for other in sorted({behind, *loop} if i else set()):
                a, b = sorted((id_, ids[other]))
                joins.append(
                    Join(entry_id=a, other_id=b, flow=chance.choice([0, 0, 1, -1]), point=(x, y, z),
                         confidence=1.0, method="end")
                )  # fmt: skip
    compound.record(
        new=tuple(new), states=tuple(states), shapes=tuple(shapes),
        network=NetworkChanges(joins=tuple(joins), positions=tuple(positions)),
    )  # fmt: skip
    return pieces


def read_at(chance: random.Random, codes: list[list[str]]) -> list[Reading]:
    """Make up readings of some of the networks."""
    told = []
    for piece in chance.sample(codes, chance.choice([1, 2, 3])):
        kinds = chance.choice([["flow"], ["flow", "pressure"], ["flow", "flood"], ["flood"],
                               ["pressure"], ["flow", "flow", "pressure", "flood"]])  # fmt: skip
        for kind in kinds:
            usual = chance.uniform(0.5, 3.0) if kind != "flood" else None
            value = {
                "flow": (usual or 0.0) + chance.choice([0.0, 0.0, 2.0, -1.0]),
                "pressure": (usual or 0.0) + 20.0 - chance.choice([0.0, 0.5, 3.0]),
                "flood": chance.choice([0.0, 1.0, 1.0]),
            }[kind]
            if kind == "pressure" and usual is not None:
                usual += 20.0
            told.append(
                Reading(code=chance.choice(piece), sensor=None, kind=kind, value=value, usual=usual)  # type: ignore[arg-type]
            )
    if chance.random() < 0.2:
        told.append(Reading(code=None, sensor="T-nowhere", kind="flood", value=1.0))
    return told


def test_leaks_are_told_alike_from_what_the_readings_touch_and_from_everything(
    dsn: str, tmp_path: Path
) -> None:
    chance = random.Random(5)  # noqa: S311 - no secret
    with connect(dsn) as conn:
        compound = found(conn)
        pieces = lay(compound, chance)
        with reading(conn, OPERATOR) as moment:
            code_of = {part.id: part.code or "" for part in networks.parts(conn, moment)}
            codes = [[code_of[id_] for id_ in piece] for piece in pieces]
            bodies = Bodies(tmp_path)
            needed = needs.reader(conn, moment, None)
            whole = needed(None)
            reads: list[tuple[bool, float]] = []

            def everything(_need: needs.Need | None) -> PipeBook:
                return whole

            def counted(need: needs.Need | None) -> PipeBook:
                book = needed(need)
                reads.append((need is None, len(book.parts) / len(whole.parts)))
                return book

            answers = []
            for _ in range(50):
                told = read_at(chance, codes)
                answers.append(leaks.leak(conn, everything, told, bodies, moment))
                assert leaks.leak(conn, counted, told, bodies, moment) == answers[-1], told
            empty = leaks.leak(conn, counted, [], bodies, moment)
            assert empty == leaks.leak(conn, everything, [], bodies, moment)
    # The comparison says something: every verdict, zones without a meter beside losing ones, and
    # sensors that nobody can place are among the answers; few questions needed everything.
    verdicts = [{zone["verdict"] for zone in answer["zones"]} for answer in answers]
    assert {"loses", "tight", "cannot tell"} == set().union(*verdicts)
    unbounded = [any(z["reason"] == "unbounded" for z in answer["zones"]) for answer in answers]
    losing = ["loses" in each for each in verdicts]
    assert {(True, True), (True, False), (False, True)} <= set(zip(unbounded, losing, strict=True))
    assert any(answer["unused"] for answer in answers)
    assert sum(of_all for of_all, _ in reads) == sum(
        u and not lost for u, lost in zip(unbounded, losing, strict=True)
    )
    parts = [share for of_all, share in reads if not of_all]
    assert sum(parts) / len(parts) < 0.5
