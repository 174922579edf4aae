"""Bodies kept between imports: what did not change is not tessellated again.

One file a model, written whole under ``FANGMA_HOME/geometry``; losing it costs time, never data.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from shapely.errors import GEOSException

from fangma.bim_import.arrays_file import write_arrays
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.measures import bodies_of, columns_of
from fangma.bim_import.shaping.axes import SweptAxis
from fangma.bim_import.shaping.messages import Doubtful
from fangma.spatial.mesh import Mesh, Placements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.measures import Measured
    from fangma.bim_import.placing import Matrix
    from fangma.bim_import.reading.network import Position

# Another layout of the file, or other rules of shaping or measuring: what was kept is forgotten.
_FORMAT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The bodies of a model as they were last shaped.

    Attributes
    ----------
    placements : Placements
        Model frame; ``element`` holds the keys of the file that they were shaped from.
    fingerprint : mapping of int to str
        Shape fingerprint by element key.
    axes : mapping of int to SweptAxis
        What the file said outright of round pipes and ducts.
    entry_of : mapping of int to UUID
        The entry of the registry that each key became.
    digests : mapping
        What each group of tiles was made of: building, discipline, storey, secret -> hash.
    revision : UUID or None
        The model revision that they belong to: of another one, they are only good for reuse.
    measured : mapping
        What was measured of each body, by :data:`fangma.bim_import.measures.Measured`.
    matrix_site_from_model : 4 x 4 matrix or None
        Where they stood when they were measured.
    doubtful : mapping of int to Doubtful
        What was found about bodies, by element key.
    positions : mapping of bytes to position
        Where ports lie, model frame, by :attr:`fangma.bim_import.model.Port.place_fingerprint`.
    length_unit_m : float
        Of the file, in which the fingerprints of places count.
    """

    placements: Placements
    fingerprint: Mapping[int, str]
    axes: Mapping[int, SweptAxis] = field(default_factory=dict)
    entry_of: Mapping[int, UUID] = field(default_factory=dict)
    digests: Mapping[tuple[str, str, str, bool], str] = field(default_factory=dict)
    revision: UUID | None = None
    measured: Mapping[Measured, Body] = field(default_factory=dict)
    matrix_site_from_model: Matrix | None = None
    doubtful: Mapping[int, Doubtful] = field(default_factory=dict)
    positions: Mapping[bytes, Position] = field(default_factory=dict)
    length_unit_m: float = 1.0

    def positions_in(self, length_unit_m: float) -> Mapping[bytes, Position]:
        """Give where ports lie, for a file of the same length unit."""
        return self.positions if length_unit_m == self.length_unit_m else {}

    def bodies_at(self, matrix_site_from_model: Matrix) -> Mapping[Measured, Body]:
        """Give what was measured, where the model still stands in the same place to the bit."""
        return self.measured if matrix_site_from_model == self.matrix_site_from_model else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometryStore:
    """A folder with one file of bodies a model."""

    root: Path

    def _path(self, model_id: UUID) -> Path:
        return self.root / f"{model_id}.npz"

    def save(self, model_id: UUID, kept: Kept) -> None:
        """Keep the bodies of a model instead of those from before."""
        placements = kept.placements
        keys = np.unique(placements.element)
        columns = {
            "format": np.array([_FORMAT]),
            "vertices": _joined([m.vertices for m in placements.meshes], (0, 3), np.float64),
            "vertex_ends": np.cumsum([len(m.vertices) for m in placements.meshes], dtype=np.int64),
            "triangles": _joined([m.triangles for m in placements.meshes], (0, 3), np.uint32),
            "colours": _joined([m.colours for m in placements.meshes], (0,), np.uint32),
            "triangle_ends": np.cumsum(
                [len(m.triangles) for m in placements.meshes], dtype=np.int64
            ),
            "element": placements.element,
            "mesh": placements.mesh,
            "matrix": placements.matrix_model_from_local,
            "kernel": placements.kernel,
            "kernels": np.array(placements.kernels, dtype=np.str_),
            "keys": keys,
            "fingerprints": np.array([kept.fingerprint.get(int(k), "") for k in keys], np.str_),
            "entries": np.array([_text(kept.entry_of.get(int(k))) for k in keys], np.str_),
            "revision": np.array([_text(kept.revision)], np.str_),
            "digests": np.array([json.dumps([[*g, d] for g, d in kept.digests.items()])], np.str_),
            "matrix_site": np.array(
                [] if kept.matrix_site_from_model is None else kept.matrix_site_from_model
            ),
            **columns_of(kept.measured),
            "doubtful": np.array([_doubtful_text(kept.doubtful)], np.str_),
            "length_unit_m": np.array([kept.length_unit_m]),
            "positions": np.array(list(kept.positions.values()), np.float64).reshape(-1, 3),
            "position_marks": np.frombuffer(b"".join(kept.positions), np.uint8),
            "axis_keys": np.array(list(kept.axes), np.int64),
            "axis_points": _joined([a.points for a in kept.axes.values()], (0, 3), np.float64),
            "axis_ends": np.cumsum([len(a.points) for a in kept.axes.values()], dtype=np.int64),
            "axis_outer": np.array([a.outer_m for a in kept.axes.values()], np.float64),
            "axis_inner": np.array(
                [np.nan if a.inner_m is None else a.inner_m for a in kept.axes.values()], np.float64
            ),
        }
        write_arrays(self._path(model_id), columns)

    def load(self, model_id: UUID) -> Kept | None:
        """Fetch the bodies of a model; None when there are none, or none that can be read."""
        try:
            with (
                self._path(model_id).open("rb") as opened,
                np.load(opened, allow_pickle=False) as file,
            ):
                if int(file["format"][0]) != _FORMAT:
                    return None
                columns = {name: file[name] for name in file.files}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        try:
            measured = bodies_of(columns)
            positions = _positions_of(columns)
            doubtful = _doubtful_of(str(columns["doubtful"][0]))
        except (LookupError, ValueError, TypeError, GEOSException):
            return None
        vertices = np.split(columns["vertices"], columns["vertex_ends"][:-1])
        triangles = np.split(columns["triangles"], columns["triangle_ends"][:-1])
        colours = np.split(columns["colours"], columns["triangle_ends"][:-1])
        meshes = tuple(
            Mesh(vertices=v, triangles=t, colours=c)
            for v, t, c in zip(vertices, triangles, colours, strict=True)
        )
        return Kept(
            placements=Placements(
                meshes=meshes if len(columns["vertex_ends"]) else (),
                element=columns["element"],
                mesh=columns["mesh"],
                matrix_model_from_local=columns["matrix"],
                kernel=columns["kernel"],
                kernels=tuple(str(k) for k in columns["kernels"]),
            ),
            fingerprint=dict(
                zip(columns["keys"].tolist(), columns["fingerprints"].tolist(), strict=True)
            ),
            entry_of={
                key: UUID(text)
                for key, text in zip(
                    columns["keys"].tolist(), columns["entries"].tolist(), strict=True
                )
                if text
            },
            measured=measured,
            doubtful=doubtful,
            positions=positions,
            length_unit_m=float(columns["length_unit_m"][0]),
            matrix_site_from_model=tuple(map(tuple, columns["matrix_site"].tolist())) or None,
            revision=UUID(str(columns["revision"][0])) if columns["revision"][0] else None,
            digests={
                (building, discipline, storey, secret): digest
                for building, discipline, storey, secret, digest in json.loads(
                    str(columns["digests"][0])
                )
            },
            axes={
                key: SweptAxis(
                    points=points, outer_m=outer, inner_m=None if np.isnan(inner) else inner
                )
                for key, points, outer, inner in zip(
                    columns["axis_keys"].tolist(),
                    np.split(columns["axis_points"], columns["axis_ends"][:-1]),
                    columns["axis_outer"].tolist(),
                    columns["axis_inner"].tolist(),
                    strict=False,
                )
            },
        )


