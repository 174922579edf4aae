"""The work list: what says the same is built once, and worn by every product that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.bim_import.opening import open_model
from fangma.bim_import.reading import read_digests
from fangma.bim_import.shaping import shape_model, start_shaping
from fangma.bim_import.shaping.jobs import list_jobs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("unit", ["m", "mm"])
def test_bodies_that_are_written_anew_for_each_product_are_built_once(
    tmp_path: Path, unit: str
) -> None:
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 4, unit=unit)
    opened = open_model(path)
    digests = read_digests(opened)
    scale = {"m": 1.0, "mm": 0.001}[unit]
    assert len(list_jobs(opened.file, None, scale).jobs) == 4
    (job,) = list_jobs(opened.file, None, scale, digests).jobs
    assert [matrix[0, 3] for _, matrix in job.members] == pytest.approx([0, 5, 10, 15])

    alone = shape_model(path).placements
    shared = start_shaping(path, model=opened.file, digests=digests).result().placements
    assert shared.element.tolist() == alone.element.tolist()
    for row in range(4):
        np.testing.assert_allclose(
            np.sort(shared.placed(row), axis=0), np.sort(alone.placed(row), axis=0), atol=1e-9
        )


def test_bodies_of_other_sizes_or_colours_are_not_shared(tmp_path: Path) -> None:
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 4)
    opened = open_model(path)
    taller = opened.file.by_type("IfcExtrudedAreaSolid")[1]
    taller.Depth = 4.0
    opened.file.by_type("IfcColourRgb")[2].Red = 0.25
    opened.file.write(str(tmp_path / "changed.ifc"))
    changed = open_model(tmp_path / "changed.ifc")
    jobs = list_jobs(changed.file, None, 1.0, read_digests(changed)).jobs
    assert sorted(len(job.members) for job in jobs) == [1, 1, 2]
    assert len({job.colour for job in jobs}) == 2
