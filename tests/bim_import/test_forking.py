"""Children forked from a warm process: they answer, fail and die as they should."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np
import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.bim_import.forking import AbandonedError, Forked, can_fork
from fangma.bim_import.shaping import ShapingError, shape_model, start_shaping

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

pytestmark = [
    pytest.mark.skipif(not can_fork(), reason="only where forking is safe"),
    pytest.mark.alone,
]


def test_a_child_answers_with_what_its_parent_had_in_memory() -> None:
    known = np.arange(5)
    with tempfile.TemporaryFile() as log:
        child = Forked(lambda pipe: pipe.send(known.sum()), log)
        assert child.pipe.recv() == 10
        assert child.wait() == 0
        assert child.poll() == 0


def test_what_a_child_dies_of_is_in_its_log() -> None:
    def fail(_pipe: Connection) -> None:
        raise ValueError("no such luck")

    with tempfile.TemporaryFile() as log:
        assert Forked(fail, log).wait() == 1
        log.seek(0)
        assert log.read().decode().splitlines()[-1] == "ValueError: no such luck"


def test_a_child_that_nobody_waits_for_ends_quietly() -> None:
    def abandon(_pipe: Connection) -> None:
        raise AbandonedError

    with tempfile.TemporaryFile() as log:
        assert Forked(abandon, log).wait() == 3
        log.seek(0)
        assert log.read() == b""


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with tempfile.TemporaryFile() as log:

        def have_a_child(_pipe: Connection) -> None:
            def sleep(_pipe: Connection) -> None:
                time.sleep(600)

            child = Forked(sleep, log)
            told.write_text(str(child._pid))
            time.sleep(600)

        parent = Forked(have_a_child, log)
        end = time.monotonic() + 60
        while not (told.exists() and told.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        grandchild = int(told.read_text())
        parent.kill()
        assert parent.wait() == -signal.SIGKILL
        while Path(f"/proc/{grandchild}").exists() and time.monotonic() < end:
            state = Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                break
            time.sleep(0.02)
        assert time.monotonic() < end


def test_no_process_is_forked_beside_another_thread() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        stop.set()
        thread.join()


def test_a_forked_stage_gives_what_a_fresh_one_gives(tmp_path: Path) -> None:
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 3)
    fresh = shape_model(path)
    forked = start_shaping(path, model=ifcopenshell.open(path)).result()
    assert forked.placements.element.tolist() == fresh.placements.element.tolist()
    np.testing.assert_array_equal(
        forked.placements.matrix_model_from_local, fresh.placements.matrix_model_from_local
    )
    for mine, theirs in zip(forked.placements.meshes, fresh.placements.meshes, strict=True):
        np.testing.assert_array_equal(mine.vertices, theirs.vertices)


def test_a_forked_stage_that_is_stopped_is_over(tmp_path: Path) -> None:
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 3)
    shaping = start_shaping(path, model=ifcopenshell.open(path))
    shaping.stop()
    assert shaping.is_over


def test_a_forked_stage_that_is_killed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 3)
    shaping = start_shaping(path, model=ifcopenshell.open(path))
    os.kill(shaping._process._pid, signal.SIGKILL)  # type: ignore[union-attr]
    with pytest.raises(ShapingError, match="ended with status -9"):
        shaping.result()
