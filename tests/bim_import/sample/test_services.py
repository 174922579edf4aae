"""Ports, connections, and whether pipes run where pipes run."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import ifcopenshell.util.element
import ifcopenshell.util.placement
import ifcopenshell.util.system
import ifcopenshell.util.unit
import networkx
import numpy as np
import pytest

from fangma.bim_import.sample.bodies import branches, elbow, union
from fangma.bim_import.sample.compound import design_plot
from fangma.bim_import.sample.network import Network, joints
from fangma.bim_import.sample.sections import steel
from fangma.bim_import.sample.services import route
from fangma.bim_import.sample.site import plots

if TYPE_CHECKING:
    from tests.bim_import.sample.conftest import Compound

PLANT = {"水泵房", "制冷机房", "配电室", "信息机房", "消防水箱间", "强电间", "弱电间", "管道井"}


def place(thing: Any, scale: float) -> np.ndarray:
    matrix = ifcopenshell.util.placement.get_local_placement(thing.ObjectPlacement)
    return np.asarray(matrix)[:3, 3] * scale


def test_connected_ports_lie_at_the_same_point(compound: Compound) -> None:
    for model in compound.of("机电").values():
        scale = ifcopenshell.util.unit.calculate_unit_scale(model)
        pairs = model.by_type("IfcRelConnectsPorts")
        assert len(pairs) > 300
        for pair in pairs:
            a, b = place(pair.RelatingPort, scale), place(pair.RelatedPort, scale)
            assert np.linalg.norm(a - b) < 2e-5
            assert (pair.RelatingPort.FlowDirection, pair.RelatedPort.FlowDirection) == (
                "SOURCE",
                "SINK",
            ) or pair.RelatingPort.FlowDirection == pair.RelatedPort.FlowDirection


def test_a_port_is_connected_once(compound: Compound) -> None:
    for model in compound.of("机电").values():
        used = [
            port.GlobalId
            for pair in model.by_type("IfcRelConnectsPorts")
            for port in (pair.RelatingPort, pair.RelatedPort)
        ]
        assert len(used) == len(set(used))


def test_all_systems_are_there_with_their_parts(compound: Compound) -> None:
    for model in compound.of("机电").values():
        codes = {s.LongName for s in model.by_type("IfcDistributionSystem")}
        assert codes == {"JS", "WS", "YS", "XF", "KT", "KT-FG", "DL", "TX"}
        for ifc_class in (
            "IfcPipeSegment",
            "IfcPipeFitting",
            "IfcValve",
            "IfcPump",
            "IfcTank",
            "IfcDuctSegment",
            "IfcCableCarrierSegment",
            "IfcSanitaryTerminal",
            "IfcFireSuppressionTerminal",
            "IfcFlowMeter",
            "IfcSensor",
        ):
            assert model.by_type(ifc_class), ifc_class


@pytest.mark.parametrize("code", ["JS", "WS", "XF", "KT", "KT-FG", "DL", "TX"])
def test_a_system_hangs_together(compound: Compound, code: str) -> None:
    for name, model in compound.of("机电").items():
        members = {element.GlobalId for element in compound.system(model, code)}
        whole = compound.graph(model)
        assert networkx.is_connected(whole.subgraph(members)), (name, code)
        assert set(whole.subgraph(members)) == members


def test_the_water_network_has_loops_and_reaches_every_tap(compound: Compound) -> None:
    for model in compound.of("机电").values():
        members = {element.GlobalId for element in compound.system(model, "JS")}
        net = compound.graph(model).subgraph(members)
        loops = net.number_of_edges() - net.number_of_nodes() + 1
        assert loops >= 2  # two pumps side by side, and the bypass
        meter = next(e for e in model.by_type("IfcFlowMeter"))
        taps = [e.GlobalId for e in model.by_type("IfcSanitaryTerminal")]
        assert taps
        assert all(networkx.has_path(net, meter.GlobalId, tap) for tap in taps)


def test_diameters_are_stated_in_the_unit_of_the_file(compound: Compound) -> None:
    for model in compound.of("机电").values():
        scale = ifcopenshell.util.unit.calculate_unit_scale(model)
        for pipe in model.by_type("IfcPipeSegment"):
            pset = ifcopenshell.util.element.get_psets(pipe)["Pset_PipeSegmentTypeCommon"]
            inner, outer = (pset[k] * scale for k in ("InnerDiameter", "OuterDiameter"))
            assert 0.010 < inner < outer < 0.25
            item = pipe.Representation.Representations[0].Items[0]
            radius = item.SweptArea.Radius if item.is_a("IfcExtrudedAreaSolid") else item.Radius
            assert 2 * radius * scale == pytest.approx(outer)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_pipe_crosses_a_room_at_head_height(number: int) -> None:
    """Outside plant rooms, what runs level runs above 2.35 m, under the floor or inside a wall."""
    from shapely import Point

    building = design_plot(plots(250, 1)[number], 1)
    for network in route(building):
        for part in network.assemble():
            if part.way is None or abs(part.way[2]) > 0.5 or part.length < 300:
                continue
            middle = [part.at[i] + part.way[i] * part.length / 2 for i in range(3)]
            storey = [s for s in building.storeys if s.elevation <= middle[2] + 1][-1:]
            for room in storey[0].rooms if storey else ():
                above = middle[2] - storey[0].elevation
                inside = room.polygon.contains(Point(middle[0], middle[1]))
                if inside and room.name not in PLANT and 0 < above < 2350:
                    raise AssertionError((network.system, part.key, room.number, room.name, above))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_pipes_of_different_systems_do_not_run_through_each_other(number: int) -> None:
    """Axes of level runs keep apart by their radii where both are longer than a fitting."""
    building = design_plot(plots(250, 1)[number], 1)
    runs = []
    for network in route(building):
        for part in network.assemble():
            if part.way is not None and part.section is not None and part.length > 150:
                a = np.array(part.at)
                b = a + np.array(part.way) * part.length
                half = np.array([part.section.width, part.section.width, part.section.height]) / 2
                if part.section.is_round:
                    half = np.full(3, part.section.width / 2)
                along = np.abs(np.array(part.way)) > 0.5
                half = np.where(along, 0, half)
                low, high = np.minimum(a, b) - half, np.maximum(a, b) + half
                runs.append((network.system, part.key, low, high))
    lows, highs = np.array([r[2] for r in runs]), np.array([r[3] for r in runs])
    clashes = []
    for i, (code, key, low, high) in enumerate(runs):
        hit = np.all((lows[i + 1 :] < high - 2) & (highs[i + 1 :] > low + 2), axis=1)
        crossed = [runs[j] for j in np.nonzero(hit)[0] + i + 1]
        clashes += [(key, other[1]) for other in crossed if other[0] != code]
    assert clashes == []


def test_runs_that_cross_are_joined_and_dead_ends_are_left_out() -> None:
    net = Network("JS")
    net.entries |= {(0, 0, 0), (9000, 0, 0), (5000, 4000, 0)}
    net.run([(0, 0, 0), (9000, 0, 0)], steel(50))
    net.run([(5000, 0, 0), (5000, 4000, 0)], steel(25))
    net.run([(7000, 0, 0), (7000, 3000, 0)], steel(25))  # leads nowhere
    parts = net.assemble()
    assert sorted(part.predefined for part in parts) == ["JUNCTION"] + ["RIGIDSEGMENT"] * 3
    assert len(joints(parts)) == 3
    ends: dict[tuple[float, float, float], int] = defaultdict(int)
    for part in parts:
        for port in part.ports:
            ends[port.at] += 1
    assert sorted(ends.values()) == [1, 1, 1, 2, 2, 2]


def test_fittings_are_closed_bodies() -> None:
    import trimesh

    tee = branches(
        (((100.0, 0.0, 0.0), 30.0), ((-100.0, 0.0, 0.0), 30.0), ((0.0, 90.0, 0.0), 20.0)), "JS"
    )
    bend = elbow((80.0, 0.0, 0.0), (0.0, 80.0, 0.0), 30.0, "JS")
    for body in (tee, bend, union((tee, bend), "JS")):
        mesh = trimesh.Trimesh(body.vertices, body.faces)
        assert mesh.is_watertight
        assert mesh.volume > 0
