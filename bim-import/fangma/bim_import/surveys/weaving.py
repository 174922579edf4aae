"""From drawn lines and symbols to the rows of point and line tables, judged like any survey.

Each corner of a line becomes a point and each straight stretch a line. Where corners of one system
meet, or a line ends on another, they share a point. Names come from the place, so that the same
drawing exported again names the same things; a number that the file gives goes before.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fangma.bim_import.surveys.combined import LINES, POINTS
from fangma.bim_import.surveys.drawn import system_of_layer
from fangma.bim_import.tables.columns import match
from fangma.bim_import.tables.reading import Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.surveys.drawn import Drawing, DrawnLine, DrawnSpot
    from fangma.bim_import.tables.columns import TableKind
    from fangma.bim_import.tables.values import Cell

#: Ends within this of one another were meant to meet; drawings are digitised to centimetres.
SNAP_M: Final = 0.05
_SNAP_HEIGHT_M: Final = 0.10
# A symbol stands on its line, or beside it by its own size.
_SYMBOL_M: Final = 0.5
_REPEATED_M: Final = 0.001
_UNKNOWN_ORIGIN: Final = "精度不明"


@dataclass(slots=True)
class _Corner:
    """A place where lines of a system have corners; ``cells`` say what is known of it."""

    system: str
    place: NDArray[np.float64]
    label: str
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    line: DrawnLine
    system: str
    cells: dict[str, Cell]
    path: NDArray[np.float64]


def weave(drawing: Drawing) -> tuple[Table, Table]:
    """Make point and line tables of a drawing in the site's frame.

    Parameters
    ----------
    drawing : Drawing
        In metres, x east and y north.

    Returns
    -------
    points, lines : Table
        Rows are labelled by feature; a system that cannot be told is left for the judge.
    """
    runs = []
    for line in drawing.lines:
        cells = _cells(line.properties, LINES, POINTS)
        path = _with_heights(_without_repeats(line.path), cells)
        runs.append(_Run(line, _system(cells, line.layer), cells, path))
    _end_on_lines(runs)
    spots = [
        (spot, _cells(spot.properties, POINTS), _system(dict(spot.properties), spot.layer, spot))
        for spot in drawing.spots
    ]
    _stand_on_lines(runs, spots)
    corners, corner_of = _corners(runs)
    loose = _told_by_spots(corners, spots)
    names = _names([*corners, *loose])
    points = [
        _point_row(number, corner, names[number - 1])
        for number, corner in enumerate([*corners, *loose], 1)
    ]
    has_origin = any(row.cells.get("found") for row in points)
    lines = _line_rows(runs, corner_of, names, has_origin=has_origin)
    return (
        Table(kind=POINTS, rows=tuple(points), findings=drawing.findings),
        Table(kind=LINES, rows=tuple(lines)),
    )


def _cells(properties: dict[str, Cell], *kinds: TableKind) -> dict[str, Cell]:
    """Take from properties those that are columns of ours; the first kind that has one wins."""
    found: dict[str, Cell] = {}
    names = list(properties)
    for kind in kinds:
        header = match(kind, names)
        for column, at in header.at.items():
            value = properties[names[at]]
            if value is not None and str(value).strip():
                found.setdefault(column, value)
    return found


def _system(cells: dict[str, Cell], layer: str, spot: DrawnSpot | None = None) -> str:
    if spot is not None:
        cells = _cells(cells, POINTS)
    word = str(cells.get("system") or "").strip()
    if word:
        return system_of_layer(word) or word
    return system_of_layer(layer) or ""


def _without_repeats(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out corners that lie where the one before does."""
    kept = np.ones(len(path), dtype=bool)
    kept[1:] = (np.abs(np.nan_to_num(np.diff(path, axis=0))) > _REPEATED_M).any(axis=1)
    return path[kept]


def _with_heights(path: NDArray[np.float64], cells: dict[str, Cell]) -> NDArray[np.float64]:
    """Give a flat line the heights that its properties state at both ends."""
    if not np.isnan(path[:, 2]).any():
        return path
    for what in ("top", "bottom"):
        ends = [_number(cells.get(f"{end}_{what}_m")) for end in ("start", "end")]
        whole = _number(cells.get(f"{what}_m"))
        first, last = (whole if end is None else end for end in ends)
        if first is None or last is None:
            continue
        steps = np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1)
        share = np.concatenate([[0.0], np.cumsum(steps)]) / max(float(steps.sum()), 1e-9)
        raised = path.copy()
        raised[:, 2] = first + share * (last - first)
        return raised
    return path


