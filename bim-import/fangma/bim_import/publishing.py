"""Stage **publish**: tiles under their content hashes, then the rows that point at them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.asset_registry.changes import Tile, TileSwitch
from fangma.asset_registry.layers import layer_of
from fangma.asset_registry.store import known
from fangma.bim_import.tile_cutter import CutOrder
from fangma.spatial.tiles.cutting import Belonging, Group, origin_of
from fangma.spatial.tiles.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.model import Model
    from fangma.bim_import.plan import Places
    from fangma.bim_import.tile_cutter import TileCutter
    from fangma.bim_import.tile_store import TileStore
    from fangma.spatial.mesh import Placements


# Changed with the way in which tiles are written, so that all are written anew.
_TILES_OF_THIS_PROGRAM: Final = b"fangma tiles 1"


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


class Publishing:
    """The tiles of one model while they are being written.

    Parameters
    ----------
    conn : Connection
        In a recording transaction, after the entries were added and have their codes.
    cutter : TileCutter
        Of the bodies of the model.
    shown : sequence of Shown
        Elements; those without a body are passed over.
    matrix_tileset_from_model : (4, 4) float64
        From the model's frame to the tileset's local one, metres.
    fingerprints : mapping of int to str, optional
        Shape fingerprint by element key, to tell which tiles need no writing.
    before : mapping of Group to str, optional
        Digests of the groups that the tileset shows now.
    """

    def __init__(
        self,
        conn: Connection,
        tiles: TileStore,
        cutter: TileCutter,
        placements: Placements,
        shown: Sequence[Shown],
        *,
        model_id: UUID,
        discipline: str,
        matrix_tileset_from_model: NDArray[np.float64],
        fingerprints: Mapping[int, str] | None = None,
        before: Mapping[Group, str] | None = None,
    ) -> None:
        drawn = set(np.unique(placements.element).tolist())
        elements = [e for e in shown if e.key in drawn]
        ids = [e.entry_id for e in elements]
        place_ids = {e.building_id for e in elements} | {e.storey_id for e in elements}
        numbers = known.numbers(conn, [*ids, *(p for p in place_ids if p is not None)])
        secret = known.secrets(conn, ids)
        self._code_of = {id_: "" if id_ is None else numbers[id_][1] for id_ in place_ids}
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
            building=tuple(self._code_of[e.building_id] for e in elements),
            storey=tuple(self._code_of[e.storey_id] for e in elements),
            discipline=tuple("rooms" if e.kind == "room" else discipline for e in elements),
            secret=np.array([e.entry_id in secret for e in elements], np.bool_),
        )
        frame = np.round(
            np.concatenate([matrix_tileset_from_model.reshape(-1), origin_of(placements)]), 9
        )
        self._digests = _digests(features, belonging, fingerprints or {}, frame)
        self._rows_now = known.tiles_of_model(conn, model_id)
        if not tiles.has_all(self._rows_now):
            before = None  # files were lost: write them all
        self._before = before or {}
        self._unchanged = frozenset(
            group for group, d in self._digests.items() if d and self._before.get(group) == d
        )
        self._cutter = cutter
        cutter.begin(
            CutOrder(
                features=features,
                belonging=belonging,
                model=str(model_id),
                matrix_tileset_from_model=matrix_tileset_from_model,
                unchanged=self._unchanged,
            )
        )

    def finish(self, moved: Callable[[int, int], None] | None = None) -> Published:
        """Wait for the tiles and compare them with those that the tileset points at.

        Parameters
        ----------
        moved : callable, optional
            Takes what is done and of how much, for a progress bar.

        Returns
        -------
        published : Published
            Tiles that did not change keep their rows.
        """
        id_of = {code: id_ for id_, code in self._code_of.items() if id_ is not None}
        kept = self._standing()
        current = {
            _identity(
                t.building_id, t.storey_id, t.discipline, t.level, t.part, t.visibility, t.hash,
                t.plain_hash, t.matrix,
            ): t.id
            for t in self._rows_now
        }  # fmt: skip
        added: list[Tile] = []
        for count, row in enumerate(self._cutter.rows()):
            building, storey = id_of.get(row.building), id_of.get(row.storey)
            same = current.get(
                _identity(
                    building, storey, row.discipline, row.level, row.part, row.visibility,
                    row.sha256, row.plain_sha256, row.matrix_site_from_content,
                )
            )  # fmt: skip
            if same is None:
                added.append(Tile(building_id=building, storey_id=storey, row=row))
            else:
                kept.add(same)
            if moved is not None:
                moved(count, count + 2)
        switch = TileSwitch(
            added=tuple(added), retired=tuple(t.id for t in self._rows_now if t.id not in kept)
        )
        return Published(switch=switch, digests=self._digests)

    def _standing(self) -> set[int]:
        """Find the rows that stand because nothing of their group has changed."""
        # A building's envelope stands while every group of it does, and none is gone.
        groups = self._digests.keys() | self._before.keys()
        renewed = {g[:2] for g in groups if g not in self._unchanged}
        return {
            t.id
            for t in self._rows_now
            if (
                (b := self._code_of.get(t.building_id)) is not None
                and (
                    (b, t.discipline) not in renewed
                    if t.level == "envelope"
                    else (b, t.discipline, self._code_of.get(t.storey_id), t.visibility != "open")
                    in self._unchanged
                )
            )
        }


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
