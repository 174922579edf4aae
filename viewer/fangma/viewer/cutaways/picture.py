"""What is to be drawn: bodies, pipes, lengths and marks about one place, as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

Vector = tuple[float, float, float]
Look = Literal[
    "wall", "slab", "door", "window", "structure", "stairs", "furniture", "pipe", "device",
    "see_through",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A thing whose mesh is in a file of bodies.

    Attributes
    ----------
    model : int
        Which of the picture's models holds it.
    entry : str
        Its id there.
    """

    model: int
    entry: str
    look: Look
    system: str | None = None
    is_target: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The axis of a pipe: bands are put around a round one, and a tube where it has no mesh."""

    axis: tuple[Vector, ...]
    radius_m: float
    system: str | None
    is_target: bool = False
    has_body: bool = True
    is_round: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A dimension line with the letter that the table beside the picture explains."""

    mark: str
    start: Vector
    end: Vector
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number at a place, such as a valve in its order of closing."""

    mark: str
    at: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A file of bodies and where it stands: 4 x 4 row-major, picture frame from model frame."""

    file: str
    matrix: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything of one picture; coordinates in metres from the place that it is about.

    Attributes
    ----------
    along, inward : (float, float, float)
        Axes of the block, see :class:`fangma.spatial.cut_blocks.Block`.
    low, high : (float, float, float)
        Its reach along those and up.
    is_exact : bool
        The place itself is known, and marked.
    """

    models: tuple[Model, ...]
    bodies: tuple[Body, ...]
    runs: tuple[Run, ...]
    lengths: tuple[Length, ...]
    marks: tuple[Mark, ...]
    along: Vector
    inward: Vector
    low: Vector
    high: Vector
    is_exact: bool = True
    size: tuple[int, int] = (1500, 1000)

    def written(self) -> str:
        """Write it for the process that draws."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Picture:
        """Read what :meth:`written` wrote."""
        told: dict[str, Any] = json.loads(text)

        def vector(values: list[float]) -> Vector:
            x, y, z = values
            return (x, y, z)

        return cls(
            models=tuple(Model(file=m["file"], matrix=tuple(m["matrix"])) for m in told["models"]),
            bodies=tuple(Body(**body) for body in told["bodies"]),
            runs=tuple(
                Run(**{**run, "axis": tuple(vector(p) for p in run["axis"])})
                for run in told["runs"]
            ),
            lengths=tuple(
                Length(**{**each, "start": vector(each["start"]), "end": vector(each["end"])})
                for each in told["lengths"]
            ),
            marks=tuple(Mark(mark=m["mark"], at=vector(m["at"])) for m in told["marks"]),
            along=vector(told["along"]),
            inward=vector(told["inward"]),
            low=vector(told["low"]),
            high=vector(told["high"]),
            is_exact=told["is_exact"],
            size=(told["size"][0], told["size"][1]),
        )
