"""Surveys in any format become codes for life: all of a survey, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.bim_import.surveys.test_formats import (
    COMBINED,
    EAST,
    NORTH,
    geojson,
    line,
    spot,
    workbook,
    write_dxf,
    write_shapefile,
)

from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.surveys.importing import import_survey

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

pytestmark = pytest.mark.db


@pytest.fixture
def site(dsn: str) -> str:
    with connect(dsn) as conn, recording(conn, OPERATOR):
        return add_site(
            conn, name="院", actor="test", division="330302", epsg=4549, origin=(EAST, NORTH, 0.0)
        ).code


def bring(dsn: str, *paths: Path) -> list[FileReport]:
    reports = import_survey(paths, connection=lambda: connect(dsn), options=ImportOptions())
    for report in reports:
        json.dumps(report.to_json())
    return reports


def codes(dsn: str) -> dict[str, str]:
    """Return what the files call each thing that there is, by code."""
    with connect(dsn) as conn, conn.transaction():
        conn.execute("SELECT set_config('fangma.reader', 'operator', true)")
        rows = conn.execute(
            """
            SELECT e.code, x.guid
              FROM fangma.entry AS e
              JOIN fangma.source AS x ON x.entry_id = e.id AND x.until_id IS NULL
             WHERE e.kind IN ('pipe', 'valve', 'fitting')
            """
        ).fetchall()
    return dict(rows)


def renamed(rows: tuple[tuple[object, ...], ...]) -> tuple[tuple[object, ...], ...]:
    """Number a survey anew."""
    return tuple(
        tuple(f"新{cell}" if at < 2 else cell for at, cell in enumerate(row)) for row in rows
    )


def test_a_combined_sheet_that_is_numbered_anew_keeps_its_codes(
    dsn: str, site: str, tmp_path: Path
) -> None:
    (report,) = bring(dsn, workbook(tmp_path / "点线.xlsx", {"JS": COMBINED}))
    assert (report.status, report.added, report.rows) == ("imported", 5, 7), report.findings
    before = codes(dsn)
    assert len(before) == 5
    assert bring(dsn, tmp_path / "点线.xlsx")[0].status == "unchanged"
    (report,) = bring(dsn, workbook(tmp_path / "点线.xlsx", {"JS": renamed(COMBINED)}))
    assert (report.status, report.added, report.retired) == ("imported", 0, 0)
    after = codes(dsn)
    assert after.keys() == before.keys()
    assert all("新" in name for name in after.values())


def test_a_drawing_that_is_exported_again_keeps_the_codes_of_what_stayed(
    dsn: str, site: str, tmp_path: Path
) -> None:
    features = [
        line([[EAST, NORTH, 4.0], [EAST + 40, NORTH, 4.0]], system="JS", size="200"),
        line([[EAST + 40, NORTH, 4.0], [EAST + 40, NORTH + 9, 4.0]], system="JS", size="200"),
        spot([EAST + 20, NORTH], system="JS", 附属物="阀门"),
    ]
    path = tmp_path / "管线.geojson"
    (report,) = bring(dsn, geojson(path, features))
    assert (report.status, report.added) == ("imported", 4), report.findings
    before = codes(dsn)
    features[0]["properties"]["材质"] = "PE"
    del features[1]
    (report,) = bring(dsn, geojson(path, features[::-1]))
    assert (report.added, report.changed, report.retired, report.kept) == (0, 2, 1, 1)
    assert codes(dsn).items() <= before.items()


def test_a_line_that_was_measured_again_keeps_its_code(dsn: str, site: str, tmp_path: Path) -> None:
    path = tmp_path / "管线.geojson"
    bring(dsn, geojson(path, [line([[EAST, NORTH, 4.0], [EAST + 40, NORTH, 4.0]], system="JS")]))
    before = codes(dsn)
    moved = [line([[EAST + 0.1, NORTH - 0.08, 4.0], [EAST + 40, NORTH, 4.1]], system="JS")]
    (report,) = bring(dsn, geojson(path, moved))
    assert (report.added, report.changed, report.retired) == (0, 1, 0)
    assert codes(dsn).keys() == before.keys()


def test_every_format_is_one_network_and_a_bad_file_stops_only_its_own_survey(
    dsn: str, site: str, tmp_path: Path
) -> None:
    drawing = write_dxf(tmp_path / "管线.dxf")
    layer = write_shapefile(tmp_path / "支管.shp", east=20.0, north=30.0)
    bad = workbook(tmp_path / "坏.xlsx", {"JS": (*COMBINED, ("J9", "J10", *COMBINED[0][2:]))})
    reports = {report.file: report for report in bring(dsn, drawing, layer, bad)}
    assert {name: report.status for name, report in reports.items()} == {
        "管线.dxf": "imported", "支管.shp": "imported", "坏.xlsx": "refused",
    }  # fmt: skip
    assert {f.rule for f in reports["坏.xlsx"].findings if f.severity == "error"} == {
        "survey-duplicate-point", "survey-missing-end",
    }  # fmt: skip
    with connect(dsn) as conn, conn.transaction():
        conn.execute("SELECT set_config('fangma.reader', 'operator', true)")
        names = conn.execute("SELECT guid FROM fangma.source").fetchall()
        across = conn.execute(
            """
            SELECT count(*)
              FROM fangma.pipe_join AS j
              JOIN fangma.source AS a ON a.entry_id = j.entry_id
              JOIN fangma.source AS b ON b.entry_id = j.other_id
             WHERE a.model_id <> b.model_id
            """
        ).fetchone()
    assert not any("J9" in name for (name,) in names)
    assert across == (1,)  # the branch goes on where the drawing ends


def test_drains_that_run_uphill_are_told_and_kept(dsn: str, site: str, tmp_path: Path) -> None:
    points, lines = tmp_path / "points.csv", tmp_path / "lines.csv"
    deep = {"WS1": 2.0, "WS2": 1.0, "WS3": 1.1, "JS1": 2.0, "JS2": 1.0}
    told = [
        f"{number},{NORTH + 10 * i},{EAST},5,{depth}"
        for i, (number, depth) in enumerate(deep.items())
    ]
    points.write_text("\n".join(["物探点号,X,Y,地面高程,埋深", *told]), encoding="utf-8")
    # Up by a metre; up by less than the survey can tell; down; no drain.
    rows = ["WS1,WS2,300,+", "WS3,WS2,300,+", "WS1,WS3,300,-", "JS1,JS2,100,+"]
    lines.write_text("\n".join(["起点点号,终点点号,管径,流向", *rows]), encoding="utf-8")
    reports = {report.file: report for report in bring(dsn, points, lines)}
    assert {report.status for report in reports.values()} == {"imported"}
    (finding,) = (f for f in reports["lines.csv"].findings if f.rule == "survey-uphill")
    assert finding.severity == "warning"
    assert "row 2, WS1 to WS2, 1.00 m." in finding.message
    assert all(f.rule != "survey-uphill" for f in reports["points.csv"].findings)
