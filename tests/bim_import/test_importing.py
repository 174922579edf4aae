"""The stages together, on a real PostGIS and real kernels."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.secrecy import set_secret
from fangma.asset_registry.store.sites import add_site
from fangma.asset_registry.store.verification import verify
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.reports import FileReport
from fangma.bim_import.retiling import retile
from fangma.bim_import.sample import write_sample
from fangma.bim_import.tile_store import TileStore
from fangma.twin.tile_files import problem_with

pytestmark = [pytest.mark.db, pytest.mark.slow]

ARCHITECTURE, SERVICES = "A01-办公主楼-建筑.ifc", "A01-办公主楼-机电.ifc"
Import = Callable[..., list[FileReport]]


@pytest.fixture(scope="session")
def compound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compound")
    write_sample(folder, seed=3, rooms=40)
    return folder


@pytest.fixture
def tiles(tmp_path: Path) -> TileStore:
    return TileStore(root=tmp_path / "tiles")


@pytest.fixture
def imported(dsn: str, tiles: TileStore) -> Import:
    def run(*paths: Path, **options) -> list[FileReport]:
        return import_files(
            list(paths),
            kind=None,
            connection=lambda: connect(dsn),
            tiles=tiles,
            options=ImportOptions(**options),
        )

    return run


def counted(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(f"SELECT count(*) FROM fangma.{table}").fetchone()
    assert row is not None
    return int(row[0])


def test_a_model_becomes_coded_rooms_and_tiles_that_exist(
    compound: Path, imported: Import, dsn: str, tiles: TileStore
):
    (report,) = imported(compound / ARCHITECTURE)
    assert report.status == "imported"
    assert report.rooms > 0
    assert report.added == report.elements
    assert not report.is_refused
    with psycopg.connect(dsn) as conn:
        rooms = conn.execute("SELECT code FROM fangma.entry WHERE kind = 'room'").fetchall()
        hashes = conn.execute("SELECT hash, plain_hash FROM fangma.tile").fetchall()
    assert len(rooms) == report.rooms
    assert hashes
    assert all(tiles.path(name).is_file() for row in hashes for name in row)


def test_the_registry_is_whole_after_an_import(
    compound: Path, imported: Import, dsn: str, tiles: TileStore
):
    imported(compound / ARCHITECTURE, compound / SERVICES)
    with connect(dsn) as conn, reading(conn, OPERATOR):
        checks = verify(conn, lambda name: problem_with(tiles.root, name))
    assert [check.name for check in checks if not check.ok] == []


def test_the_same_bytes_change_nothing_and_say_so(compound: Path, imported: Import, dsn: str):
    imported(compound / ARCHITECTURE)
    before = [counted(dsn, table) for table in ("entry", "state", "shape", "source", "tile")]
    (again,) = imported(compound / ARCHITECTURE)
    assert again.status == "unchanged"
    assert again.kept == again.elements > 0
    assert [
        counted(dsn, table) for table in ("entry", "state", "shape", "source", "tile")
    ] == before


def test_a_dry_run_plans_and_writes_nothing(compound: Path, imported: Import, dsn: str):
    (report,) = imported(compound / ARCHITECTURE, dry_run=True)
    assert report.status == "planned"
    assert report.added == report.elements
    assert counted(dsn, "model") == 0
    assert counted(dsn, "entry") == 0


def test_another_discipline_in_other_units_joins_the_building(
    compound: Path, imported: Import, dsn: str
):
    first, second = imported(compound / SERVICES, compound / ARCHITECTURE)
    assert first.file == ARCHITECTURE, "walls lead, whatever order they were named in"
    assert first.buildings == second.buildings
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT count(*) FROM fangma.entry WHERE kind IN ('building', 'storey')"
        ).fetchone()
        storeys = conn.execute(
            "SELECT count(DISTINCT entry_id) FROM fangma.source AS s JOIN fangma.entry AS e"
            " ON e.id = s.entry_id WHERE e.kind = 'storey'"
        ).fetchone()
    assert rows is not None
    assert storeys is not None
    assert rows[0] == 1 + storeys[0]


def test_a_room_that_vanishes_is_retired_and_keeps_its_history(
    compound: Path, imported: Import, dsn: str, tmp_path: Path
):
    import ifcopenshell
    import ifcopenshell.api.root

    imported(compound / ARCHITECTURE)
    model = ifcopenshell.open(str(compound / ARCHITECTURE))
    gone = model.by_type("IfcSpace")[0]
    assert isinstance(gone, ifcopenshell.entity_instance)
    guid = gone.GlobalId
    ifcopenshell.api.root.remove_product(model, product=gone)
    (tmp_path / "revision").mkdir()
    revision = tmp_path / "revision" / ARCHITECTURE
    model.write(str(revision))
    (report,) = imported(revision)
    assert report.status == "imported"
    assert (report.retired, report.added, report.review) == (1, 0, 0)
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT e.code, bool_or(upper_inf(s.valid) AND upper_inf(s.recorded))"
            "  FROM fangma.source AS o JOIN fangma.entry AS e ON e.id = o.entry_id"
            "  JOIN fangma.state AS s ON s.entry_id = e.id WHERE o.guid = %s GROUP BY e.code",
            [guid],
        ).fetchone()
    assert row is not None
    assert row[0]
    assert row[1] is False


def test_an_empty_file_is_refused_with_a_finding(imported: Import, tmp_path: Path, dsn: str):
    (tmp_path / "empty.ifc").write_bytes(b"")
    (report,) = imported(tmp_path / "empty.ifc")
    assert report.status == "refused"
    assert report.findings
    assert counted(dsn, "entry") == 0


def test_a_room_named_secret_is_in_no_open_tile(
    compound: Path, imported: Import, dsn: str, tiles: TileStore, tmp_path: Path
):
    import ifcopenshell

    model = ifcopenshell.open(str(compound / ARCHITECTURE))
    model.by_type("IfcSpace")[3].LongName = "机要室"
    path = tmp_path / ARCHITECTURE
    model.write(str(path))
    (report,) = imported(path)
    assert "secret-by-name" in {finding.rule for finding in report.findings}
    with psycopg.connect(dsn) as conn:
        found = conn.execute(
            "SELECT e.code FROM fangma.entry e JOIN fangma.scope c ON c.id = e.scope_id"
            " WHERE c.secret"
        ).fetchall()
        shown = conn.execute("SELECT hash, plain_hash, visibility FROM fangma.tile").fetchall()
    ((code,),) = found
    assert {visibility for _, _, visibility in shown} == {"open", "secret", "masked"}
    for *names, visibility in shown:
        told = any(code.encode() in tiles.path(name).read_bytes() for name in names)
        assert told is (visibility == "secret")


IMPORT = """
import sys
from pathlib import Path
from fangma.asset_registry.store.connection import connect
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.tile_store import TileStore
dsn, tiles, *paths = sys.argv[1:]
import_files([Path(p) for p in paths], kind=None, connection=lambda: connect(dsn),
             tiles=TileStore(root=Path(tiles)), options=ImportOptions(),
             progress=lambda done, what, /: print(what, flush=True))
