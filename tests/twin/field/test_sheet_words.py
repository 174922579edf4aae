"""The sheet says the same in both languages: no word is missing in one, and no blank unfilled."""

from string import Formatter

import pytest

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.work_orders.facts import FAULTS, URGENCIES
from fangma.twin.field.sheet_words import SheetWords


def blanks(words: SheetWords) -> dict[str, set[str]]:
    return {
        key: {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        for key, text in words.all.items()
    }


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    assert blanks(SheetWords("zh")) == blanks(SheetWords("en"))


def test_english_speaks_no_chinese_and_names_every_fault_urgency_and_system() -> None:
    words = SheetWords("en")
    said = [
        *words.all.values(),
        *map(words.fault, FAULTS),
        *map(words.urgency, URGENCIES),
        *map(words.system, SYSTEMS),
    ]
    assert all(text.isprintable() and not any("一" <= c <= "鿿" for c in text) for text in said)
    assert len({words.fault(fault) for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize(
    ("east", "north", "side"),
    [
        (3, 0, "东"),
        (2, 2, "东北"),
        (0.1, 5, "北"),
        (-1, 0.2, "西"),
        (-1, -1, "西南"),
        (1, -9, "南"),
    ],
)
def test_the_side_on_which_an_edge_lies_is_named(east: float, north: float, side: str) -> None:
    assert SheetWords("zh").side(east, north) == side
