"""Models imported in a child process: its death costs one model, its memory ends with it."""

from __future__ import annotations

import os
import signal
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.apart import import_apart
from fangma.bim_import.forking import can_fork
from fangma.bim_import.reports import FileReport
from fangma.bim_import.surroundings import SiteChoiceError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.skipif(not can_fork(), reason="only where forking is safe"),
    pytest.mark.alone,
]

MEGABYTE = 1 << 20
PATHS = [Path("A.ifc"), Path("B.ifc"), Path("C.ifc")]


def nowhere(_index: int, _done: float, _what: str) -> None:
    """Take no notice of the progress."""


def by_process(path: Path, _moved: Callable[[float, str], None]) -> FileReport:
    """Report which process did it."""
    return FileReport(file=path.name, kind="ifc", status="imported", rows=os.getpid())


def test_several_models_share_a_child_that_is_not_this_process() -> None:
    reports = import_apart(PATHS, by_process, nowhere)
    assert [report.file for report in reports] == ["A.ifc", "B.ifc", "C.ifc"]
    assert len({report.rows for report in reports}) == 1
    assert reports[0].rows != os.getpid()


def test_a_child_that_has_grown_too_much_is_replaced_before_the_next_model() -> None:
    kept: list[mmap] = []

    def import_one(path: Path, moved: Callable[[float, str], None]) -> FileReport:
        kept.append(mmap(-1, 8 * MEGABYTE))  # fresh pages: the heap may have freed ones to give
        kept[-1].write(b"x" * (8 * MEGABYTE))
        return by_process(path, moved)

    reports = import_apart(PATHS, import_one, nowhere, most_grown=4 * MEGABYTE)
    assert [report.file for report in reports] == ["A.ifc", "B.ifc", "C.ifc"]
    assert len({report.rows for report in reports}) == 3


def test_what_the_parent_holds_does_not_count_as_growth() -> None:
    held = bytearray(b"x") * (64 * MEGABYTE)
    reports = import_apart(PATHS, by_process, nowhere, most_grown=16 * MEGABYTE)
    assert len({report.rows for report in reports}) == 1
    assert len(held) == 64 * MEGABYTE


def test_a_model_that_kills_its_process_is_refused_and_the_others_are_imported() -> None:
    def import_one(path: Path, moved: Callable[[float, str], None]) -> FileReport:
        if path.name == "B.ifc":
            os.write(2, b"free(): invalid pointer\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return by_process(path, moved)

    first, second, third = import_apart(PATHS, import_one, nowhere)
    assert (first.status, second.status, third.status) == ("imported", "refused", "imported")
    assert second.findings[0].rule == "model-crashed"
    assert "SIGKILL: free(): invalid pointer" in second.findings[0].message


def test_a_model_too_large_for_the_memory_is_refused_alone() -> None:
    def import_one(path: Path, moved: Callable[[float, str], None]) -> FileReport:
        if path.name == "A.ifc":
            raise MemoryError
        return by_process(path, moved)

    first, *others = import_apart(PATHS, import_one, nowhere)
    assert first.findings[0].message.startswith("The process that imported A.ifc ended with")
    assert "MemoryError" in first.findings[0].message
    assert {report.status for report in others} == {"imported"}


def test_progress_is_told_here_by_the_model_it_is_of() -> None:
    def import_one(path: Path, moved: Callable[[float, str], None]) -> FileReport:
        moved(0.5, f"reading {path.name}")
        return by_process(path, moved)

    told: list[tuple[int, float, str]] = []
    import_apart(PATHS, import_one, lambda *moved: told.append(moved))
    assert told == [(0, 0.5, "reading A.ifc"), (1, 0.5, "reading B.ifc"), (2, 0.5, "reading C.ifc")]


def test_an_error_of_the_whole_command_comes_through_with_its_remedy() -> None:
    def import_one(_path: Path, _moved: Callable[[float, str], None]) -> FileReport:
        raise SiteChoiceError("There are two sites.", "Say which with --site.")

    with pytest.raises(SiteChoiceError) as caught:
        import_apart(PATHS, import_one, nowhere)
    assert caught.value.remedy == "Say which with --site."
