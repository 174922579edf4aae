"""Give codes to new entries. The caller holds the recording lock, so what is free stays free."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fangma.asset_registry.code_parts import (
    building_part,
    next_serials,
    room_parts,
    site_part,
)
from fangma.asset_registry.codes import (
    GROUNDS,
    Code,
    building_code,
    parse,
    room_code,
    site_code,
    storey_code,
    thing_code,
)
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.kinds import KINDS, code_letters
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.storey_parts import StoreyName, storey_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import NewEntry, State
    from fangma.asset_registry.store.connection import Connection


class BirthplaceError(RegistryError):
    """A new entry names no place, or one without a code, so that it can get none."""


def give_codes(
    conn: Connection, new: Sequence[NewEntry], states: Mapping[UUID, State]
) -> dict[UUID, str]:
    """Give each new entry its code, parents before children.

    Parameters
    ----------
    new : sequence of NewEntry
        Their parents are in the registry, or in the sequence, in any order.
    states : mapping of UUID to State
        Names, elevations and systems of the new entries.

    Returns
    -------
    codes : dict of UUID to str
        Without the kinds that have no code, such as walls.
    """
    return _Allocation(conn, new, states).give()


class _Allocation:
    def __init__(
        self, conn: Connection, new: Sequence[NewEntry], states: Mapping[UUID, State]
    ) -> None:
        self._conn = conn
        self._sql = load("applying")
        self._states = states
        self._by_kind: dict[str, list[NewEntry]] = defaultdict(list)
        for entry in new:
            form = KINDS[entry.kind].code
            if form:
                self._by_kind[
                    form if form in {"site", "building", "storey", "room"} else "thing"
                ].append(entry)
        self._codes: dict[UUID, Code] = {}
        self._given: list[tuple[str, str]] = []

    def give(self) -> dict[UUID, str]:
        self._read_places()
        for entry in self._by_kind["site"]:
            self._give_site(entry)
        for entry in self._by_kind["building"]:
            self._give_building(entry)
        self._give_storeys()
        self._give_rooms()
        self._give_serials()
        self._conn.execute(
            self._sql["give_parts"],
            {
                "prefixes": [prefix for prefix, _ in self._given],
                "parts": [part for _, part in self._given],
            },
        )
        new = {entry.id for entries in self._by_kind.values() for entry in entries}
        return {id_: str(code) for id_, code in self._codes.items() if id_ in new}

    def _read_places(self) -> None:
        born = {entry.id for entries in self._by_kind.values() for entry in entries}
        places = {
            place
            for entries in self._by_kind.values()
            for entry in entries
            for place in (entry.site_id, entry.building_id, entry.storey_id)
            if place is not None and place not in born
        }
        rows = self._conn.execute(self._sql["codes_of"], {"ids": list(places)})
        self._codes = {id_: parse(code) for id_, code in rows if code is not None}

    def _place(self, entry: NewEntry, kind: str, place: UUID | None) -> Code:
        code = None if place is None else self._codes.get(place)
        if code is None:
            raise BirthplaceError(
                f"the new {entry.kind} {entry.id} names {kind} {place}, expected one that the "
                "registry or the same change set has and the reader may see",
                f"give it the {kind} where it stands",
            )
        return code

    def _taken(self, prefix: str) -> set[str]:
        rows = self._conn.execute(self._sql["parts_given"], {"prefix": prefix})
        taken = {part for (part,) in rows}
        return taken | {part for there, part in self._given if there == prefix}

    def _give_site(self, entry: NewEntry) -> None:
        division, _, wish = (entry.code_part or "").partition("-")
        taken = self._taken(division)
        part = wish if wish and wish not in taken else site_part(taken)
        self._codes[entry.id] = site_code(division, part)
        self._given.append((division, part))

    def _give_building(self, entry: NewEntry) -> None:
        site = self._place(entry, "site", entry.site_id)
        prefix = _prefix(site)
        taken = self._taken(prefix)
        part = entry.code_part
        if part is None or part in taken:
            part = building_part(taken)
        self._codes[entry.id] = building_code(site, part)
        self._given.append((prefix, part))

    def _give_storeys(self) -> None:
        of_building: dict[UUID, list[NewEntry]] = defaultdict(list)
        buildings: dict[UUID, Code] = {}
        for entry in self._by_kind["storey"]:
            building = self._place(entry, "building", entry.building_id)
            buildings[building_id := entry.building_id or entry.id] = building
            of_building[building_id].append(entry)
        for building_id, storeys in of_building.items():
            building = buildings[building_id]
            prefix = _prefix(building)
            parts = storey_parts(
                [self._storey_name(key, entry) for key, entry in enumerate(storeys)],
                self._taken(prefix),
            )
            for key, entry in enumerate(storeys):
                self._codes[entry.id] = storey_code(building, parts[key])
                self._given.append((prefix, parts[key]))

    def _storey_name(self, key: int, entry: NewEntry) -> StoreyName:
        state = self._states.get(entry.id)
        return StoreyName(
            key=key,
            name=entry.code_part or (state.name if state and state.name else ""),
            elevation_m=state.elevation_m if state and state.elevation_m is not None else 0.0,
        )

    def _give_rooms(self) -> None:
        of_storey: dict[Code, list[NewEntry]] = defaultdict(list)
        for entry in self._by_kind["room"]:
            of_storey[self._place(entry, "storey", entry.storey_id)].append(entry)
        for storey, rooms in of_storey.items():
            prefix = _prefix(storey)
            parts = room_parts([entry.code_part for entry in rooms], self._taken(prefix))
            for entry, part in zip(rooms, parts, strict=True):
                self._codes[entry.id] = room_code(storey, part)
                self._given.append((prefix, part))

    def _give_serials(self) -> None:
        of_prefix: dict[tuple[Code, str], list[NewEntry]] = defaultdict(list)
        for entry in self._by_kind["thing"]:
            if entry.building_id is None:
                born = building_code(self._place(entry, "site", entry.site_id), GROUNDS)
            else:
                born = self._place(entry, "building", entry.building_id)
            state = self._states.get(entry.id)
            letters = entry.code_part or code_letters(entry.kind, state.system if state else None)
            if letters is not None:
                of_prefix[born, letters].append(entry)
        for (born, letters), things in of_prefix.items():
            prefix = f"{_prefix(born)}-{letters}"
            row = self._conn.execute(self._sql["last_serial"], {"prefix": prefix}).fetchone()
            serials = next_serials(row[0] if row else 0, len(things))
            for entry, serial in zip(things, serials, strict=True):
                self._codes[entry.id] = thing_code(born, letters, serial)
            self._conn.execute(self._sql["give_serials"], {"prefix": prefix, "last": serials[-1]})


def _prefix(code: Code) -> str:
    return "-".join(code.parts)
