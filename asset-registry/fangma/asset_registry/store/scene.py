"""What a viewer needs of everything that has a body, as columns; no row is touched in Python.

A binary COPY of rows of fixed width is read as one numpy array: 660,000 elements in a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.kinds import KINDS
from fangma.asset_registry.layers import LAYERS, layer_of
from fangma.asset_registry.store.items import Item, find_item
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_KINDS: Final = tuple(KINDS)

# PGCOPY rows: count of fields, then for each its length and its bytes, big-endian. The extent is
# WKB (little-endian) of a line of two points with z.
_ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("n0", ">i4"), ("ordinal", ">i8"),
        ("n1", ">i4"), ("kind", ">i2"),
        ("n2", ">i4"), ("words", ">i8"),
        ("n3", ">i4"), ("storey", ">i8"), ("storey_rest", ">i8"),
        ("n4", ">i4"), ("building", ">i8"), ("building_rest", ">i8"),
        ("n5", ">i4"), ("area_m2", ">f8"),
        ("n6", ">i4"), ("wkb", "V9"), ("box", "<f8", (6,)),
    ]
)  # fmt: skip
_HEADER: Final = 19
_TRAILER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything of a site that has a body, ascending by ordinal.

    Attributes
    ----------
    ordinal : (n,) int64
    code : list of str
        ``""`` for what has none.
    columns : dict of str to (n,) int32
        ``kind ifc_class storey building use system layer``: indices into ``dictionaries``.
    area_m2 : (n,) float64
        NaN = not measured.
    box : (n, 6) float32
        Lowest, then highest corner; metres in the tileset's local frame.
    dictionaries : dict of str to list of str
        ``""`` = none.
    """

    revision: int
    ordinal: NDArray[np.int64]
    code: list[str]
    columns: dict[str, NDArray[np.int32]]
    area_m2: NDArray[np.float64]
    box: NDArray[np.float32]
    dictionaries: dict[str, list[str]]

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``GET /api/features``, with arrays where JSON has lists."""
        return {
            "revision": self.revision,
            "count": len(self.ordinal),
            "ordinal": self.ordinal,
            "code": self.code,
            **self.columns,
            "area_m2": self.area_m2,
            "box": self.box.ravel(),
            "dictionaries": self.dictionaries,
        }


def features(conn: Connection, site: Site, moment: Moment) -> Features:
    """Read everything of a site that has a body and that the reader may see."""
    asked = {
        "site_id": site.id,
        "at": moment.at,
        "known": moment.known,
        "kinds": list(_KINDS),
    }
    with conn.cursor() as cursor, cursor.copy(load("scene")["features"], asked) as copy:
        data = b"".join(bytes(block) for block in copy)
    rows = np.frombuffer(data, _ROW, count=(len(data) - _HEADER - _TRAILER) // _ROW.itemsize,
                         offset=_HEADER)  # fmt: skip
    rows = rows[np.argsort(rows["ordinal"], kind="stable")]
    columns, dictionaries = _words(conn, site, rows)
    for column in ("storey", "building"):
        columns[column], dictionaries[column] = _places(conn, site, rows[column])
    origin = np.array([*site.origin, *site.origin])
    return Features(
        revision=moment.revision,
        ordinal=rows["ordinal"].astype(np.int64),
        code=_codes(conn, site, rows["ordinal"]),
        columns=columns,
        area_m2=rows["area_m2"].astype(np.float64),
        box=(rows["box"] - origin).astype(np.float32),
        dictionaries=dictionaries,
    )


def find_by_ordinal(conn: Connection, site: Site, ordinal: int, moment: Moment) -> Item | None:
    """Return the entry that tiles and textures know by an integer; None where there is none."""
    row = conn.execute(
        load("scene")["find_ordinal"],
        {"site_id": site.id, "ordinal": ordinal, "revision": moment.revision},
    ).fetchone()
    return None if row is None else find_item(conn, row[0], row[1], moment)


def _words(
    conn: Connection, site: Site, rows: NDArray[Any]
) -> tuple[dict[str, NDArray[np.int32]], dict[str, list[str]]]:
    """Turn kinds and hashes of words into indices of dictionaries."""
    words = {row[0]: row[1:] for row in conn.execute(load("scene")["words"], {"site_id": site.id})}
    hashes, which = np.unique(rows["words"].astype(np.int64), return_inverse=True)
    kinds = rows["kind"].astype(np.int64) - 1
    combined = which * len(_KINDS) + kinds
    combinations, inverse = np.unique(combined, return_inverse=True)
    told = []
    for combination in combinations.tolist():
        word, kind = divmod(combination, len(_KINDS))
        ifc_class, predefined_type, use, system = words[int(hashes[word])]
        layer = layer_of(ifc_class, predefined_type or None, _KINDS[kind])
        told.append((_KINDS[kind], ifc_class, use, system, layer))
    columns: dict[str, NDArray[np.int32]] = {}
    dictionaries: dict[str, list[str]] = {}
    for place, name in enumerate(("kind", "ifc_class", "use", "system", "layer")):
        values = [words_of[place] for words_of in told]
        there = set(values)
        order = [layer for layer in LAYERS if layer in there] if name == "layer" else sorted(there)
        index = {value: number for number, value in enumerate(order)}
        columns[name] = np.array([index[value] for value in values], np.int32)[inverse]
        dictionaries[name] = order
    return columns, dictionaries


def _places(
    conn: Connection, site: Site, keys: NDArray[Any]
) -> tuple[NDArray[np.int32], list[str]]:
    """Turn ids of buildings or storeys into indices of codes; half an id is key enough."""
    code_of = {
        int.from_bytes(row[0].bytes[:8], "big", signed=True): row[1]
        for row in conn.execute(load("scene")["place_codes"], {"site_id": site.id})
    }
    found, inverse = np.unique(keys.astype(np.int64), return_inverse=True)
    codes = [code_of.get(key, "") for key in found.tolist()]
    order = sorted(set(codes))
    index = {code: number for number, code in enumerate(order)}
    return np.array([index[code] for code in codes], np.int32)[inverse], order


def _codes(conn: Connection, site: Site, ordinals: NDArray[Any]) -> list[str]:
    code_of: dict[int, str] = dict(
        conn.execute(load("scene")["codes"], {"site_id": site.id}).fetchall()
    )
    return [code_of.get(ordinal, "") for ordinal in ordinals.tolist()]
