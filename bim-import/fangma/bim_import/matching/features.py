"""What is compared between an export and the registry, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapely import LineString, MultiPolygon, Polygon

Box = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """An element as the matcher sees it; coordinates in the site's frame, metres.

    Attributes
    ----------
    storey : hashable or None
        The registry's storey where it is known, else a key of the new storey: equal means same.
    box : 6 floats or None
        Least x, y, z, greatest x, y, z.
    footprint : shapely polygon or None
        Rooms only.
    axis : shapely LineString or None
        With z; pipes only.
    is_coded : bool
        It carries a code of ours: labels and sensors hang on it, so that even things that can't be
        told apart must not change places.
    """

    kind: str
    ifc_class: str
    guid: str | None
    fingerprint: str
    storey: Hashable | None
    number: str | None
    name: str | None
    system: str | None
    box: Box | None
    footprint: MultiPolygon | Polygon | None = None
    diameter_m: float | None = None
    axis: LineString | None = None
    predefined_type: str | None = None
    is_coded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An old and a new feature that are the same thing, with the evidence.

    Attributes
    ----------
    confidence : float
        0 to 1; 1 is the same GlobalId at the same place.
    """

    old: int
    new: int
    evidence: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that a person must decide; the new thing does not take the old one's code."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """A one-to-one matching and what is left over.

    Attributes
    ----------
    gone, born : tuple of int
        Indices of old and new features without a partner; features in ``doubts`` are in neither.
    splits, merges : tuple of (one, several)
        ``splits`` name an old index and its new parts, ``merges`` a new index and its old parts.
    """

    pairs: tuple[Pair, ...]
    gone: tuple[int, ...]
    born: tuple[int, ...]
    doubts: tuple[Doubt, ...] = ()
    splits: tuple[tuple[int, tuple[int, ...]], ...] = ()
    merges: tuple[tuple[int, tuple[int, ...]], ...] = ()
