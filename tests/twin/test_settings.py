import os
from pathlib import Path

import pytest

from fangma.twin.errors import SettingsError
from fangma.twin.settings import Settings, environment_for_child, read_settings


def test_without_an_environment_everything_stays_on_this_machine() -> None:
    settings = read_settings()
    assert (settings.host, settings.database_url, settings.mqtt_url) == ("127.0.0.1", None, None)


def test_the_default_home_depends_on_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data/of/me")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert read_settings().home == Path("/var/lib/fangma")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert read_settings().home == Path("/data/of/me/fangma")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert read_settings().home == Path.home() / ".local/share/fangma"


def test_a_home_is_made_absolute_because_services_run_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FANGMA_HOME", "here")
    assert read_settings().home == tmp_path / "here"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANGMA_DATABASE_URL", "")
    assert read_settings().database_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("FANGMA_PORT", "high"), ("FANGMA_PORT", "70000"), ("FANGMA_HOME", "a\nb")],
)
def test_a_value_that_cannot_be_used_is_told_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_a_child_reads_the_settings_that_its_parent_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FANGMA_PORT", "1")
    monkeypatch.setenv("FANGMA_DATABASE_URL", "postgresql:///old")
    decided = Settings(home=Path("/h"), port=2, database_url=None, mqtt_url="mqtt://b")
    decided = decided.model_copy(update={"database_url": None})
    environment = environment_for_child(decided)
    monkeypatch.undo()
    for name, value in environment.items():
        if name.startswith("FANGMA_"):
            monkeypatch.setenv(name, value)
    assert read_settings() == decided


def test_every_setting_is_in_the_operations_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    missing = [name for name in Settings.model_fields if f"`FANGMA_{name.upper()}`" not in guide]
    assert missing == []