def _positions_of(columns: Mapping[str, NDArray[Any]]) -> dict[bytes, Position]:
    places, joined = columns["positions"].tolist(), columns["position_marks"].tobytes()
    size = len(joined) // max(1, len(places))  # fingerprints are all of one length
    return {
        joined[size * row : size * (row + 1)]: (x, y, z) for row, (x, y, z) in enumerate(places)
    }


def _text(name: UUID | None) -> str:
    return "" if name is None else str(name)


def _doubtful_text(doubtful: Mapping[int, Doubtful]) -> str:
    return json.dumps(
        [[key, each.called, asdict(each.finding)] for key, each in doubtful.items()],
        ensure_ascii=False,
    )


def _doubtful_of(text: str) -> dict[int, Doubtful]:
    return {
        key: Doubtful(
            called=called,
            finding=Finding(**finding | {"severity": Severity(finding["severity"])}),
        )
        for key, called, finding in json.loads(text)
    }


def doubted_again(
    kept: Kept, taken_over: Mapping[int, tuple[str, str | None, str]]
) -> dict[int, Doubtful]:
    """Say of bodies that are taken over what was found when they were built.

    Parameters
    ----------
    taken_over : mapping of int to (str, str or None, str)
        Shape fingerprint, GlobalId and what an element is called now, by the new file's key.
    """
    found = {kept.fingerprint.get(key, ""): each for key, each in kept.doubtful.items()}
    return {
        key: Doubtful(
            called=called,
            finding=replace(
                old.finding,
                element=guid,
                message=old.finding.message.replace(old.called, called, 1),
            ),
        )
        for key, (fingerprint, guid, called) in taken_over.items()
        if fingerprint and (old := found.get(fingerprint)) is not None
    }


