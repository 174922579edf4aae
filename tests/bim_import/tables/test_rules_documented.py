"""Every rule that refuses or explains a table is in docs/findings.md."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def rules_in_code() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "bim-import/fangma/bim_import/tables").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            values = [word.value for word in node.keywords if word.arg == "rule"]
            if getattr(node.func, "id", "") in {"refuse", "error", "_tell"}:
                values += node.args[:1]
            found |= {
                value.value
                for value in values
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found


def test_every_rule_of_tables_is_documented():
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    rules = rules_in_code()
    assert len(rules) > 15
    assert rules <= set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
