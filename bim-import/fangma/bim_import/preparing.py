"""Stages open, read and shape as one piece of work, here or for another machine; no database."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.opening import open_model
from fangma.bim_import.preparation import Prepared, Refused
from fangma.bim_import.reading import read_digests
from fangma.bim_import.refusal import RefusedFile
from fangma.bim_import.requirements import RequirementsError, check_model
from fangma.bim_import.reshaping import read_and_shape
from fangma.bim_import.scratch import scratch_folder
from fangma.bim_import.shaping import ShapingError
from fangma.bim_import.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.bim_import.earlier import Earlier, Kin
    from fangma.bim_import.geometry import GeometryStore
    from fangma.bim_import.opening import OpenedModel
    from fangma.bim_import.opening.digest_store import FindStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """A file as it travels."""

    name: str
    data: bytes


class Here:
    """A model that is opened, read and shaped by this process.

    Parameters
    ----------
    ids : sequence of Path
        IDS files that it is checked against.
    workers : int
        Kernel processes at a time.
    find_store : callable, optional
        Says what has the fingerprints of the last export and takes those of this one, if anything
        does; asked once the file was scanned.
    """

    def __init__(
        self,
        path: Path,
        ids: Sequence[Path],
        workers: int,
        find_store: FindStore | None = None,
    ) -> None:
        self._path = path
        self._ids = ids
        self._workers = workers
        self._find_store = find_store
        self._opened: OpenedModel | None = None

    @property
    def opened(self) -> OpenedModel:
        """The model, which ``open`` has opened."""
        if self._opened is None:
            raise AssertionError  # open() comes first
        return self._opened

    def open(self, stages: Stages) -> str:
        """Open the file and return its schema."""
        with stages.stage("open"):
            self._opened = open_model(self._path, digest_beside=True, find_store=self._find_store)
        return self._opened.source.schema

    def guids(self) -> list[str]:
        """List the GlobalIds of the elements and rooms; ports are many, and nobody holds them."""
        file = self.opened.file
        things = [*file.by_type("IfcElement"), *file.by_type("IfcSpace")]
        return [e.GlobalId for e in things or file.by_type("IfcProduct") if e.GlobalId]

    def prepare(self, kin: Kin | None, geometry: GeometryStore, stages: Stages) -> Prepared:
        """Read and shape it."""
        return self.prepare_with(lambda: None if kin is None else kin.load(geometry), stages)

    def prepare_with(self, find_earlier: Callable[[], Earlier | None], stages: Stages) -> Prepared:
        """Read and shape it; the earlier revision is asked for as late as can be."""
        opened = self.opened
        # Zipped and mended files are shaped from a copy that every reader understands.
        with scratch_folder() if opened.is_mended else nullcontext(self._path.parent) as folder:
            readable = opened.write_readable(folder)
            asked = [finding for ids in self._ids for finding in check_model(readable, ids)]
            with stages.stage("read"):
                digests = read_digests(opened)
            earlier = find_earlier()
            model, shaped = read_and_shape(
                opened, readable, digests, earlier, workers=self._workers, stage=stages.stage
            )
        return Prepared(
            model=model, shaped=shaped, findings=(*opened.findings, *asked),
            stages=stages.seconds, earlier=earlier,
        )  # fmt: skip

    def stop(self) -> None:
        """Give up what is not done yet."""
        if self._opened is not None and self._opened.digesting is not None:
            self._opened.digesting.stop()


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
    try:
        with scratch_folder() as folder:
            path = folder / file.name
            path.write_bytes(file.data)
            (folder / "ids").mkdir()
            rules = [folder / "ids" / f"{number}-{each.name}" for number, each in enumerate(ids)]
            for rule, each in zip(rules, ids, strict=True):
                rule.write_bytes(each.data)
            here, stages = Here(path, rules, processes), Stages()
            try:
                here.open(stages)
                return here.prepare_with(lambda: None, stages)
            finally:
                here.stop()
    except RefusedFile as refused:
        return Refused(findings=refused.findings)
    except ShapingError as error:
        return _refused("geometry-unreadable", error.message, error.remedy)
    except RequirementsError as error:
        return _refused("requirements", error.message, error.remedy)


def _refused(rule: str, message: str, remedy: str) -> Refused:
    return Refused(
        findings=(
            Finding(
                severity=Severity.ERROR, rule=rule, element=None, message=message, remedy=remedy
            ),
        )
    )
