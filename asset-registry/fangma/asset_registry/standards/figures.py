"""A figure of a standard, with where it stands and how sure we are of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


class Flag(StrEnum):
    """How sure a figure is.

    VERIFIED was read in at least one public copy; DERIVED is arithmetic on verified figures;
    MEMORY is not confirmed and must never be quoted as law; SETTING is this product's own choice.
    """

    VERIFIED = "VERIFIED"
    DERIVED = "DERIVED"
    MEMORY = "MEMORY"
    SETTING = "SETTING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Where something stands.

    Attributes
    ----------
    document : str
        Title and number.
    clause : str
        Article, table or note.
    flag : Flag
        How sure.
    note : str
        Anything that a reader must know beside it; empty when there is nothing.
    """

    document: str
    clause: str
    flag: Flag
    note: str = ""

    def __str__(self) -> str:
        """Return the words that stand beside a finding; an unconfirmed figure says so."""
        words = f"{self.document} {self.clause}".strip()
        if self.flag in {Flag.MEMORY, Flag.SETTING}:
            said = "待核实" if self.flag is Flag.MEMORY else "本系统设定"
            return f"{words}({said})"
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and its basis."""

    value: Decimal
    basis: Basis
