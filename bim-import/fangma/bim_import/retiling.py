"""Tiles written anew without the file: what a room shows to whom may change between imports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fangma.asset_registry.changes import ChangeSet
from fangma.asset_registry.codes import canonical
from fangma.asset_registry.store import known
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.asset_registry.store.tiles import switch_tiles
from fangma.bim_import.publishing import Publishing, Shown
from fangma.bim_import.tile_cutter import TileCutter

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.tile_store import TileStore


def retile(conn: Connection, tiles: TileStore, code: str, *, actor: str) -> int:
    """Write the tiles of every model that shows a thing, from the bodies that were kept.

    Used after a room was marked secret, or cleared. A model whose bodies were not kept stays as the
    mark left it: hidden from those not entitled, until it is imported again.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.

    Returns
    -------
    models : int
        How many models were written.
    """
    written = 0
    for model in known.models_showing(conn, canonical(code)):
        kept = tiles.geometry.load(model.id)
        if kept is None or kept.revision != model.revision:
            continue
        with known.importing_into(conn, model.site_id), recording(conn, OPERATOR):
            rows = known.shown_entries(conn, list(kept.entry_of.values()))
            shown = [
                Shown(
                    key=key,
                    entry_id=id_,
                    kind=row.kind,
                    ifc_class=row.ifc_class or "",
                    predefined_type=row.predefined_type,
                    building_id=row.building_id,
                    storey_id=row.storey_id,
                )
                for key, id_ in kept.entry_of.items()
                if (row := rows.get(id_)) is not None
            ]
            matrix = np.array(model.placement).reshape(4, 4)
            matrix[:3, 3] -= model.origin
            applied = apply(
                conn,
                ChangeSet(site_id=model.site_id, valid_from=None),
                actor=actor,
                action="edit",
                reason="tiles written anew",
            )
            with TileCutter(kept.placements, tiles, ahead=False) as cutter:
                published = Publishing(
                    conn,
                    tiles,
                    cutter,
                    kept.placements,
                    shown,
                    model_id=model.id,
                    discipline=model.discipline,
                    matrix_tileset_from_model=matrix,
                    fingerprints=kept.fingerprint,
                    before=kept.digests,
                ).finish()
            switch_tiles(
                conn,
                published.switch,
                site_id=model.site_id,
                model_id=model.id,
                revision_id=applied.revision_id,
            )
        tiles.geometry.save(model.id, replace(kept, digests=published.digests))
        written += 1
    return written
