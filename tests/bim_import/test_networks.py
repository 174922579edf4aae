"""Joins told anew on real models: what the file states is the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.bodies import measure_bodies
from fangma.bim_import.networks import network_parts
from fangma.bim_import.opening import open_model
from fangma.bim_import.reading import read_model
from fangma.bim_import.shaping import shape_model
from fangma.spatial.networks.joining import SURE_FROM, Join, StatedJoin, infer_joins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.bim_import.model import Element
    from fangma.spatial.networks.parts import Part

MODELS = Path(__file__).parents[3] / "shared" / "ifc"
IDENTITY = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),
)
Pairs = set[tuple[int, ...]]


def parts_of(
    name: str, *, with_ports: bool = True
) -> tuple[list[Element], list[Part], list[StatedJoin]]:
    path = MODELS / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the repository")
    model, shaped = read_model(open_model(path)), shape_model(path)
    bodies = measure_bodies(
        shaped.placements,
        IDENTITY,
        rooms=frozenset(),
        axes=shaped.axes,
        pipes=frozenset(e.key for e in model.elements if e.kind == "pipe"),
    )
    return network_parts(model, shaped.placements, bodies, IDENTITY, with_ports=with_ports)


def sure(joins: Sequence[Join]) -> Pairs:
    return {(join.a, join.b) for join in joins if join.confidence >= SURE_FROM}


def truth_of(stated: Sequence[StatedJoin]) -> Pairs:
    return {tuple(sorted((s.first[0], s.second[0]))) for s in stated}


@pytest.mark.slow
@pytest.mark.parametrize("taken_away", ["a fifth", "all", "the ports too"])
def test_the_hot_water_network_is_found_again(taken_away: str) -> None:
    elements, parts, stated = parts_of("domestic-hot-water.ifc")
    truth = truth_of(stated)
    kept = [s for i, s in enumerate(stated) if i % 5] if taken_away == "a fifth" else []
    if taken_away == "the ports too":
        _, parts, _ = parts_of("domestic-hot-water.ifc", with_ports=False)
    found = sure(infer_joins(parts, kept))
    assert truth <= found
    # The cold feed PIP-20C ends exactly at a port of the boiler; the file forgot to connect it.
    (more,) = found - truth
    assert {elements[row].name for row in more} == {"WHT-80", "PIP-20C"}


@pytest.mark.slow
def test_the_sewers_without_ports_are_two_runs_twenty_metres_apart() -> None:
    import networkx as nx

    _, parts, stated = parts_of("pcert-infra-plumbing-ifc4x3.ifc")
    assert stated == []
    graph = nx.Graph()
    graph.add_nodes_from(range(len(parts)))
    graph.add_edges_from(sure(infer_joins(parts)))
    assert sorted(map(len, nx.connected_components(graph))) == [8, 16]
    assert max(degree for _, degree in graph.degree) == 2


@pytest.mark.slow
def test_loose_duct_fittings_are_joined_with_nothing() -> None:
    _, parts, _ = parts_of("magicad-duct-fittings.ifc")
    assert len(parts) == 6
    assert infer_joins(parts) == []
