"""The stages of an import, in order: open, read, shape, match, plan, apply and publish.

Everything slow happens before the registry is touched; then the change set and the switch of the
tiles are one transaction. A process that is killed at any moment leaves the old state whole.
"""

from __future__ import annotations

import gc
import mmap
import re
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from fangma.asset_registry.errors import RegistryError
from fangma.bim_import.apart import import_apart
from fangma.bim_import.carrying_out import register_model
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.forking import can_fork
from fangma.bim_import.model_bytes import checksum
from fangma.bim_import.refusal import RefusedFile
from fangma.bim_import.reports import FileReport, rule_of
from fangma.bim_import.shaping import ShapingError
from fangma.bim_import.stages import Stages, share_done
from fangma.bim_import.surroundings import SiteChoiceError, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.cluster import Cluster
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.preparation import Preparation
    from fangma.bim_import.tile_store import TileStore


class Progress(Protocol):
    """Takes the share of the file that is done (0 to 1) and the stage."""

    def __call__(self, done: float, what: str, /) -> None:
        """Show it."""


_WALL = re.compile(rb"(?i)=\s*IFCWALL")


def import_model(
    path: Path,
    *,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    progress: Progress | None = None,
    preparation: Preparation | None = None,
) -> FileReport:
    """Import one building model.

    Parameters
    ----------
    connection : callable
        Opens a connection of the application's role; closed here.
    tiles : TileStore
        Where tiles are written under their content hashes.
    preparation : Preparation, optional
        Opens, reads and shapes the model elsewhere; by this process when it is left out.

    Returns
    -------
    report : FileReport
        Status ``refused`` with findings instead of an exception: one bad file does not stop
        the others.
    """
    report = FileReport(file=path.name, kind="ifc")
    start = time.perf_counter()
    stages = Stages(
        None
        if progress is None
        else lambda name, done, total: progress(share_done(name, done, total), name)
    )
    report.stages = stages.seconds
    if preparation is None:
        # The parser and its libraries: not loaded where another process has done the reading.
        from fangma.bim_import.opening.digest_store import DigestStore
        from fangma.bim_import.preparing import Here

        # A dry run leaves nothing behind.
        store = None if options.dry_run else DigestStore(root=tiles.geometry.root)
        preparation = Here(path, options.ids, options.workers, lambda: store)
    try:
        with _collector_paused():
            _run(path, connection, tiles, options, report, stages, preparation)
    except RefusedFile as refused:
        report.status = "refused"
        report.findings = [*report.findings, *refused.findings]
    except ShapingError as error:
        report.refuse("geometry-unreadable", error)
    except SiteChoiceError:
        raise  # says something of the command, not of this file
    except (ImportModelError, RegistryError) as error:
        report.refuse(rule_of(error), error)
    finally:
        preparation.stop()
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
    stages: Stages,
    preparation: Preparation,
) -> None:
    with connection() as conn:
        # Asked before the file is parsed: the same bytes again should cost next to nothing.
        if _is_unchanged(conn, path, tiles, options, report):
            return
        report.schema = preparation.open(stages)
        # Only now may a site be made: a refused file leaves nothing behind, nor does a dry run.
        surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
        report.site = surroundings.site.code
        with surroundings.exclusive(conn):
            if _is_unchanged(conn, path, tiles, options, report):  # by an import that we waited for
                return
            kin = surroundings.kin(conn, preparation.guids)
            prepared = preparation.prepare(kin, tiles.geometry, stages)
            register_model(
                conn, surroundings, prepared.findings, prepared.model, prepared.shaped,
                prepared.earlier, tiles=tiles, options=options, report=report, stage=stages.stage,
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
    ahead: Preparation | None = None,
) -> list[FileReport]:
    """Import several models, those with walls and rooms first, since others are placed by them.

    Parameters
    ----------
    cluster : Cluster, optional
        Opens, reads and shapes the models instead of this machine.
    ahead : Preparation, optional
        Does so already with the only model.
    """
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
            preparation=ahead if cluster is None else cluster.preparation(path),
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
