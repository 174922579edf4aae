"""The sample compound from its files to the valve that shuts a pipe off, on the command line."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import trimesh

from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.spatial.drilling import Drill
from fangma.twin.pipes import closing, leaks, needs, questions, runs
from fangma.twin.pipes.bodies import Bodies
from fangma.twin.pipes.readings import Reading
from fangma.twin.services import database
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.book import PipeBook

pytestmark = [pytest.mark.db, pytest.mark.slow]
FANGMA = str(Path(sys.executable).with_name("fangma"))


@dataclass(frozen=True, kw_only=True)
class Compound:
    """The sample's smallest form, imported: models and survey tables."""

    folder: Path
    environment: dict[str, str]
    truth: dict[str, Any]
    code_of: dict[str, str]

    def run(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        answer = subprocess.run(
            [FANGMA, *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert answer.returncode == exit_code, answer.stdout + answer.stderr
        document: dict[str, Any] = json.loads(answer.stdout)
        return document


@pytest.fixture(scope="module")
def compound() -> Iterator[Compound]:
    folder = Path(tempfile.mkdtemp(prefix="fangma-pipes-"))
    folder.chmod(0o755)  # as root the cluster runs as another user, who must get in
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FANGMA_")}
    environment["FANGMA_HOME"] = str(folder / "home")
    made = Compound(folder=folder / "sample", environment=environment, truth={}, code_of={})
    try:
        subprocess.run(
            [FANGMA, "sample", str(made.folder), "--rooms", "40"],
            env=environment, check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        made.truth.update(json.loads((made.folder / "truth.json").read_text("utf-8")))
        models = sorted(map(str, made.folder.glob("*.ifc")))
        surveys = sorted(map(str, made.folder.glob("室外管线-*.csv")))
        files = made.run("import", *models, *surveys)["files"]
        assert {file["status"] for file in files} == {"imported"}
        for kind in ("pipe", "valve", "room", "terminal"):
            for item in made.run("list", kind)["items"]:
                for source in item["sources"]:
                    made.code_of[source["guid"]] = item["code"]
                made.code_of[item["code"]] = item["number"]
        yield made
    finally:
        subprocess.run(
            [FANGMA, "down"], env=environment, check=False, capture_output=True, timeout=60
        )
        shutil.rmtree(folder, ignore_errors=True)


def test_the_planted_pipe_is_shut_off_by_its_branch_valve_or_by_the_next(
    compound: Compound,
) -> None:
    case = next(c for c in compound.truth["cases"] if c["kind"] == "stuck-valve")
    pipe, valve = compound.code_of[case["target_guid"]], compound.code_of[case["valve_guid"]]
    found = compound.run("isolate", pipe)
    assert found["valves"] == [compound.code_of[g] for g in case["expected_valves_working"]]
    dry = sorted(compound.code_of[room] for room in found["rooms"])
    assert dry == sorted(case["expected_dry_working"])

    compound.run("valve", valve, "stuck", "--at", "2026-11-01")
    stuck = compound.run("isolate", pipe)
    assert stuck["valves"] == [compound.code_of[g] for g in case["expected_valves_stuck"]]
    assert [each["valve"] for each in stuck["skipped"]] == [valve]
    dry = sorted(compound.code_of[room] for room in stuck["rooms"])
    assert dry == sorted(case["expected_dry_stuck"])
    assert compound.run("isolate", pipe, "--at", "2026-10-01")["valves"] == found["valves"]
    compound.run("valve", valve, "open")


def test_water_is_traced_through_the_wall_to_the_street(compound: Compound) -> None:
    case = next(c for c in compound.truth["cases"] if c["kind"] == "stuck-valve")
    pipe = compound.code_of[case["target_guid"]]
    up = compound.run("trace", pipe, "--direction", "up")
    (source,) = up["sources"]
    assert "-U00-JS-" in source
    down = compound.run("trace", source, "--direction", "down")
    assert pipe in down["codes"]
    assert set(up["codes"]) - {source} <= set(down["codes"])
    taps = [code for code in compound.code_of if "-JS-" in code]
    assert set(down["terminals"]) <= set(taps)
    assert len(down["terminals"]) >= 3


def test_a_hole_beside_a_surveyed_pipe_is_judged_and_where_nothing_is_known_it_is_unknown(
    compound: Compound,
) -> None:
    with (compound.folder / "室外管线-管点.csv").open(encoding="utf-8-sig") as file:
        point = next(row for row in csv.DictReader(file) if row["物探点号"] == "JS2")
    east, north, top = float(point["Y"]), float(point["X"]), float(point["管顶高程"])

    def drill(dx: float) -> dict[str, Any]:
        start = f"{east + dx},{north},{top + 0.5}"
        end = f"{east + dx},{north},{top - 0.5}"
        return compound.run("drill", "--from", start, "--to", end, "--diameter", "0.02")

    assert drill(0.0)["verdict"] == "red"
    nearest = compound.run("near", "--point", f"{east},{north},{top + 1}", "--count", "1")["items"]
    assert nearest[0]["code"] in {item["code"] for item in drill(0.0)["items"]}
    assert nearest[0]["distance_m"] == pytest.approx(1.0, abs=0.02)
    assert drill(-3000.0)["verdict"] == "unknown"


def test_a_survey_with_a_bad_row_is_refused_whole_and_told_by_row(compound: Compound) -> None:
    before = len(compound.run("list", "pipe")["items"])
    folder = compound.folder / "bad"
    folder.mkdir()
    for path in compound.folder.glob("室外管线-*.csv"):
        shutil.copy(path, folder / f"新{path.name}")
    lines = folder / "新室外管线-管线.csv"
    rows = lines.read_text("utf-8-sig").splitlines()
    rows[2] = rows[2].replace(rows[2].split(",")[3], "JS999")
    lines.write_text("\n".join(rows), "utf-8")
    files = compound.run("import", *map(str, sorted(folder.glob("*.csv"))), exit_code=1)["files"]
    assert {file["status"] for file in files} == {"refused"}
    told = [f for file in files for f in file["findings"] if f["rule"] == "survey-missing-end"]
    assert [f["message"].split(",")[0] for f in told] == ["Row 3"]
    assert len(compound.run("list", "pipe")["items"]) == before


def test_the_same_survey_again_changes_nothing_and_a_changed_line_keeps_its_code(
    compound: Compound,
) -> None:
    surveys = sorted(map(str, compound.folder.glob("室外管线-*.csv")))
    before = {item["code"] for item in compound.run("list", "pipe")["items"]}
    assert {f["status"] for f in compound.run("import", *surveys)["files"]} == {"unchanged"}
    lines = compound.folder / "室外管线-管线.csv"
    lines.write_text(lines.read_text("utf-8-sig").replace("球墨铸铁", "PE"), "utf-8")
    files = compound.run("import", *surveys)["files"]
    changed = next(f for f in files if "管线.csv" in f["file"])
    assert (changed["added"], changed["retired"]) == (0, 0)
    assert changed["changed"] > 0
    assert {item["code"] for item in compound.run("list", "pipe")["items"]} == before


def test_a_new_export_of_the_services_stays_joined_to_the_street(compound: Compound) -> None:
    case = next(c for c in compound.truth["cases"] if c["kind"] == "stuck-valve")
    pipe = compound.code_of[case["target_guid"]]
    before = compound.run("trace", pipe, "--direction", "up")
    model = next(path for path in compound.folder.glob("*.ifc") if "机电" in path.name)
    model.write_text(model.read_text("utf-8").replace("DN15", "DN16"), "utf-8")
    (file,) = compound.run("import", str(model))["files"]
    assert (file["status"], file["added"], file["retired"]) == ("imported", 0, 0)
    assert file["changed"] > 0
    assert compound.run("trace", pipe, "--direction", "up") == before


def test_a_pipe_says_what_hides_it_and_another_kernel_agrees(compound: Compound) -> None:
    """Points in walls are told by trimesh from OpenCASCADE's bodies: another reader and test."""
    walls = wall_bodies(next(compound.folder.glob("A01-*建筑.ifc")))
    room = next(c for c in compound.code_of if compound.code_of[c] == "0112" and "-F01-" in c)
    near = compound.run("near", "--at-code", room, "--count", "120")["items"]
    of_cover: dict[str, list[str]] = {}
    for item in near:
        if item["kind"] == "pipe":
            of_cover.setdefault(item["hidden_by"], []).append(item["code"])
    assert of_cover.keys() >= {"wall", "ceiling", "nothing"}
    compared: set[str] = set()
    tried = [(cover, code) for cover in ("wall", "ceiling") for code in of_cover[cover][:20]]
    for cover, code in tried:
        if cover in compared:
            continue
        for run in compound.run("show", code)["concealment"]["runs"]:
            middle = (np.array(run["from"]) + np.array(run["to"])) / 2
            inside = any(wall.contains([middle])[0] for wall in walls)
            if run["hidden_by"] == "wall" and run["length_m"] > 0.15:
                assert inside, run
                near = compound.run("near", "--element", run["element"]["guid"], "--count", "2")
                assert near["items"][0]["distance_m"] == 0.0
            elif run["hidden_by"] in {"nothing", "ceiling"} and run["length_m"] > 0.3:
                assert not inside, run
            else:
                continue
            assert run["reached_from"][0]["room"] is not None, run
            compared.add(run["hidden_by"])
    assert compared >= {"wall", "ceiling"}


def wall_bodies(path: Path) -> list[trimesh.Trimesh]:
    import ifcopenshell
    import ifcopenshell.geom
    import ifcopenshell.util.unit

    file: Any = ifcopenshell.open(path)
    conversion = file.by_type("IfcMapConversion")[0]
    turn = np.arctan2(conversion.XAxisOrdinate, conversion.XAxisAbscissa)
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    found = []
    for wall in file.by_type("IfcWall"):
        built: Any = ifcopenshell.geom.create_shape(settings, wall)
        shape = built.geometry
        local = np.array(shape.verts).reshape(-1, 3)
        x = conversion.Eastings + local[:, 0] * np.cos(turn) - local[:, 1] * np.sin(turn)
        y = conversion.Northings + local[:, 0] * np.sin(turn) + local[:, 1] * np.cos(turn)
        z = conversion.OrthogonalHeight + local[:, 2]
        faces = np.array(shape.faces).reshape(-1, 3)
        found.append(trimesh.Trimesh(np.column_stack([x, y, z]), faces))
    return found


def test_what_is_near_a_room_is_told_by_its_surface(compound: Compound) -> None:
    room = next(c for c in compound.code_of if compound.code_of[c] == "0112" and "-F01-" in c)
    inside = compound.run("near", "--at-code", room, "--count", "40")["items"]
    assert inside[0]["distance_m"] == 0.0
    assert {item["system"] for item in inside} >= {"JS", "WS"}
    assert all(item["hidden_by"] for item in inside)
    compound.run("near", "--element", "no such", exit_code=1)
    compound.run("near", exit_code=2)


def test_a_pit_over_a_main_is_red_says_what_to_shut_and_where_instead(compound: Compound) -> None:
    with (compound.folder / "室外管线-管点.csv").open(encoding="utf-8-sig") as file:
        points = [row for row in csv.DictReader(file) if row["管线类型"] == "JS"]
    valve = next(row for row in points if row["附属物"] == "阀门井")
    east, north = float(valve["Y"]), float(valve["X"])
    square = [[east - 1, north - 1], [east + 1, north - 1], [east + 1, north + 1],
              [east - 1, north + 1], [east - 1, north - 1]]  # fmt: skip
    outline = compound.folder / "基坑.geojson"
    outline.write_text(json.dumps({"type": "Polygon", "coordinates": [square]}), "utf-8")
    found = compound.run("drill", "--polygon", str(outline), "--depth", "2.0")
    assert found["verdict"] == "red"
    assert found["ground_m"] == pytest.approx(float(valve["地面高程"]), abs=0.3)
    assert found["data_age_days"] is not None
    water = next(shut for shut in found["shut"] if shut["system"] == "JS")
    closing = compound.run("isolate", *water["codes"])
    assert sorted(water["valves"]) == sorted(closing["valves"])
    assert water["cut_off"] == len(closing["isolated"]) > 0
    far = [[x - 4000.0, y] for x, y in square]
    outline.write_text(json.dumps({"type": "Polygon", "coordinates": [far]}), "utf-8")
    assert compound.run("drill", "--polygon", str(outline), "--depth", "2")["verdict"] == "unknown"
    outline.write_text("POLYGON((120.1 30, 120.2 30, 120.2 30.05, 120.1 30))", "utf-8")
    compound.run("drill", "--polygon", str(outline), "--depth", "2", exit_code=1)
    compound.run("drill", "--polygon", str(outline), exit_code=2)


def test_a_wet_room_accuses_the_segment_of_the_planted_leak(compound: Compound) -> None:
    case = next(c for c in compound.truth["cases"] if c["kind"] == "leak")
    pipe = compound.code_of[case["pipe_guid"]]
    number = case["sensor"].split("-")[1]
    room = next(c for c in compound.code_of if compound.code_of[c] == number)
    readings = compound.folder / "读数.csv"
    readings.write_text(f"传感器编号,位置,类型,读数\n{case['sensor']},{room},漏水,1\n", "gb18030")
    found = compound.run("leak", "--readings", str(readings))
    # One wet sensor cannot tell the pipes of a room from each other: another may be first.
    segment = next(one for one in found["segments"] if pipe in one["codes"])
    assert any("lies wet" in reason for reason in segment["reasons"])
    assert segment["valves"]
    shares = [one["share"] for one in found["segments"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + found["unexplained"] <= 1.001
    assert found["credible"]["segments"] >= 1
    assert {zone["verdict"] for zone in found["zones"]} == {"cannot tell"}
    readings.write_text(f"传感器编号,位置,类型,读数\n{case['sensor']},{room},漏水,0\n", "gb18030")
    assert compound.run("leak", "--readings", str(readings))["suspects"] == []


def test_the_way_between_two_things_and_the_order_of_reopening(compound: Compound) -> None:
    case = next(c for c in compound.truth["cases"] if c["kind"] == "stuck-valve")
    pipe = compound.code_of[case["target_guid"]]
    (source,) = compound.run("trace", pipe, "--direction", "up")["sources"]
    path = compound.run("trace", pipe, "--direction", "up", "--to", source)["path"]
    assert (path[0], path[-1]) == (pipe, source)
    found = compound.run("isolate", pipe)
    assert found["reopening"] == found["valves"][::-1]
    assert found["conflicts"] == []
    other = next(c for c in compound.run("trace", pipe, "--direction", "up")["codes"]
                 if c in compound.code_of and c not in found["valves"] and c in {
                     i["code"] for i in compound.run("list", "valve")["items"]})  # fmt: skip
    compound.run("valve", other, "closed", "--at", "2026-12-24T22:00:00+08:00")
    later = compound.run("isolate", pipe, "--at", "2026-12-24T08:00:00+08:00")
    assert [conflict["valve"] for conflict in later["conflicts"]] == [other]
    compound.run("valve", other, "open", "--at", "2026-12-24T22:00:00+08:00")


def test_the_registry_is_sound_after_all_that(compound: Compound) -> None:
    assert compound.run("verify")["ok"]


def test_of_large_networks_a_question_reads_what_it_needs_and_is_answered_alike(
    compound: Compound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANGMA_HOME", compound.environment["FANGMA_HOME"])
    url = database.ensure(read_settings())
    rng = np.random.default_rng(11)
    with connect(url) as conn, reading(conn, OPERATOR) as moment:
        book = needs.reader(conn, moment, None)(None)
        assert book.is_whole
        monkeypatch.setattr(needs, "LARGE", 0)
        needed = needs.reader(conn, moment, None)
        rows = rng.choice(len(book.parts), 20, replace=False).tolist()
        alone = [*book.unbroken][:3]
        codes = [code for row in (*rows, *alone) if (code := book.parts[row].code) is not None]
        rooms = [code for code in compound.code_of.values() if code and "-F01-" in code][:8]
        asked = [
            *(lambda read, c=c: questions.trace(conn, read, c, "both", moment) for c in codes),
            *(lambda read, c=c: runs.run(conn, read, c) for c in codes),
            *(lambda read, c=c: closing.isolate(conn, read, [c], moment) for c in codes),
            *(lambda read, c=c: closing.isolate(conn, read, [c], moment) for c in rooms),
        ]
        bodies = Bodies(Path(compound.environment["FANGMA_HOME"]) / "geometry")
        for code, other, room in zip(codes, codes[1:], rooms * 3, strict=False):
            lost = Reading(code=code, sensor=None, kind="flow", value=3.0, usual=1.0)
            lower = Reading(code=other, sensor=None, kind="pressure", value=20.0, usual=22.0)
            wet = Reading(code=room, sensor=None, kind="flood", value=1.0)
            asked += [
                lambda read, t=told: leaks.leak(conn, read, t, bodies, moment)
                for told in ([lost], [lost, lower], [lost, wet], [lost, lower, wet])
            ]
        for box in [book.parts[row].extent for row in rows]:
            assert box is not None
            place = np.array(box[:3]) + rng.normal(0.0, 1.0, 3)
            hole = Drill(start=place, end=place + np.array([0.3, 0.0, -0.4]), diameter_m=0.02)
            asked += [
                lambda read, p=place: questions.nearest(read, p, count=5, within_m=None)[1],
                lambda read, p=place + 300.0: questions.nearest(read, p, count=3, within_m=None)[1],
                lambda read, h=hole: judged(conn, read, h, moment),
            ]
        sizes = set()

        def counted(need: needs.Need | None) -> PipeBook:
            read = needed(need)
            sizes.add(len(read.parts))
            return read

        for question in asked:
            assert question(counted) == question(lambda _need: book)
    assert min(sizes) < 0.2 * len(book.parts)


def judged(conn: Connection, read: needs.ReadBook, hole: Drill, moment: Moment) -> dict[str, Any]:
    book = read(questions.near_hole(hole))
    found = questions.drill(book, hole)
    return {**found, "shut": closing.shutting(conn, book, read, found, moment)}
