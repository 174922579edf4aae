"""Draw a picture with VTK, off screen. A driver may end the process: call it in one of its own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyvista as pv
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPlaneCollection
from vtkmodules.vtkFiltersGeneral import vtkClipClosedSurface

from fangma.viewer.cutaways.marks import band_places, colour_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from fangma.viewer.cutaways.picture import Picture, Run, Vector

_COLOURS: Final = {
    "wall": "#e9e6df",
    "slab": "#d9d5cb",
    "door": "#c9a77a",
    "window": "#a9c3d6",
    "structure": "#cfccc4",
    "stairs": "#dedad1",
    "furniture": "#d8cdb8",
    "device": "#8f9aad",
    "see_through": "#b9c2cc",
}
_CUT: Final = "#777d86"  # where the block is cut through something solid
_LINE: Final = "#3c4148"
_TARGET: Final = "#ffb000"
_DIMENSION: Final = "#b3261e"
_SEE_THROUGH: Final = 0.28
_OTHER_PIPE_LIGHTER: Final = 0.35
_TURN_DEG: Final = 32.0
_RISE_DEG: Final = 30.0
_SIDES: Final = 20
_SUPERSAMPLED: Final = 2
_LEAST_TAGGED_M: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Solid:
    """A body in the picture's frame: (n, 3) metres and (m, 3) indices."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.uint32]
    look: str
    system: str | None
    is_target: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Pixels, and where points of the picture came to lie on them.

    Attributes
    ----------
    pixels : (h, w, 3) uint8
    lengths : (k, 2, 2) float64
        Start and end of each dimension, x right and y down.
    marks : (k, 2) float64
    tags : list of (str, (3, 2) float64)
        Letters of each system that is seen, and three places on its longest run.
    target : (2,) float64
    """

    pixels: NDArray[np.uint8]
    lengths: NDArray[np.float64]
    marks: NDArray[np.float64]
    tags: list[tuple[str, NDArray[np.float64]]]
    target: NDArray[np.float64]


def draw(picture: Picture, solids: Iterable[Solid]) -> Drawn:
    """Draw the block, its pipes and dimension lines; numbers and letters are put on later."""
    width, height = (_SUPERSAMPLED * each for each in picture.size)
    plotter = pv.Plotter(off_screen=True, window_size=[width, height], lighting="none")
    plotter.set_background("white")  # type: ignore[arg-type]
    _light(plotter, picture)
    planes = _planes(picture)
    opaque: dict[str, list[pv.PolyData]] = defaultdict(list)
    ghosts: list[pv.PolyData] = []
    for solid in solids:
        base = _base_colour(solid)
        is_building = solid.look not in {"pipe", "device"}
        piece = _cut(_surface(solid), planes, base, _CUT if is_building else base)
        if piece is None:
            continue
        if solid.look == "see_through":
            ghosts.append(piece)
        else:
            opaque["building" if is_building else "services"].append(piece)
    for group in opaque.values():
        _add(plotter, group, opacity=1.0)
    _add(plotter, ghosts, opacity=_SEE_THROUGH)
    for run in picture.runs:
        _add_run(plotter, run, planes)
    for length in picture.lengths:
        _add_length(plotter, np.array(length.start), np.array(length.end))
    if picture.is_exact:
        _add_target(plotter)
    _aim(plotter, picture, width / height)
    image = plotter.screenshot(return_img=True)
    if image is None:
        raise RuntimeError("VTK drew nothing")
    pixels = np.asarray(image, dtype=np.uint8)[:, :, :3]
    ends = [point for each in picture.lengths for point in (each.start, each.end)]
    tags = _longest_runs(picture)
    places = _on_screen(
        plotter,
        [
            *ends,
            *(mark.at for mark in picture.marks),
            *(place for three in tags.values() for place in three),
            (0.0, 0.0, 0.0),
        ],
        height,
    )
    plotter.close()
    count, last = 2 * len(picture.lengths), -1 - 3 * len(tags)
    return Drawn(
        pixels=pixels,
        lengths=places[:count].reshape(-1, 2, 2),
        marks=places[count:last],
        tags=list(zip(tags, places[last:-1].reshape(-1, 3, 2), strict=True)),
        target=places[-1],
    )


def _longest_runs(picture: Picture) -> dict[str, list[Vector]]:
    """Return three places on the longest piece within the block, by system, the middle first."""
    axes = np.column_stack([picture.along, picture.inward, (0.0, 0.0, 1.0)])
    low, high = np.array(picture.low), np.array(picture.high)
    best: dict[str, tuple[float, list[Vector]]] = {}
    for run in picture.runs:
        points = np.array(run.axis)
        for a, b in pairwise(points):
            share = np.linspace(0.02, 0.98, 25)[:, None]
            along = a + share * (b - a)
            local = along @ axes
            inside = ((local > low) & (local < high)).all(axis=1)
            size = float(inside.mean() * np.linalg.norm(b - a))
            if size > max(_LEAST_TAGGED_M, best.get(run.system or "", (0.0, []))[0]):
                seen = along[inside]
                chosen = seen[[len(seen) // 2, len(seen) // 5, -1 - len(seen) // 5]]
                best[run.system or ""] = (size, [(p[0], p[1], p[2]) for p in chosen.tolist()])
    return {system: places for system, (_, places) in best.items() if system}


def _base_colour(solid: Solid) -> str:
    if solid.look == "pipe":
        colour = colour_of(solid.system)
        return colour if solid.is_target else _lighter(colour)
    if solid.is_target:
        return _TARGET
    return _COLOURS[solid.look]


def _lighter(colour: str) -> str:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    mixed = (value + (255 - value) * _OTHER_PIPE_LIGHTER).astype(int)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _surface(solid: Solid) -> pv.PolyData:
    faces = np.column_stack([np.full(len(solid.triangles), 3), solid.triangles]).ravel()
    surface = pv.PolyData(solid.vertices.astype(np.float64), faces)
    # Caps need edges that share their points; models give each face points of its own.
    cleaned: pv.PolyData = surface.clean(tolerance=1e-5, absolute=True, inplace=False)
    return cleaned


def _planes(picture: Picture) -> vtkPlaneCollection:
    """Return the sides of the block, each normal pointing inside."""
    axes = (np.array(picture.along), np.array(picture.inward), np.array([0.0, 0.0, 1.0]))
    planes = vtkPlaneCollection()
    for axis, low, high in zip(axes, picture.low, picture.high, strict=True):
        for normal, at in ((axis, axis * low), (-axis, axis * high)):
            plane = vtkPlane()
            plane.SetOrigin(*at)
            plane.SetNormal(*normal)
            planes.AddItem(plane)
    return planes


def _cut(
    surface: pv.PolyData, planes: vtkPlaneCollection, base: str, cap: str
) -> pv.PolyData | None:
    """Cut a closed surface to the block, its cut faces in their own colour; None = outside."""
    if surface.n_cells == 0:
        return None
    clipper = vtkClipClosedSurface()
    clipper.SetInputData(surface)
    clipper.SetClippingPlanes(planes)
    clipper.SetScalarModeToColors()
    clipper.SetBaseColor(*pv.Color(base).float_rgb)
    clipper.SetClipColor(*pv.Color(cap).float_rgb)
    clipper.GenerateFacesOn()
    clipper.Update()
    piece = pv.PolyData(clipper.GetOutput())
    return piece if piece.n_cells else None


def _add(plotter: pv.Plotter, pieces: list[pv.PolyData], *, opacity: float) -> None:
    for piece in pieces:
        name = piece.cell_data.keys()[0] if piece.cell_data.keys() else None
        plotter.add_mesh(
            piece, scalars=name, rgb=name is not None, opacity=opacity, ambient=0.42, diffuse=0.62,
            specular=0.0, show_scalar_bar=False, preference="cell",
        )  # fmt: skip
        edges = piece.extract_feature_edges(
            feature_angle=35, boundary_edges=False, non_manifold_edges=False, manifold_edges=False
        )
        if edges.n_cells:
            plotter.add_mesh(
                edges, color=_LINE, line_width=2.0, lighting=False, opacity=max(opacity, 0.55)
            )


def _add_run(plotter: pv.Plotter, run: Run, planes: vtkPlaneCollection) -> None:
    """Put bands around a pipe, and a tube where it has no body of its own."""
    colour = colour_of(run.system)
    points = np.array(run.axis)
    steps = np.hypot.reduce(np.diff(points, axis=0), axis=1)
    radius = max(run.radius_m, 0.008)
    for (a, b), step in zip(pairwise(points), steps, strict=True):
        if step < 1e-6:
            continue
        unit = (b - a) / step
        if not run.has_body:
            shade = colour if run.is_target else _lighter(colour)
            _tube(plotter, planes, a, b, radius, shade)
        bands = band_places(float(step), run.system) if run.is_round else []
        for low, high, is_white in bands:
            _tube(
                plotter, planes, a + unit * low, a + unit * high, radius * 1.06 + 0.002,
                "#ffffff" if is_white else "#202020",
            )  # fmt: skip


def _tube(
    plotter: pv.Plotter,
    planes: vtkPlaneCollection,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    radius: float,
    colour: str,
) -> None:
    tube = pv.Cylinder(
        center=(a + b) / 2, direction=b - a, radius=radius, height=float(np.linalg.norm(b - a)),
        resolution=_SIDES,
    ).triangulate()  # fmt: skip
    piece = _cut(tube.clean(), planes, colour, colour)
    if piece is not None:
        name = piece.cell_data.keys()[0]
        plotter.add_mesh(piece, scalars=name, rgb=True, ambient=0.35, diffuse=0.7, specular=0.0)


def _add_length(plotter: pv.Plotter, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    size = float(np.linalg.norm(end - start))
    if size < 1e-6:
        return
    line = pv.Line(start, end)
    plotter.add_mesh(line, color=_DIMENSION, line_width=7, lighting=False)
    head = min(0.07, size / 3)
    for tip, way in ((start, end - start), (end, start - end)):
        unit = way / size
        cone = pv.Cone(
            center=tip + unit * head / 2, direction=-unit, height=head, radius=head / 3.2,
            resolution=16,
        )  # fmt: skip
        plotter.add_mesh(cone, color=_DIMENSION, lighting=False)


def _add_target(plotter: pv.Plotter) -> None:
    plotter.add_mesh(pv.Sphere(radius=0.045), color=_TARGET, ambient=0.6)


def _light(plotter: pv.Plotter, picture: Picture) -> None:
    """Shine from the camera's side above, and softly from the other: faces tell apart."""
    along, inward = np.array(picture.along), np.array(picture.inward)
    key = inward * 4 + along * 1 + np.array([0.0, 0.0, 5.0])
    fill = inward * 2 - along * 5 + np.array([0.0, 0.0, 2.0])
    for position, strength in ((key, 0.75), (fill, 0.35)):
        light = pv.Light(position=tuple(position), focal_point=(0, 0, 0), intensity=strength)
        light.positional = False
        plotter.add_light(light)


