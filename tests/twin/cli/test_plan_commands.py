"""``fangma plan`` as scripts call it: requests that bring their own facts, and kept plans."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fangma.twin.cli.app import run

EXAMPLE = Path(__file__).parents[3] / "docs" / "plan-request.example.json"
Fangma = Callable[..., tuple[int, dict]]


def solve(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any]:
    code = run(["plan", "solve", str(path), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_a_request_with_its_own_rooms_needs_no_registry(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANGMA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, answer = solve(EXAMPLE, capsys)
    assert code == 0
    assert answer["status"] == "optimal"
    assert answer["gap"] == 0
    assert {"moves", "excess_m2"} <= answer["objective"].keys() & answer["bound"].keys()
    assert all({"step", "from", "to"} <= move.keys() for move in answer["moves"])
    assert answer["conflict"] == []


def test_an_impossible_request_ends_with_one_and_names_the_conflict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(EXAMPLE.read_text("utf-8"))
    document["wishes"] = [
        {"id": "不动", "kind": "stay", "persons": ["P2"]},
        {"id": "首层", "kind": "stay", "persons": ["P1"]},
    ]
    path = tmp_path / "request.json"
    path.write_text(json.dumps(document), "utf-8")
    code, answer = solve(path, capsys)
    assert (code, answer["status"]) == (1, "infeasible")
    assert {each["id"] for each in answer["conflict"]} == {"维修", "不动"}


@pytest.mark.db
def test_without_rooms_and_without_a_site_the_command_says_what_to_do(
    fangma: Fangma, tmp_path: Path
) -> None:
    path = tmp_path / "request.json"
    path.write_text('{"demands": []}', "utf-8")
    code, document = fangma("plan", "solve", str(path))
    assert code == 1
    assert "registry" in document["error"]["message"]
    assert document["error"]["remedy"]
    path.write_text('{"demand": []}', "utf-8")
    code, document = fangma("plan", "solve", str(path))
    assert (code, document["error"]["code"]) == (1, "request")
    assert fangma("plan", "list") == (0, {"items": []})
    code, document = fangma("plan", "show", "7")
    assert (code, document["error"]["code"]) == (1, "unknown-plan")
