"""The whole dated file of one entry (一房一档)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import dict_row

from fangma.asset_registry.codes import Code, CodeError, canonical, check_character, parse
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store.history import Change, Held, changes_of
from fangma.asset_registry.store.holders import holders_of, holding_changes
from fangma.asset_registry.store.items import find_item
from fangma.asset_registry.store.plans import notes_of
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from psycopg.types.range import TimestamptzRange

    from fangma.asset_registry.store.connection import Connection, Moment

_ROW: Final = frozenset({"valid", "recorded", "revision_id", "closed_by"})
_DECISIONS: Final = frozenset({"split", "merge", "renumber"})
_NO_SHAPE: Final[dict[str, Any]] = {"declared": []}


def find_entry(conn: Connection, code: str, moment: Moment) -> tuple[UUID, str, str]:
    """Return id, kind and canonical code of what a code, however typed, names.

    Codes of retired things resolve too, for good.

    Raises
    ------
    CodeError
        When it is no code; the message names the check character that would be right.
    UnknownCodeError
        When it names nothing that the reader may see.
    """
    return find_entries(conn, [code], moment)[0]


def find_entries(
    conn: Connection, codes: Iterable[str], moment: Moment
) -> list[tuple[UUID, str, str]]:
    """Return as :func:`find_entry` what each of many codes names, each once, in their order."""
    asked = list(dict.fromkeys(str(_parse(code)) for code in codes))
    rows = conn.execute(
        load("entries")["find_entries"], {"codes": asked, "revision": moment.revision}
    ).fetchall()
    found = {code: (entry_id, kind, code) for entry_id, code, kind in rows}
    for code in asked:
        if code not in found:
            raise UnknownCodeError(code)
    return [found[code] for code in asked]


def _parse(text: str) -> Code:
    """Parse a code; where only its check character is missing, say which it would be."""
    try:
        return parse(text)
    except CodeError as error:
        typed = canonical(text)
        try:
            whole = parse(f"{typed.replace('-', '')}{check_character(typed.replace('-', ''))}")
        except CodeError:
            raise error from None
        if error.suggestion is not None or typed not in {
            "-".join(whole.parts),
            "".join(whole.parts),
        }:
            raise
        raise CodeError(
            text,
            f"the check character {whole.check} at its end",
            f"type it whole, as on the label: {whole}",
            str(whole),
        ) from None


def show_item(conn: Connection, code: str, moment: Moment) -> dict[str, Any]:
    """Return everything that is known of an entry, in the form of CONTRACTS (``fangma show``).

    Raises
    ------
    CodeError, UnknownCodeError
        As :func:`find_entry`.
    """
    entry_id, kind, own = find_entry(conn, code, moment)
    item = find_item(conn, entry_id, kind, moment)
    if item is None:
        raise UnknownCodeError(
            own, f"nothing was known of it then: ask for a later time than {moment.at}"
        )
    asked = {
        "id": entry_id,
        "at": moment.at,
        "known": moment.known,
        "revision": moment.revision,
    }
    shape = _one(conn, "place_of", asked) or _NO_SHAPE
    steps = _all(conn, "lineage", asked)
    sources = _all(conn, "properties_of", asked)
    holders = holders_of(conn, entry_id, moment)
    return {
        **item.as_dict(),
        "at": moment.at.isoformat(),
        "known": moment.known.isoformat(),
        "area": {
            "measured_m2": shape.get("area_m2"),
            "declared": shape["declared"],
            "ledger_m2": None if holders.ledger is None else holders.ledger["area_m2"],
            "method": shape.get("method"),
        },
        "place": _place(shape, _one(conn, "names_around", asked) or {}),
        "occupants": holders.occupants,
        "ledger": holders.ledger,
        "titles": holders.titles,
        "building_record": holders.building_record,
        "leases": holders.leases,
        "notes": [
            {**note, "written_at": _text(note["written_at"])}
            for note in notes_of(conn, entry_id, moment)
        ],
        "history": _history(conn, asked, steps, holding_changes(conn, entry_id, moment)),
        "predecessors": [
            step["predecessor"] for step in steps if step["holds"] and step["successor"] == own
        ],
        "successors": [
            step["successor"] for step in steps if step["holds"] and step["predecessor"] == own
        ],
        "properties": sources[0]["properties"] if sources else {},
    }


def _place(shape: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    extent = None
    if shape.get("x0") is not None:
        extent = [[shape["x0"], shape["y0"], shape["z0"]], [shape["x1"], shape["y1"], shape["z1"]]]
    return {
        "site": names.get("site"),
        "site_name": names.get("site_name"),
        "epsg": names.get("epsg"),
        "building_name": names.get("building_name"),
        "storey_name": names.get("storey_name"),
        "storey_elevation_m": names.get("storey_elevation_m"),
        "extent": extent,
        "footprint": shape.get("footprint"),
        "axis": shape.get("axis"),
        "floor_z": shape.get("floor_z"),
        "ceiling_z": shape.get("ceiling_z"),
        "volume_m3": shape.get("volume_m3"),
        "inner_diameter_m": shape.get("inner_diameter_m"),
        "outer_diameter_m": shape.get("outer_diameter_m"),
        "body_guessed": shape.get("kernel") == "box",
    }


def _history(
    conn: Connection,
    asked: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]],
    holding: Iterable[tuple[str, Change]],
) -> list[dict[str, Any]]:
    """Newest last: what each revision said, dated by both clocks."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for query in ("state_history", "shape_history"):
        rows = [_held(row, asked["revision"]) for row in _all(conn, query, asked)]
        for change in changes_of(rows):
            told[change.revision].append(_told(query.removesuffix("_history"), change))
    for fact, change in holding:
        told[change.revision].append(_told(fact, change))
    for step in steps:
        told[step["revision_id"]].append(
            {
                "fact": "lineage",
                "what": step["kind"],
                "valid_from": _text(step["at"]),
                "valid_to": None,
                "changes": {},
                "predecessor": step["predecessor"],
                "successor": step["successor"],
                "area_share": step["area_share"],
            }
        )
    revisions = {row["id"]: row for row in _all(conn, "revisions", {"ids": list(told)})}
    undone = {row["undone"] for row in revisions.values()}
    return [
        {
            "recorded_at": _text(revisions[number]["recorded_at"]),
            "actor": revisions[number]["actor"],
            "action": revisions[number]["action"],
            "reason": revisions[number]["reason"],
            "document": revisions[number]["document"],
            "revision": number,
            "decision": _decision(revisions[number]),
            "undone": number in undone,
            **change,
        }
        for number in sorted(told)
        for change in told[number]
    ]


def _decision(revision: Mapping[str, Any]) -> str | None:
    """Name the kind of a decision about lineage, which can be taken back; None = none."""
    if revision["action"] == "rollback":
        return None
    told: str | None = revision["decision"]
    return told or (revision["action"] if revision["action"] in _DECISIONS else None)


def _told(fact: str, change: Change) -> dict[str, Any]:
    return {
        "fact": fact,
        "what": change.what,
        "valid_from": _text(change.valid_from),
        "valid_to": _text(change.valid_to),
        "changes": {
            key: {"before": before, "after": after}
            for key, (before, after) in change.values.items()
        },
    }


def _held(row: Mapping[str, Any], newest: int) -> Held:
    valid: TimestamptzRange = row["valid"]
    closed_by: int | None = row["closed_by"]
    return Held(
        valid=valid,
        opened_by=row["revision_id"],
        closed_by=closed_by if closed_by is not None and closed_by <= newest else None,
        values={key: value for key, value in row.items() if key not in _ROW},
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _all(conn: Connection, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("entries")[name], parameters).fetchall()


def _one(conn: Connection, name: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("entries")[name], parameters).fetchone()
