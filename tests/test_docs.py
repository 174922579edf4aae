"""The documents say what the program has: every command stands in the user guide."""

import re
from pathlib import Path

import pytest
import typer.main

from fangma.twin.cli.app import build

ROOT = Path(__file__).parents[1]
CHINESE = sorted((ROOT / "docs" / "zh").glob("*.md"))


def outline(text: str) -> dict[str, list[str] | set[str]]:
    """What a document and its translation share: headings by level, rows, commands, code."""
    parts = re.split(r"^```.*$", text, flags=re.MULTILINE)
    prose, blocks = "\n".join(parts[::2]), "\n".join(parts[1::2])
    code = {code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", prose)}
    return {
        "headings": re.findall(r"^(#+) ", prose, re.MULTILINE),
        "rows": [
            str(row.count("|")) for row in prose.replace("\\|", "").splitlines() if row[:1] == "|"
        ],
        "pictures": re.findall(r"images/[\w./-]+", prose),
        "code": code,
        "blocks": [line.split("  #")[0].rstrip() for line in blocks.splitlines() if line.strip()],
    }


@pytest.mark.parametrize("chinese", CHINESE, ids=lambda path: path.stem)
def test_a_chinese_document_has_all_that_its_original_has(chinese: Path) -> None:
    original = chinese.parents[1] / chinese.name
    translated, told = outline(chinese.read_text("utf-8")), outline(original.read_text("utf-8"))
    assert translated == told
    assert f"[English](../{chinese.name})" in chinese.read_text("utf-8")
    assert f"[中文](zh/{chinese.name})" in original.read_text("utf-8")


def test_the_chinese_documents_are_reached_from_the_chinese_readme() -> None:
    readme = (ROOT / "README.zh-CN.md").read_text("utf-8")
    assert {"guide.md", "operations.md"} <= {path.name for path in CHINESE}
    assert [path.name for path in CHINESE if f"(docs/zh/{path.name})" not in readme] == []


def test_every_command_is_in_the_user_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    commands = getattr(typer.main.get_command(build()), "commands", {})
    assert "import" in commands
    assert [name for name in commands if f"fangma {name}" not in guide] == []


def test_the_readme_names_the_two_commands_and_its_pictures_are_there() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        readme = (ROOT / name).read_text("utf-8")
        assert "scripts/demo" in readme
        assert "scripts/test" in readme
        pictures = [part.split(")")[0] for part in readme.split("](docs/images/")[1:]]
        assert pictures
        assert [p for p in pictures if not (ROOT / "docs" / "images" / p).is_file()] == []


def test_every_document_that_a_document_links_to_exists() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    missing = []
    for document in documents:
        for part in document.read_text("utf-8").split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target and not (document.parent / target).exists():
                missing.append(f"{document.name}: {target}")
    assert missing == []


def test_every_page_of_the_viewer_has_its_picture_in_the_manual() -> None:
    manual = (ROOT / "docs" / "pages.md").read_text("utf-8")
    sources = sorted((ROOT / "viewer" / "src" / "pages").glob("*/page.ts"))
    paths = [source.read_text("utf-8").split("path: '")[1].split("'")[0] for source in sources]
    assert "desk" in paths
    assert [path for path in paths if f"(images/pages/{path or 'model'}.png)" not in manual] == []
