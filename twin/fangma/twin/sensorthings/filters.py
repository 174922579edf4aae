"""``$filter``: the expressions of OGC 18-088, 9.3.3.5, read once and asked of each entity. Pure.

Comparisons, ``and or not``, arithmetic and functions of texts, numbers and times. What is missing
is null: it equals null and nothing else, and no other comparison holds of it. Functions of places
are refused with a word.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.twin.errors import TwinError
from fangma.twin.times import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Value = Any  # whatever JSON holds, or a datetime

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<time>\d{4}-\d{2}-\d{2}(?:[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+\- ]\d{2}:\d{2}))?)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_@][\w@.]*(?:/[A-Za-z_@][\w@.]*)*)"
    r"|(?P<sign>[(),-]))"
)
_MOST: Final = 400  # words
_DEEPEST: Final = 40


class OptionError(TwinError):
    """A query option that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the expression."""

    value: Value


@dataclass(frozen=True, slots=True)
class Path:
    """A property, of the entity or of one that it leads to: ``Thing/name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, by name, of one or more expressions."""

    name: str
    of: tuple[Expression, ...]


Expression = Literal | Path | Call


def read_filter(text: str) -> Expression:
    """Read an expression.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> read_filter("result gt 20 and not (name eq 'x')").name
    'and'
    """
    reader = _Reader(text)
    found = reader.expression(0, 0)
    reader.expect_end()
    if not all(_is_condition(each) for each in conjuncts(found)):
        raise OptionError("$filter is no condition, expected one that holds or does not", _EXAMPLE)
    return found


def conjuncts(expression: Expression | None) -> Iterator[Expression]:
    """Take an expression apart where ``and`` joins it."""
    if isinstance(expression, Call) and expression.name == "and":
        for each in expression.of:
            yield from conjuncts(each)
    elif expression is not None:
        yield expression


def joined(expressions: list[Expression]) -> Expression | None:
    """Put together what all must hold; the inverse of :func:`conjuncts`."""
    found: Expression | None = None
    for each in expressions:
        found = each if found is None else Call("and", (found, each))
    return found


def holds(expression: Expression, resolve: Callable[[str], Value]) -> bool:
    """Tell whether an expression is true of an entity.

    Parameters
    ----------
    resolve : callable
        From a path to the entity's value there; None where it has none.
    """
    return _value(expression, resolve) is True


def comparable(value: Value) -> tuple[int, Value]:
    """Return a key by which values of any kind can be put in order: null, numbers, texts, times."""
    value = _timed(value)
    match value:
        case bool() | int() | float():
            return 1, float(value)
        case str():
            return 2, value
        case datetime():
            return 3, value
        case _:
            return 0, 0


def compare(name: str, left: Value, right: Value) -> bool:
    """Compare two values; those of different kinds, or null, differ and have no order."""
    if isinstance(left, datetime) or isinstance(right, datetime):
        left, right = _timed(left), _timed(right)
    if left is None or right is None:
        is_same = left is None and right is None
        return is_same if name == "eq" else not is_same if name == "ne" else False
    try:
        return bool(_COMPARE[name](left, right))
    except TypeError:
        return name == "ne"


def _is_condition(expression: Expression) -> bool:
    return isinstance(expression, Call) and (
        expression.name in _COMPARE
        or expression.name in ("not", "or", "substringof", "contains", "startswith", "endswith")
    )


class _Reader:
    """Reads tokens by precedence: or, and, comparison, add, mul, not and minus."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise OptionError(
                    f"$filter cannot be read from {text[position : position + 40]!r} on", _EXAMPLE
                )
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            position = match.end()
            if len(self._tokens) > _MOST:
                raise OptionError(f"$filter has more than {_MOST} words", "ask for less")
        self._at = 0

    def expression(self, least: int, depth: int) -> Expression:
        """Read up to an operator that binds less than ``least``."""
        if depth > _DEEPEST:
            raise OptionError("$filter is nested too deeply", "ask for less")
        left = self._operand(depth)
        while (kind := self._peek())[0] == "word" and _BINDS.get(kind[1].lower(), -1) >= least:
            name = self._next()[1].lower()
            left = Call(name, (left, self.expression(_BINDS[name] + 1, depth + 1)))
        return left

    def expect_end(self) -> None:
        """Refuse what follows."""
        if self._at < len(self._tokens):
            raise OptionError(f"$filter goes on with {self._peek()[1][:40]!r}", _EXAMPLE)

    def _operand(self, depth: int) -> Expression:
        kind, word = self._next()
        following = self._peek()[1]
        match kind:
            case "text":
                return Literal(word[1:-1].replace("''", "'"))
            case "number":
                return Literal(float(word))
            case "time":
                return _time(word)
            case "sign" if word == "(":
                found = self.expression(0, depth + 1)
                self._expect(")")
                return found
            case "sign" if word == "-":
                return Call("minus", (self._operand(depth + 1),))
            case "word" if word.lower() == "not":
                return Call("not", (self.expression(_BINDS["and"] + 1, depth + 1),))
            case "word" if word in _CONSTANTS:
                return Literal(_CONSTANTS[word])
            case "word" if following == "(":
                return self._call(word, depth)
            case "word":
                return Path(word)
            case _:
                raise OptionError(
                    f"$filter has {word[:40]!r} where a value should stand"
                    if word
                    else "$filter ends where a value should stand",
                    _EXAMPLE,
                )

    def _call(self, word: str, depth: int) -> Expression:
        known = _FUNCTIONS.get(word.lower())
        if known is None:
            raise OptionError(
                f"found the function {word[:40]}, expected one of {', '.join(_FUNCTIONS)}",
                "functions of places are not read",
            )
        self._expect("(")
        given: list[Expression] = []
        while self._peek()[1] != ")":
            if given:
                self._expect(",")
            given.append(self.expression(0, depth + 1))
        self._expect(")")
        least, most = known[1]
        if not least <= len(given) <= most:
            raise OptionError(
                f"{word} has {len(given)} values, expected {least}"
                + (f" to {most}" if most > least else ""),
                _EXAMPLE,
            )
        return Call(word.lower(), tuple(given))

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        found = self._peek()
        self._at += 1
        return found

    def _expect(self, sign: str) -> None:
        found = self._next()[1]
        if found != sign:
            raise OptionError(f"$filter has {found[:40]!r}, expected {sign!r}", _EXAMPLE)


