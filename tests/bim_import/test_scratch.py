"""Folders for passing things: nothing is left of a process that was killed, nothing living goes."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.scratch import PREFIX, remove_abandoned, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable

HOLDER = """
import sys, time
from fangma.bim_import.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "copy.ifc").write_bytes(b"x")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_a_folder_is_gone_when_it_is_left(temporary: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == temporary
        (folder / "copy.ifc").write_bytes(b"x")
        assert remove_abandoned() == []
    assert list(temporary.iterdir()) == []


def test_the_next_import_removes_what_a_killed_one_left(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        folder = Path(one.stdout.readline().strip())
        assert remove_abandoned() == []
        assert (folder / "copy.ifc").is_file()
        one.send_signal(signal.SIGKILL)
        one.wait()
    assert (folder / "copy.ifc").is_file()
    with scratch_folder() as mine:
        assert not folder.exists()
        assert list(temporary.iterdir()) == [mine]


def test_a_folder_that_was_taken_away_before_it_was_locked_is_made_anew(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[Path] = []

    def meanwhile(handle: int, deed: int, lock: Callable[..., None] = fcntl.flock) -> None:
        if deed == fcntl.LOCK_EX and not removed:
            monkeypatch.setattr(fcntl, "flock", lock)
            removed.extend(remove_abandoned())  # another import, before this one has locked
        lock(handle, deed)

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    with scratch_folder() as folder:
        assert len(removed) == 1
        (folder / "copy.ifc").write_bytes(b"x")
        assert remove_abandoned() == []
    assert list(temporary.iterdir()) == []


def test_what_is_new_and_not_yet_locked_is_left_alone(temporary: Path) -> None:
    young = temporary / f"{PREFIX}young"
    young.mkdir()
    old = temporary / f"{PREFIX}old"
    old.mkdir()
    os.utime(old, (0, 0))
    assert remove_abandoned() == [old]
    assert young.is_dir()


def test_a_link_that_bears_the_name_is_not_followed(temporary: Path) -> None:
    precious = temporary / "precious"
    precious.mkdir()
    os.utime(precious, (0, 0))
    (temporary / f"{PREFIX}link").symlink_to(precious)
    locked = temporary / f"{PREFIX}trap"
    locked.mkdir()
    (locked / ".lock").symlink_to(precious / "file")
    assert remove_abandoned() == []
    assert precious.is_dir()
