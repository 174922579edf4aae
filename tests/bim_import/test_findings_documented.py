"""Every rule of opening, reading and shaping is documented, in both languages, and exists."""

import ast
import re
from pathlib import Path

from fangma.bim_import.findings_zh import TITLES_AND_REMEDIES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bim-import/fangma/bim_import"
TABLES = (
    "Opening", "Reading", "Shaping", "Matching", "Requirements", "Placing and registering",
)  # fmt: skip
FILES = [
    *(file for name in ("opening", "reading", "shaping") for file in (PACKAGE / name).glob("*.py")),
    PACKAGE / "unmeasured.py",
]


def rules_in_code() -> set[str]:
    """Collect what is passed as a rule: an early argument of a maker of findings, or rule=."""
    found: set[str] = set()
    makers = {"refuse", "warn", "note", "error", "add", "_warning"}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            values: list[ast.AST] = [w.value for w in node.keywords if w.arg == "rule"]
            if name in makers:
                values += node.args[:1]
            if name == "_find":  # of the shaping process: severity, rule, ...
                values += list(ast.walk(node.args[1]))
            found |= {
                value.value
                for value in values
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found | {"loose-port", "type-port", "shared-port"}  # passed through a loop


def documented() -> dict[str, tuple[str, str]]:
    """Read rule, title and remedy of the tables about models."""
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    parts = {part.partition("\n")[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)}
    row = re.compile(r"^\| `([a-z0-9-]+)` \|.*\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
    return {
        rule: (title, remedy) for name in TABLES for rule, title, remedy in row.findall(parts[name])
    }


def test_every_rule_of_the_code_is_documented() -> None:
    in_code = rules_in_code()
    assert {"truncated", "no-storey", "shape-box", "room-without-body"} <= in_code
    assert in_code <= documented().keys()
    assert in_code <= TITLES_AND_REMEDIES.keys()


def test_the_translations_are_those_of_the_documentation() -> None:
    assert TITLES_AND_REMEDIES.items() <= documented().items()
