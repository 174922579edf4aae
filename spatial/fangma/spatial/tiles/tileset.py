"""Compose the tileset.json that one reader may see.

OGC 3D Tiles 1.1 (22-025r4), chapter 7. The tree is site - building - model - storey - content;
all refine by replacement. Nodes without content carry a geometric error so large that no client
stops at them.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.spatial.tiles.bodies import corners_of
from fangma.spatial.tiles.errors import TileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fangma.spatial.tiles.rows import TileRow

Json = dict[str, Any]
# Metres; a client with a threshold of 16 pixels passes such a node within 60,000 km.
ALWAYS_REFINED: Final = 1e6

_TEXT: Final[Json] = {"type": "STRING"}
_SCHEMA: Final[Json] = {
    "id": "fangma",
    "classes": {
        "part": {
            "description": "What a tile holds",
            "properties": {
                "building": _TEXT | {"description": "Code of the building"},
                "storey": _TEXT | {"description": "Code of the storey"},
                "discipline": _TEXT,
                "level": _TEXT,
                "visibility": _TEXT,
            },
        }
    },
}


def compose_tileset(
    rows: Iterable[TileRow],
    ecef_from_site: NDArray[np.float64],
    *,
    uri: str = "{sha256}.glb",
    plain: bool = False,
    version: str | None = None,
) -> Json:
    """Compose a tileset from the rows that its reader may see.

    The caller leaves out what the reader is not entitled to. Where both the secret rows of a
    storey and their masked twin are given, the twin is dropped, so that one rule serves all.

    Parameters
    ----------
    rows : iterable of TileRow
        In any order.
    ecef_from_site : (4, 4) float64
        From :mod:`fangma.spatial.tiles.frames`.
    uri : str
        Where contents are served, relative to the tileset; ``{sha256}`` is filled in.
    plain : bool
        For clients without EXT_mesh_gpu_instancing.
    version : str, optional
        ``asset.tilesetVersion``.

    Returns
    -------
    tileset : dict
        Ready for a JSON encoder; the same for the same rows in any order. A site without rows
        has a root without children.

    Raises
    ------
    TileError
        When rows of one model disagree on their matrix.
    """
    kept = sorted(_without_needless_masks(list(rows)), key=_order)
    children = [
        _node(
            [
                child
                for _, model in groupby(building, key=lambda r: (r.discipline, r.model))
                for child in _model(list(model), uri=uri, plain=plain)
            ],
            metadata={"building": code},
        )
        for code, building in groupby(kept, key=lambda r: r.building)
    ]
    root = _node(children, metadata=None)
    root["transform"] = ecef_from_site.T.reshape(-1).tolist()
    for child in root.get("children", ()):
        _forget_corners(child)
    root.pop("_corners")
    asset: Json = {"version": "1.1"}
    if version is not None:
        asset["tilesetVersion"] = version
    return {
        "asset": asset,
        "schema": _SCHEMA,
        "geometricError": ALWAYS_REFINED,
        "root": root | {"refine": "REPLACE"},
    }


def _order(row: TileRow) -> tuple[str, str, str, str, str, str, int, str]:
    return (
        row.building,
        row.discipline,
        row.model,
        row.storey,
        row.level,
        row.visibility,
        row.part,
        row.sha256,
    )


def _without_needless_masks(rows: list[TileRow]) -> list[TileRow]:
    revealed = {
        (row.building, row.storey, row.discipline, row.model)
        for row in rows
        if row.visibility == "secret"
    }
    return [
        row
        for row in rows
        if row.visibility != "masked"
        or (row.building, row.storey, row.discipline, row.model) not in revealed
    ]


def _model(rows: Sequence[TileRow], *, uri: str, plain: bool) -> list[Json]:
    """Nodes of one model: contents below their storey, storeys below the envelope."""
    if len({row.matrix_site_from_content for row in rows}) > 1:
        raise TileError(
            f"found several matrices in model {rows[0].model!r}, expected one",
            "write the tiles of a model together",
        )
    nodes: list[Json] = []
    for _, group in groupby(rows, key=lambda row: row.storey):
        storey = list(group)
        leaves = {
            visibility: [
                _tile(row, uri=uri, plain=plain)
                for row in storey
                if row.level == "content" and row.visibility == visibility
            ]
            for visibility in ("open", "secret", "masked")
        }
        afar = [_tile(row, uri=uri, plain=plain) for row in storey if row.level == "storey"]
        if afar:
            _adopt(afar[0], leaves["open"])
            nodes += afar
        else:
            nodes += leaves["open"]
        # No coarse parent shows these, so they stand beside it.
        nodes += leaves["secret"] + leaves["masked"]
    envelope = [_tile(row, uri=uri, plain=plain) for row in rows if row.level == "envelope"]
    if envelope:
        _adopt(envelope[0], nodes)
        nodes = envelope
    for node in nodes:
        node["transform"] = list(rows[0].matrix_site_from_content)
    matrix = np.array(rows[0].matrix_site_from_content).reshape(4, 4).T
    for node in nodes:
        node["_corners"] = node["_corners"] @ matrix[:3, :3].T + matrix[:3, 3]
    return nodes


def _tile(row: TileRow, *, uri: str, plain: bool) -> Json:
    name = row.plain_sha256 if plain else row.sha256
    return {
        "boundingVolume": {"box": list(row.box)},
        "geometricError": row.geometric_error_m,
        "content": {"uri": uri.format(sha256=name)},
        "metadata": {
            "class": "part",
            "properties": {
                "building": row.building,
                "storey": row.storey,
                "discipline": row.discipline,
                "level": row.level,
                "visibility": row.visibility,
            },
        },
        "_corners": _corners(row.box),
    }


def _adopt(parent: Json, children: list[Json]) -> None:
    """Put children below a tile of the same frame; its box grows around theirs."""
    if not children:
        return
    parent["children"] = children
    corners = np.concatenate([parent["_corners"], *(child["_corners"] for child in children)])
    parent["boundingVolume"] = {"box": _box(corners)}
    parent["_corners"] = _corners(parent["boundingVolume"]["box"])


def _node(children: list[Json], metadata: Json | None) -> Json:
    """Make a tile without content around its children, in their parent's frame."""
    corners = (
        np.concatenate([child["_corners"] for child in children]) if children else np.zeros((1, 3))
    )
    box = _box(corners)
    node: Json = {
        "boundingVolume": {"box": box},
        "geometricError": ALWAYS_REFINED,
        "_corners": _corners(box),
    }
    if metadata is not None:
        node["metadata"] = {"class": "part", "properties": metadata}
    if children:
        node["children"] = children
    return node


def _forget_corners(tile: Json) -> None:
    tile.pop("_corners")
    for child in tile.get("children", ()):
        _forget_corners(child)


def _corners(box: Sequence[float]) -> NDArray[np.float64]:
    """Return the eight corners of a box whose half axes lie along x, y and z, (8, 3)."""
    centre, half = np.array(box[:3]), np.array([box[3], box[7], box[11]])
    return corners_of(centre - half, centre + half)


def _box(corners: NDArray[np.float64]) -> list[float]:
    lower, upper = corners.min(axis=0), corners.max(axis=0)
    centre = ((lower + upper) / 2).tolist()
    half = np.maximum((upper - lower) / 2, 0.01).tolist()
    return [*centre, half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]
