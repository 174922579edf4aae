"""The stages of an import, in order: open, read, shape, match, plan, apply and publish.

Everything slow happens before the registry is touched; then the change set and the switch of the
tiles are one transaction. A process that is killed at any moment leaves the old state whole.
"""

from __future__ import annotations

import gc
import mmap
import re
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

from fangma.asset_registry.errors import RegistryError
from fangma.bim_import.apart import import_apart
from fangma.bim_import.carrying_out import register_model
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.forking import can_fork
from fangma.bim_import.opening import RefusedFile, checksum, open_model
from fangma.bim_import.preparing import Refused
from fangma.bim_import.reports import FileReport, rule_of
from fangma.bim_import.requirements import check_model
from fangma.bim_import.reshaping import find_kept, read_and_shape
from fangma.bim_import.scratch import scratch_folder
from fangma.bim_import.shaping import ShapingError
from fangma.bim_import.surroundings import SiteChoiceError, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.cluster import Cluster
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.tile_store import TileStore


class Progress(Protocol):
    """Takes the share of the file that is done (0 to 1) and the stage."""

    def __call__(self, done: float, what: str, /) -> None:
        """Show it."""


_WALL = re.compile(rb"(?i)=\s*IFCWALL")
# What part of the time each stage takes on a usual model; the progress bar moves by it.
_SHARES = {"open": 0.1, "read": 0.15, "shape": 0.5, "match": 0.05, "publish": 0.2}


class _Stages:
    """Times the stages and moves the progress bar."""

    def __init__(self, report: FileReport, progress: Progress | None) -> None:
        self._report = report
        self._progress = progress
        self._before = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Run one stage; the function that is given takes what is done and of how much."""
        share = _SHARES[name]
        is_new = name not in self._report.stages
        start = time.perf_counter()

        def moved(done: int, total: int) -> None:
            if self._progress is not None and total > 0:
                self._progress(min(0.99, self._before + share * done / total), name)

        moved(0, 1)
        try:
            yield moved
        finally:
            self._before += share if is_new else 0.0
            earlier = self._report.stages.get(name, 0.0)
            self._report.stages[name] = earlier + time.perf_counter() - start


def import_model(
    path: Path,
    *,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    progress: Progress | None = None,
    cluster: Cluster | None = None,
) -> FileReport:
    """Import one building model.

    Parameters
    ----------
    connection : callable
        Opens a connection of the application's role; closed here.
    tiles : TileStore
        Where tiles are written under their content hashes.
    cluster : Cluster, optional
        Opens, reads and shapes the model, which was sent there before.

    Returns
    -------
    report : FileReport
        Status ``refused`` with findings instead of an exception: one bad file does not stop
        the others.
    """
    report = FileReport(file=path.name, kind="ifc")
    start = time.perf_counter()
    try:
        stages = _Stages(report, progress)
        with _collector_paused():
            if cluster is None:
                _run(path, connection, tiles, options, report, stages)
            else:
                _take(path, cluster, connection, tiles, options, report, stages)
    except RefusedFile as refused:
        report.status = "refused"
        report.findings = [*report.findings, *refused.findings]
    except ShapingError as error:
        report.refuse("geometry-unreadable", error)
    except SiteChoiceError:
        raise  # says something of the command, not of this file
    except (ImportModelError, RegistryError) as error:
        report.refuse(rule_of(error), error)
    report.seconds = time.perf_counter() - start
    return report


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Let a model's million objects go by their reference counts: a tenth of the time is saved."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _run(
    path: Path,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    report: FileReport,
    stages: _Stages,
) -> None:
    with connection() as conn:
        # Asked before the file is parsed: the same bytes again should cost next to nothing.
        if _is_unchanged(conn, path, tiles, options, report):
            return
        with stages.stage("open"):
            opened = open_model(path)
        report.schema = opened.source.schema
        # Only now may a site be made: a refused file leaves nothing behind, nor does a dry run.
        surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
        report.site = surroundings.site.code
        with surroundings.exclusive(conn):
            if _is_unchanged(conn, path, tiles, options, report):  # by an import that we waited for
                return
            earlier = find_kept(conn, surroundings.site.id, opened, tiles.geometry)
            # Zipped and mended files are shaped from a copy that every reader understands.
            with scratch_folder() if opened.is_mended else nullcontext(path.parent) as folder:
                readable = opened.write_readable(folder)
                asked = [finding for ids in options.ids for finding in check_model(readable, ids)]
                model, shaped = read_and_shape(
                    opened, readable, earlier, workers=options.workers, stage=stages.stage
                )
            register_model(
                conn, surroundings, [*opened.findings, *asked], model, shaped, earlier,
                tiles=tiles, options=options, report=report, stage=stages.stage,
            )  # fmt: skip


def _take(
    path: Path,
    cluster: Cluster,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    report: FileReport,
    stages: _Stages,
) -> None:
    """Take a model from the cluster and register it here.

    Nothing is reused of an earlier revision's bodies: those are kept on this machine.
    """
    with connection() as conn:
        if _is_unchanged(conn, path, tiles, options, report):
            cluster.drop(path)
            return
        with stages.stage("shape"):
            answer = cluster.result(path)
        if isinstance(answer, Refused):
            raise RefusedFile(answer.findings)
        report.stages = dict(answer.stages)
        report.schema = answer.model.source.schema
        surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
        report.site = surroundings.site.code
        with surroundings.exclusive(conn):
            if _is_unchanged(conn, path, tiles, options, report):
                return
            register_model(
                conn, surroundings, answer.findings, answer.model, answer.shaped, None,
                tiles=tiles, options=options, report=report, stage=stages.stage,
            )  # fmt: skip


def _is_unchanged(
    conn: Connection, path: Path, tiles: TileStore, options: ImportOptions, report: FileReport
) -> bool:
    """Tell whether the site's newest revision of some model has these bytes, and report it so."""
    site = Surroundings.existing(conn, options.site)
    unchanged = None if site is None else site.unchanged(conn, checksum(path), tiles)
    if site is None or unchanged is None:
        return False
    report.site = site.site.code
    report.status = "unchanged"
    report.schema = unchanged.schema
    report.rooms, report.elements = unchanged.rooms, unchanged.elements
    report.kept = unchanged.elements
    return True


def import_models(
    paths: Sequence[Path],
    *,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    progress: Progress | None = None,
    cluster: Cluster | None = None,
) -> list[FileReport]:
    """Import several models, those with walls and rooms first, since others are placed by them."""
    ordered = sorted(paths, key=lambda p: not _leads(p))
    if cluster is not None:
        cluster.send(ordered, options.ids)

    def import_one(path: Path, told: Progress) -> FileReport:
        return import_model(
            path,
            connection=connection,
            tiles=tiles,
            options=options,
            progress=told,
            cluster=cluster,
        )

    def moved(index: int, done: float, what: str) -> None:
        if progress is not None:
            progress((index + done) / len(ordered), f"{ordered[index].name}: {what}")

    if cluster is None and len(ordered) > 1 and can_fork():
        return import_apart(ordered, import_one, moved)
    return [import_one(path, partial(moved, index)) for index, path in enumerate(ordered)]


def _leads(path: Path) -> bool:
    """Tell, without parsing, whether a model holds walls: the outline that others refer to."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return _WALL.search(text) is not None
    except (OSError, ValueError):  # not there, or empty: opening it will say so
        return False
