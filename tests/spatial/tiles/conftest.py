"""Node with the packages that check tiles from outside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.node_program import find_node


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where npm put gltf-validator and three: the viewer's, or that of NODE_PATH."""
    places = [
        Path(__file__).parents[3] / "viewer" / "node_modules",
        *(Path(p) for p in os.environ.get("NODE_PATH", "").split(":") if p),
    ]
    for place in places:
        if (place / "gltf-validator").is_dir() and (place / "three").is_dir():
            return place
    pytest.skip("gltf-validator and three are not installed (npm ci in viewer/)")


@pytest.fixture(scope="session")
def run_node(node_modules: Path) -> Any:
    """Run a script of this folder on files; give the JSON that it prints."""

    def run(script: str, *files: Path) -> Any:
        done = subprocess.run(
            [
                find_node(),
                str(Path(__file__).with_name(script)),
                str(node_modules),
                *map(str, files),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout)

    return run
