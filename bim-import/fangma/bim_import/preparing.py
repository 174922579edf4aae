"""Stages open, read and shape as one piece of work without a database, for another machine."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.opening import RefusedFile, open_model
from fangma.bim_import.requirements import RequirementsError, check_model
from fangma.bim_import.reshaping import read_and_shape
from fangma.bim_import.scratch import scratch_folder
from fangma.bim_import.shaping import ShapingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fangma.bim_import.model import Model
    from fangma.bim_import.shaping import Shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """A file as it travels."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A model that was opened, read and shaped.

    Attributes
    ----------
    findings : tuple of Finding
        Of the opening, and of the checks against IDS files.
    stages : dict of str to float
        Seconds that each stage took where it was done.
    """

    model: Model
    shaped: Shaped
    findings: tuple[Finding, ...]
    stages: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that is no whole model, or could not be prepared where it was sent."""

    findings: tuple[Finding, ...]


def our_version() -> str:
    """Return the version of this program."""
    return version("fangma")


def prepare(
    file: FileContents, ids: tuple[FileContents, ...], *, processes: int, sender: str
) -> Prepared | Refused:
    """Open, read and shape a model that was sent here.

    Parameters
    ----------
    ids : tuple of FileContents
        IDS files that it is checked against.
    processes : int
        Kernel processes at a time.
    sender : str
        Version of the program that asks: what is sent back must mean the same there.
    """
    if sender != our_version():
        return _refused(
            "scheduler-version",
            f"The cluster has Fangma {our_version()}, this command is of version {sender}.",
            "Install the same version on every machine.",
        )
    stages: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[Callable[[int, int], None]]:
        start = time.perf_counter()
        yield lambda _done, _total: None
        stages[name] = stages.get(name, 0.0) + time.perf_counter() - start

    try:
        with scratch_folder() as folder:
            path = folder / file.name
            path.write_bytes(file.data)
            with stage("open"):
                opened = open_model(path)
            (folder / "readable").mkdir()
            readable = opened.write_readable(folder / "readable")
            (folder / "ids").mkdir()
            asked: list[Finding] = []
            for number, requirements in enumerate(ids):
                rules = folder / "ids" / f"{number}-{requirements.name}"
                rules.write_bytes(requirements.data)
                asked += check_model(readable, rules)
            model, shaped = read_and_shape(opened, readable, None, workers=processes, stage=stage)
    except RefusedFile as refused:
        return Refused(findings=refused.findings)
    except ShapingError as error:
        return _refused("geometry-unreadable", error.message, error.remedy)
    except RequirementsError as error:
        return _refused("requirements", error.message, error.remedy)
    return Prepared(model=model, shaped=shaped, findings=(*opened.findings, *asked), stages=stages)


def _refused(rule: str, message: str, remedy: str) -> Refused:
    return Refused(
        findings=(
            Finding(
                severity=Severity.ERROR, rule=rule, element=None, message=message, remedy=remedy
            ),
        )
    )
