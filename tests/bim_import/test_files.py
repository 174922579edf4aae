"""Which files a path means: everything below a folder, or a word about what is missing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fangma.bim_import.files import NoFilesError, collect, readable_name, readable_names

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the rights of root, before which no folder is shut."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_is_all_that_it_holds_of_known_kinds(tmp_path: Path):
    for name in (
        "b.IFC",
        "a.ifc",
        "deep/er/c.csv",
        "notes.txt",
        ".git/d.ifc",
        "~$e.xlsx",
        ".f.ifc",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in collect([tmp_path])]
    assert found == ["a.ifc", "b.IFC", "deep/er/c.csv"]


def test_a_link_in_a_circle_ends(tmp_path: Path):
    (tmp_path / "a.ifc").touch()
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "self.ifc").symlink_to("self.ifc")
    assert collect([tmp_path]) == [tmp_path / "a.ifc"]


def test_a_shut_folder_is_told_and_not_left_out():
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are shut to others
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a.ifc").touch()
        (folder / "shut").mkdir(mode=0o700 if os.geteuid() == 0 else 0)
        with as_nobody(), pytest.raises(NoFilesError, match="shut cannot be looked into"):
            collect([folder])


def test_a_pipe_is_refused_before_anything_waits_for_it(tmp_path: Path):
    os.mkfifo(tmp_path / "a.ifc")
    with pytest.raises(NoFilesError, match="neither"):
        collect([tmp_path / "a.ifc"])


@pytest.mark.parametrize("name", ["missing.ifc", "broken.ifc"])
def test_what_is_not_there_is_told(tmp_path: Path, name: str):
    (tmp_path / "broken.ifc").symlink_to("nowhere")
    with pytest.raises(NoFilesError, match="does not exist"):
        collect([tmp_path / name])


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("办公楼 1.ifc".encode(), "办公楼 1.ifc"),
        ("办公楼.ifc".encode("gb18030"), "办公楼.ifc"),
        (b"a\n\x1b[31m.ifc", "a\ufffd\ufffd[31m.ifc"),
        (b"\xff\xff.ifc", "\ufffd\ufffd.ifc"),
    ],
)
def test_a_name_is_read_as_it_was_meant(raw: bytes, meant: str):
    assert readable_name(os.fsdecode(raw)) == meant


def test_a_foreign_name_leads_to_the_same_bytes(tmp_path: Path):
    path = tmp_path / os.fsdecode("办公楼.ifc".encode("gb18030"))
    path.write_bytes(b"model")
    with readable_names([path]) as (named,):
        assert (named.name, named.read_bytes()) == ("办公楼.ifc", b"model")
    assert not named.exists()
