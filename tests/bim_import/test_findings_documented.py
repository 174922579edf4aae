"""Every rule of opening and reading is documented, in both languages, and exists."""

import ast
import re
from pathlib import Path

from fangma.bim_import.findings_zh import TITLES_AND_REMEDIES

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "bim-import/fangma/bim_import" / name for name in ("opening", "reading")]


def rules_in_code() -> set[str]:
    """Collect what is passed as a rule: the first argument of a maker of findings, or rule=."""
    found: set[str] = set()
    makers = {"refuse", "warn", "note", "error", "add"}
    for path in (file for folder in FOLDERS for file in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            values = [word.value for word in node.keywords if word.arg == "rule"]
            if name in makers:
                values += node.args[:1]
            found |= {
                value.value
                for value in values
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found | {"loose-port", "type-port", "shared-port"}  # passed through a loop


def test_every_rule_is_documented_and_translated_and_none_besides() -> None:
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    for folder_rules in ("## Opening", "## Reading"):
        assert folder_rules in text
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    in_code = rules_in_code()
    assert in_code
    assert in_code <= documented
    assert in_code == set(TITLES_AND_REMEDIES)


def test_every_translation_has_a_title_and_a_remedy() -> None:
    assert all(title and remedy for title, remedy in TITLES_AND_REMEDIES.values())
