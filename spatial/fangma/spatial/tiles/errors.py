"""What can go wrong in writing tiles."""

from __future__ import annotations

from fangma.spatial.errors import SpatialError


class TileError(SpatialError):
    """Something that cannot be written as a tile.

    Attributes
    ----------
    message : str
        What was found and what was expected.
    remedy : str
        What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