def _number(cell: Cell) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _end_on_lines(runs: Sequence[_Run]) -> None:
    """Give a line a corner where another of its system ends on it."""
    by_system: dict[str, list[int]] = defaultdict(list)
    for i, run in enumerate(runs):
        by_system[run.system].append(i)
    for rows in by_system.values():
        tree = shapely.STRtree([_plan(runs[i].path) for i in rows])
        ends = [(i, end) for i in rows for end in (runs[i].path[0], runs[i].path[-1])]
        added: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
        for i, end in ends:
            near = tree.query(shapely.Point(end[:2]), predicate="dwithin", distance=SNAP_M)
            for k in near.tolist():
                if rows[k] != i:
                    added[rows[k]].append(end)
        for i, places in added.items():
            for place in places:
                _add_corner(runs[i], place)


def _plan(path: NDArray[np.float64]) -> shapely.Geometry:
    return shapely.linestrings(path[:, :2]) if len(path) > 1 else shapely.Point(path[0, :2])


def _stand_on_lines(
    runs: Sequence[_Run], spots: Iterable[tuple[DrawnSpot, dict[str, Cell], str]]
) -> None:
    """Give lines a corner where a symbol stands on them, so that a valve parts its pipe."""
    if not runs:
        return
    tree = shapely.STRtree([_plan(run.path) for run in runs])
    for spot, cells, system in spots:
        if not cells.get("annex"):
            continue
        here = shapely.Point(spot.place[:2])
        for i in tree.query(here, predicate="dwithin", distance=_SYMBOL_M).tolist():
            if runs[i].system == (system or runs[i].system):
                _add_corner(runs[i], np.array(spot.place), within=_SYMBOL_M)


def _add_corner(run: _Run, place: NDArray[np.float64], *, within: float = SNAP_M) -> None:
    """Put a corner into the stretch on which a place lies, unless one is there."""
    path = run.path
    if len(path) < 2 or (np.hypot(*(path[:, :2] - place[:2]).T) <= within).any():
        return
    a, b = path[:-1, :2], path[1:, :2]
    way = b - a
    length2 = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((place[:2] - a) * way).sum(axis=1) / length2, 0.0, 1.0)
    foot = a + share[:, None] * way
    away = np.hypot(*(foot - place[:2]).T)
    k = int(np.argmin(away))
    z = path[k, 2] + share[k] * (path[k + 1, 2] - path[k, 2])
    if away[k] > within or (math.isfinite(place[2]) and abs(z - place[2]) > _SNAP_HEIGHT_M):
        return
    corner = np.array([*foot[k], z])
    run.path = np.insert(path, k + 1, corner, axis=0)


