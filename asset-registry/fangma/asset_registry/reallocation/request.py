"""Read what a planner asks: strict, with every fault told by its path."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.errors import RequestError
from fangma.asset_registry.reallocation.situation import Aim
from fangma.asset_registry.reallocation.wording import REQUEST, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 32 * 1024 * 1024
"""Bytes of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A demand or wish as it was written, its values read.

    Attributes
    ----------
    path : str
        ``demands[0]``.
    values : mapping
        By key; what was left out is not there.
    """

    kind: str
    id: str
    path: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a planner asks.

    Attributes
    ----------
    rooms, persons, units : tuple of mapping, or None
        Facts of the request's own; None = those of the registry.
    """

    title: str | None = None
    site: str | None = None
    on: date | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    rooms: tuple[Mapping[str, Any], ...] | None = None
    persons: tuple[Mapping[str, Any], ...] | None = None
    units: tuple[Mapping[str, Any], ...] | None = None
    demands: tuple[Asked, ...] = ()
    wishes: tuple[Asked, ...] = ()
    aims: tuple[Aim, ...] = tuple(Aim)
    near: tuple[tuple[str, str], ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the request brings its own rooms and people and needs no registry."""
        return self.rooms is not None


def parse_request(text: str | bytes) -> Request:
    """Read a request from JSON text.

    Raises
    ------
    RequestError
        When it is no JSON, or no request.
    """
    return read_request(parse_document(text))


def parse_document(text: str | bytes) -> dict[str, Any]:
    """Read the JSON of a request; what it says is looked at by :func:`read_request`.

    Raises
    ------
    RequestError
        When it is no JSON object, or too long.
    """
    if len(text) > LONGEST:
        raise RequestError([f"found {len(text)} bytes, expected at most {LONGEST}"])
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise RequestError([f"the file is not UTF-8: {error}"], "save it as UTF-8") from None
    except RecursionError:
        raise RequestError(["the file is nested without end"], "write a request") from None
    except ValueError as error:
        raise RequestError(
            [f"the file is no JSON: {error}"], "fangma plan template writes one to begin with"
        ) from None
    if not isinstance(document, dict):
        raise RequestError([f"found {type(document).__name__}, expected an object"])
    return document


def read_request(document: object) -> Request:
    """Read a request from what JSON holds.

    Raises
    ------
    RequestError
        With every fault, each with its path, what was found and what was expected.
    """
    reader = _Reader()
    values = reader.mapping(document, REQUEST, "")
    for given in ("persons", "units"):
        if given in values and "rooms" not in values:
            reader.problems.append(
                f"{given}: found {given} without rooms, expected both or neither: a request either "
                "brings its own facts or takes the registry's"
            )
    for key in ("demands", "wishes"):
        ids = [each.id for each in values.get(key, ())]
        for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            reader.problems.append(f"{key}: found the id {id_!r} twice, expected each once")
    if reader.problems:
        raise RequestError(reader.problems)
    values.pop("present", None)
    values.pop("comment", None)
    if "aims" in values:
        first = tuple(Aim(aim) for aim in values["aims"])
        values["aims"] = (*first, *(aim for aim in Aim if aim not in first))
    if "rooms" in values:
        values.setdefault("persons", ())
        values.setdefault("units", ())
    return Request(**values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _refuse(word: str) -> float:
    raise ValueError(f"found {word}, expected a number")


class _Reader:
    """Reads values by their fields, and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def mapping(self, value: object, keys: Mapping[str, Field], path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fault(path or "the request", value, "an object")
            return {}
        found = {}
        prefix = f"{path}." if path else ""
        for key, each in value.items():
            if key not in keys:
                near = get_close_matches(key, keys, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.problems.append(
                    f"{prefix}{key}: found a key that is not known, expected one of "
                    f"{', '.join(keys)}{hint}"
                )
                continue
            read = self.value(each, keys[key], f"{prefix}{key}")
            if read is not _FAULTY:
                found[key] = read
        for key, wanted in keys.items():
            if wanted.is_required and key not in value:
                self.problems.append(f"{prefix}{key}: found nothing, expected {wanted.says}")
        return found

    def value(self, value: object, wanted: Field, path: str) -> Any:  # noqa: ANN401 - JSON
        if value is None and wanted.is_nullable:
            return None
        match wanted.form:
            case "any":
                return None
            case "text":
                return self._text(value, path)
            case "texts" | "choices":
                return self._texts(value, wanted, path)
            case "flag":
                return (
                    value if isinstance(value, bool) else self._fault(path, value, "true or false")
                )
            case "day":
                return self._day(value, path)
            case "count" | "number":
                return self._number(value, wanted, path)
            case "choice":
                if value in wanted.choices:
                    return value
                return self._fault(path, value, f"one of {', '.join(wanted.choices)}")
            case "object":
                return self.mapping(value, wanted.keys, path)
            case "pairs":
                return self._pairs(value, path)
            case _:
                return self._list(value, wanted, path)

    def _text(self, value: object, path: str) -> Any:  # noqa: ANN401
        if isinstance(value, str) and value.strip() and "\x00" not in value and len(value) <= 2000:
            return value.strip()
        return self._fault(path, value, "a text")

    def _texts(self, value: object, wanted: Field, path: str) -> Any:  # noqa: ANN401
        if not isinstance(value, list):
            return self._fault(path, value, "a list of texts")
        if len(value) < (wanted.least or 0):
            return self._fault(path, value, f"at least {wanted.least:g} of them")
        found = []
        for number, each in enumerate(value):
            read = self._text(each, f"{path}[{number}]")
            if read is not _FAULTY and wanted.choices and read not in wanted.choices:
                read = self._fault(f"{path}[{number}]", each, f"one of {', '.join(wanted.choices)}")
            if read in found:
                self.problems.append(f"{path}[{number}]: found {each!r} twice, expected once")
            elif read is not _FAULTY:
                found.append(read)
        return tuple(found)

    def _day(self, value: object, path: str) -> Any:  # noqa: ANN401
        if isinstance(value, str) and len(value) == len("2026-11-21"):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return self._fault(path, value, "a day such as 2026-12-01")

    def _number(self, value: object, wanted: Field, path: str) -> Any:  # noqa: ANN401
        kinds = (int,) if wanted.form == "count" else (int, float)
        least = wanted.least if wanted.least is not None else -1e9
        most = wanted.most if wanted.most is not None else 1e9
        if (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and least <= value <= most
        ):
            return value
        what = "a whole number" if wanted.form == "count" else "a number"
        return self._fault(path, value, f"{what} from {least:g} to {most:g}")

    def _pairs(self, value: object, path: str) -> Any:  # noqa: ANN401
        if not isinstance(value, list):
            return self._fault(path, value, "a list of pairs of units")
        pair = Field(form="texts", least=2)
        read = [self.value(each, pair, f"{path}[{n}]") for n, each in enumerate(value)]
        found = [each for each in read if each is not _FAULTY]
        for number, each in enumerate(found):
            if len(each) != 2:
                self._fault(f"{path}[{number}]", list(each), "two different units")
        return tuple((each[0], each[1]) for each in found if len(each) == 2)

    def _list(self, value: object, wanted: Field, path: str) -> Any:  # noqa: ANN401
        if not isinstance(value, list):
            return self._fault(path, value, "a list")
        if len(value) < (wanted.least or 0):
            return self._fault(path, value, f"at least {wanted.least:g} of them")
        if wanted.form == "objects":
            return tuple(
                self.mapping(each, wanted.keys, f"{path}[{n}]") for n, each in enumerate(value)
            )
        return tuple(
            read
            for n, each in enumerate(value)
            if (read := self._tagged(each, wanted, f"{path}[{n}]")) is not None
        )

    def _tagged(self, value: object, wanted: Field, path: str) -> Asked | None:
        if not isinstance(value, dict):
            self._fault(path, value, "an object with a kind")
            return None
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in wanted.kinds:
            near = get_close_matches(str(kind), wanted.kinds, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._fault(f"{path}.kind", kind, f"one of {', '.join(wanted.kinds)}{hint}")
            return None
        rest = {key: each for key, each in value.items() if key != "kind"}
        read = self.mapping(rest, wanted.kinds[kind], path)
        return Asked(kind=kind, id=str(read.pop("id", path)), path=path, values=read)

    def _fault(self, path: str, found: object, expected: str) -> Any:  # noqa: ANN401
        shown = json.dumps(found, ensure_ascii=False, default=str)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        self.problems.append(f"{path}: found {shown}, expected {expected}")
        return _FAULTY


_FAULTY: Final = object()
