"""Stage **publish**: tiles under their content hashes, then the rows that point at them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.asset_registry.changes import Tile, TileSwitch
from fangma.asset_registry.layers import layer_of
from fangma.asset_registry.store import known
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.geometry import GeometryStore
from fangma.spatial.tiles.cutting import Belonging, Group, cut_tiles, origin_of
from fangma.spatial.tiles.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.model import Model
    from fangma.bim_import.planning import Places
    from fangma.spatial.mesh import Placements


# Changed with the way in which tiles are written, so that all are written anew.
_TILES_OF_THIS_PROGRAM: Final = b"fangma tiles 1"


class TileWriteError(ImportModelError):
    """The folder of tiles takes no more files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileStore:
    """A folder of files named by the SHA-256 of their bytes, two levels deep.

    A file is there whole or not at all: it is written beside its place and then renamed.
    """

    root: Path

    def path(self, sha256: str) -> Path:
        """Say where the file of a hash is, whether it exists or not."""
        return self.root / sha256[:2] / f"{sha256}.glb"

    def has_all(self, rows: Iterable[known.CurrentTile]) -> bool:
        """Tell whether the files of these rows are there."""
        return all(self.path(h).is_file() for row in rows for h in (row.hash, row.plain_hash))

    @property
    def geometry(self) -> GeometryStore:
        """The bodies that tiles are cut from, in a folder beside the tiles."""
        return GeometryStore(root=self.root.with_name("geometry"))

    def write(self, sha256: str, data: bytes) -> None:
        """Keep a file; nothing happens when it is there already, and whole.

        Raises
        ------
        TileWriteError
            When the disk is full, or the folder cannot be written.
        """
        path = self.path(sha256)
        try:
            if path.is_file() and path.stat().st_size == len(data):
                return
            self._write(path, data)
        except OSError as error:
            raise TileWriteError(
                f"A tile of {len(data)} bytes cannot be written into {self.root}: "
                f"{error.strerror}.",
                "Free space on its disk or mend its owner, and import the file again; "
                "nothing of it was kept.",
            ) from error

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the tileset points at from now on, and what it was made of, group by group."""

    switch: TileSwitch
    digests: dict[Group, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An element as tiles show it.

    Attributes
    ----------
    key : int
        Of the element in the placements.
    building_id, storey_id : UUID or None
        Where it is drawn; None for the grounds outside, or no storey.
    """

    key: int
    entry_id: UUID
    kind: str
    ifc_class: str
    predefined_type: str | None
    building_id: UUID | None
    storey_id: UUID | None


def shown_of(model: Model, entry_of: Mapping[int, UUID], places: Places) -> list[Shown]:
    """List the elements of a file with the entries that they became."""
    return [
        Shown(
            key=e.key,
            entry_id=entry_of[e.key],
            kind=e.kind,
            ifc_class=e.ifc_class,
            predefined_type=e.predefined_type,
            building_id=places.default_building
            if e.building is None
            else places.buildings.get(e.building, places.default_building),
            storey_id=None if e.storey is None else places.storeys.get(e.storey),
        )
        for e in model.elements
        if e.key in entry_of
    ]


