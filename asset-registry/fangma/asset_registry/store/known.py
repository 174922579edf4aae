"""What the registry knows that an imported file may speak of; the SQL is ``sql/known.sql``.

All of it as ``operator``: an import is made on the machine itself or by a role that may import.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from psycopg.rows import class_row

from fangma.asset_registry.store.connection import OPERATOR, Connection, recording
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

_FILE: Final = "known"
PLACES: Final = ("site", "building", "storey", "zone")
"""Kinds of which a model draws no body."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site and how it lies on the earth; ``origin`` is east, north, height in ``epsg``."""

    id: UUID
    code: str
    name: str
    epsg: int | None
    origin: list[float]
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model of the site at its current revision, and how many ``elements`` the file shares.

    Attributes
    ----------
    placement : list of 16 float
        Row-major 4 x 4, from the model's frame to the site's, metres.
    outlines : dict of str to 6 floats
        Box of the model's elements in the site's frame, by building id.
    """

    id: UUID
    revision: UUID
    file: str
    discipline: str
    project_guid: str | None
    project_name: str | None
    building_guids: list[str]
    building_ids: list[UUID]
    placement: list[float]
    georeferenced: bool
    outlines: dict[str, list[float]]
    elements: int
    shared_guids: int
    shared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRow:
    """A model, its current revision, how many GlobalIds of a file it has, of how many elements."""

    model_id: UUID
    revision: UUID
    guids: int
    elements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """A file that was imported of a model; ``written_at`` as its header says."""

    file: str
    sha256: str
    written_at: str | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingRow:
    """A building of the site with its GlobalIds."""

    id: UUID
    code: str
    name: str
    guids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyRow:
    """A storey; ``elevation_m`` is a height in the site's CRS."""

    id: UUID
    code: str
    building_id: UUID
    name: str
    elevation_m: float
    guids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry with its current state, shape and source."""

    entry_id: UUID
    code: str | None
    kind: str
    guid: str | None
    fingerprint: str
    name: str | None
    number: str | None
    building_id: UUID | None
    storey_id: UUID | None
    use: str | None
    system: str | None
    ifc_class: str | None
    predefined_type: str | None
    elevation_m: float | None
    inferred: bool
    footprint: bytes | None
    axis: bytes | None
    extent: list[float] | None  # least x, y, z, greatest x, y, z
    area_m2: float | None
    volume_m3: float | None
    declared: list[dict[str, Any]] | None
    outer_diameter_m: float | None
    mesh_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBoxes:
    """What a model holds, column by column, in the order of its entries.

    Attributes
    ----------
    boxes : (n, 6) float64
        Least x, y, z and greatest x, y, z in the site's frame, metres; NaN without a body.
    """

    kinds: Sequence[str]
    classes: Sequence[str]
    numbers: Sequence[str | None]
    names: Sequence[str | None]
    boxes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """The source of a building or storey in a model."""

    entry_id: UUID
    guid: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTile:
    """A row that the tileset points at, with the columns by which it is found again."""

    id: int
    building_id: UUID | None
    storey_id: UUID | None
    discipline: str
    level: str
    part: int
    visibility: str
    hash: str
    plain_hash: str
    matrix: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShowing:
    """A model that shows an entry; ``origin`` is that of its site's tileset."""

    id: UUID
    site_id: UUID
    discipline: str
    placement: list[float]
    revision: UUID
    origin: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry as tiles show it now."""

    id: UUID
    kind: str
    ifc_class: str | None
    predefined_type: str | None
    building_id: UUID | None
    storey_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    id: UUID
    ordinal: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameBytes:
    """The current revision that holds the same bytes, with its report."""

    id: UUID
    model_id: UUID
    report: dict[str, Any]


def _rows(conn: Connection, row: type[T], query: str, **parameters: object) -> list[T]:
    with conn.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(load(_FILE)[query], parameters).fetchall()


@contextmanager
def importing_into(conn: Connection, site_id: UUID) -> Iterator[None]:
    """Keep other imports out of the site until the end; waits for the one that is under way."""
    sql = load(_FILE)
    conn.execute(sql["lock_site"], {"site_id": site_id})
    conn.commit()
    try:
        yield
    finally:
        if not conn.closed:
            conn.rollback()
            conn.execute(sql["unlock_site"], {"site_id": site_id})
            conn.commit()


def sites(conn: Connection) -> list[Site]:
    """List the sites."""
    with recording(conn, OPERATOR):
        return _rows(conn, Site, "sites")


def find_site(conn: Connection, code: str) -> Site | None:
    """Find a site by its code in canonical form."""
    with recording(conn, OPERATOR):
        found = _rows(conn, Site, "site_by_code", code=code)
    return found[0] if found else None


def has_models(conn: Connection, site_id: UUID) -> bool:
    """Tell whether anything was ever imported into a site."""
    with recording(conn, OPERATOR):
        row = conn.execute(load(_FILE)["has_models"], {"site_id": site_id}).fetchone()
    return bool(row and row[0])


def settle_site(
    conn: Connection,
    site_id: UUID,
    *,
    epsg: int | None,
    origin: Sequence[float],
    latitude: float | None,
    longitude: float | None,
) -> None:
    """Fix the origin of a site, and its CRS and place where they were open; in a transaction."""
    conn.execute(
        load(_FILE)["settle_site"],
        {
            "site_id": site_id,
            "epsg": epsg,
            "origin": list(origin),
            "latitude": latitude,
            "longitude": longitude,
        },
    )


def same_bytes(conn: Connection, site_id: UUID, sha256: str) -> SameBytes | None:
    """Find the current revision with exactly these bytes."""
    with recording(conn, OPERATOR):
        found = _rows(conn, SameBytes, "current_revision_of_bytes", site_id=site_id, sha256=sha256)
    return found[0] if found else None


def models(
    conn: Connection,
    site_id: UUID,
    *,
    discipline: str,
    guids: Sequence[str],
    fingerprints: Sequence[str],
    uncounted: Sequence[str],
) -> list[ModelRow]:
    """List the models of a site, with what those of a discipline share with a file.

    Parameters
    ----------
    uncounted : sequence of str
        Kinds of entries that count neither as elements nor as shared.
    """
    with recording(conn, OPERATOR):
        return _rows(
            conn, ModelRow, "models", site_id=site_id, discipline=discipline, guids=list(guids),
            fingerprints=list(fingerprints), uncounted=list(uncounted),
        )  # fmt: skip


def model_sharing(conn: Connection, site_id: UUID, guids: Sequence[str]) -> SharingRow | None:
    """Find the model of a site that shares the most GlobalIds with a file."""
    with recording(conn, OPERATOR):
        found = _rows(conn, SharingRow, "model_sharing", site_id=site_id, guids=list(guids))
    return found[0] if found else None


def buildings(conn: Connection, site_id: UUID) -> list[BuildingRow]:
    """List the buildings of a site."""
    with recording(conn, OPERATOR):
        return _rows(conn, BuildingRow, "buildings", site_id=site_id)


def storeys(conn: Connection, site_id: UUID) -> list[StoreyRow]:
    """List the storeys of a site."""
    with recording(conn, OPERATOR):
        return _rows(conn, StoreyRow, "storeys", site_id=site_id)


def entries_of_model(conn: Connection, model_id: UUID) -> list[EntryRow]:
    """List what the newest revision of a model holds."""
    with recording(conn, OPERATOR):
        return _rows(conn, EntryRow, "entries_of_model", model_id=model_id)


def boxes_of_model(conn: Connection, model_id: UUID) -> ModelBoxes:
    """Read as much of what a model holds as it takes to lay a file on it."""
    with recording(conn, OPERATOR), conn.cursor(binary=True) as cursor:
        row = cursor.execute(load(_FILE)["boxes_of_model"], {"model_id": model_id}).fetchone()
    kinds, classes, numbers, names, boxes = row or (None,) * 5
    return ModelBoxes(
        kinds=kinds or (), classes=classes or (), numbers=numbers or (), names=names or (),
        boxes=np.frombuffer(boxes or b"", ">f8").reshape(-1, 6).astype(np.float64),
    )  # fmt: skip


def revisions_of_model(conn: Connection, model_id: UUID) -> list[RevisionRow]:
    """List every file that was imported of a model, newest first."""
    with recording(conn, OPERATOR):
        return _rows(conn, RevisionRow, "revisions_of_model", model_id=model_id)


def decided(conn: Connection, model_id: UUID) -> tuple[list[EntryRow], list[EntryRow]]:
    """List what a model shows although people divided or joined it since, and what it became."""
    with recording(conn, OPERATOR):
        gone = _rows(conn, EntryRow, "decided_of_model", model_id=model_id)
        if not gone:
            return [], []
        ids = [row.entry_id for row in gone]
        return gone, _rows(conn, EntryRow, "heirs_of_model", model_id=model_id, ids=ids)


def entries_of_others(
    conn: Connection, building_ids: Sequence[UUID], model_id: UUID, guids: Sequence[str]
) -> list[EntryRow]:
    """List what only other models hold of these buildings: rooms, and whatever has these GUIDs."""
    with recording(conn, OPERATOR):
        return _rows(
            conn, EntryRow, "entries_of_others", building_ids=list(building_ids),
            model_id=model_id, guids=list(guids),
        )  # fmt: skip


def places_of_model(conn: Connection, model_id: UUID) -> list[PlaceRow]:
    """List the buildings and storeys that a model speaks of."""
    with recording(conn, OPERATOR):
        return _rows(conn, PlaceRow, "places_of_model", model_id=model_id)


def numbers(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """Look up ordinal and code of entries; inside the transaction that made them."""
    rows = _rows(conn, _Number, "numbers_of_entries", ids=list(ids))
    return {row.id: (row.ordinal, row.code) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Id:
    id: UUID


def secrets(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Find which of these entries are 涉密."""
    return {row.id for row in _rows(conn, _Id, "secret_entries", ids=list(ids))}


def codes(conn: Connection, ids: Iterable[UUID]) -> list[str]:
    """Return the codes of entries, in a transaction of its own."""
    with recording(conn, OPERATOR):
        return [code for _, code in numbers(conn, list(ids)).values()]


def tiles_of_model(conn: Connection, model_id: UUID) -> list[CurrentTile]:
    """List what the tileset points at now of one model; inside the transaction that switches."""
    return _rows(conn, CurrentTile, "tiles_of_model", model_id=model_id)


def models_showing(conn: Connection, code: str) -> list[ModelShowing]:
    """List the models whose newest revision holds the entry with a canonical code."""
    with recording(conn, OPERATOR):
        return _rows(conn, ModelShowing, "models_showing", code=code)


def shown_entries(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, ShownEntry]:
    """Look up entries as tiles show them; inside a transaction."""
    return {row.id: row for row in _rows(conn, ShownEntry, "shown_entries", ids=list(ids))}


def tiles_now(conn: Connection, model_id: UUID) -> list[CurrentTile]:
    """List what the tileset points at now of one model; in a transaction of its own."""
    with recording(conn, OPERATOR):
        return tiles_of_model(conn, model_id)
