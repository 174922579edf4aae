"""What an address names: found in the registry, written as SensorThings entities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.presence import told
from fangma.asset_registry.store import observations as store
from fangma.asset_registry.store.entries import UnknownCodeError, find_entry
from fangma.asset_registry.store.observations import Wanted
from fangma.asset_registry.store.ogc import find_features, geojson_of
from fangma.asset_registry.store.streams import Stream, descriptions, streams
from fangma.twin.errors import TwinError
from fangma.twin.sensorthings.address import AddressError, Step
from fangma.twin.sensorthings.entities import NAVIGATION, SETS, UNBOUND, Entity, Service
from fangma.twin.sensorthings.options import Condition, OptionError, Options, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.store.connection import Connection, Moment

_EXPANDED: Final = 100  # of each collection that is expanded


class NoEntityError(TwinError):
    """An entity that is not there, or that the reader may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A set of entities: which, of which streams; an observation also by its time."""

    set: str
    streams: tuple[Stream, ...]
    key: str | None = None
    at: datetime | None = None
    is_whole: bool = False


class Answers:
    """Answers for one reader at one moment."""

    def __init__(self, conn: Connection, moment: Moment, service: Service) -> None:
        self._conn = conn
        self._moment = moment
        self._service = service

    def get(self, steps: tuple[Step, ...], options: Options) -> Entity:
        """Return the entity, or the collection, that an address names.

        Raises
        ------
        AddressError, NoEntityError, OptionError
        """
        alone = self._alone(steps)
        if alone is not None:
            return alone
        found, is_one = self._follow(steps)
        if is_one:
            entities, _ = self._entities(found, replace(options, top=1, skip=0, conditions=()))
            if not entities:
                raise _absent(steps[-1])
            return entities[0]
        entities, total = self._entities(found, options)
        answer: Entity = {"value": entities}
        if options.count:
            answer = {"@iot.count": total, **answer}
        if options.skip + len(entities) < total:
            answer["@iot.nextLink"] = None  # the route knows the address
        return answer

    def _alone(self, steps: tuple[Step, ...]) -> Entity | None:
        """Return an entity that no stream belongs to yet: described by a client, or an entry."""
        if len(steps) != 1 or steps[0].key is None:
            return None
        name, key = steps[0].name, steps[0].key
        if name in ("Sensors", "ObservedProperties"):
            told = descriptions(self._conn, name).get(key)
            if told is None:
                return None
            write = self._service.told_sensor
            return (
                write(key, told)
                if name == "Sensors"
                else self._service.observed_property(key, told)
            )
        if name == "Things" and not streams(self._conn, code=key, limit=1):
            return self.entry(key)
        return None

    def entry(self, code: str) -> Entity | None:
        """Return the Thing of an entry; None when there is none that the reader may see."""
        try:
            _, kind, canonical = find_entry(self._conn, code, self._moment)
        except (CodeError, UnknownCodeError):
            return None
        return self._service.bare_thing(canonical, kind, None)

    def stream_of(self, steps: tuple[Step, ...]) -> Stream | None:
        """Return the stream whose ``Datastreams(key)/Observations`` an address is."""
        if len(steps) != 2 or steps[0].name != "Datastreams" or steps[1].name != "Observations":
            return None
        found, _ = self._follow(steps[:1])
        return found.streams[0]

    def known(self, sensor: str) -> Stream:
        """Return a stream by its name.

        Raises
        ------
        NoEntityError
        """
        found = streams(self._conn, sensor=sensor)
        if not found:
            raise _absent(Step(name="Datastreams", key=sensor))
        return found[0]

    def _follow(self, steps: tuple[Step, ...]) -> tuple[_Found, bool]:
        """Follow an address from step to step; tell whether it ends at one entity."""
        first = steps[0]
        if first.name not in SETS:
            raise AddressError(
                f"there is no entity set {first.name[:40]}", f"there are {', '.join(SETS)}"
            )
        found = self._in_set(first.name, first.key)
        is_one = first.key is not None
        for step in steps[1:]:
            navigation = NAVIGATION[found.set].get(step.name)
            if navigation is None or not is_one:
                raise AddressError(
                    f"{step.name[:40]} does not follow {found.set}",
                    f"of one of them there are {', '.join(NAVIGATION[found.set])}",
                )
            found, is_many = _led(found, *navigation)
            if step.key is not None:
                found = self._keyed(found, step.key)
            is_one = not is_many or step.key is not None
        return found, is_one

    def _in_set(self, set_: str, key: str | None) -> _Found:
        if key is not None and set_ in ("Datastreams", "Sensors"):
            return _Found(set=set_, streams=(self.known(key),), key=key)
        if key is not None and set_ == "Observations":
            sensor, _, at = key.rpartition("@")
            return self._keyed(_Found(set=set_, streams=(self.known(sensor),)), f"{sensor}@{at}")
        every = tuple(streams(self._conn)) if set_ != "Observations" else ()
        found = _Found(set=set_, streams=every, is_whole=key is None)
        return found if key is None else self._keyed(found, key)

    def _keyed(self, found: _Found, key: str) -> _Found:
        if found.set == "Observations":
            try:
                at = datetime.fromisoformat(key.rpartition("@")[2])
            except ValueError:
                raise _absent(Step(name=found.set, key=key)) from None
            if at.tzinfo is None:
                raise _absent(Step(name=found.set, key=key))
            return replace(found, key=key, at=at)
        kept = tuple(each for each in found.streams if key in _keys(found.set, each))
        if not kept:
            raise _absent(Step(name=found.set, key=key))
        return replace(found, streams=kept, key=key)

    def _entities(self, found: _Found, options: Options) -> tuple[list[Entity], int]:
        """Return a page of entities, and how many there are on all pages."""
        if found.set == "Observations":
            page, total = self._observations(found, options)
        else:
            groups = [
                (self._written(found.set, group), group)
                for group in _groups(found.set, found.streams)
                if found.key is None or found.key in _keys(found.set, group[0])
            ]
            groups += self._described(found)
            groups = [each for each in groups if passes(each[0], options.conditions)]
            total = len(groups)
            if options.order is not None:
                name, descending = options.order
                groups.sort(key=lambda each: str(each[0].get(name)), reverse=descending)
            page = groups[options.skip : options.skip + options.top]
        for entity, group in page:
            for name in options.expand:
                entity[name] = self._expanded(found.set, name, group)
        entities = [entity for entity, _ in page]
        if options.select:
            kept = {*options.select, *options.expand, "@iot.id", "@iot.selfLink"}
            entities = [{k: v for k, v in each.items() if k in kept} for each in entities]
        return entities, total

    def _described(self, found: _Found) -> list[tuple[Entity, tuple[Stream, ...]]]:
        """Return what clients described and no stream belongs to, for a whole set."""
        if not found.is_whole or found.set not in ("Sensors", "ObservedProperties"):
            return []
        taken = {key for stream in found.streams for key in _keys(found.set, stream)}
        told = descriptions(self._conn, found.set)
        write = (
            self._service.told_sensor if found.set == "Sensors" else self._service.observed_property
        )
        return [(write(key, body), ()) for key, body in told.items() if key not in taken]

    def _expanded(self, set_: str, name: str, group: tuple[Stream, ...]) -> Any:  # noqa: ANN401
        navigation = NAVIGATION[set_].get(name)
        if navigation is None:
            raise OptionError(
                f"$expand names {name[:40]!r}, which {set_} do not have",
                f"they have {', '.join(NAVIGATION[set_])}",
            )
        led, is_many = _led(_Found(set=set_, streams=group), *navigation)
        entities, _ = self._entities(led, Options(top=_EXPANDED, order=("phenomenonTime", True)))
        return entities if is_many else next(iter(entities), None)

    def _written(self, set_: str, group: tuple[Stream, ...]) -> Entity:
        first = group[0]
        match set_:
            case "Things":
                return self._service.thing(group)
            case "Datastreams":
                return self._service.datastream(first)
            case "Sensors":
                return self._service.sensor(first)
            case "ObservedProperties":
                return self._service.observed_property(first.observed_property or "unknown")
            case _:
                return self._service.location(first.code or UNBOUND, self._geometry(first))

    def _geometry(self, stream: Stream) -> Entity | None:
        if stream.code is None or stream.kind is None:
            return None
        at = self._moment.at
        features = find_features(
            self._conn,
            stream.kind,
            known=self._moment.known,
            during=(at, at),
            code=stream.code,
            limit=1,
        )
        geometry: Entity | None = geojson_of(features[0])["geometry"] if features else None
        return geometry

    def _observations(
        self, found: _Found, options: Options
    ) -> tuple[list[tuple[Entity, tuple[Stream, ...]]], int]:
        every = not found.streams
        wanted = _wanted(options.conditions)
        wanted = replace(wanted, streams=None if every else [s.id for s in found.streams])
        if found.at is not None:
            wanted = replace(wanted, since=found.at, until=found.at)
        descending = options.order is not None and options.order[1]
        if options.order is not None and options.order[0] not in ("phenomenonTime", "@iot.id"):
            raise OptionError("Observations are ordered by phenomenonTime only", "order by that")
        rows = store.page(
            self._conn, wanted, descending=descending, limit=options.top, skip=options.skip
        )
        by_name = {stream.sensor: stream for stream in found.streams}
        if every and rows and "Datastream" in options.expand:
            by_name = {stream.sensor: stream for stream in streams(self._conn)}
        page: list[tuple[Entity, tuple[Stream, ...]]] = []
        for row in rows:
            observed = row.observed
            entity = self._service.observation(
                row.sensor,
                observed.at,
                told(row.observed_property, observed.result),
                observed.quality,
                row.recorded_at,
            )
            stream = by_name.get(row.sensor)
            page.append((entity, () if stream is None else (stream,)))
        if options.count:
            return page, store.count(self._conn, wanted)
        # Without a count, one more than shown is all that has to be known.
        more = len(rows) == options.top and options.top > 0
        return page, options.skip + len(rows) + (1 if more else 0)


def _led(found: _Found, to: str, is_many: bool) -> tuple[_Found, bool]:
    return _Found(set=to, streams=found.streams), is_many


def _keys(set_: str, stream: Stream) -> tuple[str, ...]:
    """Return the key of the entity of a set that a stream belongs to."""
    match set_:
        case "Things" | "Locations":
            return (stream.code or UNBOUND,)
        case "ObservedProperties":
            return (stream.observed_property or "unknown",)
        case _:
            return (stream.sensor,)


def _groups(set_: str, of: Iterable[Stream]) -> list[tuple[Stream, ...]]:
    """Group streams by the entity of a set that they belong to."""
    groups: dict[str, list[Stream]] = {}
    for stream in of:
        groups.setdefault(_keys(set_, stream)[0], []).append(stream)
    return [tuple(group) for group in groups.values()]


def _wanted(conditions: tuple[Condition, ...]) -> Wanted:
    """Turn conditions on observations into what the database is asked."""
    wanted = Wanted()
    for condition in conditions:
        name, value = condition.name, condition.value
        if name in ("phenomenonTime", "phenomenontime") and isinstance(value, datetime):
            bounds, least, most, out = ("since", "until", "not_at"), value, value, [value]
            wanted = _bounded(wanted, condition, bounds, least, most, out)
        elif name == "result" and isinstance(value, bool | float):
            number = float(value)
            bounds = ("least", "most", "not_number")
            wanted = _bounded(wanted, condition, bounds, number, number, [number])
        elif name == "result" and isinstance(value, str) and condition.compare == "eq":
            wanted = replace(wanted, words=[*(wanted.words or ()), value])
        else:
            raise OptionError(
                f"$filter compares {name[:40]!r} with {type(value).__name__}, expected "
                "phenomenonTime with a time, or result with a number, or with a text by eq",
                "filter by these",
            )
    return wanted


def _bounded(
    wanted: Wanted,
    condition: Condition,
    names: tuple[str, str, str],
    least: object,
    most: object,
    out: list[Any],
) -> Wanted:
    """Narrow bounds by a comparison; the narrower of two bounds of one kind counts."""
    low, high, besides = names
    held: dict[str, Any] = {name: getattr(wanted, name) for name in names}
    if condition.compare in ("ge", "gt", "eq"):
        held[low] = least if held[low] is None else max(held[low], least)
    if condition.compare in ("le", "lt", "eq"):
        held[high] = most if held[high] is None else min(held[high], most)
    if condition.compare in ("gt", "lt", "ne"):
        held[besides] = [*(held[besides] or ()), *out]
    return replace(wanted, **held)


def _absent(step: Step) -> NoEntityError:
    return NoEntityError(
        f"there is no {step.name}({(step.key or '')[:80]!r}) that you may see",
        "GET the entity set lists those that there are",
    )