"""


@pytest.mark.parametrize("moment", ["read", "shape", "match", "publish"])
def test_a_killed_import_leaves_the_old_state_and_the_next_one_works(
    compound: Path, imported: Import, dsn: str, tiles: TileStore, moment: str
):
    with connect(dsn) as conn:
        add_site(conn, division="330302", name="院落", actor="test", epsg=4549)
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, dsn, str(tiles.root), str(compound / ARCHITECTURE)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            if line.strip().endswith(moment):
                break
        time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    assert counted(dsn, "model") == 0
    assert counted(dsn, "tile") == 0
    assert counted(dsn, "entry") == 1
    (report,) = imported(compound / ARCHITECTURE)
    assert report.status == "imported"
    assert report.added == report.elements


def shown_now(dsn: str, tiles: TileStore) -> dict[str, bytes]:
    """Contents of all tiles of now by visibility, joined."""
    found: dict[str, bytes] = {}
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("SELECT hash, visibility FROM fangma.tile WHERE retired_by IS NULL")
        for name, visibility in rows:
            found[visibility] = found.get(visibility, b"") + tiles.path(name).read_bytes()
    return found


def test_a_room_marked_secret_later_becomes_a_grey_mass_and_comes_back(
    compound: Path, imported: Import, dsn: str, tiles: TileStore
):
    imported(compound / ARCHITECTURE)
    before = shown_now(dsn, tiles)
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT code FROM fangma.entry WHERE kind = 'room' LIMIT 1").fetchone()
    assert row is not None
    code = row[0]
    with connect(dsn) as conn:
        set_secret(conn, OPERATOR, code, secret=True, actor="test", reason="test")
        assert retile(conn, tiles, code, actor="test") == 1
        marked = shown_now(dsn, tiles)
        assert code.encode() not in marked["open"]
        assert code.encode() in marked["secret"]
        assert marked["masked"]
        set_secret(conn, OPERATOR, code, secret=False, actor="test", reason="test")
        retile(conn, tiles, code, actor="test")
    after = shown_now(dsn, tiles)
    assert after.keys() == {"open"}
    assert sorted(after["open"]) == sorted(before["open"])


def test_a_small_revision_writes_only_the_tiles_that_it_changes(
    compound: Path, imported: Import, dsn: str, tmp_path: Path
):
    import ifcopenshell

    imported(compound / ARCHITECTURE)
    model = ifcopenshell.open(str(compound / ARCHITECTURE))
    door = model.by_type("IfcDoor")[0]
    assert isinstance(door, ifcopenshell.entity_instance)
    model.remove(door)
    (tmp_path / "revision").mkdir()
    revision = tmp_path / "revision" / ARCHITECTURE
    model.write(str(revision))
    (report,) = imported(revision)
    assert report.retired == 1
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT count(*) FILTER (WHERE retired_by IS NOT NULL),"
            " count(*) FILTER (WHERE retired_by IS NULL), count(DISTINCT hash)"
            " FILTER (WHERE retired_by IS NULL"
            "         AND revision_id = (SELECT max(id) FROM fangma.revision))"
            " FROM fangma.tile WHERE level = 'content'"
        ).fetchone()
    assert row is not None
    retired, shown, fresh = row
    assert (retired, fresh) == (1, 1)
    assert shown > 3


def test_lost_tile_files_are_written_again_by_the_same_file(
    compound: Path, imported: Import, dsn: str, tiles: TileStore
):
    imported(compound / ARCHITECTURE)
    shutil.rmtree(tiles.root)
    (report,) = imported(compound / ARCHITECTURE)
    assert report.status == "imported"
    assert report.kept == report.elements
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("SELECT hash FROM fangma.tile WHERE retired_by IS NULL").fetchall()
    assert rows
    assert all(tiles.path(name).is_file() for (name,) in rows)
