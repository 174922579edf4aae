"""What comes of the stages open, read and shape, wherever they run; no database is asked in them.

Here are only the words for it, so that who takes a prepared model need not load the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fangma.bim_import.earlier import Earlier, Kin
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.geometry import GeometryStore
    from fangma.bim_import.model import Model
    from fangma.bim_import.shaping import Shaped
    from fangma.bim_import.stages import Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A model that was opened, read and shaped.

    Attributes
    ----------
    findings : tuple of Finding
        Of the opening, and of the checks against IDS files.
    stages : dict of str to float
        Seconds that each stage took where it was done.
    earlier : Earlier or None
        The revision whose bodies were taken over where they did not change.
    """

    model: Model
    shaped: Shaped
    findings: tuple[Finding, ...]
    stages: dict[str, float]
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that is no whole model, or could not be prepared where it was sent."""

    findings: tuple[Finding, ...]


class Preparation(Protocol):
    """One model on its way through the stages open, read and shape.

    Its methods are called in their order here, each at most once; ``stop`` always, at the end.
    """

    def open(self, stages: Stages) -> str:
        """Open the file and return its schema.

        Raises
        ------
        RefusedFile
            When it is no whole model.
        """
        ...

    def guids(self) -> list[str]:
        """List the GlobalIds of its things; only asked where there is a model to compare with."""
        ...

    def prepare(self, kin: Kin | None, geometry: GeometryStore, stages: Stages) -> Prepared:
        """Read and shape it.

        Parameters
        ----------
        kin : Kin or None
            Whose bodies are taken over where they did not change.
        """
        ...

    def stop(self) -> None:
        """Give up what is not done yet."""
        ...
