"""Fingerprints that are made in a process of their own while the file is parsed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.bim_import.forking import can_fork
from fangma.bim_import.opening import digests, open_model
from fangma.bim_import.reading import read_digests

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(not can_fork(), reason="only where forking is safe"),
    pytest.mark.alone,
]


@pytest.fixture
def blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(digests, "_WORTHWHILE", 0)
    path = tmp_path / "blocks.ifc"
    write_blocks(path, 3)
    return path


def test_they_are_those_that_are_made_here(blocks: Path) -> None:
    here, beside = open_model(blocks), open_model(blocks, digest_beside=True)
    assert here.digesting is None
    assert read_digests(beside) == read_digests(here)


def test_a_process_that_dies_of_them_costs_no_import(
    blocks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, own, made = read_digests(open_model(blocks)), os.getpid(), digests.digest

    def die(*given: object) -> list[bytes]:
        if os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        return made(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(digests, "digest", die)
    assert read_digests(open_model(blocks, digest_beside=True)) == expected
