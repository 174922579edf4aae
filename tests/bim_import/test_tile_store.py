"""Tiles on disk: whole or not at all, and a full disk is told by name."""

import hashlib
from pathlib import Path

import pytest

from fangma.bim_import.tile_store import TileStore, TileWriteError

DATA = b"glTF and so on"
NAME = hashlib.sha256(DATA).hexdigest()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_tile_is_kept_under_its_name(tmp_path: Path):
    store = TileStore(root=tmp_path / "tiles")
    store.write(NAME, DATA)
    store.write(NAME, DATA)
    assert files(tmp_path) == [store.path(NAME)]
    assert store.path(NAME).read_bytes() == DATA


def test_half_a_tile_is_written_anew(tmp_path: Path):
    store = TileStore(root=tmp_path)
    store.write(NAME, DATA)
    store.path(NAME).write_bytes(DATA[:5])
    store.write(NAME, DATA)
    assert store.path(NAME).read_bytes() == DATA


def test_a_full_disk_is_told_with_the_folder_and_leaves_nothing(tmp_path: Path, monkeypatch):
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store = TileStore(root=tmp_path / "tiles")
    with pytest.raises(TileWriteError, match="tiles: No space left") as caught:
        store.write(NAME, DATA)
    assert "Free space" in caught.value.remedy
    assert files(tmp_path) == []


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path):
    (tmp_path / "tiles").touch()
    with pytest.raises(TileWriteError):
        TileStore(root=tmp_path / "tiles").write(NAME, DATA)
