"""What the processes beside the server tell follows the setting, as the server's own lines do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import logging
from fangma.sensors_bridge.telling import tell_as
tell_as("bridge")
logging.info("an everyday thing")
logging.warning("something odd")
"""


@pytest.mark.parametrize(
    ("level", "lines"), [(None, 2), ("", 2), ("info", 2), ("warning", 1), ("error", 0), ("loud", 2)]
)
def test_a_process_tells_what_the_setting_asks_for(level: str | None, lines: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "FANGMA_LOG_LEVEL"}
    if level is not None:
        environment["FANGMA_LOG_LEVEL"] = level
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert len(told.stderr.splitlines()) == lines
    assert told.stderr.count(" bridge WARNING something odd") == min(1, lines)
