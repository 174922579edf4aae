"""What cameras are to watch in this twin: its own file, else what the product ships."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from fangma.asset_registry.cameras.views import CameraError
from fangma.asset_registry.cameras.watching import Doors, Glass, Watch, read_watch, shipped_watch

if TYPE_CHECKING:
    from pathlib import Path


def watch_of(
    home: Path,
    *,
    doors: str | None = None,
    glass: str | None = None,
    purpose: str | None = None,
) -> Watch:
    """Return the settings, with what a question asks for instead.

    Parameters
    ----------
    home : Path
        ``FANGMA_HOME``; its ``bridge/cameras.yaml`` replaces what is shipped.

    Raises
    ------
    CameraError, YamlError
        When the file cannot be read, or a word is none of those that it allows.
    """
    try:
        watch = read_watch((home / "bridge" / "cameras.yaml").read_text("utf-8"))
    except FileNotFoundError:
        watch = shipped_watch()
    except UnicodeDecodeError as error:
        raise CameraError(f"cameras.yaml is not UTF-8: {error}", "save it as UTF-8") from error
    for word, allowed, name in (
        (doors, ("shut", "open"), "doors"),
        (glass, ("through", "opaque"), "glass"),
        (purpose, tuple(watch.densities), "purpose"),
    ):
        if word is not None and word not in allowed:
            raise CameraError(
                f"found {name} {word[:40]!r}, expected {' or '.join(allowed)}", "say one of these"
            )
    return replace(
        watch,
        doors=cast("Doors", doors or watch.doors),
        glass=cast("Glass", glass or watch.glass),
        purpose=purpose or watch.purpose,
    )
