"""Have a picture drawn by another process, within a time, and say what to do when it cannot be."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from fangma.viewer.errors import ViewerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.viewer.cutaways.picture import Picture

WITHIN_S: Final = 120.0  # six seconds of work, on a machine with much else to do
#: The ways in which VTK draws without a display, best first.
WINDOWS: Final = ("vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow")
_TURN: Final = BoundedSemaphore(1)  # a drawing takes the processor whole
_SAID: Final = 600


class PictureError(ViewerError):
    """A picture that could not be drawn; everything else of the sheet can be."""


def render(
    picture: Picture, program: str, environment: Mapping[str, str], *, within_s: float = WITHIN_S
) -> bytes:
    """Return the PNG of a picture.

    Parameters
    ----------
    program : str
        Module that draws: takes a file and writes another.
    environment : mapping
        Of that process; a display and graphics card are taken out of it.

    Raises
    ------
    PictureError
        When it takes too long, ends with a signal, or says that it cannot.
    """
    if not _TURN.acquire(timeout=within_s):
        raise PictureError(
            f"Other pictures were being drawn for {within_s:g} s.",
            "Try again when they are done; the sheet is whole without it.",
        )
    try:
        return _drawn(picture, program, environment, within_s)
    finally:
        _TURN.release()


def _drawn(
    picture: Picture, program: str, environment: Mapping[str, str], within_s: float
) -> bytes:
    with tempfile.TemporaryDirectory(prefix="fangma-picture-") as folder:
        told, out = Path(folder, "picture.json"), Path(folder, "picture.png")
        told.write_text(picture.written(), "utf-8")
        last = ""
        for window in WINDOWS:
            surroundings = {
                **{k: v for k, v in environment.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}},
                "VTK_DEFAULT_OPENGL_WINDOW": window,
                "PYVISTA_OFF_SCREEN": "true",
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "LP_NUM_THREADS": "2",
                "MPLCONFIGDIR": folder,
                "PYVISTA_USERDATA_PATH": folder,
            }
            try:
                done = subprocess.run(  # noqa: S603 - a module of ours, files of ours
                    [sys.executable, "-m", program, str(told), str(out)],
                    env=surroundings,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=within_s,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise PictureError(
                    f"The picture was not drawn within {within_s:g} s.",
                    "Try again when the machine has less to do; the sheet is whole without it.",
                ) from None
            if done.returncode == 0 and out.is_file():
                return out.read_bytes()
            last = _reason(done)
    raise PictureError(
        f"The picture could not be drawn: {last}",
        "Install what drawing without a display needs: "
        "apt-get install libgl1 libegl1 libgl1-mesa-dri libxrender1 (scripts/install does).",
    )


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    said = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode < 0:
        return f"the drawing process was ended by signal {-done.returncode}."
    return (said[-1] if said else f"exit code {done.returncode}.")[:_SAID]
