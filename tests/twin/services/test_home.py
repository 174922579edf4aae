import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fangma.twin.errors import BusyError, HomeError, WrongVersionError
from fangma.twin.services import home as homes
from fangma.twin.settings import Settings


def test_a_new_home_says_which_format_it_has(settings: Settings) -> None:
    home = homes.open_home(settings)
    assert json.loads(home.version_file.read_text()) == {"format": 1}


def test_a_home_of_a_newer_fangma_is_refused_and_not_touched(settings: Settings) -> None:
    home = homes.open_home(settings)
    home.version_file.write_text('{"format": 99}')
    with pytest.raises(WrongVersionError, match="has format 99; this Fangma knows formats up to 1"):
        homes.open_home(settings)
    assert json.loads(home.version_file.read_text()) == {"format": 99}


@pytest.mark.parametrize("text", ["", "[]", '{"format": "two"}', '{"format": 0}'])
def test_a_home_that_does_not_say_its_format_is_refused(settings: Settings, text: str) -> None:
    home = homes.open_home(settings)
    home.version_file.write_text(text)
    with pytest.raises(WrongVersionError, match="does not say which format"):
        homes.open_home(settings)


def test_an_older_home_is_carried_on_step_by_step_and_a_failed_step_is_done_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = homes.open_home(settings)
    done: list[str] = []

    def first(directory: Path) -> None:
        done.append("first")
        (directory / "first").touch()

    def second(directory: Path) -> None:
        done.append("second")
        if done.count("second") == 1:
            raise OSError(5, "Input/output error", str(directory))

    monkeypatch.setattr(homes, "UPGRADES", (first, second))
    with pytest.raises(HomeError):
        homes.open_home(settings)
    assert json.loads(home.version_file.read_text()) == {"format": 2}
    homes.open_home(settings)
    assert done == ["first", "second", "second"]
    assert json.loads(home.version_file.read_text()) == {"format": 3}


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(HomeError, match="cannot be used") as raised:
        homes.open_home(Settings(home=tmp_path / "home"))
    assert "FANGMA_HOME" in raised.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(HomeError, match="Permission denied"):
        homes.open_home(Settings(home=tmp_path / "home"))


def test_a_lock_is_held_by_one_and_falls_with_its_holder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from fangma.twin.services.home import locked\n"
        "with locked(Path(sys.argv[1]), within_s=0): print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert homes.is_locked(file)
        with pytest.raises(BusyError), homes.locked(file, within_s=0.1):
            pass
        holder.kill()
        holder.wait()
    assert not homes.is_locked(file)
    with homes.locked(file, within_s=0.1):
        assert homes.is_locked(file)
