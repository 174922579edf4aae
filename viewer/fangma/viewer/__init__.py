"""The built viewer and the pictures made on the server."""

from __future__ import annotations

from pathlib import Path

__all__ = ["static_dir"]


def static_dir() -> Path:
    """Tell where the built front end lies.

    Returns
    -------
    static_dir : Path
        Folder with ``index.html``; absent in a checkout whose viewer was not built
        (``npm run build`` in ``viewer/``, or ``pip install .``).
    """
    return Path(__file__).parent / "static"