def publish(
    conn: Connection,
    tiles: TileStore,
    placements: Placements,
    shown: Sequence[Shown],
    *,
    model_id: UUID,
    discipline: str,
    matrix_tileset_from_model: NDArray[np.float64],
    fingerprints: Mapping[int, str] | None = None,
    before: Mapping[Group, str] | None = None,
    moved: Callable[[int, int], None] | None = None,
) -> Published:
    """Write the tiles of a model and compare them with those that the tileset points at.

    Parameters
    ----------
    conn : Connection
        In a recording transaction, after the codes were given.
    shown : sequence of Shown
        Elements; those without a body are passed over.
    matrix_tileset_from_model : (4, 4) float64
        From the model's frame to the tileset's local one, metres.
    fingerprints : mapping of int to str, optional
        Shape fingerprint by element key, to tell which tiles need no writing.
    before : mapping of Group to str, optional
        Digests of the groups that the tileset shows now.
    moved : callable, optional
        Takes what is done and of how much, for a progress bar.

    Returns
    -------
    published : Published
        Tiles that did not change keep their rows.
    """
    drawn = set(np.unique(placements.element).tolist())
    elements = [e for e in shown if e.key in drawn]
    ids = [e.entry_id for e in elements]
    place_ids = {e.building_id for e in elements} | {e.storey_id for e in elements}
    numbers = known.numbers(conn, [*ids, *(p for p in place_ids if p is not None)])
    secret = known.secrets(conn, ids)
    code_of = {id_: "" if id_ is None else numbers[id_][1] for id_ in place_ids}
    id_of = {code: id_ for id_, code in code_of.items() if id_ is not None}
    features = Features(
        element=np.array([e.key for e in elements], np.int64),
        ordinal=np.array([numbers[e.entry_id][0] for e in elements], np.int64),
        code=tuple(numbers[e.entry_id][1] for e in elements),
        categories={
            "ifcClass": tuple(e.ifc_class for e in elements),
            "kind": tuple(e.kind for e in elements),
            "layer": tuple(layer_of(e.ifc_class, e.predefined_type, e.kind) for e in elements),
        },
    )
    belonging = Belonging(
        building=tuple(code_of[e.building_id] for e in elements),
        storey=tuple(code_of[e.storey_id] for e in elements),
        discipline=tuple("rooms" if e.kind == "room" else discipline for e in elements),
        secret=np.array([e.entry_id in secret for e in elements], np.bool_),
    )
    origin = origin_of(placements)
    frame = np.round(np.concatenate([matrix_tileset_from_model.reshape(-1), origin]), 9)
    digests = _digests(features, belonging, fingerprints or {}, frame)
    rows_now = known.tiles_of_model(conn, model_id)
    if not tiles.has_all(rows_now):
        before = None  # files were lost: write them all
    unchanged = {group for group, d in digests.items() if d and (before or {}).get(group) == d}
    # A building's envelope stands while every group of it does, and none is gone.
    renewed = {g[:2] for g in digests.keys() | (before or {}).keys() if g not in unchanged}
    kept = {
        t.id
        for t in rows_now
        if (
            (b := code_of.get(t.building_id)) is not None
            and (
                (b, t.discipline) not in renewed
                if t.level == "envelope"
                else (b, t.discipline, code_of.get(t.storey_id), t.visibility != "open")
                in unchanged
            )
        )
    }
    current = {
        _identity(
            t.building_id, t.storey_id, t.discipline, t.level, t.part, t.visibility, t.hash,
            t.plain_hash, t.matrix,
        ): t.id
        for t in rows_now
    }  # fmt: skip
    added: list[Tile] = []
    for count, tile in enumerate(
        cut_tiles(
            placements, features, belonging,
            model=str(model_id), matrix_site_from_model=matrix_tileset_from_model,
            unchanged=unchanged,
        )
    ):  # fmt: skip
        for sha256, data in tile.contents.items():
            tiles.write(sha256, data)
        building, storey = id_of.get(tile.row.building), id_of.get(tile.row.storey)
        row = tile.row
        same = current.get(
            _identity(
                building, storey, row.discipline, row.level, row.part, row.visibility, row.sha256,
                row.plain_sha256, row.matrix_site_from_content,
            )
        )  # fmt: skip
        if same is None:
            added.append(Tile(building_id=building, storey_id=storey, row=row))
        else:
            kept.add(same)
        if moved is not None:
            moved(count, count + 2)
    switch = TileSwitch(
        added=tuple(added), retired=tuple(t.id for t in rows_now if t.id not in kept)
    )
    return Published(switch=switch, digests=digests)


def _digests(
    features: Features,
    belonging: Belonging,
    fingerprints: Mapping[int, str],
    frame: NDArray[np.float64],
) -> dict[Group, str]:
    """Hash what the tiles of each group are made of; "" where a body has no fingerprint."""
    rows: dict[Group, list[tuple[int, str]]] = {}
    whole: dict[Group, bool] = {}
    for row in range(len(features)):
        group = belonging.group(row)
        fingerprint = fingerprints.get(int(features.element[row]), "")
        whole[group] = whole.get(group, True) and bool(fingerprint)
        told = "|".join(
            (features.code[row], fingerprint, *(c[row] for c in features.categories.values()))
        )
        rows.setdefault(group, []).append((int(features.ordinal[row]), told))
    found: dict[Group, str] = {}
    for group, members in rows.items():
        total = hashlib.sha256(_TILES_OF_THIS_PROGRAM + frame.tobytes())
        for ordinal, told in sorted(members):
            total.update(f"{ordinal}|{told}\n".encode())
        found[group] = total.hexdigest() if whole[group] else ""
    return found


def _identity(
    building: UUID | None,
    storey: UUID | None,
    discipline: str,
    level: str,
    part: int,
    visibility: str,
    sha256: str,
    plain_sha256: str,
    matrix: Sequence[float],
) -> tuple[object, ...]:
    """Name what makes two rows the same tile."""
    numbers = tuple(round(v, 9) for v in matrix)
    return (building, storey, discipline, level, part, visibility, sha256, plain_sha256, numbers)
