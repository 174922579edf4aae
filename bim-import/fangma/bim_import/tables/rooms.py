"""Find the room that a table names: by its code, or by building and door number."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.codes import CodeError, canonical, parse
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.occupation import BuildingRow, RoomRow

_MOST_CANDIDATES: Final = 5


class RoomIndex:
    """The rooms of one site, by all that a table may call them."""

    def __init__(self, rooms: Iterable[RoomRow], buildings: Sequence[BuildingRow]) -> None:
        self._buildings = buildings
        self._names = {building.id: building.name for building in buildings}
        self._by_code: dict[str, RoomRow] = {}
        self._by_number: dict[str, list[RoomRow]] = defaultdict(list)
        for room in rooms:
            self._by_code[room.code] = room
            if room.current and room.number:
                for form in {_folded(room.number), _bare(room.number)}:
                    self._by_number[form].append(room)
        self._chosen: dict[str, list[BuildingRow]] = {}

    def find(self, room: str | None, building: str | None, number: str | None) -> UUID:
        """Return the id of the room that a row names.

        Parameters
        ----------
        room : str or None
            A code, or a door number beside a building.

        Raises
        ------
        CellError
            When nothing or several rooms are meant; the message names the candidates.
        """
        if room is not None:
            by_code = self._of_code(room)
            if by_code is not None:
                return by_code.id
            number = number or room
        if number is None:
            raise CellError(
                "a room: its code, or building and door number",
                "Fill in 房间, or 楼栋 and 房号.",
                rule="missing-value",
            )
        found = self._of_number(number)
        if building is not None:
            ids = {each.id for each in self._buildings_named(building)}
            found = [each for each in found if each.building_id in ids]
        if not found:
            where = f" in {building}" if building else ""
            raise CellError(
                f"a room that is known; there is no {number}{where}",
                "Correct it, or import the model of the building first. "
                "fangma list room names those that there are.",
                rule="unknown-room",
            )
        if len(found) > 1:
            raise CellError(
                f"one room; {number} may be {self._candidates(found)}",
                "Name the building, or write the code of the room.",
                rule="ambiguous-room",
            )
        return found[0].id

    def find_building(self, text: str) -> UUID:
        """Return the id of the building that a text names: its code, name, or short name.

        Raises
        ------
        CellError
            When none or several are meant; the message names the candidates.
        """
        return self._buildings_named(text)[0].id

    def _of_code(self, text: str) -> RoomRow | None:
        """Find a room by its code; None when the text is no code at all but a door number."""
        room = self._by_code.get(text) or self._by_code.get(canonical(text))
        if room is not None:
            return room
        try:
            code = parse(text)
        except CodeError as failure:
            if len(canonical(text).replace("-", "")) < 14:  # shorter than any room's code
                return None
            raise CellError(
                f"a code ({failure.message})", failure.remedy, rule="unknown-room"
            ) from None
        room = self._by_code.get(str(code))
        if room is None:
            raise CellError(
                f"a room that is known; {code} names none",
                "Correct it; fangma list room --all names those that there are.",
                rule="unknown-room",
            )
        return room

    def _of_number(self, number: str) -> list[RoomRow]:
        """Find by door number; a leading zero that a spreadsheet took away is not missed."""
        exact = [
            each
            for each in self._by_number.get(_folded(number), ())
            if _folded(each.number or "") == _folded(number)
        ]
        return exact or list(self._by_number.get(_bare(number), ()))

    def _buildings_named(self, text: str) -> list[BuildingRow]:
        if text not in self._chosen:
            self._chosen[text] = self._choose(text)
        return self._chosen[text]

    def _choose(self, text: str) -> list[BuildingRow]:
        """Return the buildings of a code, a name, or a short name such as A01.

        Raises
        ------
        CellError
        """
        word = _folded(text)
        tests = (
            lambda b: canonical(text) == b.code,
            lambda b: _folded(b.name) == word,
            lambda b: word == _folded(_part(b.code)),
            lambda b: _contains(b.name, word),
            lambda b: any(_contains(file, word) for file in b.files),
        )
        for test in tests:
            found = [building for building in self._buildings if test(building)]
            if len(found) == 1:
                return found
            if found:
                names = ", ".join(f"{b.code} {b.name}" for b in found[:_MOST_CANDIDATES])
                raise CellError(
                    f"one building; {text} may be {names}",
                    "Write the code of the building.",
                    rule="ambiguous-room",
                )
        there = ", ".join(f"{b.code} {b.name}" for b in self._buildings[:_MOST_CANDIDATES])
        raise CellError(
            f"a building that is known; {text} is none of {there or 'none yet'}",
            "Correct it, or import the model of the building first.",
            rule="unknown-room",
        )

    def _candidates(self, rooms: Sequence[RoomRow]) -> str:
        words = [
            f"{room.code} ({self._names.get(room.building_id, '?')} {room.storey or ''} "
            f"{room.name or ''})"
            if room.building_id is not None
            else room.code
            for room in sorted(rooms, key=lambda room: room.code)[:_MOST_CANDIDATES]
        ]
        more = len(rooms) - len(words)
        return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def _part(code: str) -> str:
    """Return the building's own part of its code: A01."""
    try:
        return parse(code).building or ""
    except CodeError:
        return ""


def _contains(text: str, word: str) -> bool:
    """Tell whether a word stands in a text by itself: A1 is not in A10, nor 1号楼 in 11号楼."""
    if len(word) < 2:
        return False
    edge = "[0-9a-z]"
    before = f"(?<!{edge})" if re.match(edge, word) else ""
    after = f"(?!{edge})" if re.match(edge, word[-1]) else ""
    return re.search(f"{before}{re.escape(word)}{after}", _folded(text)) is not None


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _bare(number: str) -> str:
    return _folded(number).lstrip("0")