def _aim(plotter: pv.Plotter, picture: Picture, aspect: float) -> None:
    """Look from above into the block, without perspective: parallel edges stay parallel."""
    turn, rise = np.radians(_TURN_DEG), np.radians(_RISE_DEG)
    along, inward = np.array(picture.along), np.array(picture.inward)
    up = np.array([0.0, 0.0, 1.0])
    toward = np.cos(rise) * (np.cos(turn) * inward + np.sin(turn) * along) + np.sin(rise) * up
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    over = np.cross(toward, right)
    ends = np.array([picture.low, picture.high])
    corners = np.array(
        [
            ends[i, 0] * along + ends[j, 1] * inward + ends[k, 2] * up
            for i in (0, 1) for j in (0, 1) for k in (0, 1)
        ]
    )  # fmt: skip
    across, upward = corners @ right, corners @ over
    middle = right * (across.min() + across.max()) / 2 + over * (upward.min() + upward.max()) / 2
    half = max(np.ptp(upward), np.ptp(across) / aspect) / 2
    camera = plotter.camera
    camera.parallel_projection = True
    camera.focal_point = tuple(middle)
    camera.position = tuple(middle + toward * 30)
    camera.up = (0, 0, 1)
    camera.parallel_scale = float(half * 1.04)
    plotter.renderer.reset_camera_clipping_range()


def _on_screen(
    plotter: pv.Plotter, points: Iterable[tuple[float, float, float]], height: int
) -> NDArray[np.float64]:
    """Return where points lie on the picture, (n, 2), x right and y down."""
    from vtkmodules.vtkRenderingCore import vtkCoordinate

    places: list[list[float]] = []
    for point in points:
        place: Any = vtkCoordinate()
        place.SetCoordinateSystemToWorld()
        place.SetValue(*point)
        x, y = place.GetComputedDoubleDisplayValue(plotter.renderer)
        places.append([x, height - y])
    return np.array(places, dtype=float).reshape(-1, 2)
