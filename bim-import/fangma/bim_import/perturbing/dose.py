"""How much of a model is changed, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What an exporter and a year of building do to a model.

    Shares are parts of the rooms and, apart from them, of the movable elements; a share above zero
    changes at least one where there is one.

    Attributes
    ----------
    seed : int
        Equal seeds give equal files.
    noise_m : float
        Greatest displacement of a point in each direction, metres.
    renamed, split, merged : float
        Shares of the rooms.
    moved, deleted, added : float
        Shares of the rooms and of the elements.
    new_guids : bool
        Every IfcRoot gets another GlobalId.
    swapped : float
        Share of the rooms that exchange their GlobalIds in pairs; only without ``new_guids``.
    shifted_storeys : int
        Storeys, those with the most rooms first, on which every room gets its neighbour's number.
    shuffled : bool
        Statements are renumbered and written in another order.
    offset_m, turn : (float, float, float), float
        The building as a whole is turned about its origin (radians, anticlockwise), then moved.
    storeys_renamed : bool
        Every storey gets another name.
    nameless : bool
        Every room loses its number and its name.
    unit : str
        ``METRE`` or ``MILLIMETRE``: the export is written in another length unit; empty = as it is.
    """

    seed: int = 1
    noise_m: float = 0.001
    renamed: float = 0.05
    moved: float = 0.02
    deleted: float = 0.02
    added: float = 0.02
    split: float = 0.01
    merged: float = 0.01
    new_guids: bool = True
    swapped: float = 0.0
    shifted_storeys: int = 0
    shuffled: bool = True
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: float = 0.0
    storeys_renamed: bool = False
    nameless: bool = False
    unit: str = ""


UNTOUCHED = Dose(
    noise_m=0.0, renamed=0.0, moved=0.0, deleted=0.0, added=0.0, split=0.0, merged=0.0,
    new_guids=False, shuffled=False,
)  # fmt: skip
