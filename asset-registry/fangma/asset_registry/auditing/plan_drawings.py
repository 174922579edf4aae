"""What a plan drawing of an office is made from: the rooms of its storey, seen from above."""

from __future__ import annotations

from dataclasses import dataclass

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRoom:
    """A room in plan.

    Attributes
    ----------
    label : str
        Door number or name; empty when it has neither.
    rings : tuple of rings
        Outer and inner outlines, (east, north) in metres of the site's projected CRS.
    """

    code: str
    label: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyPlan:
    """A storey in plan: what is drawn around an office."""

    title: str
    rooms: tuple[PlanRoom, ...]
