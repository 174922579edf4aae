"""Every line that the audit log can hold has a word in the viewer."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITERS = ("twin", "asset-registry", "bim-import", "sensors-bridge")
NOTES = {"note": 0, "note_once": 1}  # of a request: which argument is the action


def actions(source: Path) -> Iterator[str]:
    """Actions that a module writes to the log; the head of those that it puts together."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        given = [each.value for each in node.keywords if each.arg == "action"]
        if node.func.attr == "append" and given:
            yield from words(given[0])
        owner = node.func.value
        if node.func.attr in NOTES and isinstance(owner, ast.Name) and owner.id == "registry":
            yield from words(node.args[NOTES[node.func.attr]])


def words(given: ast.expr) -> Iterator[str]:
    if isinstance(given, ast.IfExp):
        yield from words(given.body)
        yield from words(given.orelse)
    elif isinstance(given, ast.JoinedStr):
        yield from words(given.values[0])
    elif isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value


def test_every_line_of_the_audit_log_has_a_word_in_the_viewer():
    found = {
        action
        for folder in WRITERS
        for source in (ROOT / folder / "fangma").rglob("*.py")
        for action in actions(source)
    }
    assert {"sign-in", "secret-read", "alarm-", "names-read", "audit-read"} <= found
    told = json.loads((ROOT / "viewer/src/pages/log/words.zh.json").read_text("utf-8"))["action"]
    untold = {
        each
        for each in found
        if each not in told
        and not (each.endswith("-") and any(word.startswith(each) for word in told))
    }
    assert untold == set()
