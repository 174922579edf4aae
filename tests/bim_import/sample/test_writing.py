"""Writing itself: the same bytes each time, and clear refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.sample import SampleError, building_files, write_sample
from fangma.bim_import.sample.drafting import global_id

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    first = write_sample(tmp_path / "a", seed=3, rooms=60, progress=lambda *s: seen.append(s))
    second = write_sample(tmp_path / "b", seed=3, rooms=60)
    third = write_sample(tmp_path / "c", seed=4, rooms=60)
    names = [path.name for path in first.files]
    assert names == [path.name for path in second.files]
    for a, b in zip(first.files, second.files, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name
    assert first.files[0].read_bytes() != third.files[0].read_bytes()
    assert ("models", 1, 1) in seen


def test_the_summary_counts_what_was_written(tmp_path: Path) -> None:
    summary = write_sample(tmp_path, seed=1, rooms=60)
    assert sorted(summary.files) == sorted(tmp_path.iterdir())
    assert summary.rooms > 0
    assert summary.people > 0
    assert summary.sensors > summary.rooms


@pytest.mark.parametrize("rooms", [0, -5, 39, 10**9])
def test_a_number_of_rooms_out_of_range_is_refused(tmp_path: Path, rooms: int) -> None:
    with pytest.raises(SampleError) as caught:
        write_sample(tmp_path / "x", rooms=rooms)
    assert str(rooms) in caught.value.message
    assert "40" in caught.value.remedy
    assert not (tmp_path / "x").exists()


def test_a_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("here already")
    with pytest.raises(SampleError) as caught:
        write_sample(tmp_path / "x", rooms=60)
    assert caught.value.remedy
    assert (tmp_path / "x").read_text() == "here already"


def test_global_ids_have_the_form_that_ifc_prescribes() -> None:
    import ifcopenshell.guid

    made = {global_id(f"key {i}") for i in range(1000)}
    assert len(made) == 1000
    for guid in made:
        assert len(guid) == 22
        assert guid[0] in "0123"
        assert ifcopenshell.guid.compress(ifcopenshell.guid.expand(guid)) == guid


@pytest.mark.slow
def test_a_building_has_the_same_bytes_whoever_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = write_sample(tmp_path / "a", seed=2, rooms=180)
    monkeypatch.setattr(building_files, "ALONE", 1)  # workers of their own from the second on
    shared = write_sample(tmp_path / "b", seed=2, rooms=180)
    assert alone.buildings > 1
    for a, b in zip(alone.files, shared.files, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name