def _corners(runs: Sequence[_Run]) -> tuple[list[_Corner], list[list[int]]]:
    """Gather the corners of all lines; those of one system in one place are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    corner_of: list[list[int]] = []
    corners: list[_Corner] = []
    by_system: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for i, run in enumerate(runs):
        corner_of.append([-1] * len(run.path))
        by_system[run.system] += [(i, k) for k in range(len(run.path))]
    for system, members in by_system.items():
        places = np.array([runs[i].path[k] for i, k in members])
        flat = np.isnan(places[:, 2])
        pairs = cKDTree(places[:, :2]).query_pairs(SNAP_M, output_type="ndarray")
        level = np.abs(places[pairs[:, 0], 2] - places[pairs[:, 1], 2]) <= _SNAP_HEIGHT_M
        both = flat[pairs[:, 0]] | flat[pairs[:, 1]] | level
        same_line = np.array([members[a][0] == members[b][0] for a, b in pairs], dtype=bool)
        kept = pairs[both & ~same_line]
        graph = coo_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), (len(places),) * 2)
        _, labels = connected_components(graph, directed=False)
        first: dict[int, int] = {}
        for (i, k), label, place in zip(members, labels.tolist(), places, strict=True):
            if label not in first:
                first[label] = len(corners)
                corners.append(_Corner(system, place, f"{runs[i].line.label}, corner {k + 1}"))
            corner_of[i][k] = first[label]
    for i, run in enumerate(runs):
        for k, at in enumerate(corner_of[i]):
            for name in ("ground_m", "depth_m", "surveyed_on", "found"):
                if name in run.cells:
                    corners[at].cells.setdefault(name, run.cells[name])
            if np.isnan(corners[at].place[2]):
                corners[at].place = run.path[k]
    return corners, corner_of


def _told_by_spots(
    corners: Sequence[_Corner], spots: Iterable[tuple[DrawnSpot, dict[str, Cell], str]]
) -> list[_Corner]:
    """Tell corners what the symbols on them say; those on none are returned."""
    loose: list[_Corner] = []
    if not corners:
        return loose
    tree = shapely.STRtree(shapely.points(np.array([c.place[:2] for c in corners])))
    for spot, cells, system in spots:
        here = shapely.Point(spot.place[:2])
        reach = _SYMBOL_M if cells.get("annex") else SNAP_M
        near = [
            (math.dist(corners[i].place[:2], spot.place[:2]), i)
            for i in tree.query(here, predicate="dwithin", distance=reach).tolist()
            if corners[i].system == (system or corners[i].system)
        ]
        if near:
            # Every corner at that spot is told: a riser has two there.
            least = min(near)[0]
            for away, i in near:
                if away <= least + 1e-6:
                    corners[i].cells.update({**cells, "named_by": spot.label})
        elif cells.get("annex"):
            loose.append(_Corner(system, np.array(spot.place), spot.label, dict(cells)))
    return loose


def _names(corners: Sequence[_Corner]) -> list[str]:
    """Name the points: by their own number where it is theirs alone, else by their place."""
    own = [str(corner.cells.get("point") or "").strip() for corner in corners]
    count = Counter(own)
    names = []
    for corner, number in zip(corners, own, strict=True):
        if number and count[number] == 1:
            names.append(number)
            continue
        x, y, z = corner.place.tolist()
        height = "" if math.isnan(z) else f",{z:.2f}"
        names.append(f"{corner.system}@{x:.2f},{y:.2f}{height}")
    twice = Counter(names)
    return [f"{name}#{i}" if twice[name] > 1 else name for i, name in enumerate(names, 1)]


def _point_row(number: int, corner: _Corner, name: str) -> Row:
    cells: dict[str, Cell] = {k: v for k, v in corner.cells.items() if k != "named_by"}
    x, y, z = corner.place.tolist()
    cells.update({"point": name, "x": y, "y": x, "system": corner.system or None})
    if math.isfinite(z) and not cells.get("top_m") and not cells.get("bottom_m"):
        cells["bottom_m" if _runs_by_gravity(corner.system) else "top_m"] = z
    return Row(number=number, cells=cells, notes={}, label=corner.label)


def _line_rows(
    runs: Sequence[_Run],
    corner_of: Sequence[Sequence[int]],
    names: Sequence[str],
    *,
    has_origin: bool,
) -> list[Row]:
    own = Counter(str(run.cells.get("line") or "").strip() for run in runs)
    rows: list[Row] = []
    told: set[tuple[str, str]] = set()
    for run, at in zip(runs, corner_of, strict=True):
        number = str(run.cells.get("line") or "").strip()
        # A line without length is told by the judge, like any.
        stretches = [(a, b) for a, b in pairwise(at) if a != b] or [(at[0], at[0])]
        for k, (a, b) in enumerate(stretches, 1):
            pair = (min(names[a], names[b]), max(names[a], names[b]))
            if pair in told:
                continue  # drawn twice, one upon the other
            told.add(pair)
            cells: dict[str, Cell] = {
                name: run.cells[name]
                for name in ("size", "material", "laid", "flow", "origin", "state")
                if name in run.cells
            }
            if not has_origin:
                cells.setdefault("origin", _UNKNOWN_ORIGIN)
            if k == 1 and "start_depth_m" in run.cells:
                cells["start_depth_m"] = run.cells["start_depth_m"]
            if k == len(stretches) and "end_depth_m" in run.cells:
                cells["end_depth_m"] = run.cells["end_depth_m"]
            if number and own[number] == 1:
                cells["line"] = number if len(stretches) == 1 else f"{number}/{k}"
            else:
                cells["line"] = "–".join(pair)
            cells.update({"start": names[a], "end": names[b], "system": run.system or None})
            rows.append(Row(number=len(rows) + 1, cells=cells, notes={}, label=run.line.label))
    return rows


def _runs_by_gravity(system: str) -> bool:
    from fangma.bim_import.surveys.rows import is_drain

    return is_drain(system)


def scaled(drawing: Drawing, factor: float) -> Drawing:
    """Return a drawing in another unit."""
    return replace(
        drawing,
        lines=tuple(replace(line, path=line.path * factor) for line in drawing.lines),
        spots=tuple(
            replace(spot, place=tuple(value * factor for value in spot.place))  # type: ignore[arg-type]
            for spot in drawing.spots
        ),
    )
