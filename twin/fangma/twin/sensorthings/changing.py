"""Entities that clients change or take back (18-088, 10.3 and 10.4): nothing is destroyed.

A Datastream that is taken back watches nothing from now on, a device ends; what they said and
watched stays, under both clocks, and the audit log holds what was before. Observations are what
they are: none is changed or taken back.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.editing import record_edit, retire
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.streams import (
    describe,
    descriptions,
    is_modelled,
    rebind,
    streams,
    withdraw,
    withdraw_description,
)
from fangma.twin.sensorthings.address import AddressError, Step
from fangma.twin.sensorthings.creation import key_of, text_of, unit_of
from fangma.twin.sensorthings.entities import UNBOUND, Entity
from fangma.twin.sensorthings.options import OptionError, Options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.streams import Stream
    from fangma.twin.sensorthings.answers import Answers

CHANGED: Final[Mapping[str, tuple[str, ...]]] = {
    "Things": ("name",),
    "Datastreams": ("name", "unitOfMeasurement", "ObservedProperty", "Thing"),
    "Sensors": ("name", "description", "encodingType", "metadata", "properties"),
    "ObservedProperties": ("name", "description", "definition", "properties"),
}
_REASON: Final = "SensorThings"


def change(
    conn: Connection,
    moment: Moment,
    answers: Answers,
    steps: tuple[Step, ...],
    told: object,
    *,
    actor: str,
) -> None:
    """Change an entity from now on, inside a recording transaction of the caller's.

    What is told as it is already is passed over: clients send whole entities back.

    Raises
    ------
    AddressError, NoEntityError
        When there is nothing to change.
    OptionError
        When it cannot be changed like this.
    """
    set_, key, before = _one(answers, steps)
    if isinstance(told, list):
        told = _patched(before, told)
    if not isinstance(told, dict):
        raise OptionError(f"found a {type(told).__name__}, expected an entity", "send one object")
    new = {
        name: value for name, value in told.items() if "@" not in name and before.get(name) != value
    }
    new = {name: new[name] for name in new if not _is_same_link(name, new[name], answers, steps)}
    strange = [name for name in new if name not in CHANGED[set_]]
    if strange:
        raise OptionError(
            f"{strange[0][:40]} of {set_} cannot be changed, expected one of "
            f"{', '.join(CHANGED[set_])}",
            "leave it out",
        )
    if not new:
        return
    match set_:
        case "Datastreams":
            _change_stream(conn, _stream(conn, key), new, actor=actor)
        case "Things":
            entry = _device(conn, moment, key)
            record_edit(conn, entry, {"name": text_of(new, "name")}, actor=actor, reason=_REASON)
        case _:
            described = descriptions(conn, set_).get(key, {})
            if not described and set_ == "Sensors":
                raise OptionError(
                    "this Sensor is what a stream tells of itself, expected one that was created",
                    "change its Datastream",
                )
            describe(conn, set_, key, {**described, **new})
    _note(conn, actor, "change", set_, key, {name: before.get(name) for name in new})


def remove(
    conn: Connection, moment: Moment, answers: Answers, steps: tuple[Step, ...], *, actor: str
) -> None:
    """Take an entity back from now on, inside a recording transaction of the caller's.

    Raises
    ------
    AddressError, NoEntityError
    OptionError
        When it is not a client's to take back.
    """
    set_, key, before = _one(answers, steps)
    match set_:
        case "Datastreams":
            withdraw(conn, key, actor=actor, reason=_REASON)
        case "Things":
            entry = _device(conn, moment, key)
            for stream in streams(conn, code=key):
                withdraw(conn, stream.sensor, actor=actor, reason=_REASON)
            retire(conn, entry, actor=actor, reason=_REASON)
        case _:
            used = [each for each in streams(conn) if key in (each.observed_property, each.address)]
            if used or key not in descriptions(conn, set_):
                raise OptionError(
                    f"Datastreams need it, such as {used[0].sensor[:60]}"
                    if used
                    else "nobody created it, it is what a stream tells of itself",
                    "take the Datastreams back first",
                )
            withdraw_description(conn, set_, key)
    told = {name: value for name, value in before.items() if "@" not in name}
    _note(conn, actor, "remove", set_, key, told)


def _one(answers: Answers, steps: tuple[Step, ...]) -> tuple[str, str, Entity]:
    """Return set, key and form of the one entity that an address names."""
    last = steps[-1]
    if len(steps) != 1 or last.key is None or last.name not in (*CHANGED, "Observations"):
        raise AddressError(
            f"nothing can be changed at {last.name[:40]}",
            f"name one of {', '.join(CHANGED)}: Datastreams('T-1')",
        )
    before = answers.get(steps, Options())
    if last.name == "Observations":
        raise OptionError(
            "an Observation is what was observed: it is neither changed nor taken back",
            "store a better one beside it",
        )
    if before["@iot.id"] == UNBOUND:
        raise OptionError("this holds what watches nothing yet", "change its Datastreams")
    return last.name, str(before["@iot.id"]), before


def _patched(before: Entity, operations: list[Any]) -> Entity:
    """Apply a JSON Patch (RFC 6902); return the properties that it touches."""
    found = deepcopy(before)
    touched: set[str] = set()
    for each in operations:
        word, path = (each.get("op"), each.get("path")) if isinstance(each, dict) else (None, None)
        if word not in ("add", "replace") or not isinstance(path, str) or "value" not in each:
            raise OptionError(
                f"found the operation {str(each)[:60]!r}, expected add or replace with a path",
                'send [{"op": "replace", "path": "/name", "value": "..."}]',
            )
        first, *rest = (
            part.replace("~1", "/").replace("~0", "~") for part in path.strip("/").split("/")
        )
        at: Any = found
        for part in (first, *rest)[:-1]:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise OptionError(f"{path[:60]} leads into no object", "replace the whole of it")
        at[(first, *rest)[-1]] = each["value"]
        touched.add(first)
    return {name: found[name] for name in touched}


def _is_same_link(name: str, value: object, answers: Answers, steps: tuple[Step, ...]) -> bool:
    """Tell whether a link leads where it led before."""
    if name not in ("Thing", "ObservedProperty", "Sensor") or not isinstance(value, dict):
        return False
    there = answers.get((*steps, Step(name=name)), Options())
    return bool(value.get("@iot.id") == there["@iot.id"])


def _change_stream(conn: Connection, stream: Stream, new: Mapping[str, Any], *, actor: str) -> None:
    code = stream.code
    if "Thing" in new:
        link = new["Thing"]
        if not isinstance(link, dict) or "@iot.id" not in link:
            raise OptionError("Thing is no link", 'give {"Thing": {"@iot.id": "330302-001-..."}}')
        code = None if link["@iot.id"] == UNBOUND else str(link["@iot.id"])
    rebind(
        conn,
        stream.sensor,
        code=code,
        actor=actor,
        observed_property=key_of(conn, "ObservedProperties", new.get("ObservedProperty")),
        unit=unit_of(new.get("unitOfMeasurement")),
        name=text_of(new, "name") if "name" in new else None,
        reason=_REASON,
    )


def _stream(conn: Connection, sensor: str) -> Stream:
    (found,) = streams(conn, sensor=sensor)
    return found


def _device(conn: Connection, moment: Moment, code: str) -> UUID:
    """Return the id of a Thing that a client may change: a device that no model holds."""
    entry, kind, _ = find_entry(conn, code, moment)
    if kind != "device" or is_modelled(conn, entry):
        raise OptionError(
            f"{code} is a {kind} of the registry, expected a device that was created here",
            "import the model or table anew that it comes from",
        )
    return entry


def _note(
    conn: Connection, actor: str, deed: str, set_: str, key: str, before: Mapping[str, Any]
) -> None:
    audit_log.append(
        conn,
        actor=actor,
        action=f"sensorthings-{deed}",
        subject=key if set_ == "Things" else None,
        detail={"set": set_, "key": key, "before": dict(before)},
    )
