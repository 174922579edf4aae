"""What is kept of a tile in the registry: enough to compose a tileset for any reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LevelName = Literal["envelope", "storey", "content"]
Visibility = Literal["open", "secret", "masked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRow:
    """One tile content and its place in the tree.

    Attributes
    ----------
    building, storey : str
        Codes; ``storey`` is ``""`` for an envelope and for what belongs to no storey.
    discipline : str
        ``architecture``, ``rooms``, ``services``, ``structure`` ...
    model : str
        Which import it came from: rows of one model share a matrix and are replaced together.
    level : str
        ``envelope`` (a building from afar), ``storey`` (a storey from afar) or ``content``.
    part : int
        Number of the tile among those of its storey.
    visibility : str
        ``open`` for all, ``secret`` for those entitled, ``masked`` for the others.
    sha256 : str
        Name of the content.
    plain_sha256 : str
        The form without instances; the same where there are none.
    byte_length, plain_byte_length : int
        Of the two contents.
    box : tuple of 12 float
        3D Tiles box in the content's frame, z up, metres.
    matrix_site_from_content : tuple of 16 float
        Column by column.
    geometric_error_m : float
        How far what is shown departs from the whole, 0 for ``content``.
    elements, triangles, draws : int
        What it shows; 1 element when masked.
    """

    building: str
    storey: str
    discipline: str
    model: str
    level: LevelName
    part: int
    visibility: Visibility
    sha256: str
    plain_sha256: str
    byte_length: int
    plain_byte_length: int
    box: tuple[float, ...]
    matrix_site_from_content: tuple[float, ...]
    geometric_error_m: float
    elements: int
    triangles: int
    draws: int
