"""Models on a real Dask cluster: scheduler and worker in processes of their own, on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import.cluster import connected, is_address
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.errors import ClusterError
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.preparation import Prepared, Refused
from fangma.bim_import.preparing import FileContents, our_version, prepare
from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

pytest.importorskip("distributed", reason="fangma[cluster] is not installed")

# A cluster of processes that are as strange to this one as those of another machine.
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=True, host="127.0.0.1",
                      dashboard_address=None, local_directory=sys.argv[1]) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("cluster") / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, str(script), str(script.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


def blocks(folder: Path, name: str, count: int) -> Path:
    path = folder / name
    write_blocks(path, count)
    return path


def run(dsn: str, tiles: Path, *paths: Path, scheduler: str | None = None) -> list[FileReport]:
    return import_files(
        list(paths),
        kind=None,
        connection=lambda: connect(dsn),
        tiles=TileStore(root=tiles),
        options=ImportOptions(workers=1),
        scheduler=scheduler,
    )


@pytest.mark.db
@pytest.mark.slow
def test_a_cluster_gives_what_this_machine_gives_and_one_bad_file_stops_no_other(
    tmp_path: Path, dsn: str, scheduler: str
) -> None:
    with connect(dsn) as conn:
        add_site(conn, division="330302", name="Yard", epsg=None, actor="test")
    good = [blocks(tmp_path, f"{name}.ifc", n) for name, n in (("one", 3), ("two", 5))]
    bad = tmp_path / "bad.ifc"
    bad.write_bytes(good[0].read_bytes()[:-400])
    files = [good[0], bad, tmp_path / "gone.ifc", good[1]]
    reports = {r.file: r for r in run(dsn, tmp_path / "tiles", *files, scheduler=scheduler)}
    assert {name: report.status for name, report in reports.items()} == {
        "one.ifc": "imported", "two.ifc": "imported", "bad.ifc": "refused", "gone.ifc": "refused",
    }  # fmt: skip
    assert reports["two.ifc"].elements == 5
    assert reports["two.ifc"].stages.keys() >= {"open", "read", "shape", "match", "publish"}
    assert "gone.ifc" in reports["gone.ifc"].findings[0].message

    again = run(dsn, tmp_path / "tiles", good[1], scheduler=scheduler)
    assert [report.status for report in again] == ["unchanged"]
    assert [report.status for report in run(dsn, tmp_path / "tiles", good[1])] == ["unchanged"]


def test_what_comes_back_is_what_this_machine_makes(tmp_path: Path, scheduler: str) -> None:
    path = blocks(tmp_path, "one.ifc", 4)
    file = FileContents(name=path.name, data=path.read_bytes())
    here = prepare(file, (), processes=1, sender=our_version())
    with connected(scheduler, workers=1) as cluster:
        cluster.send([path], [])
        there = cluster.result(path)
    assert isinstance(here, Prepared)
    assert isinstance(there, Prepared)
    assert there.model == here.model
    assert there.findings == here.findings
    mine, theirs = here.shaped.placements, there.shaped.placements
    np.testing.assert_array_equal(mine.element, theirs.element)
    np.testing.assert_array_equal(mine.matrix_model_from_local, theirs.matrix_model_from_local)
    for a, b in zip(mine.meshes, theirs.meshes, strict=True):
        np.testing.assert_array_equal(a.vertices, b.vertices)


def test_a_cluster_of_another_version_is_told(tmp_path: Path) -> None:
    path = blocks(tmp_path, "one.ifc", 1)
    file = FileContents(name=path.name, data=path.read_bytes())
    answer = prepare(file, (), processes=1, sender="0.0.0-other")
    assert isinstance(answer, Refused)
    assert answer.findings[0].rule == "scheduler-version"


def test_nothing_is_left_on_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = blocks(tmp_path, "one.ifc", 1)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    file = FileContents(name=path.name, data=path.read_bytes())
    assert not isinstance(prepare(file, (), processes=1, sender=our_version()), Refused)
    assert list(scratch.iterdir()) == []


def test_a_worker_that_is_killed_costs_its_model_and_says_so(
    tmp_path: Path, scheduler: str
) -> None:
    with connected(scheduler, workers=1) as cluster:
        (pid,) = cluster._client.run(os.getpid).values()
        path = blocks(tmp_path, "one.ifc", 1)
        cluster.send([path], [])
        assert cluster.result(path) is not None
        assert pid != os.getpid()
        # Dask's nanny starts a new worker; a task that kills several of them is given up.
        cluster._tasks[path] = cluster._client.submit(_die, pure=False)
        with pytest.raises(ClusterError, match=r"lost one\.ifc"):
            cluster.result(path)


def _die() -> None:
    os._exit(1)


@pytest.mark.parametrize(
    "address",
    ["http://scheduler:8786", "inproc://1.2.3.4/5/6", "ucx://scheduler:8786", "scheduler:8786",
     "tcp://", "tcp://scheduler", "tcp://user@scheduler:8786", "tcp://a b:1", "file:///etc/passwd"],
)  # fmt: skip
def test_only_tcp_and_tls_addresses_are_taken(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(ClusterError, match="no address"), connected(address, workers=1):
        pass


def test_addresses_of_schedulers_are_taken() -> None:
    assert is_address("tcp://10.0.0.5:8786")
    assert is_address("tls://scheduler.example:8786")


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fangma.bim_import.cluster._CONNECT_S", 1)
    start = time.monotonic()
    with (
        pytest.raises(ClusterError, match="No Dask scheduler answers") as caught,
        connected("tcp://127.0.0.1:1", workers=1),
    ):
        pass
    assert "dask scheduler" in caught.value.remedy
    assert time.monotonic() - start < 30


def test_what_to_install_is_told_where_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ClusterError, match="not installed") as caught,
        connected("tcp://127.0.0.1:8786", workers=1),
    ):
        pass
    assert "fangma[cluster]" in caught.value.remedy
