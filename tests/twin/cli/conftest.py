"""The command line as a script sees it: arguments in, exit code and JSON document out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fangma.twin.cli.app import run

Fangma = Callable[..., tuple[int, dict]]


@pytest.fixture
def fangma(dsn: str, tmp_path: Path, monkeypatch, capsys) -> Fangma:
    """Run a command with --json and return its exit code and its document."""
    monkeypatch.setenv("FANGMA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGMA_DATABASE_URL", dsn)

    def command(*arguments: str) -> tuple[int, dict]:
        capsys.readouterr()
        code = run([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out)

    return command
