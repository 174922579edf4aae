"""Tiles are cut in a process of their own, while the registry is being written in this one.

What needs no codes is made before the codes are given: the process is forked as soon as the bodies
are there, and waits for the order with its shapes ready. Shapes that did not change since they were
last cut are taken from the disk, where they are kept when the tiles are written.
"""

from __future__ import annotations

import contextlib
import gc
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.forking import Forked, can_fork, last_words
from fangma.spatial.tiles.cutting import cut_tiles, prepared
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import IO, Self
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from fangma.bim_import.tile_store import TileStore
    from fangma.spatial.mesh import Placements
    from fangma.spatial.tiles.cutting import Belonging, Group
    from fangma.spatial.tiles.features import Features
    from fangma.spatial.tiles.rows import TileRow
    from fangma.spatial.tiles.skins import Skin


class TileCutError(ImportModelError):
    """The process that cuts tiles has died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOrder:
    """Which tiles are to be cut; see `fangma.spatial.tiles.cutting.cut_tiles`."""

    features: Features
    belonging: Belonging
    model: str
    matrix_tileset_from_model: NDArray[np.float64]
    unchanged: frozenset[Group]

    @property
    def has_work(self) -> bool:
        """Whether any tile is to be written at all."""
        groups = {self.belonging.group(row) for row in range(len(self.features))}
        return not groups <= self.unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """What went wrong in the process, as its error was made."""

    kind: type[ImportModelError | TileError]
    message: str
    remedy: str


class TileCutter:
    """Cuts and writes the tiles of one model; leave it as a context to end its process.

    Parameters
    ----------
    placements : Placements
        Bodies in the model frame.
    tiles : TileStore
        Where files are written under their hashes.
    ahead : bool
        Make everything ready now: worth it where all tiles will be cut.
    like : UUID, optional
        A model that had most of these bodies: the one that the tiles are of, where it is known yet.
    """

    def __init__(
        self, placements: Placements, tiles: TileStore, *, ahead: bool, like: UUID | None = None
    ) -> None:
        self._placements = placements
        self._tiles = tiles
        self._like = like
        self._order: CutOrder | None = None
        self._is_done = False
        self._process: Forked | None = None
        self._log: IO[bytes] | None = None
        if ahead:
            self._fork(ahead=True)

    def _fork(self, *, ahead: bool) -> None:
        if not can_fork():
            return
        work = _Work(self._placements, self._tiles, self._like)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``__exit__``
        self._process = Forked(lambda pipe: _serve(pipe, work, ahead=ahead), self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._log is not None:
            self._process.pipe.close()
            if not self._is_done:  # else it keeps its shapes, and ends
                self._process.kill()
            self._process.wait()
            self._log.close()

    def begin(self, order: CutOrder) -> None:
        """Say which tiles are to be cut; a process starts with it at once."""
        self._order = order
        if self._process is None and order.has_work:
            self._fork(ahead=False)
        if self._process is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # told by `rows`
                self._process.pipe.send(order)

    def rows(self) -> Iterator[TileRow]:
        """Give the row of each tile whose files are written.

        Raises
        ------
        TileWriteError
            When the disk is full, or the folder cannot be written.
        TileError
            When something cannot be written as a tile.
        TileCutError
            When the process died.
        """
        if self._order is None:
            raise AssertionError  # begin() comes first
        if self._process is None or self._log is None:
            work = _Work(self._placements, self._tiles, self._like)
            yield from work.cut(self._order)
            work.keep(self._order)
            return
        while True:
            try:
                message = self._process.pipe.recv()
            except (EOFError, ConnectionResetError) as error:
                raise TileCutError(
                    f"The process that cuts tiles ended with status {self._process.wait()}: "
                    f"{last_words(self._log)}",
                    "Run the import again; if it happens again, report the file.",
                ) from error
            if message is None:
                self._is_done = True
                return
            if isinstance(message, _Failure):
                raise message.kind(message.message, message.remedy)
            yield message


class _Work:
    """The cutting itself, in whatever process.

    Parameters
    ----------
    like : UUID or None
        A model whose shapes may serve; None = that of the order.
    """

    def __init__(self, placements: Placements, tiles: TileStore, like: UUID | None) -> None:
        self._placements = placements
        self._tiles = tiles
        self._like = None if like is None else str(like)
        self._known: dict[bytes, Skin] = {}
        self._stock: Stock | None = None
        self._is_whole = False

    def prepare(self) -> None:
        """Make all shapes that tiles may need."""
        if self._like is not None:
            self._known = self._tiles.skins.load(self._like)
        self._stock = prepared(self._placements, self._known)
        self._is_whole = True

    def cut(self, order: CutOrder) -> Iterator[TileRow]:
        """Cut what was ordered, and write the files."""
        if self._stock is None:
            self._like = self._like or order.model
            self._known = self._tiles.skins.load(self._like)
            self._stock = Stock(self._placements, self._known)
        for tile in cut_tiles(
            self._placements,
            order.features,
            order.belonging,
            model=order.model,
            matrix_site_from_model=order.matrix_tileset_from_model,
            unchanged=order.unchanged,
            stock=self._stock,
        ):
            for sha256, data in tile.contents.items():
                self._tiles.write(sha256, data)
            yield tile.row

    def keep(self, order: CutOrder) -> None:
        """Keep the shapes for the next time, where there are others than before."""
        if self._stock is None:
            return
        made = self._stock.named
        if not self._is_whole:  # only what was asked for: the rest may be of use again
            made = {**self._known, **made}
        if self._like != order.model or made.keys() != self._known.keys():
            self._tiles.skins.save(order.model, made)


def _serve(pipe: Connection, work: _Work, *, ahead: bool) -> None:
    """Get ready, wait for the order, cut, keep: the whole life of the process."""
    gc.freeze()
    try:
        if ahead:
            work.prepare()
        order: CutOrder = pipe.recv()
        for row in work.cut(order):
            pipe.send(row)
    except EOFError:
        return  # nobody wants tiles any more
    except (ImportModelError, TileError) as error:
        pipe.send(_Failure(kind=type(error), message=error.message, remedy=error.remedy))
    else:
        pipe.send(None)
        work.keep(order)
