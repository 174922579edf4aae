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

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_the_registry_is_sound_after_all_that(compound: Compound) -> None:
    assert compound.run("verify")["ok"]
