"""What truth.json expects is worked out again from the files, by other means."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import networkx
import pytest

if TYPE_CHECKING:
    from tests.bim_import.sample.conftest import Compound

CEILING = {"市级正职": 42, "市级副职": 30, "正局(处)级": 24, "副局(处)级": 18, "局(处)级以下": 9}


@pytest.fixture(scope="module")
def truth(compound: Compound) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((compound.directory / "truth.json").read_text("utf-8"))
    return told


def areas(compound: Compound) -> dict[tuple[str, str], float]:
    return {
        (model.by_type("IfcBuilding")[0].Name, space.Name): space.IsDefinedBy[0]
        .RelatingPropertyDefinition.Quantities[0]
        .AreaValue
        for model in compound.of("建筑").values()
        for space in model.by_type("IfcSpace")
    }


def cases(truth: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [case for case in truth["cases"] if case["kind"] == kind]


def test_all_kinds_of_cases_are_planted(truth: dict[str, Any]) -> None:
    assert {case["kind"] for case in truth["cases"]} >= {
        "over-ceiling",
        "over-ceiling-shared",
        "second-office",
        "left-post",
        "idle",
        "area-mismatch",
        "certificate",
        "use-mismatch",
        "lease-ends",
        "rent-arrears",
        "stuck-valve",
        "leak",
    }
    assert len({case["id"] for case in truth["cases"]}) == len(truth["cases"])


def test_every_global_id_and_room_of_the_truth_exists(
    compound: Compound, truth: dict[str, Any]
) -> None:
    known = {root.GlobalId: root for m in compound.models.values() for root in m.by_type("IfcRoot")}
    for case in truth["cases"]:
        for key, value in case.items():
            if key.endswith("_guid"):
                assert value in known, case["id"]
        if "room_guid" in case:
            assert known[case["room_guid"]].Name == case["number"]


def test_nobody_is_over_the_standard_but_the_planted(
    compound: Compound, truth: dict[str, Any]
) -> None:
    """Shares pro rata of ceilings, summed over rooms, against the ceiling of the rank."""
    people = {row["人员编号"]: row for row in compound.read("人员.csv")}
    inside = defaultdict(list)
    for row in compound.read("房间分配.csv"):
        if row["人员编号"]:
            inside[row["楼栋"], row["房号"]].append(row["人员编号"])
    size = areas(compound)
    used: dict[str, float] = defaultdict(float)
    for room, held in inside.items():
        total = sum(CEILING[people[p]["职级"]] for p in held)
        for person in held:
            used[person] += size[room] * CEILING[people[person]["职级"]] / total
    over = {
        person: round(area - CEILING[people[person]["职级"]], 2)
        for person, area in used.items()
        if area > CEILING[people[person]["职级"]] + 1e-9
    }
    expected = {case["person"]: case for case in truth["cases"] if case.get("verdict") == "over"}
    assert set(over) == set(expected)
    for person, excess in over.items():
        assert excess == pytest.approx(expected[person]["excess_m2"], abs=0.011)


def test_idle_offices_are_exactly_those_without_people(
    compound: Compound, truth: dict[str, Any]
) -> None:
    given = {(r["楼栋"], r["房号"]) for r in compound.read("房间分配.csv")}
    empty = {
        (model.by_type("IfcBuilding")[0].Name, space.Name)
        for model in compound.of("建筑").values()
        for space in model.by_type("IfcSpace")
        if space.Description == "办公室"
    } - given
    assert empty == {(case["building"], case["number"]) for case in cases(truth, "idle")}


def test_left_posts_are_in_the_table_of_people(compound: Compound, truth: dict[str, Any]) -> None:
    left = {
        row["人员编号"]: row["离任日期"]
        for row in compound.read("人员.csv")
        if row["在职状态"] != "在职"
    }
    assert left == {case["person"]: case["left_on"] for case in cases(truth, "left-post")}


def test_the_ledger_differs_from_the_model_only_where_planted(
    compound: Compound, truth: dict[str, Any]
) -> None:
    size = areas(compound)
    wrong, bare = set(), set()
    for row in compound.read("台账.xlsx"):
        key = (row["楼栋"], row["房号"])
        if abs(float(row["台账面积"]) - size[key]) > 0.01:
            wrong.add(key)
        if not row["证号"]:
            bare.add(key)
    assert wrong == {(c["building"], c["number"]) for c in cases(truth, "area-mismatch")}
    assert bare == {(c["building"], c["number"]) for c in cases(truth, "certificate")}


def valves_to_close(
    compound: Compound, model: Any, target: str, stuck: set[str]
) -> tuple[set[str], set[str]]:
    """Return the valves that bound the target's segment and face the meter, and what goes dry."""
    members = {element.GlobalId for element in compound.system(model, "JS")}
    net = compound.graph(model).subgraph(members)
    valves = {v.GlobalId for v in model.by_type("IfcValve") if v.PredefinedType == "ISOLATING"}
    operable = (valves & members) - stuck
    segment = networkx.node_connected_component(net.subgraph(set(net) - operable), target)
    bounds = {v for v in operable if any(n in segment for n in net.neighbors(v))}
    source = next(m.GlobalId for m in model.by_type("IfcFlowMeter"))
    fed = networkx.node_connected_component(net.subgraph(set(net) - bounds), source)
    facing = {v for v in bounds if any(n in fed for n in net.neighbors(v))}
    dry = set(net) - networkx.node_connected_component(net.subgraph(set(net) - facing), source)
    return facing, dry


def test_the_stuck_valve_widens_the_closure_as_told(
    compound: Compound, truth: dict[str, Any]
) -> None:
    (case,) = cases(truth, "stuck-valve")
    model = next(
        m
        for m in compound.of("机电").values()
        if m.by_type("IfcBuilding")[0].Name == case["building"]
    )
    floors = {s.Name: s.Elevation for s in model.by_type("IfcBuildingStorey")}
    for stuck, key in ((set(), "working"), ({case["valve_guid"]}, "stuck")):
        valves, dry = valves_to_close(compound, model, case["target_guid"], stuck)
        assert valves == set(case[f"expected_valves_{key}"])
        taps = [
            e
            for e in model.by_type("IfcSanitaryTerminal") + model.by_type("IfcElectricAppliance")
            if e.GlobalId in dry
        ]
        storeys = {e.ContainedInStructure[0].RelatingStructure.Name for e in taps}
        told = {number[:2] for number in case[f"expected_dry_{key}"]}
        assert {f"{int(name[:-1]):02d}" for name in storeys} == told
    assert math.isfinite(sum(floors.values()))
