"""Cut a model into tiles by building, storey and discipline, and write them with coarse parents.

Few, larger tiles: a storey is split only where it is too heavy to load at once. Secret elements
go into tiles of their own with a masked twin, and no coarse tile shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.tiles.coarse import ENVELOPE, STOREY, Level
from fangma.spatial.tiles.content import MAX_FEATURES, write_forms
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.features import Features
from fangma.spatial.tiles.masked import MASS_ELEMENT, mass
from fangma.spatial.tiles.rows import LevelName, TileRow, Visibility
from fangma.spatial.tiles.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements
    from fangma.spatial.tiles.skins import Skin

# What a client can load and draw without a jolt.
MAX_TRIANGLES: Final = 500_000
# A coarse parent must save this share of the triangles, or it only costs bytes.
WORTHWHILE: Final = 0.5
# A storey below this is drawn whole from any distance.
SMALL_STOREY: Final = 20_000
# Beyond this a 16-bit grid is coarser than 16 mm: a stray element must not blur the others.
MAX_EXTENT_M: Final = 1000.0
# The origin of a model is rounded to this, so that a wall more does not rewrite every tile.
ORIGIN_GRID_M: Final = 100.0


# Building, discipline, storey, secret: what is written into tiles of its own.
Group = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Where each element belongs, one row an element, in the order of the features.

    Attributes
    ----------
    building, storey : tuple of str
        Codes; ``""`` for a storey that is not known.
    discipline : tuple of str
        ``rooms`` for the volumes of rooms, so that a viewer can switch them as a whole.
    secret : (n,) bool
        Rooms marked secret and what is in them.
    """

    building: tuple[str, ...]
    storey: tuple[str, ...]
    discipline: tuple[str, ...]
    secret: NDArray[np.bool_]

    def group(self, row: int) -> Group:
        """Say which tiles an element is part of."""
        return (
            self.building[row], self.discipline[row], self.storey[row], bool(self.secret[row])
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A row for the registry and the files that it names, by SHA-256."""

    row: TileRow
    contents: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    stock: Stock
    features: Features
    origin: NDArray[np.float64]
    matrix: tuple[float, ...]
    model: str


def cut_tiles(
    placements: Placements,
    features: Features,
    belonging: Belonging,
    *,
    model: str,
    matrix_site_from_model: NDArray[np.float64],
    unchanged: Collection[Group] = (),
    stock: Stock | None = None,
) -> Iterator[Tile]:
    """Write all tiles of one model, one after the other.

    Parameters
    ----------
    placements : Placements
        Bodies in the model frame.
    features : Features
        The elements to serve.
    belonging : Belonging
        Same rows as ``features``.
    model : str
        Name of the import, see :class:`TileRow`.
    matrix_site_from_model : (4, 4) float64
        The model's frame in the site's: x grid east, y grid north, z up, metres.
    unchanged : collection of Group
        Groups whose tiles the caller has already; a building's envelope is left out where all its
        groups of the discipline are among them.
    stock : Stock, optional
        Of ``placements``, where the caller has prepared it.

    Yields
    ------
    tile : Tile
        Deterministic: the same input gives the same bytes and rows, in whatever order its rows
        came.

    Raises
    ------
    TileError
        When columns differ in length, or something cannot be written.
    """
    count = len(features)
    for column in (belonging.building, belonging.storey, belonging.discipline, belonging.secret):
        if len(column) != count:
            raise TileError(
                f"found {len(column)} rows of belonging for {count} elements, expected one each",
                "give every element a building, storey, discipline and secrecy",
            )
    order = np.argsort(features.ordinal, kind="stable")
    origin = origin_of(placements)
    shift = np.eye(4)
    shift[:3, 3] = origin
    matrix = tuple((matrix_site_from_model @ shift).T.reshape(-1).tolist())
    source = _Source(
        stock=Stock(placements) if stock is None else stock,
        features=features,
        origin=origin,
        matrix=matrix,
        model=model,
    )
    groups: dict[Group, list[int]] = {}
    for row in order:
        groups.setdefault(belonging.group(row), []).append(int(row))
    wholes: dict[tuple[str, str], list[int]] = {}
    renewed: set[tuple[str, str]] = set()
    for (building, discipline, storey, secret), members in sorted(groups.items()):
        place = (building, discipline, storey)
        is_new = (building, discipline, storey, secret) not in unchanged
        if is_new:
            renewed.add((building, discipline))
            yield from _contents(source, place, np.array(members, np.intp), secret=secret)
        if not secret:
            wholes.setdefault((building, discipline), []).extend(members)
        if not secret and is_new:
            yield from _parent(source, STOREY, place, np.array(members, np.intp), SMALL_STOREY)
    for (building, discipline), members in sorted(wholes.items()):
        if discipline != "rooms" and (building, discipline) in renewed:
            place = (building, discipline, "")
            yield from _parent(source, ENVELOPE, place, np.array(members, np.intp), 0)


def origin_of(placements: Placements) -> NDArray[np.float64]:
    """Choose where the contents of a model have their zero: its middle, on a wide grid."""
    where = placements.matrix_model_from_local[:, :3, 3]
    where = where[np.isfinite(where).all(axis=1)]
    middle = np.median(where, axis=0) if len(where) else np.zeros(3)
    rounded: NDArray[np.float64] = np.round(middle / ORIGIN_GRID_M) * ORIGIN_GRID_M
    return rounded + 0.0  # no negative zero


def prepared(placements: Placements, known: Mapping[bytes, Skin] = MappingProxyType({})) -> Stock:
    """Make ahead what the tiles of a model will be cut from, whatever they are.

    Parameters
    ----------
    known : mapping of bytes to Skin, optional
        What an earlier stock had to give.
    """
    stock = Stock(placements, known)
    weight = int(stock.skins.triangle_counts(placements.mesh).sum())
    stock.prepare([STOREY, ENVELOPE] if weight > SMALL_STOREY else [ENVELOPE])
    return stock


def _parent(
    source: _Source,
    level: Level,
    place: tuple[str, str, str],
    members: NDArray[np.intp],
    smallest: int,
) -> Iterator[Tile]:
    """Write a coarse parent where it is worth its bytes."""
    elements = source.features.element[members]
    whole = source.stock.triangles(elements)
    if whole <= smallest or len(members) > MAX_FEATURES:
        return
    coarse = replace(source, stock=source.stock.afar(level))
    fewer = coarse.stock.triangles(elements)
    if fewer > WORTHWHILE * whole:
        return
    if np.ptp(_middles(source, members), axis=0).max() > MAX_EXTENT_M:
        return
    name: LevelName = "storey" if level is STOREY else "envelope"
    yield from _tile(coarse, place, members, level=name, error_m=level.smallest_m)


def _contents(
    source: _Source, place: tuple[str, str, str], members: NDArray[np.intp], *, secret: bool
) -> Iterator[Tile]:
    visibility: Visibility = "secret" if secret else "open"
    for part, piece in enumerate(_pieces(source, members)):
        yield from _tile(source, place, piece, part=part, visibility=visibility)
    if secret:
        placements = source.stock.placements
        rows = np.isin(placements.element, source.features.element[members])
        hidden = mass(
            replace(
                placements,
                element=placements.element[rows],
                mesh=placements.mesh[rows],
                matrix_model_from_local=placements.matrix_model_from_local[rows],
                kernel=placements.kernel[rows],
            )
        )
        if hidden is not None:
            anonymous = Features(
                element=np.array([MASS_ELEMENT], np.int64),
                ordinal=np.array([1], np.int64),
                code=("",),
            )
            masked = replace(source, stock=Stock(hidden), features=anonymous)
            yield from _tile(masked, place, np.zeros(1, np.intp), visibility="masked")


def _pieces(source: _Source, members: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Halve what is too heavy across its longer side, until each piece can be loaded at once."""
    placements = source.stock.placements
    element = source.features.element[members]
    rows = np.flatnonzero(np.isin(placements.element, element))
    order = np.argsort(element)
    owner = order[np.searchsorted(element[order], placements.element[rows])]
    weight = np.zeros(len(members))
    np.add.at(weight, owner, source.stock.skins.triangle_counts(placements.mesh[rows]))
    middle = _middles(source, members)

    waiting = [np.arange(len(members))]
    while waiting:
        chosen = waiting.pop()
        extent = np.ptp(middle[chosen], axis=0)
        is_light = weight[chosen].sum() <= MAX_TRIANGLES and len(chosen) <= MAX_FEATURES
        if len(chosen) < 2 or (is_light and extent.max() <= MAX_EXTENT_M):
            yield members[chosen]
            continue
        axis = int(np.argmax(extent))
        across = chosen[np.argsort(middle[chosen, axis], kind="stable")]
        if extent.max() > MAX_EXTENT_M:  # in the widest gap, so that what belongs stays together
            cut = int(np.argmax(np.diff(middle[across, axis]))) + 1
        else:
            heavy = np.cumsum(weight[across])
            cut = int(np.searchsorted(heavy, heavy[-1] / 2)) + 1
        cut = min(max(cut, 1), len(across) - 1)
        waiting += [np.sort(across[cut:]), np.sort(across[:cut])]


def _middles(source: _Source, members: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return about where each element stands in the model frame, (n, 3); the origin if nowhere."""
    placements = source.stock.placements
    element = source.features.element[members]
    rows = np.flatnonzero(np.isin(placements.element, element))
    order = np.argsort(element)
    owner = order[np.searchsorted(element[order], placements.element[rows])]
    middle = np.tile(source.origin, (len(members), 1))
    matrices = placements.matrix_model_from_local[rows]
    local = source.stock.skins.middles(placements.mesh[rows])
    placed = np.einsum("nij,nj->ni", matrices[:, :3, :3], local) + matrices[:, :3, 3]
    is_there = np.isfinite(placed).all(axis=1)
    middle[owner[is_there]] = placed[is_there]
    return middle


def _tile(
    source: _Source,
    place: tuple[str, str, str],
    members: NDArray[np.intp],
    *,
    level: LevelName = "content",
    part: int = 0,
    visibility: Visibility = "open",
    error_m: float = 0.0,
) -> Iterator[Tile]:
    features = source.features.taken(members)
    forms = write_forms(
        source.stock.placements,
        features,
        skins=source.stock.skins,
        origin=source.origin,
        masked=visibility == "masked",
    )
    if forms is None:
        return
    content, plain = forms
    building, discipline, storey = place
    yield Tile(
        row=TileRow(
            building=building,
            storey=storey,
            discipline=discipline,
            model=source.model,
            level=level,
            part=part,
            visibility=visibility,
            sha256=content.sha256,
            plain_sha256=plain.sha256,
            byte_length=len(content.glb),
            plain_byte_length=len(plain.glb),
            box=content.box,
            matrix_site_from_content=source.matrix,
            geometric_error_m=error_m,
            elements=content.elements,
            triangles=content.triangles,
            draws=content.draws,
        ),
        contents={content.sha256: content.glb, plain.sha256: plain.glb},
    )