def reused(kept: Kept, wanted: Mapping[int, str]) -> tuple[Placements, dict[int, SweptAxis]]:
    """Take over the bodies whose shape fingerprint is wanted, under their new keys.

    Parameters
    ----------
    wanted : mapping of int to str
        Shape fingerprint by the new file's element key; empty strings are never reused.

    Returns
    -------
    placements : Placements
        Rows of those elements that need no tessellation.
    axes : dict of int to SweptAxis
        Theirs, by the new keys.
    """
    by_fingerprint: dict[str, int] = {}
    for key, fingerprint in kept.fingerprint.items():
        if fingerprint:
            by_fingerprint.setdefault(fingerprint, key)
    rows_of: dict[int, list[int]] = {}
    for row, key in enumerate(kept.placements.element.tolist()):
        rows_of.setdefault(key, []).append(row)
    rows: list[int] = []
    keys: list[int] = []
    axes: dict[int, SweptAxis] = {}
    for key, fingerprint in wanted.items():
        old = by_fingerprint.get(fingerprint) if fingerprint else None
        for row in rows_of.get(old, ()) if old is not None else ():
            rows.append(row)
            keys.append(key)
        if old is not None and old in kept.axes:
            axes[key] = kept.axes[old]
    return _taken(kept.placements, np.array(rows, np.intp), np.array(keys, np.int64)), axes


def _taken(placements: Placements, rows: NDArray[np.intp], keys: NDArray[np.int64]) -> Placements:
    used, mesh = np.unique(placements.mesh[rows], return_inverse=True)
    return Placements(
        meshes=tuple(placements.meshes[i] for i in used),
        element=keys,
        mesh=mesh.astype(np.int32),
        matrix_model_from_local=placements.matrix_model_from_local[rows],
        kernel=placements.kernel[rows],
        kernels=placements.kernels,
    )


def united(first: Placements, second: Placements) -> Placements:
    """Put two sets of bodies together; no element is in both."""
    kernels = tuple(dict.fromkeys((*first.kernels, *second.kernels)))
    index = {name: i for i, name in enumerate(kernels)}

    def renumbered(placements: Placements) -> NDArray[np.int8]:
        table = np.array([index[name] for name in placements.kernels] or [0], np.int8)
        return table[placements.kernel]

    return Placements(
        meshes=(*first.meshes, *second.meshes),
        element=np.concatenate([first.element, second.element]),
        mesh=np.concatenate([first.mesh, second.mesh + len(first.meshes)]).astype(np.int32),
        matrix_model_from_local=np.concatenate(
            [first.matrix_model_from_local, second.matrix_model_from_local]
        ),
        kernel=np.concatenate([renumbered(first), renumbered(second)]),
        kernels=kernels,
    )


def _joined(
    arrays: Sequence[NDArray[np.generic]], empty: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[np.generic]:
    if not arrays:
        return np.zeros(empty, dtype)
    return np.concatenate(arrays).astype(dtype, copy=False)
