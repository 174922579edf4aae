"""The books: ledger of rooms, records of buildings, titles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.idle import REASONS
from fangma.asset_registry.occupation.facts import BuildingRecord, Dated, LedgerEntry, Title
from fangma.bim_import.tables import references, values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row, Table
    from fangma.bim_import.tables.rooms import RoomIndex
    from fangma.bim_import.tables.values import Cell

_TITLES: Final = {
    word: status
    for status, words in {
        "已登记": ("已登记", "登记", "已办证", "registered"),
        "权属备案": ("权属备案", "备案", "已备案", "filed"),
        "未登记": ("未登记", "未办证", "无证", "unregistered"),
    }.items()
    for word in words
}
_REASONS: Final = {
    word.casefold(): key
    for key, zh in REASONS.items()
    for word in (key, zh, *{"surplus": ("富余",), "unsuitable": ("不适合",), "planning": ("拆迁",),
                            "dangerous": ("危房",), "left-over": ("腾出",)}[key])
}  # fmt: skip


def tell_ledger(
    table: Table, rooms: RoomIndex, units: dict[str, UUID], judge: Judge
) -> list[tuple[Row, Dated]]:
    """Read the ledger of rooms."""
    facts: list[tuple[Row, LedgerEntry]] = []
    unit_of = partial(references.one_of, units, "单位 unit", "unknown-unit")
    for row in table.rows:
        room = references.room(row, rooms, judge)
        area = judge.need(row, "area_m2", partial(values.number, above=0))
        part = partial(values.number, above=0, below=area)
        use = judge.read(row, "use", values.text)
        unit = judge.read(row, "unit", unit_of)
        certificate = judge.read(row, "certificate", values.text)
        certified = judge.read(row, "certificate_m2", partial(values.number, above=0))
        annex_of = references.office(row, rooms, judge)
        rest_room = judge.read(row, "rest_room_m2", part)
        toilet = judge.read(row, "toilet_m2", part)
        sealed_on = judge.read(row, "sealed_on", partial(values.day, open_ended=True))
        idle_reason = judge.read(row, "idle_reason", _reason)
        if room is None or area is None:
            continue
        entry = LedgerEntry(
            entry_id=room,
            area_m2=area,
            use=use,
            unit_id=unit,
            certificate=certificate,
            certificate_m2=certified,
            annex_of=annex_of,
            rest_room_m2=rest_room,
            toilet_m2=toilet,
            sealed_on=sealed_on,
            idle_reason=idle_reason,
            notes=row.notes,
        )
        facts.append((row, entry))
    _expect_offices(facts, judge)
    return list(facts)


def tell_buildings(table: Table, rooms: RoomIndex, judge: Judge) -> list[tuple[Row, Dated]]:
    """Read the records of buildings."""
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        building = references.building(row, rooms, judge)
        height = judge.read(row, "height_m", partial(values.number, above=0, below=1000))
        gross = judge.read(row, "gross_m2", partial(values.number, above=0))
        net = judge.read(row, "net_m2", partial(values.number, above=0))
        if gross is not None and net is not None and net > gross:
            judge.wrong(
                row, "net_m2", CellError(f"at most the building area {gross:g}", "Correct one.")
            )
        if building is None:
            continue
        facts.append(
            (
                row,
                BuildingRecord(
                    entry_id=building, height_m=height, gross_m2=gross, net_m2=net, notes=row.notes
                ),
            )
        )
    return facts


def tell_titles(table: Table, rooms: RoomIndex, judge: Judge) -> list[tuple[Row, Dated]]:
    """Read titles: of a room where one is named, else of the building."""
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        is_room = references.filled(row, "room") or references.filled(row, "number")
        thing = (references.room if is_room else references.building)(row, rooms, judge)
        certificate = judge.need(row, "certificate", values.text)
        holder = judge.read(row, "holder", values.text)
        status = judge.read(row, "status", _title_status) or "已登记"
        area = judge.read(row, "area_m2", partial(values.number, above=0))
        use = judge.read(row, "use", values.text)
        registered = judge.read(row, "registered_on", values.day)
        if thing is None or certificate is None:
            continue
        facts.append(
            (
                row,
                Title(
                    entry_id=thing,
                    certificate=certificate,
                    holder=holder,
                    status=status,
                    area_m2=area,
                    use=use,
                    registered_on=registered,
                    notes=row.notes,
                ),
            )
        )
    return facts


def _expect_offices(facts: list[tuple[Row, LedgerEntry]], judge: Judge) -> None:
    """Refuse an annex of itself, and one whose office is an annex: nobody could say whose it is."""
    annexes = {fact.entry_id for _, fact in facts if fact.annex_of is not None}
    for row, fact in facts:
        if fact.annex_of is not None and fact.annex_of in annexes:
            judge.wrong(
                row,
                "annex_of",
                CellError(
                    "an office, not a room that is an annex itself",
                    "Name the office that the room is entered from.",
                ),
            )


def _reason(cell: Cell) -> str | None:
    return values.choice(cell, _REASONS, "富余, 不适合, 拆迁, 危房 or 腾出")


def _title_status(cell: Cell) -> str | None:
    return values.choice(cell, _TITLES, "已登记, 权属备案 or 未登记")