def _time(word: str) -> Literal:
    try:
        return Literal(parse_time(word))
    except TimeFormatError as error:
        raise OptionError(error.message, error.remedy) from None


def _value(expression: Expression, resolve: Callable[[str], Value]) -> Value:
    match expression:
        case Literal(value):
            return value
        case Path(name):
            return resolve(name)
        case Call("and", (left, right)):
            return _value(left, resolve) is True and _value(right, resolve) is True
        case Call("or", (left, right)):
            return _value(left, resolve) is True or _value(right, resolve) is True
        case Call("not", (of,)):
            return _value(of, resolve) is not True
        case Call(name, of):
            values = [_value(each, resolve) for each in of]
            if name in _COMPARE:
                return compare(name, *values)
            if any(each is None for each in values):
                return None
            try:
                return _FUNCTIONS[name][0](*values)
            except (TypeError, ValueError, AttributeError, ArithmeticError, IndexError):
                return None  # of a value that is of another kind
    raise AssertionError(expression)


def _timed(value: Value) -> Value:
    """Read a time that an entity writes as text."""
    if isinstance(value, str) and len(value) >= 20 and value[4] == "-":
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return value
        return found if found.tzinfo is not None else value
    return value


def _part(name: str) -> Callable[[Value], float]:
    return lambda value: float(getattr(_timed(value).astimezone(UTC), name))


def _substring(text: str, start: float, length: float | None = None) -> str:
    begin = int(start)
    return text[begin:] if length is None else text[begin : begin + int(length)]


def _text(function: Callable[..., Value]) -> Callable[..., Value]:
    """Refuse what is no text, rather than to find a letter in a list."""

    def of(*values: Value) -> Value:
        if not isinstance(values[0], str):
            raise TypeError
        return function(*values)

    return of


_EXAMPLE: Final = (
    "write e.g. result gt 20 and (phenomenonTime ge 2026-11-21T00:00:00Z or Datastream/name eq 'x')"
)
_CONSTANTS: Final[Mapping[str, Value]] = {"true": True, "false": False, "null": None}
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}
_BINDS: Final[Mapping[str, int]] = {
    "or": 0,
    "and": 1,
    **dict.fromkeys(_COMPARE, 3),
    "add": 4,
    "sub": 4,
    "mul": 5,
    "div": 5,
    "mod": 5,
}
#: Operators and functions: what they do, and of how many values.
_FUNCTIONS: Final[Mapping[str, tuple[Callable[..., Value], tuple[int, int]]]] = {
    "add": (operator.add, (2, 2)),
    "sub": (operator.sub, (2, 2)),
    "mul": (operator.mul, (2, 2)),
    "div": (operator.truediv, (2, 2)),
    "mod": (math.fmod, (2, 2)),
    "minus": (operator.neg, (1, 1)),
    "substringof": (lambda part, text: part in str(text), (2, 2)),
    "contains": (_text(lambda text, part: part in text), (2, 2)),
    "startswith": (_text(str.startswith), (2, 2)),
    "endswith": (_text(str.endswith), (2, 2)),
    "length": (_text(lambda text: float(len(text))), (1, 1)),
    "indexof": (_text(lambda text, part: float(text.find(part))), (2, 2)),
    "substring": (_text(_substring), (2, 3)),
    "tolower": (_text(str.lower), (1, 1)),
    "toupper": (_text(str.upper), (1, 1)),
    "trim": (_text(str.strip), (1, 1)),
    "concat": (_text(lambda one, two: one + two), (2, 2)),
    **{
        name: (_part(name), (1, 1)) for name in ("year", "month", "day", "hour", "minute", "second")
    },
    "date": (lambda at: _timed(at).astimezone(UTC).date().isoformat(), (1, 1)),
    "now": (lambda: datetime.now(UTC), (0, 0)),
    "round": (lambda number: float(math.floor(number + 0.5)), (1, 1)),
    "floor": (lambda number: float(math.floor(number)), (1, 1)),
    "ceiling": (lambda number: float(math.ceil(number)), (1, 1)),
}
