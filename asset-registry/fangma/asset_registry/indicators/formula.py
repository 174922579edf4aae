"""Formulas of indicators: sums, differences, products and quotients of figures by name.

Read by Python's own parser and never run by it: whatever is not in the grammar is refused.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from fangma.asset_registry.indicators.errors import IndicatorError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LONGEST: Final = 300
_DEEPEST: Final = 20
_OPERATORS: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A figure by its key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Two terms with ``+``, ``-``, ``*`` or ``/`` between them."""

    sign: str
    left: Term
    right: Term


Term = Number | Name | Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula as its editor wrote it, and what it means.

    Attributes
    ----------
    names : tuple of str
        Figures that it asks for, in the order of their first use.
    """

    text: str
    term: Term
    names: tuple[str, ...]

    def value(self, figures: Mapping[str, float | None]) -> float | None:
        """Reckon.

        Returns
        -------
        value : float or None
            None when a figure is missing, or something is divided by zero.

        Examples
        --------
        >>> read_formula("idle / rooms * 100", {"idle", "rooms"}).value({"idle": 3, "rooms": 60})
        5.0
        >>> read_formula("idle / rooms", {"idle", "rooms"}).value({"idle": 3, "rooms": 0}) is None
        True
        """
        found = _value(self.term, figures)
        return found if found is not None and math.isfinite(found) else None


def read_formula(text: str, known: Collection[str]) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        Numbers, names of figures, ``+ - * /`` and brackets.
    known : collection of str
        Figures that there are.

    Raises
    ------
    IndicatorError
        When it holds anything else, or a figure that there is not.
    """
    if len(text) > LONGEST:
        raise IndicatorError(
            f"found a formula of {len(text)} characters, expected at most {LONGEST}",
            "split it into several indicators",
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise IndicatorError(
            f"found the formula {text!r}, which cannot be read: {error}",
            "write figures by name with + - * / and brackets between them",
        ) from None
    names: dict[str, None] = {}
    term = _term(tree.body, text, known, names, 0)
    if not names:
        raise IndicatorError(
            f"found the formula {text!r}, expected one that asks for a figure", "name a figure"
        )
    return Formula(text=text.strip(), term=term, names=tuple(names))


def _term(
    node: ast.expr, text: str, known: Collection[str], names: dict[str, None], depth: int
) -> Term:
    if depth > _DEEPEST:
        raise IndicatorError(
            f"found the formula {text!r}, nested deeper than {_DEEPEST}", "write it more plainly"
        )
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(
            value, bool
        ) and math.isfinite(value):
            return Number(value=float(value))
        case ast.Name(id=key):
            if key not in known:
                raise IndicatorError(
                    f"found the figure {key!r} in {text!r}, expected one of {', '.join(known)}",
                    "name a figure that there is",
                )
            names[key] = None
            return Name(key=key)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            right = _term(operand, text, known, names, depth + 1)
            return Operation(sign="-", left=Number(value=0.0), right=right)
        case ast.BinOp(left=left, op=operator, right=right_node) if type(operator) in _OPERATORS:
            return Operation(
                sign=_OPERATORS[type(operator)],
                left=_term(left, text, known, names, depth + 1),
                right=_term(right_node, text, known, names, depth + 1),
            )
        case _:
            raise IndicatorError(
                f"found {ast.unparse(node)[:40]!r} in {text!r}, expected figures, numbers, + - * /",
                "leave out what is no sum, difference, product or quotient",
            )


def _value(term: Term, figures: Mapping[str, float | None]) -> float | None:
    match term:
        case Number(value=value):
            return value
        case Name(key=key):
            return figures.get(key)
        case Operation(sign=sign, left=left, right=right):
            a, b = _value(left, figures), _value(right, figures)
            if a is None or b is None:
                return None
            match sign:
                case "+":
                    return a + b
                case "-":
                    return a - b
                case "*":
                    return a * b
                case _:
                    return None if b == 0 else a / b
        case _:
            assert_never(term)
