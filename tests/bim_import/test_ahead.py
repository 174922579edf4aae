"""A model that is read in a process of its own, begun before this one knows what to do with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np
import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import import preparing
from fangma.bim_import.ahead import Ahead
from fangma.bim_import.crashes import ModelCrashedError
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.forking import can_fork
from fangma.bim_import.geometry import GeometryStore
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.refusal import RefusedFile
from fangma.bim_import.stages import Stages
from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fangma.bim_import.preparation import Prepared
    from fangma.bim_import.reports import FileReport

pytestmark = [
    pytest.mark.skipif(not can_fork(), reason="only where forking is safe"),
    pytest.mark.alone,
]


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    process = Ahead()
    yield process
    process.stop()


def blocks(folder: Path, count: int) -> Path:
    path = folder / "blocks.ifc"
    write_blocks(path, count)
    return path


def test_what_is_read_ahead_is_what_is_read_here(tmp_path: Path, ahead: Ahead) -> None:
    path, geometry = blocks(tmp_path, 4), GeometryStore(root=tmp_path / "geometry")
    told: list[str] = []
    stages = Stages(lambda name, _done, _total: told.append(name))
    ahead.begin(path, [], 1)
    here = preparing.Here(path, [], 1)
    assert ahead.open(stages) == here.open(Stages()) == "IFC4"
    assert ahead.guids() == here.guids()
    there, mine = (each.prepare(None, geometry, stages) for each in (ahead, here))
    assert there.model == mine.model
    assert there.findings == mine.findings
    np.testing.assert_array_equal(there.shaped.placements.element, mine.shaped.placements.element)
    assert list(dict.fromkeys(told)) == ["open", "read", "shape"]
    assert stages.seconds.keys() == {"open", "read", "shape"}


def test_a_file_that_is_no_model_is_refused_as_it_is_here(tmp_path: Path, ahead: Ahead) -> None:
    path = tmp_path / "broken.ifc"
    path.write_bytes(blocks(tmp_path, 1).read_bytes()[:-300])
    ahead.begin(path, [], 1)
    with pytest.raises(RefusedFile) as there:
        ahead.open(Stages())
    with pytest.raises(RefusedFile) as here:
        preparing.Here(path, [], 1).open(Stages())
    assert there.value.findings == here.value.findings


def test_a_model_that_kills_its_process_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_here: preparing.Here, _stages: Stages) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    monkeypatch.setattr(preparing.Here, "open", die)
    ahead = Ahead()
    ahead.begin(blocks(tmp_path, 1), [], 1)
    with pytest.raises(ModelCrashedError, match=r"blocks\.ifc ended with SIGKILL"):
        ahead.open(Stages())
    ahead.stop()


def test_what_goes_wrong_in_our_own_code_is_raised_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_here: preparing.Here, _stages: Stages) -> str:
        raise LookupError("no such luck")

    monkeypatch.setattr(preparing.Here, "open", fail)
    ahead = Ahead()
    ahead.begin(blocks(tmp_path, 1), [], 1)
    with pytest.raises(LookupError, match="no such luck") as raised:
        ahead.open(Stages())
    assert any("in fail" in note for note in raised.value.__notes__)
    ahead.stop()


def test_a_process_that_is_not_needed_ends(ahead: Ahead) -> None:
    ahead.stop()
    assert ahead.is_over


def test_fingerprints_are_kept_where_it_is_told_and_serve_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fangma.bim_import.opening.digests._WORTHWHILE", 10)
    path, geometry = blocks(tmp_path, 6), GeometryStore(root=tmp_path / "geometry")
    geometry.root.mkdir()

    def prepared(root: Path | None) -> Prepared:
        process = Ahead()
        process.begin(path, [], 1)
        if root is not None:
            process.keep(root)
        process.open(Stages())
        made = process.prepare(None, geometry, Stages())
        while not process.is_over:  # it keeps them once they are given
            time.sleep(0.01)
        process.stop()
        return made

    alone = prepared(None)
    assert list(geometry.root.glob("*.digests.npz")) == []
    assert prepared(geometry.root).model == alone.model
    (kept,) = geometry.root.glob("*.digests.npz")
    written = kept.stat().st_mtime_ns
    assert prepared(geometry.root).model == alone.model
    assert kept.stat().st_mtime_ns == written, "all of them served again"


@pytest.mark.db
def test_a_revision_read_ahead_takes_over_the_bodies_that_did_not_change(
    tmp_path: Path, dsn: str
) -> None:
    def bring(path: Path) -> FileReport:
        process = Ahead()
        options = ImportOptions(workers=1)
        process.begin(path, options.ids, options.workers)
        (report,) = import_files(
            [path], kind=None, connection=lambda: connect(dsn),
            tiles=TileStore(root=tmp_path / "tiles"), options=options, ahead=process,
        )  # fmt: skip
        assert process.is_over
        return report

    with connect(dsn) as conn:
        add_site(conn, division="330302", name="Yard", epsg=None, actor="test")
    path = blocks(tmp_path, 5)
    assert (bring(path).status, bring(path).status) == ("imported", "unchanged")

    model = ifcopenshell.open(str(path))
    model.by_type("IfcBuildingElementProxy")[0].Name = "another"
    model.write(str(path))
    report = bring(path)
    assert (report.status, report.added, report.changed, report.kept) == ("imported", 0, 1, 4)
    assert "shape" in report.stages


@pytest.mark.parametrize(
    ("needed", "left"),
    [("dispatch", "ifcopenshell"), ("preparing", "psycopg"), ("ahead", "numpy")],
)
def test_neither_process_loads_what_the_other_is_for(needed: str, left: str) -> None:
    script = f"import sys, fangma.bim_import.{needed}; sys.exit({left!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
