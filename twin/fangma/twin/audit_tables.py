"""What an audit was told and what it found, as CSV: enough to reckon all of it again elsewhere."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fangma.asset_registry.auditing.facts import AuditFacts

_ROOM: Final = (
    "code", "building", "storey", "number", "name", "use", "measured_m2", "method", "in_ledger",
    "ledger_m2", "registered_use", "certificate", "certificate_m2", "ledger_unit", "annex_of",
    "rest_room_m2", "toilet_m2", "sealed_on", "empty_since",
)  # fmt: skip
_FACTS: Final[dict[str, Sequence[str]]] = {
    "rooms": _ROOM,
    "buildings": ("code", "name", "height_m", "height_basis", "gross_m2", "net_m2"),
    "units": (
        "code", "name", "parent", "organ_class", "unit_rank", "authorised", "posts", "division",
    ),
    "people": ("id", "unit", "rank", "post", "status", "left_on", "second_posts"),
    "assignments": ("room", "person", "unit", "use", "since", "until"),
    "leases": ("room", "direction", "tenant", "since", "until", "due", "paid"),
    "titles": ("thing", "certificate", "holder", "status", "area_m2", "use", "registered_on"),
}  # fmt: skip
_FOUND: Final[dict[str, Sequence[str]]] = {
    "persons": ("person", "unit", "rank", "allowed_m2", "used_m2", "excess_m2", "verdict", "rules"),
    "units": (
        "unit", "judged_in", "allowed_m2", "used_m2", "excess_m2", "persons_excess_m2", "verdict",
        "rules",
    ),
    "rooms": ("room", "use", "area_m2", "allowed_m2", "excess_m2", "verdict", "rules"),
    "buildings": ("building", "usable_m2", "gross_m2", "ratio", "required_ratio", "verdict"),
    "idle": ("room", "kind", "since", "days", "area_m2", "evidence"),
}  # fmt: skip


def audit_tables(facts: AuditFacts, document: Mapping[str, Any]) -> dict[str, bytes]:
    """Return CSV files by name: ``facts-*.csv`` went in, ``found-*.csv`` came out.

    UTF-8 with a byte order mark, areas unrounded as they were read, people by pseudonym. A cell
    that a spreadsheet would take for a formula begins with an apostrophe.
    """
    files = {
        f"facts-{name}.csv": _table(
            columns, sorted(_row(row, columns) for row in getattr(facts, name))
        )
        for name, columns in _FACTS.items()
    }
    files["facts-audit.csv"] = _table(
        ("name", "value"),
        [
            ("at", document["at"]),
            ("known", _word(document["known"])),
            ("division", _word(facts.division)),
            ("standard", document["standard"]),
            ("layers", " ".join(document["layers"])),
            ("tolerance_m2", _word(document["tolerance_m2"])),
            ("sharing", document["sharing"]),
        ],
    )
    for name, columns in _FOUND.items():
        files[f"found-{name}.csv"] = _table(
            columns, (map(_word, _answers(row, columns)) for row in document[name])
        )
    return files


def _row(row: object, columns: Sequence[str]) -> list[str]:
    return [_word(getattr(row, column)) for column in columns]


def _answers(row: Mapping[str, Any], columns: Sequence[str]) -> list[object]:
    return [
        tuple(sorted({finding["rule"] for finding in row["findings"]}))
        if column == "rules"
        else row[column]
        for column in columns
    ]


def _table(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig")


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case tuple():
            return ";".join(_part(each) for each in value)
        case str() if value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            return f"'{value}"
        case _:
            return str(value)


def _part(value: object) -> str:
    """Write one of several: a post with its count, or a second post."""
    if isinstance(value, tuple):
        return ":".join(str(each) for each in value)
    if hasattr(value, "ended_on"):
        approved = {True: "approved", False: "refused", None: ""}[value.approved]  # type: ignore[attr-defined]
        return f"{value.unit}:{approved}:{value.ended_on or ''}"  # type: ignore[attr-defined]
    return str(value)
