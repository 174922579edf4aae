"""The report of an audit: rows in a fixed order, and the same bytes for the same facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from fangma.asset_registry.auditing.areas import rounded
from fangma.asset_registry.auditing.building_areas import building_area

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from fangma.asset_registry.auditing.building_areas import BuildingArea
    from fangma.asset_registry.auditing.results import (
        BuildingResult,
        IdleRoom,
        PersonResult,
        Quantity,
        RoomResult,
        UnitResult,
    )
    from fangma.asset_registry.standards.pack import Sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What was found on one day.

    Attributes
    ----------
    standard : str
        National pack; ``layers`` names all packs that were laid over one another.
    at, known : datetime
        Valid and recorded time that the facts were read at.
    tolerance_m2 : Decimal
        An excess up to this counts as within.
    persons, units, rooms, buildings, idle : tuple
        Ascending by id or code.
    """

    standard: str
    layers: tuple[str, ...]
    at: datetime
    known: datetime | None
    tolerance_m2: Decimal
    sharing: Sharing
    persons: tuple[PersonResult, ...]
    units: tuple[UnitResult, ...]
    rooms: tuple[RoomResult, ...]
    buildings: tuple[BuildingResult, ...]
    idle: tuple[IdleRoom, ...]
    not_in_ledger: tuple[str, ...]

    def to_dict(self, *, unit: str | None = None) -> dict[str, Any]:
        """Return the document of CONTRACTS, ``fangma audit --json``.

        Parameters
        ----------
        unit : str or None
            Only this unit, the units judged in it, their people and their rooms.
        """
        persons, units, rooms = self.persons, self.units, self.rooms
        if unit is not None:
            units = tuple(row for row in units if unit in {row.code, row.judged_in})
            codes = {unit, *(row.code for row in units)}
            persons = tuple(row for row in persons if row.unit in codes)
            held = {holding.room for row in persons for holding in row.holdings}
            rooms = tuple(row for row in rooms if row.code in held or codes & set(row.units))
        buildings = {row.code: row for row in self.buildings}
        return {
            "standard": self.standard,
            "layers": list(self.layers),
            "at": self.at.isoformat(),
            "known": self.known.isoformat() if self.known is not None else None,
            "tolerance_m2": float(self.tolerance_m2),
            "sharing": str(self.sharing),
            "persons": [_person(row) for row in persons],
            "units": [_unit(row, building_area(row, buildings)) for row in units],
            "rooms": [_room(row) for row in rooms],
            "buildings": [_building(row) for row in self.buildings] if unit is None else [],
            "idle": [_idle(row) for row in self.idle] if unit is None else [],
            "not_in_ledger": list(self.not_in_ledger) if unit is None else [],
        }

    def to_json(self, *, unit: str | None = None) -> bytes:
        """Return the document as UTF-8, byte for byte the same for the same facts."""
        return orjson.dumps(self.to_dict(unit=unit), option=orjson.OPT_INDENT_2)


def _number(value: Decimal | None) -> float | None:
    return float(value) if value is not None else None


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def _person(row: PersonResult) -> dict[str, Any]:
    return {
        "person": row.id,
        "unit": row.unit,
        "rank": row.rank or "",
        "allowed_m2": _number(row.allowed_m2),
        "used_m2": _number(row.used_m2),
        "excess_m2": _number(row.excess_m2),
        "at_least": row.is_at_least,
        "verdict": str(row.verdict),
        "rooms": [
            {
                "room": holding.room,
                "share_m2": _number(rounded(holding.share)) if holding.share is not None else None,
                "part": str(holding.part),
                "second": holding.is_second,
            }
            for holding in row.holdings
        ],
        "findings": [finding.to_dict() for finding in row.findings],
    }


def _quantity(row: Quantity) -> dict[str, float | None]:
    return {"allowed_m2": _number(row.allowed_m2), "used_m2": _number(row.used_m2)}


def _unit(row: UnitResult, gross: BuildingArea) -> dict[str, Any]:
    return {
        "unit": row.code,
        "name": row.name,
        "judged_in": row.judged_in,
        "allowed_m2": _number(row.allowed_m2),
        "used_m2": _number(row.used_m2),
        "excess_m2": _number(row.excess_m2),
        "verdict": str(row.verdict),
        "persons_excess_m2": _number(row.persons_excess_m2),
        "offices": _quantity(row.offices),
        "services": _quantity(row.services),
        "plant": _quantity(row.plant),
        "building_area": {
            "approved_m2": _number(gross.approved_m2),
            "used_m2": _number(gross.used_m2),
            "buildings": [
                {
                    "building": seat.building,
                    "usable_m2": _number(seat.usable_m2),
                    "k": _number(seat.k),
                    "ratio": _number(seat.ratio),
                }
                for seat in gross.seats
            ],
        },
        "findings": [finding.to_dict() for finding in row.findings],
    }


def _room(row: RoomResult) -> dict[str, Any]:
    return {
        "room": row.code,
        "building": row.building,
        "use": row.use,
        "area_m2": _number(row.area_m2),
        "allowed_m2": _number(row.allowed_m2),
        "excess_m2": _number(row.excess_m2),
        "verdict": str(row.verdict),
        "persons": list(row.persons),
        "units": list(row.units),
        "findings": [finding.to_dict() for finding in row.findings],
    }


def _building(row: BuildingResult) -> dict[str, Any]:
    return {
        "building": row.code,
        "usable_m2": _number(row.usable_m2),
        "gross_m2": _number(row.gross_m2),
        "ratio": _number(row.ratio),
        "required_ratio": _number(row.required),
        "height_m": row.height_m,
        "height_basis": row.height_basis,
        "net_m2": _number(row.net_m2),
        "verdict": str(row.verdict),
        "missing": list(row.missing),
    }


def _idle(row: IdleRoom) -> dict[str, Any]:
    return {
        "room": row.code,
        "area_m2": _number(row.area_m2),
        "use": row.use,
        "since": _day(row.since),
        "days": row.days,
        "kind": row.kind,
        "building": row.building,
        "storey": row.storey,
        "evidence": row.evidence,
        "evidence_en": row.evidence_en,
        "reason": row.reason,
        "steps": list(row.steps),
    }
