"""What makes a scanned file no whole model, or an odd one."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from ifcopenshell import ifcopenshell_wrapper

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.opening.header import SCHEMAS, Header
from fangma.bim_import.opening.statements import DEEPEST_NESTING, Statements, line_at
from fangma.bim_import.refusal import RefusedFile, refuse, warn

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_NUMBER = 2**31 - 1
# A slip of one exporter leaves a handful of loose ends; a hole in the file leaves many.
LOOSE_ENDS = 10
LOOSE_SHARE = 0.01

_EXPORT = "Export the model again, and check that the whole file was copied."
_NUMBER = re.compile(rb"\s*#(\d+)\s*=")
_NEXT = re.compile(rb";\s*#\d+\s*=")


class _Error(Protocol):
    def __call__(
        self, rule: str, message: str, remedy: str, element: str | None = None
    ) -> None: ...


def explain_unreadable(name: str, data: bytes, offset: int) -> RefusedFile:
    """Say where the text of a file stops being STEP.

    Parameters
    ----------
    data : bytes
        The text, comments blanked.
    offset : int
        Where no statement begins that can be read.
    """
    rest = data[offset:]
    start = offset + len(rest) - len(rest.lstrip())
    line = line_at(data, start)
    match = _NUMBER.match(rest)
    element = f"#{int(match[1])}" if match else None
    whole = re.search(rb"END-ISO-10303-21", rest, re.IGNORECASE)
    if whole is None or not rest.strip(b"\x00 \t\r\n"):
        inside = f" in the middle of statement {element}" if element else ""
        return refuse(
            "truncated",
            f"{name} is cut off: the end mark END-ISO-10303-21 is missing, "
            f"and the readable text ends on line {line}{inside}.",
            "Copy or export the model again; the transfer or the export stopped half-way.",
            element,
        )
    end = _NEXT.search(rest)
    excerpt = rest[: end.start() + 1 if end else 120].strip()[:100]
    shown = excerpt.decode("utf-8", "replace")
    shown = "".join(letter if letter.isprintable() else " " for letter in shown)
    return refuse(
        "bad-statement",
        f"{name} breaks the rules of its format on line {line}: "
        f"a statement was expected, found: {shown}",
        "Export the model again; do not edit IFC files by hand.",
        element,
    )


def defects(name: str, statements: Statements, header: Header) -> list[Finding]:
    """Check what can be told without parsing; errors refuse the file.

    Returns
    -------
    findings : list[Finding]
        Rules ``unknown-schema``, ``empty-model``, ``repeated-number``, ``bad-statement``,
        ``no-project``, ``several-projects``, ``unknown-class``, ``attribute-count``,
        ``missing-reference``.
    """
    found: list[Finding] = []

    def error(rule: str, message: str, remedy: str, element: str | None = None) -> None:
        found.append(
            Finding(
                severity=Severity.ERROR, rule=rule, element=element, message=message, remedy=remedy
            )
        )

    if header.schema is None:
        told = header.declared_schema or "none"
        error(
            "unknown-schema",
            f"{name} declares the schema {told}; known are {', '.join(sorted(SCHEMAS))}.",
            "Export the model as IFC4 or IFC2x3 (Coordination View).",
        )
    if not len(statements.ids):
        error("empty-model", f"{name} has a header but no statements at all.", _EXPORT)
        return found
    if len(statements.repeated):
        first = int(statements.repeated[0])
        row = int(np.flatnonzero(statements.ids == first)[1])
        error(
            "repeated-number",
            f"{len(statements.repeated)} numbers stand before more than one statement, "
            f"the first is #{first}, again on line {statements.line(row)}; "
            "what refers to it is ambiguous.",
            "Export the model again; files must not be joined by hand.",
            f"#{first}",
        )
    if int(statements.ids.max()) > LARGEST_NUMBER or int(statements.ids.min()) < 1:
        error(
            "bad-statement",
            f"{name} numbers its statements outside 1 to {LARGEST_NUMBER}.",
            "Export the model again with another version of the program.",
        )
    if statements.unbalanced is not None:
        row = statements.unbalanced
        error(
            "bad-statement",
            f"The parentheses of #{statements.ids[row]} on line {statements.line(row)} do not "
            f"close, or nest deeper than {DEEPEST_NESTING}.",
            "Export the model again; do not edit IFC files by hand.",
            f"#{statements.ids[row]}",
        )
    _check_project(name, statements, error)
    if header.schema is not None:
        _check_classes(name, statements, header.schema, error, found)
    _check_references(name, statements, error, found)
    return found


def _check_project(name: str, statements: Statements, error: _Error) -> None:
    code = _code(statements, "IFCPROJECT")
    rows = np.flatnonzero(statements.classes == code)  # -1 is no class of any row
    if not len(rows):
        error(
            "no-project",
            f"{name} has no IfcProject; a whole model has exactly one.",
            "Export the whole model, not a library or a part of it.",
        )
    elif len(rows) > 1:
        numbers = ", ".join(f"#{statements.ids[row]}" for row in rows[:5])
        error(
            "several-projects",
            f"{name} has {len(rows)} IfcProjects ({numbers}); a whole model has exactly one.",
            "Export each project into a file of its own.",
        )


def _check_classes(
    name: str, statements: Statements, schema: str, error: _Error, found: list[Finding]
) -> None:
    sizes = attribute_counts(schema)
    unknown = unknown_rows(statements, schema)
    if len(unknown):
        words = sorted({statements.keywords[code] for code in statements.classes[unknown]})
        row = int(unknown[0])
        message = (
            f"{name} has {len(unknown)} statements of classes that {schema} does not have "
            f"({', '.join(words[:5])}), the first on line {statements.line(row)}"
        )
        element = f"#{statements.ids[row]}"
        if _is_many(len(unknown), len(statements.ids)):
            others = [
                other
                for other in ("IFC2X3", "IFC4", "IFC4X3_ADD2")
                if all(word in attribute_counts(other) for word in statements.keywords)
            ]
            hint = f" All of its classes exist in {others[0]}." if others else ""
            error(
                "unknown-class",
                f"{message}.{hint}",
                "Export the model again with a schema that the program fully supports.",
                element,
            )
            return
        found.append(
            warn(
                "unknown-class",
                f"{message}; they were left out.",
                "Check in the viewer whether anything is missing; update the exporting program.",
                element,
            )
        )
    expected = np.array([sizes.get(word, -1) for word in statements.keywords])[statements.classes]
    wrong = np.flatnonzero((statements.counts != expected) & (expected >= 0))
    if not len(wrong):
        return
    row = int(wrong[0])
    message = (
        f"{len(wrong)} statements have too many or too few attributes for {schema}, first "
        f"#{statements.ids[row]} {statements.keywords[statements.classes[row]]} on line "
        f"{statements.line(row)}: {statements.counts[row]} found, {expected[row]} expected"
    )
    element = f"#{statements.ids[row]}"
    if _is_many(len(wrong), len(expected)):
        error(
            "attribute-count",
            f"{message}; the file does not follow the schema that it declares.",
            "Export the model again as IFC4 or IFC2x3.",
            element,
        )
    else:
        found.append(
            warn(
                "attribute-count",
                f"{message}; missing ones were taken as empty.",
                "Look at this element in the viewer; update the exporting program.",
                element,
            )
        )


def _check_references(
    name: str, statements: Statements, error: _Error, found: list[Finding]
) -> None:
    loose = np.flatnonzero(statements.ref_targets < 0)
    if not len(loose):
        return
    row = int(statements.ref_rows[loose[0]])
    element = f"#{statements.ids[row]}"
    message = (
        f"{len(loose)} references lead to statements that {name} does not have, the first in "
        f"{element} on line {statements.line(row)}"
    )
    if _is_many(len(loose), len(statements.ref_targets)):
        error("missing-reference", f"{message}; a part of the model is missing.", _EXPORT, element)
    else:
        found.append(
            warn(
                "missing-reference",
                f"{message}; they were taken as empty.",
                "Look at this element in the viewer; update the exporting program.",
                element,
            )
        )


def _is_many(count: int, total: int) -> bool:
    return count > max(LOOSE_ENDS, LOOSE_SHARE * total)


def unknown_rows(statements: Statements, schema: str) -> NDArray[np.int64]:
    """Find the statements whose class a schema does not have."""
    sizes = attribute_counts(schema)
    strange = np.array([word not in sizes for word in statements.keywords], dtype=np.bool_)
    return np.flatnonzero(strange[statements.classes])


def _code(statements: Statements, keyword: str) -> int:
    return statements.keywords.index(keyword) if keyword in statements.keywords else -1


@cache
def attribute_counts(schema: str) -> dict[str, int]:
    """Count the attributes of every instantiable class of a schema, by upper-case name."""
    declarations = ifcopenshell_wrapper.schema_by_name(schema).entities()
    return {
        entity.name().upper(): entity.attribute_count()
        for entity in declarations
        if not entity.is_abstract()
    }


@cache
def rooted_classes(schema: str) -> frozenset[str]:
    """Name, in upper case, the classes that are an IfcRoot."""
    out: set[str] = set()
    for entity in ifcopenshell_wrapper.schema_by_name(schema).entities():
        ancestor: ifcopenshell_wrapper.entity | None = entity
        while ancestor is not None:
            if ancestor.name() == "IfcRoot":
                out.add(entity.name().upper())
                break
            ancestor = ancestor.supertype()
    return frozenset(out)


@cache
def unordered_attributes(schema: str) -> dict[str, frozenset[int]]:
    """Find the attributes that are SETs, by upper-case class name."""
    out: dict[str, frozenset[int]] = {}
    for entity in ifcopenshell_wrapper.schema_by_name(schema).entities():
        places = frozenset(
            place
            for place, attribute in enumerate(entity.all_attributes())
            if (kind := attribute.type_of_attribute().as_aggregation_type()) is not None
            and kind.type_of_aggregation_string() == "set"
        )
        if places:
            out[entity.name().upper()] = places
    return out
