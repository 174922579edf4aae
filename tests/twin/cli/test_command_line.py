import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import typer

from fangma.asset_registry.errors import RegistryError
from fangma.bim_import.errors import ImportModelError
from fangma.sensors_bridge.errors import BridgeError
from fangma.spatial.errors import SpatialError
from fangma.twin.cli import app, failures
from fangma.twin.errors import MissingProgramError, SettingsError, TwinError

FANGMA = Path(sys.executable).with_name("fangma")


def fangma(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, with no FANGMA_ variable but those given."""
    return subprocess.run(
        [FANGMA, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_names_every_command_with_what_it_does() -> None:
    answer = fangma("--help")
    assert answer.returncode == 0
    for command in ("up", "down", "doctor", "sample"):
        assert re.search(rf"^ +{command} +[A-Z]", answer.stdout, re.MULTILINE)


def test_help_costs_no_heavy_library() -> None:
    program = (
        "import sys; from fangma.twin.cli import app; app.run(['--help']); "
        "heavy = {'pydantic', 'psycopg', 'numpy', 'ifcopenshell', 'fastapi', 'rich', 'shapely'};"
        "sys.exit(' '.join(heavy & sys.modules.keys()) or 0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_wrong_usage_ends_with_2_and_says_where_help_is() -> None:
    answer = fangma("nonsense")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "No such command 'nonsense'" in answer.stderr
    assert "fangma --help" in answer.stderr


def test_with_json_even_wrong_usage_is_one_document() -> None:
    answer = fangma("down", "--nonsense", "--json")
    assert (answer.returncode, answer.stderr) == (2, "")
    assert json.loads(answer.stdout)["error"]["code"] == "usage"


def test_a_setting_that_makes_no_sense_is_wrong_usage() -> None:
    answer = fangma("down", FANGMA_PORT="high")
    assert answer.returncode == 2
    assert "FANGMA_PORT is 'high'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_doctor_answers_as_the_contract_says_and_changes_nothing(tmp_path: Path) -> None:
    answer = fangma("doctor", "--json", FANGMA_HOME=str(tmp_path / "home"))
    document = json.loads(answer.stdout)
    assert set(document) == {"ok", "services", "checks"}
    assert set(document["services"]) == {"database", "mqtt", "web"}
    assert {each["state"] for each in document["services"].values()} == {"stopped"}
    assert all(set(each) == {"url", "state"} for each in document["services"].values())
    assert all(set(each) == {"name", "ok", "message", "remedy"} for each in document["checks"])
    assert all(each["ok"] or each["remedy"] for each in document["checks"])
    assert document["ok"] == all(each["ok"] for each in document["checks"])
    assert (answer.returncode == 0) == document["ok"]
    assert not (tmp_path / "home").exists()


def test_doctor_tells_a_missing_database_with_exit_3(tmp_path: Path) -> None:
    answer = fangma(
        "doctor", "--json", FANGMA_HOME=str(tmp_path), FANGMA_POSTGRES_BIN=str(tmp_path)
    )
    assert answer.returncode == 3
    failed = [each for each in json.loads(answer.stdout)["checks"] if not each["ok"]]
    assert "postgresql" in [each["name"] for each in failed]


def test_up_without_a_database_ends_with_3_and_leaves_nothing(tmp_path: Path) -> None:
    answer = fangma("up", "--port", "0", FANGMA_HOME=str(tmp_path), FANGMA_POSTGRES_BIN="/none")
    assert answer.returncode == 3
    assert "initdb and postgres are missing" in answer.stderr
    assert "remedy: " in answer.stderr
    assert not (tmp_path / "run" / "up.json").exists()


def test_down_where_nothing_runs_is_no_failure(tmp_path: Path) -> None:
    answer = fangma("down", "--json", FANGMA_HOME=str(tmp_path / "home"))
    assert answer.returncode == 0
    assert json.loads(answer.stdout) == {"home": str(tmp_path / "home"), "stopped": []}


def test_a_pipe_gets_plain_lines_that_are_never_folded(tmp_path: Path) -> None:
    deep = tmp_path / ("long-" * 40)
    answer = fangma("doctor", FANGMA_HOME=str(deep))
    assert "\x1b" not in answer.stdout
    assert f"{deep} (is made at the first start)" in answer.stdout


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"fangma \d+\.\d+\.\d+\n", fangma("--version").stdout)


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (TwinError("m", "r"), 1, "twin"),
        (SettingsError("m", "r"), 2, "settings"),
        (MissingProgramError("m", "r"), 3, "missing-program"),
        (RegistryError("m", "r"), 1, "registry"),
        (ImportModelError("m", "r"), 1, "import-model"),
        (BridgeError("m", "r"), 1, "bridge"),
        (SpatialError("m"), 1, "spatial"),
        (FileNotFoundError(2, "No such file or directory", "x.ifc"), 1, "system"),
        (MemoryError(), 1, "memory"),
        (ImportError("libblas.so: failed to map segment from shared object"), 1, "memory"),
        (OSError(12, "Cannot allocate memory"), 1, "memory"),
        (psycopg.OperationalError("server closed the connection"), 3, "database"),
        (psycopg.errors.DiskFull("could not extend file"), 3, "disk-full"),
    ],
)
def test_every_kind_of_error_has_words_and_an_exit_code(
    error: Exception, exit_code: int, code: str
) -> None:
    failure, found = failures.describe(error)
    assert (found, failure.code) == (exit_code, code)
    assert failure.message


def test_a_fault_of_our_own_leaves_a_file_for_its_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_arguments: object, **_options: object) -> object:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(app, "build", lambda: broken)
    assert app.run(["down", "--json"]) == 1
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert error["code"] == "defect"
    assert "Traceback" not in printed.out + printed.err
    (kept,) = tmp_path.iterdir()
    assert str(kept) in error["remedy"]
    assert "ZeroDivisionError: a fault" in kept.read_text()


@pytest.mark.slow
def test_sample_lists_the_files_that_it_wrote(tmp_path: Path) -> None:
    answer = fangma("sample", str(tmp_path / "made"), "--rooms", "40", "--json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert document["directory"] == str(tmp_path / "made")
    assert all(Path(file).stat().st_size > 0 for file in document["files"])
    assert any(file.endswith(".ifc") for file in document["files"])


def test_ctrl_c_within_a_command_is_told_and_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = typer.Typer()

    @made.command()
    def wait() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "build", lambda: made)
    assert app.run([]) == failures.INTERRUPTED == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = fangma("sample", str(tmp_path / "file"), "--rooms", "40")
    assert answer.returncode == 1
    assert "error: " in answer.stderr
    assert "remedy: " in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "fault in Fangma" not in answer.stderr


def test_a_kind_that_does_not_exist_is_refused_before_a_home_is_made(tmp_path: Path) -> None:
    answer = fangma("list", "storeys", "--json", FANGMA_HOME=str(tmp_path / "home"))
    assert answer.returncode == 1
    assert "found kind 'storeys'" in answer.stdout
    assert not (tmp_path / "home").exists()
