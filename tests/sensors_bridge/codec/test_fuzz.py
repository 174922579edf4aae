"""Malformed payloads by the thousand: decoders take or tell, they never raise.

``tests/benchmarks/fuzz_decoders.py`` does the same a hundred thousand times for each decoder.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "benchmarks" / "fuzz_decoders.py"


def test_two_thousand_spoilt_payloads_of_each_kind_are_taken_or_told() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--count", "2000", "--seed", "7", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    assert set(answer) == {
        "own topic", "SensorThings", "mapped", "mapped, nested", "passages", "Sparkplug", "MQTT",
        "$filter",
    }  # fmt: skip
    for row in answer.values():
        assert row["raised"] == 0
        assert row["told"] > 100
        assert row["taken"] > 0
