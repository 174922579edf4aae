"""What the stage and its process say to each other.

Apart from the rest, so that who only asks need not load a geometry library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.shaping.axes import SweptAxis
    from fangma.spatial.mesh import Placements


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child may use up."""

    budget_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What ``stage`` asks for."""

    path: str
    keys: frozenset[int] | None
    kernels: tuple[str, ...]
    workers: int
    limits: Limits
    unit_m: float | None
    search_path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of the bodies are done."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing can be shaped at all."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """What was found about a body, and what its element is called there."""

    called: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The finished work."""

    placements: Placements
    findings: tuple[Finding, ...]
    fallbacks: int
    axes: dict[int, SweptAxis]
    skipped: dict[int, str]
    doubtful: dict[int, Doubtful] = field(default_factory=dict)
