"""What a viewer needs of everything that has a body, as columns; no row is touched in Python.

The database packs each column into one value of fixed-width numbers, which numpy reads as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from psycopg.rows import dict_row

from fangma.asset_registry.kinds import KINDS
from fangma.asset_registry.layers import LAYERS, layer_of
from fangma.asset_registry.store.items import Item, find_item
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_KINDS: Final = tuple(KINDS)

# How the values of each column lie in its bytes. An id is cut in two: half of one is key enough.
# The extent is WKB (little-endian) of a line of two points with z.
_LAYOUT: Final[dict[str, np.dtype[Any]]] = {
    "ordinal": np.dtype(">i8"),
    "kind": np.dtype(">i2"),
    "words": np.dtype(">i8"),
    "storey": np.dtype([("key", ">i8"), ("rest", ">i8")]),
    "building": np.dtype([("key", ">i8"), ("rest", ">i8")]),
    "area_m2": np.dtype(">f8"),
    "extent": np.dtype([("head", "V9"), ("box", "<f8", (6,))]),
}


SLICE_WIDTH: Final = 2**15
"""Ordinals a usual slice: what a building's services have; a second of the database's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of what a site has.

    Attributes
    ----------
    number : int or None
        Of the slice of ordinals, from 0 on; None = all of them.
    rooms : bool or None
        Rooms alone, all but rooms, or (None) both.
    width : int
        Ordinals a slice.
    """

    number: int | None = None
    rooms: bool | None = None
    width: int = SLICE_WIDTH

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.number is None and self.rooms is None

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what the queries ask by: the lowest ordinal and what all stay below, and kinds."""
        first, below = 0, 2**63 - 1
        if self.number is not None:
            first = self.number * self.width
            below = first + self.width
        wanted = [kind for kind in KINDS if self.rooms in (None, kind == "room")]
        return {"first": first, "below": below, "wanted": wanted}


EVERYTHING: Final = Slice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Everything of a site, or of a slice of it, that has a body, ascending by ordinal.

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


def slices(conn: Connection, site: Site, width: int = SLICE_WIDTH) -> list[int]:
    """Return the numbers of the slices that hold ordinals of a site's things, ascending."""
    rows = conn.execute(load("scene")["slices"], {"site_id": site.id, "width": width})
    return [number for (number,) in rows.fetchall()]


def features(conn: Connection, site: Site, moment: Moment, part: Slice = EVERYTHING) -> Features:
    """Read everything of a site, or of a slice of it, with a body that the reader may see."""
    asked = {
        "site_id": site.id,
        "at": moment.at,
        "known": moment.known,
        "kinds": list(_KINDS),
        **part.parameters,
    }
    conn.execute(load("scene")["room_to_join"])
    with conn.cursor(row_factory=dict_row, binary=True) as cursor:
        # Planned anew each time: what is good for a slice is not for everything.
        found = cursor.execute(load("scene")["features"], asked, prepare=False).fetchone() or {}
        heirs = (
            cursor.execute(
                load("scene")["inherited"], {**asked, "revision": moment.revision}
            ).fetchone()
            or {}
        )
    raw = {
        name: np.frombuffer((found.get(name) or b"") + (heirs.get(name) or b""), form)
        for name, form in _LAYOUT.items()
    }
    inherited = dict(zip(heirs.get("ordinals") or (), heirs.get("codes") or (), strict=True))
    order = np.argsort(raw["ordinal"])
    rows = {name: values[order] for name, values in raw.items()}
    # What is told under another's ordinal has words of its own.
    is_slice = not part.is_everything and not inherited
    words = conn.execute(load("scene")["words_of_slice" if is_slice else "words"], asked)
    columns, dictionaries = _words({row[0]: row[1:] for row in words}, rows)
    for column in ("storey", "building"):
        columns[column], dictionaries[column] = _places(conn, site, rows[column]["key"])
    origin = np.array([*site.origin, *site.origin])
    return Features(
        revision=moment.revision,
        ordinal=rows["ordinal"].astype(np.int64),
        code=_codes(conn, asked, rows["ordinal"], inherited),
        columns=columns,
        area_m2=rows["area_m2"].astype(np.float64),
        box=(rows["extent"]["box"] - origin).astype(np.float32),
        dictionaries=dictionaries,
    )


def holds_until(conn: Connection, moment: Moment) -> datetime | None:
    """Return when the next known fact about things begins or ends; None = never."""
    row = conn.execute(
        load("scene")["holds_until"], {"at": moment.at, "known": moment.known}
    ).fetchone()
    return None if row is None else row[0]


def room_ordinals(conn: Connection, site: Site, moment: Moment) -> dict[str, int]:
    """Return the integers that tiles know rooms by, ascending, by code."""
    asked = {"site_id": site.id, "at": moment.at, "known": moment.known}
    return dict(conn.execute(load("scene")["room_ordinals"], asked).fetchall())


def find_by_ordinal(conn: Connection, site: Site, ordinal: int, moment: Moment) -> Item | None:
    """Return the entry that tiles and textures know by an integer; None where there is none.

    Tiles may show a body under the number of something that was replaced or joined since: then its
    only heir is meant. Where there are several, it is itself, and names them.
    """
    row = conn.execute(
        load("scene")["find_ordinal"],
        {"site_id": site.id, "ordinal": ordinal, "revision": moment.revision},
    ).fetchone()
    if row is None:
        return None
    item = find_item(conn, row[0], row[1], moment)
    if item is not None and item.status == "current":
        return item
    heirs = conn.execute(
        load("scene")["heir_of"],
        {"id": row[0], "at": moment.at, "known": moment.known, "revision": moment.revision},
    ).fetchall()
    return find_item(conn, heirs[0][0], heirs[0][1], moment) if len(heirs) == 1 else item


def _words(
    words: Mapping[int, tuple[str, ...]], rows: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, NDArray[np.int32]], dict[str, list[str]]]:
    """Turn kinds and hashes of words into indices of dictionaries."""
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


def _codes(
    conn: Connection,
    asked: Mapping[str, Any],
    ordinals: NDArray[Any],
    inherited: Mapping[int, str | None],
) -> list[str]:
    found = conn.execute(load("scene")["codes"], asked, prepare=False)
    code_of: dict[int, str] = dict(found.fetchall())
    code_of |= {ordinal: code or "" for ordinal, code in inherited.items()}
    return [code_of.get(ordinal, "") for ordinal in ordinals.tolist()]
