"""What an address names: found in the registry, written as SensorThings entities."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.presence import told
from fangma.asset_registry.store import observations as store
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.observations import ObservedBy, Wanted
from fangma.asset_registry.store.ogc import find_features, geojson_of
from fangma.asset_registry.store.streams import (
    WITHDRAWN,
    Stream,
    descriptions,
    given_names,
    streams,
)
from fangma.twin.errors import TwinError
from fangma.twin.sensorthings.address import AddressError, Step
from fangma.twin.sensorthings.entities import NAVIGATION, SETS, UNBOUND, Entity, Service
from fangma.twin.sensorthings.filters import (
    Call,
    Expression,
    Literal,
    OptionError,
    Path,
    comparable,
    conjuncts,
    holds,
    joined,
)
from fangma.twin.sensorthings.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.sensorthings.options import Expand

_NAMES: Final = {*SETS, *(name for names in NAVIGATION.values() for name in names)}
_MOST_EXPANDED: Final = 2_000
"""Collections of observations that one answer expands."""

_MOST_LOOKED_AT: Final = 100_000
"""Observations that are looked at one by one, for what the database cannot be asked."""

_KEY: Final = "@iot.id"
_FLIPPED: Final = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


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
        self._expanded_yet = 0
        self._beside: dict[tuple[str, str], Entity] = {}
        self._given: dict[str, str] | None = None

    def get(self, steps: tuple[Step, ...], options: Options) -> Entity:
        """Return the entity, the collection, or ``{property: value}`` that an address names.

        Raises
        ------
        AddressError, NoEntityError, OptionError
        """
        last = steps[-1]
        if last.name == "$ref" and len(steps) > 1:
            return _references(self.get(steps[:-1], options))
        if len(steps) > 1 and last.key is None and last.name not in _NAMES:
            return self.property(steps)
        alone = self._alone(steps)
        if alone is not None:
            return alone
        found, is_one = self._follow(steps)
        if is_one:
            options = replace(options, top=1, skip=0, where=None, order=())
            entities, _ = self._entities(found, options)
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

    def property(self, steps: tuple[Step, ...]) -> Entity:
        """Return ``{property: value}`` of the entity that an address names before its last step.

        Raises
        ------
        AddressError, NoEntityError
        """
        entity, name = self.get(steps[:-1], Options()), steps[-1].name
        if name not in entity or "value" in entity:
            raise AddressError(
                f"{name[:40]} is no property there",
                f"there are {', '.join(key for key in entity if '@' not in key)}",
            )
        return {name: entity[name]}

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
        return self._service.bare_thing(canonical, kind, self._given_name(canonical, kind))

    def stream_of(self, steps: tuple[Step, ...]) -> Stream | None:
        """Return the stream whose ``Datastreams(key)/Observations`` an address is."""
        if len(steps) != 2 or steps[0].name != "Datastreams" or steps[1].name != "Observations":
            return None
        found, _ = self._follow(steps[:1])
        return found.streams[0]

    def _streams(self) -> list[Stream]:
        """Return all streams that were not withdrawn."""
        return [each for each in streams(self._conn) if each.protocol != WITHDRAWN]

    def known(self, sensor: str) -> Stream:
        """Return a stream by its name.

        Raises
        ------
        NoEntityError
        """
        found = streams(self._conn, sensor=sensor)
        if not found or found[0].protocol == WITHDRAWN:
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
            if not sensor:
                raise _absent(Step(name=set_, key=key))
            return self._keyed(_Found(set=set_, streams=(self.known(sensor),)), f"{sensor}@{at}")
        every = tuple(self._streams()) if set_ != "Observations" else ()
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
            groups = self._chosen(found.set, groups, options)
            total = len(groups)
            page = groups[options.skip : options.skip + options.top]
        for entity, group in page:
            for expand in options.expand:
                self._expand(found.set, entity, expand, group)
        entities = [entity for entity, _ in page]
        if options.select:
            names = {*options.select, "@iot.id", "@iot.selfLink"}
            names |= {each.name for each in options.expand}
            entities = [
                {key: v for key, v in each.items() if key.partition("@iot")[0] in names
                 or key in names}
                for each in entities
            ]  # fmt: skip
        return entities, total

    def _chosen(
        self,
        set_: str,
        groups: list[tuple[Entity, tuple[Stream, ...]]],
        options: Options,
    ) -> list[tuple[Entity, tuple[Stream, ...]]]:
        """Return the entities that are asked for, in the order that is asked for."""

        def value(each: tuple[Entity, tuple[Stream, ...]], name: str) -> Any:  # noqa: ANN401
            return self._at(set_, each[0], each[1], name)

        where = options.where
        if where is not None:
            groups = [each for each in groups if holds(where, lambda n, e=each: value(e, n))]  # type: ignore[misc]
        for name, descending in reversed(options.order):
            groups = sorted(
                groups,
                key=lambda each, n=name: comparable(value(each, n)),  # type: ignore[misc]
                reverse=descending,
            )
        return groups

    def _at(self, set_: str, entity: Entity, group: tuple[Stream, ...], path: str) -> Any:  # noqa: ANN401
        """Return what a path leads to: a property, or one of an entity beside it."""
        first, _, rest = path.partition("/")
        navigation = NAVIGATION[set_].get(first)
        if navigation is None or not rest:
            found: Any = entity
            parts = re.split(r"[./](?!iot)", _KEY if path == "id" else path)
            if parts[0] not in entity:
                raise OptionError(
                    f"{parts[0][:40]} is no property of {set_}",
                    f"there are {', '.join(key for key in entity if '@' not in key)}",
                )
            for part in parts:
                found = found.get(part) if isinstance(found, dict) else None
            return found
        to, is_many = navigation
        if is_many and to == "Observations":
            raise OptionError(
                f"{path[:60]!r} leads to Observations, expected a property of one entity",
                "ask for Observations, and filter them by Datastream/...",
            )
        for others in _groups(to, group):
            key = to, _keys(to, others[0])[0]
            if key not in self._beside:  # of a hundred thousand observations it is written once
                self._beside[key] = self._written(to, others)
            return self._at(to, self._beside[key], others, rest)
        return None

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

    def _expand(self, set_: str, entity: Entity, expand: Expand, group: tuple[Stream, ...]) -> None:
        """Write what an entity leads to into it."""
        name, options = expand.name, expand.options
        navigation = NAVIGATION[set_].get(name)
        if navigation is None:
            raise OptionError(
                f"$expand names {name[:40]!r}, which {set_} do not have",
                f"they have {', '.join(NAVIGATION[set_])}",
            )
        led, is_many = _led(_Found(set=set_, streams=group), *navigation)
        if led.set == "Observations":
            self._expanded_yet += 1
            if self._expanded_yet > _MOST_EXPANDED:
                raise OptionError(
                    f"$expand asks for the Observations of more than {_MOST_EXPANDED} Datastreams",
                    "ask for fewer with $top, or for one after the other",
                )
            if not group:
                entity[name] = []
                return
            options = replace(options, order=options.order or (("phenomenonTime", True),))
        if not is_many:
            options = replace(options, top=1, skip=0, where=None)
        entities, total = self._entities(led, options)
        entity[name] = entities if is_many else next(iter(entities), None)
        if is_many and options.count:
            entity[f"{name}@iot.count"] = total
        if is_many and options.skip + len(entities) < total:
            link = entity[f"{name}@iot.navigationLink"]
            skip = options.skip + options.top
            entity[f"{name}@iot.nextLink"] = f"{link}?$top={options.top}&$skip={skip}"

    def _written(self, set_: str, group: tuple[Stream, ...]) -> Entity:
        first = group[0]
        match set_:
            case "Things":
                return self._service.thing(group, self._given_name(first.code, first.kind))
            case "Datastreams":
                return self._service.datastream(first)
            case "Sensors":
                return self._service.sensor(first)
            case "ObservedProperties":
                return self._service.observed_property(first.observed_property or "unknown")
            case "FeaturesOfInterest":
                return self._service.feature(first.code or UNBOUND, self._geometry(first))
            case _:
                return self._service.location(first.code or UNBOUND, self._geometry(first))

    def _given_name(self, code: str | None, kind: str | None) -> str | None:
        """Return the name that a client gave a Thing of its own; None of what a model names."""
        if code is None or kind != "device":
            return None
        if self._given is None:
            self._given = given_names(self._conn)
        return self._given.get(code)

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
        wanted, rest = _wanted(options.where)
        wanted = replace(wanted, streams=None if every else [s.id for s in found.streams])
        if found.at is not None:
            wanted = replace(wanted, since=found.at, until=found.at)
        by_time = [name in ("phenomenonTime", "@iot.id") for name, _ in options.order[:1]]
        descending = bool(options.order) and by_time == [True] and options.order[0][1]
        if rest is not None or len(options.order) > 1 or by_time == [False]:
            return self._looked_at(found, options, wanted, rest)
        rows = store.page(
            self._conn, wanted, descending=descending, limit=options.top, skip=options.skip
        )
        page = self._observed(found, rows, options)
        if options.count:
            return page, store.count(self._conn, wanted)
        # Without a count, one more than shown is all that has to be known.
        more = len(rows) == options.top and options.top > 0
        return page, options.skip + len(rows) + (1 if more else 0)

    def _looked_at(
        self, found: _Found, options: Options, wanted: Wanted, rest: Expression | None
    ) -> tuple[list[tuple[Entity, tuple[Stream, ...]]], int]:
        """Choose and order observations one by one, by what may be told of them."""
        rows = store.page(self._conn, wanted, limit=_MOST_LOOKED_AT + 1)
        if len(rows) > _MOST_LOOKED_AT:
            raise OptionError(
                f"more than {_MOST_LOOKED_AT} Observations would have to be looked at",
                "narrow it: ... and phenomenonTime ge 2026-11-21T00:00:00Z",
            )
        options = replace(options, where=rest)
        groups = self._chosen("Observations", self._observed(found, rows, options), options)
        return groups[options.skip : options.skip + options.top], len(groups)

    def _observed(
        self, found: _Found, rows: list[ObservedBy], options: Options
    ) -> list[tuple[Entity, tuple[Stream, ...]]]:
        """Write observations, each with the stream that it belongs to."""
        by_name = {stream.sensor: stream for stream in found.streams}
        if not by_name and rows and (options.expand or options.where or options.order):
            by_name = {stream.sensor: stream for stream in self._streams()}
        page: list[tuple[Entity, tuple[Stream, ...]]] = []
        for row in rows:
            observed = row.observed
            entity = self._service.observation(
                row.sensor,
                observed.at,
                told(row.observed_property, row.unit, observed.result),
                observed.quality,
                row.recorded_at,
            )
            stream = by_name.get(row.sensor)
            page.append((entity, () if stream is None else (stream,)))
        return page


def _references(found: Entity) -> Entity:
    """Leave of an answer the addresses of its entities alone (9.2.7)."""
    link = "@iot.selfLink"
    if "value" not in found:
        return {link: found[link]}
    return {**found, "value": [{link: each[link]} for each in found["value"]]}


def _led(found: _Found, to: str, is_many: bool) -> tuple[_Found, bool]:
    return _Found(set=to, streams=found.streams), is_many


def _keys(set_: str, stream: Stream) -> tuple[str, ...]:
    """Return the key of the entity of a set that a stream belongs to."""
    match set_:
        case "Things" | "Locations" | "FeaturesOfInterest":
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


def _wanted(where: Expression | None) -> tuple[Wanted, Expression | None]:
    """Turn what the database can be asked into that; return the rest of the expression too."""
    wanted, rest = Wanted(), []
    for each in conjuncts(where):
        match each:
            case Call(word, (Path(name), Literal(value))) if word in _FLIPPED:
                pass
            case Call(word, (Literal(value), Path(name))) if word in _FLIPPED:
                word = _FLIPPED[word]
            case _:
                rest.append(each)
                continue
        if name == "phenomenonTime" and isinstance(value, datetime):
            wanted = _bounded(wanted, word, ("since", "until", "not_at"), value)
        elif name == "result" and isinstance(value, bool | float):
            wanted = _bounded(wanted, word, ("least", "most", "not_number"), float(value))
        elif name == "result" and isinstance(value, str) and word == "eq":
            wanted = replace(wanted, words=[*(wanted.words or ()), value])
        else:
            rest.append(each)
    return wanted, joined(rest)


def _bounded(wanted: Wanted, word: str, names: tuple[str, str, str], value: Any) -> Wanted:  # noqa: ANN401
    """Narrow bounds by a comparison; the narrower of two bounds of one kind counts."""
    low, high, besides = names
    held: dict[str, Any] = {name: getattr(wanted, name) for name in names}
    if word in ("ge", "gt", "eq"):
        held[low] = value if held[low] is None else max(held[low], value)
    if word in ("le", "lt", "eq"):
        held[high] = value if held[high] is None else min(held[high], value)
    if word in ("gt", "lt", "ne"):
        held[besides] = [*(held[besides] or ()), value]
    return replace(wanted, **held)


def _absent(step: Step) -> NoEntityError:
    return NoEntityError(
        f"there is no {step.name}({(step.key or '')[:80]!r}) that you may see",
        "GET the entity set lists those that there are",
    )
