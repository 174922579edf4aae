"""OGC SensorThings API 1.1, part 1 (OGC 18-088): sensing core, and creation of Observations."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Body, Request, Response
from fastapi.responses import PlainTextResponse

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import moment_of, reading, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.sensors_bridge.codec.judgement import PayloadError
from fangma.sensors_bridge.codec.sensorthings import observation_of
from fangma.twin.http.access import Operator
from fangma.twin.http.dependencies import PoolOf, Registry, SettingsOf
from fangma.twin.live.telling import tell
from fangma.twin.sensorthings import changing, creation
from fangma.twin.sensorthings.address import Step, parse
from fangma.twin.sensorthings.answers import Answers
from fangma.twin.sensorthings.entities import SETS, Entity, Service
from fangma.twin.sensorthings.options import OptionError, Options, read_options

router: Final = APIRouter(prefix="/sta/v1.1", tags=["sensorthings"])
_REQUIREMENTS: Final = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
_BOOKS: Final = "http"


@router.get("", operation_id="readSensorThings")
def read_root(request: Request, _: Registry) -> dict[str, Any]:
    """Name the entity sets and the requirements that are met."""
    service = _service(request)
    return {
        "value": [{"name": name, "url": service.link(name)} for name in SETS],
        "serverSettings": {
            "conformance": [
                _REQUIREMENTS + name
                for name in (
                    "datamodel",
                    "resource-path/resource-path-to-entities",
                    "request-data/expand",
                    "request-data/select",
                    "request-data/top",
                    "request-data/skip",
                    "request-data/count",
                    "request-data/orderby",
                    "request-data/filter",
                    "create-update-delete/update-entity",
                    "create-update-delete/delete-entity",
                    "create-update-delete/create-entity",
                    "create-update-delete/link-to-existing-entities",
                    "create-update-delete/deep-insert",
                    "create-observations-via-mqtt/observations-creation",
                    "receive-updates-via-mqtt/receive-updates",
                )
            ]
        },
    }


@router.get("/{path:path}", operation_id="readSensorThing")
def read(path: str, request: Request, registry: Registry) -> Any:  # noqa: ANN401 - JSON or text
    """Answer for an entity, a collection or a property; of a property also ``$value``."""
    steps = parse(path)
    options = read_options(request.query_params)
    answers = Answers(registry.connection, registry.moment, _service(request))
    if steps[-1].name == "$value" and len(steps) > 1:
        (value,) = answers.property(steps[:-1]).values()
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return PlainTextResponse(text)
    found = answers.get(steps, options)
    if "@iot.nextLink" in found:
        query = {**request.query_params, "$top": options.top, "$skip": options.skip + options.top}
        place = str(request.url.replace(query=None))
        found["@iot.nextLink"] = f"{place}?{urlencode(query, safe='$')}"
    return found


@router.post("/{path:path}", operation_id="createObservations", status_code=201)
def create(
    path: str,
    request: Request,
    response: Response,
    session: Operator,
    pool: PoolOf,
    settings: SettingsOf,
    later: BackgroundTasks,
    body: Annotated[dict[str, Any] | list[Any], Body()],
) -> dict[str, Any] | list[str]:
    """Create: Observations (one or a list, each stored once), Datastreams, Things, Sensors ..."""
    steps = parse(path)
    service = _service(request)
    if steps[-1].name != "Observations" or steps[-1].key is not None:
        with pool.connection() as connection:
            with recording(connection, session.reader):
                moment = moment_of(connection)
                made = creation.create(connection, moment, steps, body, actor=session.name)
            with reading(connection, session.reader) as after:
                answers = Answers(connection, after, service)
                entity = answers.get((Step(name=made.set, key=made.key),), Options())
        response.headers["Location"] = entity["@iot.selfLink"]
        return entity
    now = datetime.now(UTC)
    with pool.connection() as connection:
        with reading(connection, session.reader) as moment:
            answers = Answers(connection, moment, service)
            stream = answers.stream_of(steps) if len(steps) > 1 else None
            sensor = None if stream is None else stream.sensor
            told = [_read(one, sensor, now) for one in (body if isinstance(body, list) else [body])]
            known = {name: answers.known(name) for name in {each.sensor for each in told}}
        recorded = Recorder(connection, _BOOKS, session.reader).record(told)
        if told and not recorded.stored + recorded.duplicates:
            raise OptionError(
                f"{told[0].at.isoformat()} lies in a month that is no longer kept",
                "send what is newer",
            )
        keys = [service.observation_key(each.sensor, each.at) for each in told]
        written: Entity = {}
        if not isinstance(body, list):
            # As it is stored: of one that was there before, what it said then.
            with reading(connection, session.reader) as after:
                address = (Step(name="Observations", key=keys[0]),)
                written = Answers(connection, after, service).get(address, Options())
    if recorded.stored:
        later.add_task(tell, settings.mqtt_url, told, known, version=settings.mqtt_version)
    if isinstance(body, list):
        return [service.link("Observations", key) for key in keys]
    response.headers["Location"] = written["@iot.selfLink"]
    return written


@router.put("/{path:path}", operation_id="replaceSensorThing")
def replace(
    path: str,
    request: Request,
    session: Operator,
    pool: PoolOf,
    body: Annotated[dict[str, Any], Body()],
) -> dict[str, Any]:
    """Change an entity as PATCH does: what is not told stays as it is."""
    return change(path, request, session, pool, body)


@router.patch("/{path:path}", operation_id="changeSensorThing")
def change(
    path: str,
    request: Request,
    session: Operator,
    pool: PoolOf,
    body: Annotated[dict[str, Any] | list[Any], Body()],
) -> dict[str, Any]:
    """Change a Datastream, a device, a Sensor or an ObservedProperty from now on.

    A list is a JSON Patch (RFC 6902) of ``add`` and ``replace``.
    """
    steps, service = parse(path), _service(request)
    with pool.connection() as connection:
        with recording(connection, session.reader):
            moment = moment_of(connection)
            answers = Answers(connection, moment, service)
            changing.change(connection, moment, answers, steps, body, actor=session.name)
        with reading(connection, session.reader) as after:
            return Answers(connection, after, service).get(steps, Options())


@router.delete("/{path:path}", operation_id="removeSensorThing")
def remove(path: str, request: Request, session: Operator, pool: PoolOf) -> dict[str, Any]:
    """Take a Datastream, a device, or a description back from now on; its past stays."""
    steps = parse(path)
    with pool.connection() as connection, recording(connection, session.reader):
        moment = moment_of(connection)
        answers = Answers(connection, moment, _service(request))
        changing.remove(connection, moment, answers, steps, actor=session.name)
    return {}


def _read(told: object, sensor: str | None, now: datetime) -> Observation:
    try:
        return observation_of(told, sensor=sensor, now=now)
    except PayloadError as error:
        raise OptionError(
            f"the Observation cannot be stored: {error}",
            'send {"result": 21.5, "phenomenonTime": "2026-11-21T09:00:00+08:00"}',
        ) from None


def _service(request: Request) -> Service:
    return Service(f"{str(request.base_url).rstrip('/')}/sta/v1.1")
