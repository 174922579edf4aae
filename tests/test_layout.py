"""The traps of six folders that share one namespace package, each held by a test."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("spatial", "asset-registry", "bim-import", "sensors-bridge", "twin", "viewer")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_no_folder_makes_the_namespace_its_own() -> None:
    hiding = [folder for folder in FOLDERS if (ROOT / folder / "fangma" / "__init__.py").exists()]
    assert hiding == [], "an __init__.py here would hide every other folder's package"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_in_every_list_that_packaging_and_tools_need(folder: str) -> None:
    package = f"{folder}/fangma/{folder.replace('-', '_')}"
    build, tool = PROJECT["tool"]["hatch"]["build"], PROJECT["tool"]
    assert folder in build["dev-mode-dirs"]
    assert package in build["targets"]["wheel"]["only-include"]
    assert folder in build["targets"]["wheel"]["sources"]
    assert folder in tool["ruff"]["src"]
    assert folder in tool["mypy"]["mypy_path"]
    assert f"{folder}/fangma" in tool["mypy"]["files"]
    assert f"fangma.{folder.replace('-', '_')}" in tool["importlinter"]["root_packages"]
    assert (ROOT / package / "py.typed").exists()


def test_pytest_takes_equal_file_names_in_different_folders() -> None:
    assert "--import-mode=importlib" in PROJECT["tool"]["pytest"]["ini_options"]["addopts"]
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_dependencies_are_sorted_and_each_is_named_once() -> None:
    for names in (
        PROJECT["project"]["dependencies"],
        PROJECT["project"]["optional-dependencies"]["dev"],
    ):
        bare = [re.split(r"[\[<>=!~ ]", name)[0].lower() for name in names]
        assert bare == sorted(bare)
        assert len(bare) == len(set(bare))


def test_importing_the_whole_of_fangma_reads_no_environment_and_starts_nothing() -> None:
    # An unusable setting would be refused by whoever read it.
    modules = ("twin.cli.app", "twin.services.supervisor", "twin.settings", "twin.http.app")
    text = "; ".join(f"import fangma.{name}" for name in modules)
    answer = subprocess.run(
        [sys.executable, "-c", text],
        env={"FANGMA_PORT": "nonsense", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_no_lock_file_names_a_registry() -> None:
    locks = [*ROOT.glob("*.lock"), ROOT / "viewer" / "package-lock.json"]
    for lock in locks:
        if lock.exists():
            assert '"resolved"' not in lock.read_text()
