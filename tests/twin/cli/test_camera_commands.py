"""The cameras of the sample compound: what nobody sees of it is what was planted."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from fangma.bim_import.sample import write_sample
from fangma.twin.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Fangma = Callable[..., tuple[int, dict[str, Any]]]

pytestmark = pytest.mark.db
SIZE = 60  # one storey of each building would do


@pytest.fixture
def fangma(
    cluster: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fangma]:
    name = "fangma_watched_estate"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    monkeypatch.setenv("FANGMA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGMA_DATABASE_URL", psycopg.conninfo.make_conninfo(cluster, dbname=name))

    def command(*arguments: str) -> tuple[int, dict[str, Any]]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = run([*arguments, "--json"])
        return code, json.loads(out.getvalue())

    yield command
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_what_no_camera_of_the_sample_sees_is_the_stair_without_one(
    fangma: Fangma, tmp_path: Path
) -> None:
    sample = tmp_path / "sample"
    write_sample(sample, seed=1, rooms=SIZE)
    truth = json.loads((sample / "truth.json").read_text("utf-8"))
    (planted,) = [case for case in truth["cases"] if case["kind"] == "blind-spot"]
    models = sorted(map(str, sample.glob("*建筑.ifc")))
    code, document = fangma("import", *models, str(sample / "摄像机.csv"))
    assert code == 0, document

    with (sample / "摄像机.csv").open(encoding="utf-8-sig", newline="") as table:
        hung = sum(1 for _ in csv.DictReader(table))
    _, listed = fangma("cameras", "list")
    assert sum(item["view"] is not None for item in listed["items"]) == hung > 0

    _, rooms = fangma("list", "room")
    (stair,) = [
        room["code"]
        for room in rooms["items"]
        if planted["room_guid"] in {source["guid"] for source in room["sources"]}
    ]
    _, blind = fangma("cameras", "blind")
    spots = {item["room"]: item for item in blind["items"]}
    assert spots[stair]["share"] == pytest.approx(1.0)
    assert spots[stair]["area_m2"] == pytest.approx(planted["area_m2"], rel=0.01)
    assert [room for room, item in spots.items() if item["share"] > 0.99] == [stair]
    areas = [item["area_m2"] for item in blind["items"]]
    assert areas == sorted(areas, reverse=True)
