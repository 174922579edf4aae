"""How a file lies on what the registry knows of a model: by its elements, whatever it is called.

An export with new GlobalIds and a millimetre of noise shares no name and no fingerprint with the
one before; it still has the same things in the same places. An export from another origin, or
turned to another north, has them after a motion of the whole building, which is found and undone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.matching.motion import (
    Marks,
    Motion,
    lay,
    marks_of_boxes,
    moved_marks,
    stand,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from fangma.asset_registry.store import known
    from fangma.bim_import.model import Model
    from fangma.bim_import.placing import Placing
    from fangma.bim_import.shaping import Shaped

# Models of fewer bodies agree by chance after some motion or other, ...
LEAST_BODIES = 8
# ... and those of fewer than this even without one.
_LEAST_STILL = 3
# Fewer different names than this, or fewer shared ones, prove nothing.
_TELLING = 3
_CALLED_ALIKE = 0.75
# Points of a shape that stands in many places are placed together, so many at most.
_POINTS_AT_ONCE = 1 << 18
# Two exports of one model hold about as many things, ...
_SIMILAR_COUNT = 0.6
# ... and more models than this of one size and discipline in one site are a housing estate.
MOST_CANDIDATES = 12


def marks_of_file(model: Model, shaped: Shaped) -> Marks:
    """Reduce a file's elements to points in the model's frame."""
    placements = shaped.placements
    # By place in the list, not by key: a hostile file may number its statements up to 2**31.
    index = {e.key: i for i, e in enumerate(model.elements)}
    low = np.full((len(index) + 1, 3), np.inf)  # the last is of bodies whose element is not there
    high = -low
    owner = np.array([index.get(key, -1) for key in placements.element.tolist()], np.int64)
    order = np.argsort(placements.mesh, kind="stable")
    of_mesh = np.searchsorted(placements.mesh[order], np.arange(len(placements.meshes) + 1))
    for mesh, first, last in zip(placements.meshes, of_mesh, of_mesh[1:], strict=False):
        size = len(mesh.vertices)
        step = max(1, _POINTS_AT_ONCE // max(1, size))
        for begin in range(first, last if size else first, step):
            rows = order[begin : min(begin + step, last)]
            matrices = placements.matrix_model_from_local[rows]
            points = matrices[:, :3, :3] @ mesh.vertices.T
            np.minimum.at(low, owner[rows], points.min(axis=2) + matrices[:, :3, 3])
            np.maximum.at(high, owner[rows], points.max(axis=2) + matrices[:, :3, 3])
    low, high = low[:-1], high[:-1]
    drawn = np.flatnonzero(np.isfinite(low).all(axis=1))
    elements = [model.elements[i] for i in drawn.tolist()]
    return marks_of_boxes(
        [e.ifc_class for e in elements],
        [e.number for e in elements],
        [e.long_name or e.name for e in elements],
        [e.kind == "room" for e in elements],
        np.hstack([low[drawn], high[drawn]]),
    )


def marks_of_model(held: known.ModelBoxes) -> Marks:
    """Reduce what the registry holds of a model to points in the site's frame."""
    drawn = np.flatnonzero(np.isfinite(held.boxes).all(axis=1))
    rows = drawn.tolist()
    return marks_of_boxes(
        [held.classes[i] for i in rows],
        [held.numbers[i] for i in rows],
        [held.names[i] for i in rows],
        [held.kinds[i] == "room" for i in rows],
        held.boxes[drawn],
    )


def placed(marks: Marks, placing: Placing | None) -> Marks:
    """Carry marks from the model's frame to the site's, if the model has a place there."""
    if placing is None:
        return marks
    return moved_marks(marks, np.array(placing.matrix_site_from_model))


def names_of_file(model: Model) -> list[Hashable]:
    """List what the elements of a file are called."""
    return [(e.ifc_class, e.number, e.long_name or e.name) for e in model.elements]


def names_of_model(held: known.ModelBoxes) -> list[Hashable]:
    """List what the registry calls the elements of a model."""
    return list(zip(held.classes, held.numbers, held.names, strict=True))


def _is_comparable(size: int, elements: int) -> bool:
    few, many = sorted((size, elements))
    return few >= 1 and few >= _SIMILAR_COUNT * many


def laid_on(old: Marks, new: Marks) -> Motion | None:
    """Find the motion that lays a file on a known model; None where there is too little of it."""
    if min(len(old.points), len(new.points)) < LEAST_BODIES:
        return None
    return lay(old, new)


def stood_on(old: Marks, new: Marks, row: known.ModelRow) -> Motion | None:
    """Lay a handful of bodies where the known model is laid, and count what stands in its place.

    Parameters
    ----------
    new : Marks
        In the model's own frame: an export from the same origin is placed like the one before.
    """
    if not _LEAST_STILL <= min(len(old.points), len(new.points)) < LEAST_BODIES:
        return None
    found = stand(old, moved_marks(new, np.array(row.placement).reshape(4, 4)))
    return found if found.share * min(len(old.points), len(new.points)) >= _LEAST_STILL else None


def called_alike(old: Sequence[Hashable], new: Sequence[Hashable]) -> Motion | None:
    """Compare two lists of things that have hardly a body by what the things are called.

    A handover list has no place to be recognised by, and a handful of fittings agrees with another
    handful by chance: then nearly all must have the same class, number and name.
    """
    few, many = sorted((len(old), len(new)))
    if not few or few < _SIMILAR_COUNT * many:
        return None
    both = sum((Counter(old) & Counter(new)).values())
    telling = len({name for name in old if name is not None})
    if both < _CALLED_ALIKE * few or telling < _TELLING:
        return None
    share = both / few
    return Motion(turn=0.0, offset_m=(0.0, 0.0, 0.0), share=share, share_still=share)


def replaced(placing: Placing, motion: Motion) -> Placing:
    """Place a model that does not say where it lies so that it stands where it stood."""
    matrix = np.array(motion.matrix_old_from_new) @ np.array(placing.matrix_site_from_model)
    return replace(placing, matrix_site_from_model=tuple(tuple(line) for line in matrix.tolist()))


def told(motion: Motion, *, follows: bool) -> Finding:
    """Say in words that the building moved as a whole.

    Parameters
    ----------
    follows : bool
        The registry follows the file, which says where it lies; else the building stays.
    """
    x, y, z = motion.offset_m
    how = (
        f"turned by {-np.degrees(motion.turn):.2f}° and moved as a whole"
        if motion.turn
        else f"moved as a whole by {-x:.2f}, {-y:.2f}, {-z:.2f} m"
    )
    what = (
        "The new place was taken over; codes stay."
        if follows
        else "It was laid back on what the registry has, since the file does not say where it lies."
    )
    return Finding(
        severity=Severity.INFO if motion.rival < 0.9 * motion.share else Severity.WARNING,
        rule="building-moved",
        element=None,
        message=f"Against the last export the building was {how}: {motion.share:.0%} of its "
        f"elements agree after that, {motion.share_still:.0%} without. {what}",
        remedy="Check the origin and true north of the export if this was not meant.",
    )


def models_to_compare(
    rows: Sequence[known.ModelRow], discipline: str, size: int
) -> list[known.ModelRow]:
    """List the known models that a file of a discipline could be an export of, likeliest first.

    Parameters
    ----------
    size : int
        Things of the file that are no rooms; its rooms where it holds nothing else.
    """
    akin = [r for r in rows if r.discipline == discipline and _is_comparable(size, r.elements)]
    return sorted(akin, key=lambda r: abs(r.elements - size))[:MOST_CANDIDATES]
