"""How a process that ``fangma up`` keeps tells on standard error what it does."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

_LEVELS: Final = {"debug", "info", "warning", "error"}


def tell_as(name: str) -> None:
    """Write a line for each record of ``FANGMA_LOG_LEVEL`` and above, else of info."""
    asked = os.environ.get("FANGMA_LOG_LEVEL", "")  # noqa: TID251 - twin.settings wrote it
    logging.basicConfig(
        level=(asked if asked in _LEVELS else "info").upper(),
        stream=sys.stderr,
        format=f"%(asctime)s {name} %(levelname)s %(message)s",
    )
