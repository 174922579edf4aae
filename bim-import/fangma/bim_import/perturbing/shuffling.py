"""Renumber the statements of a STEP file and write them in another order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from pathlib import Path

_TOKEN = re.compile(r"'(?:[^']|'')*'|#\d+")


def shuffle(path: Path, chance: random.Random) -> None:
    """Give every statement another number and another place; the content stays the same.

    The file must have one statement a line, as ifcopenshell writes it.
    """
    head, _, rest = path.read_text("utf-8").partition("DATA;\n")
    data, _, tail = rest.partition("ENDSEC;")
    lines = [line for line in data.split("\n") if line.strip()]
    old = [line.partition("=")[0] for line in lines]
    numbers = list(range(1, len(old) + 1))
    chance.shuffle(numbers)
    new = dict(zip(old, (f"#{n}" for n in numbers), strict=True))

    def renumbered(token: re.Match[str]) -> str:
        text = token.group()
        return text if text[0] == "'" else new[text]

    lines = [_TOKEN.sub(renumbered, line) for line in lines]
    chance.shuffle(lines)
    path.write_text(head + "DATA;\n" + "\n".join(lines) + "\nENDSEC;" + tail, "utf-8")
