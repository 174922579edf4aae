"""Files of YAML by which bridge and adapters are set up: read, or refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


class SetupError(ValueError):
    """What a file holds is not what it should."""


def decoded(text: str, kind: type[T]) -> T:
    """Read YAML as a type.

    Raises
    ------
    SetupError
        Whatever is wrong: also a 13th month or a number without end, which the library of YAML
        tells as a ``ValueError`` or ``OverflowError`` of its own.
    """
    try:
        return msgspec.yaml.decode(text, type=kind)
    except RecursionError:
        raise SetupError("it is nested too deeply") from None
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise SetupError(str(error)) from None


def text_of(file: Path) -> str:
    """Read a file.

    Raises
    ------
    SetupError
        When it is not UTF-8.
    """
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SetupError(f"{file.name} is not UTF-8: {error}") from None
