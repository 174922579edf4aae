"""What is told to watchers: a change is read once, written once, and shared by who may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import ref

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.store.alarms import Alarm
    from fangma.asset_registry.store.rights import Rights
    from fangma.asset_registry.store.streams import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a client watches: nothing at first."""

    everything: bool = False
    codes: frozenset[str] = frozenset()
    sensors: frozenset[str] = frozenset()

    def takes(self, code: str | None, sensor: str) -> bool:
        """Tell whether a stream is watched."""
        return self.everything or code in self.codes or sensor in self.sensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stream's newest value, written; ``scope`` says who may see it."""

    id: int
    scope: int | None
    code: str | None
    sensor: str
    text: bytes

    @classmethod
    def of(cls, stream: Stream) -> Item:
        """Write a stream."""
        return cls(
            id=stream.id,
            scope=stream.scope_id,
            code=stream.code,
            sensor=stream.sensor,
            text=msgspec.json.encode(stream.as_dict()),
        )


@dataclass(slots=True, kw_only=True, weakref_slot=True, eq=False)
class Portion:
    """Changes for some watchers: of each stream the newest."""

    items: dict[int, bytes]
    as_of: str
    _text: str | None = None
    _joined: tuple[ref[Portion], ref[Portion]] | None = None

    def joined(self, later: Portion) -> Portion:
        """Return both; of the same stream the later.

        Watchers that lag equally far behind share one, as they share what is new: it is made and
        written once. It is not held for them: a portion that a watcher is long in taking does not
        keep all that came after it.
        """
        if self._joined is not None:
            before, found = (each() for each in self._joined)
            if before is later and found is not None:
                return found
        both = Portion(items=self.items | later.items, as_of=later.as_of)
        self._joined = ref(later), ref(both)
        return both

    def text(self) -> str:
        """Return the message; written once, however many send it."""
        if self._text is None:
            self._text = message("changes", self.items.values(), self.as_of)
        return self._text


@dataclass(slots=True)
class Changes:
    """What changed between two looks; cut for each kind of reader once."""

    items: list[Item]
    as_of: str
    _portions: dict[tuple[Rights, Watched], Portion | None] = field(default_factory=dict)

    def portion(self, rights: Rights, watched: Watched) -> Portion | None:
        """Return what a reader may see of what he watches; None when that is nothing."""
        key = (rights, watched)
        if key not in self._portions:
            found = {
                item.id: item.text
                for item in self.items
                if rights.let_see(item.scope) and watched.takes(item.code, item.sensor)
            }
            self._portions[key] = Portion(items=found, as_of=self.as_of) if found else None
        return self._portions[key]


def message(kind: str, items: Iterable[bytes], as_of: str) -> str:
    """Write a message of items that are JSON already."""
    return f'{{"type":"{kind}","asOf":"{as_of}","items":[{b",".join(items).decode()}]}}'


def alarm_items(alarms: Iterable[Alarm], rights: Rights, *, at_most: int) -> list[bytes]:
    """Write the alarms that a reader may see."""
    seen = [each for each in alarms if rights.let_see(each.scope_id)]
    return [msgspec.json.encode(each.as_dict()) for each in seen[:at_most]]
