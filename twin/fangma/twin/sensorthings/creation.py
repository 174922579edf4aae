"""Entities that clients create: Things become devices, Datastreams become streams (18-088, 10.2).

A Thing that names a code of the registry (``@iot.id`` or ``properties.code``) is that entry; any
other becomes a device of the site, with a code of its own. Locations come from the models and are
not taken from clients. What is nested is created with it, or nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.sites import WhichSiteError, find_site
from fangma.asset_registry.store.streams import Declaration, declare, describe
from fangma.asset_registry.ucum import is_unit, spoken
from fangma.sensors_bridge.codec.judgement import PayloadError, named
from fangma.twin.sensorthings.address import AddressError
from fangma.twin.sensorthings.options import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.sensorthings.address import Step

CREATED: Final = ("Things", "Datastreams", "Sensors", "ObservedProperties", "Observations")
_LONGEST: Final = 200
_NESTED_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The set and the key of what was created."""

    set: str
    key: str


def create(
    conn: Connection, moment: Moment, steps: tuple[Step, ...], told: object, *, actor: str
) -> Created:
    """Create an entity, inside a recording transaction of the caller's.

    Raises
    ------
    AddressError
        When nothing can be created there.
    OptionError
        When the entity cannot be.
    """
    if not isinstance(told, dict):
        raise OptionError(f"found a {type(told).__name__}, expected an entity", "send one object")
    of_thing = None
    if len(steps) == 2 and steps[0].name == "Things" and steps[0].key is not None:
        of_thing = steps[0].key
    last = steps[-1]
    is_top = len(steps) == 1 or (of_thing is not None and last.name == "Datastreams")
    if not is_top or last.key is not None or last.name not in CREATED:
        raise AddressError(
            f"nothing can be created at {last.name[:40]}", f"POST to one of {', '.join(CREATED)}"
        )
    match last.name:
        case "Things":
            created = _thing(conn, moment, told, actor=actor)
        case "Datastreams":
            created = _datastream(conn, told, of_thing, actor=actor)
        case set_:
            created = Created(set=set_, key=_described(conn, set_, told))
    audit_log.append(
        conn,
        actor=actor,
        action="sensorthings-create",
        subject=created.key if created.set == "Things" else None,
        detail={"set": created.set, "key": created.key},
    )
    return created


def _thing(conn: Connection, moment: Moment, told: dict[str, Any], *, actor: str) -> Created:
    properties = told.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    given = told.get("@iot.id") or properties.get("code")
    nested = told.get("Datastreams", [])
    if not isinstance(nested, list) or len(nested) > _NESTED_MOST:
        raise OptionError("Datastreams is no list of at most a thousand", "send a list")
    if given is not None:
        code = _code(conn, moment, given)
    else:
        code = _device(conn, moment, told, properties.get("site"), actor=actor)
    for each in nested:
        if not isinstance(each, dict):
            raise OptionError("a Datastream is no object", "send one")
        _datastream(conn, each, code, actor=actor)
    return Created(set="Things", key=code)


def _code(conn: Connection, moment: Moment, given: object) -> str:
    try:
        return find_entry(conn, str(given), moment)[2]
    except (CodeError, UnknownCodeError) as error:
        raise OptionError(
            f"the Thing names {str(given)[:60]!r}, which is no code here: {error.message}",
            "name a code of the registry, or none for a new device",
        ) from None


def _device(
    conn: Connection, moment: Moment, told: dict[str, Any], site: object, *, actor: str
) -> str:
    name = text_of(told, "name")
    try:
        found = find_site(conn, None if site is None else str(site)[:64], moment)
    except WhichSiteError as error:
        raise OptionError(
            error.message, 'name it: {"name": ..., "properties": {"site": "330302-001-X"}}'
        ) from None
    if found is None:
        raise OptionError("there is no site yet", "fangma site add makes the first")
    entry = NewEntry(id=uuid4(), kind="device", site_id=found.id, code_part="EQ")
    done = apply(
        conn,
        ChangeSet(
            site_id=found.id,
            valid_from=None,
            new=(entry,),
            states=(State(entry_id=entry.id, name=name),),
        ),
        actor=actor,
        action="edit",
        reason="SensorThings",
    )
    return done.codes[entry.id]


def _datastream(
    conn: Connection, told: dict[str, Any], of_thing: str | None, *, actor: str
) -> Created:
    name = text_of(told, "name")
    sensor = told.get("@iot.id", name)
    try:
        sensor = named(sensor)
    except PayloadError as error:
        raise OptionError(f"the Datastream's name is none: {error}", "give another") from None
    thing = told.get("Thing")
    code = of_thing
    if code is None:
        if not isinstance(thing, dict) or "@iot.id" not in thing:
            raise OptionError(
                "the Datastream names no Thing", 'give {"Thing": {"@iot.id": "330302-001-..."}}'
            )
        code = str(thing["@iot.id"])
    observed = told.get("ObservedProperty")
    instrument = told.get("Sensor")
    declare(
        conn,
        [
            Declaration(
                sensor=sensor,
                observed_property=key_of(conn, "ObservedProperties", observed) or "unknown",
                code=None if code == "unbound" else code,
                name=name,
                unit=unit_of(told.get("unitOfMeasurement")),
                protocol="sensorthings",
                address=key_of(conn, "Sensors", instrument),
            )
        ],
        actor=actor,
        action="edit",
        reason="SensorThings",
    )
    return Created(set="Datastreams", key=sensor)


def key_of(conn: Connection, set_: str, told: object) -> str | None:
    """Return the key of what a Datastream links to, or holds."""
    if not isinstance(told, dict):
        return None
    if "@iot.id" in told:
        return str(told["@iot.id"])[:_LONGEST]
    return _described(conn, set_, told)


def _described(conn: Connection, set_: str, told: dict[str, Any]) -> str:
    key = text_of(told, "name")
    kept = ("name", "description", "definition", "encodingType", "metadata", "properties")
    describe(conn, set_, key, {name: told[name] for name in kept if name in told})
    return key


def unit_of(told: object) -> str | None:
    """Return the UCUM unit of a unitOfMeasurement: by its symbol, definition or name."""
    if not isinstance(told, dict):
        return None
    for name in ("symbol", "definition", "name"):
        word = str(told.get(name) or "").rpartition("#")[2]
        if word and is_unit(word):
            return word
        if word and spoken(word):
            return spoken(word)
    return None


def text_of(told: Mapping[str, Any], name: str) -> str:
    """Return a text that an entity must have.

    Raises
    ------
    OptionError
    """
    found = told.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST or not found.isprintable():
        raise OptionError(
            f"{name} is missing, or no text of 1 to {_LONGEST} characters", "give the entity one"
        )
    return found
