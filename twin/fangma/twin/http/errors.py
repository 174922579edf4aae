"""Every failure as one body, ``{"status", "code", "message", "remedy"}``.

The table below is the only place where an error of the folders underneath meets a status code.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
import psycopg_pool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from fangma.asset_registry.alarming import AlarmError
from fangma.asset_registry.cameras.views import CameraError
from fangma.asset_registry.closures.lifecycle import ClosureError
from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.deriving import DerivationError
from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.indicators.errors import (
    IndicatorError,
    UnknownFigureError,
    UnknownIndicatorsError,
)
from fangma.asset_registry.inspections.rounds import RoundError
from fangma.asset_registry.plain_yaml import YamlError
from fangma.asset_registry.reallocation.errors import (
    NoTimeError,
    ReallocationError,
    RequestError as PlanRequestError,
    SolverError,
)
from fangma.asset_registry.reallocation.life import ApproverError, LifeError
from fangma.asset_registry.standards.errors import (
    NotInForceError,
    PackError,
    UnknownStandardError,
)
from fangma.asset_registry.store.closures import UnknownClosureError
from fangma.asset_registry.store.connection import ReaderError
from fangma.asset_registry.store.derivations import UnknownDerivationError
from fangma.asset_registry.store.inspections import UnknownRoundError
from fangma.asset_registry.store.items import KindError
from fangma.asset_registry.store.plan_applying import CarryOutError
from fangma.asset_registry.store.plans import StalePlanError, UnknownPersonError, UnknownPlanError
from fangma.asset_registry.store.rollups import SpanError
from fangma.asset_registry.store.secrecy import SecrecyError
from fangma.asset_registry.store.sites import WhichSiteError
from fangma.asset_registry.store.streams import UnknownSensorError
from fangma.asset_registry.store.views import UnknownViewError, ViewError
from fangma.asset_registry.store.work_orders import UnknownOrderError
from fangma.asset_registry.work_orders.lifecycle import NotYoursError, WorkOrderError
from fangma.bim_import.errors import ImportModelError
from fangma.sensors_bridge.alarms.rules import RuleError
from fangma.sensors_bridge.codec.mapped import MappingError
from fangma.sensors_bridge.errors import BridgeError
from fangma.spatial.errors import SpatialError
from fangma.twin.auditing import NothingToAuditError
from fangma.twin.bridge_files import BridgeFileError, StaleFileError
from fangma.twin.cameras.pointing import PointingError
from fangma.twin.errors import MissingServiceError, TwinError
from fangma.twin.field.errors import (
    BusyError as FieldBusyError,
    ExpiredLinkError,
    LinkError,
    PhotoError,
)
from fangma.twin.map_tiles import MapTilesError, NoMapTilesError
from fangma.twin.metering import PeriodError
from fangma.twin.planning import NothingToPlanError
from fangma.twin.plans import FaultyPlanError, NotYetError, PlanError
from fangma.twin.sensorthings.address import AddressError
from fangma.twin.sensorthings.answers import NoEntityError
from fangma.twin.sensorthings.options import OptionError
from fangma.twin.sign_in.errors import (
    AccountError,
    LockedError,
    NotSignedInError,
    UnknownAccountError,
    WeakPasswordError,
    WrongCredentialsError,
)
from fangma.twin.solving_apart import SolverBusyError
from fangma.twin.times import TimeFormatError
from fangma.viewer.errors import ViewerError
from fangma.viewer.labels import LabelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

_LOG: Final = logging.getLogger("fangma.http")


class Problem(BaseModel):
    """The body of every answer that is not what was asked for."""

    status: int = Field(description="The HTTP status.")
    code: str = Field(description="What happened, for programs; stable.")
    message: str = Field(description="What was found and what was expected, for people.")
    remedy: str = Field(description="What to do about it.")


class RequestError(TwinError):
    """Base of what a client does wrong at the level of HTTP."""


class ForbiddenError(RequestError):
    """The account has none of the roles that the route asks for."""


class ForeignRequestError(RequestError):
    """A request by cookie lacks the header that other sites' pages cannot send."""


class UnknownPathError(RequestError):
    """Nothing answers at the path."""


class NotFoundError(RequestError):
    """What was named does not exist, or the reader may not see it; the two are not told apart."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(
            f"There is no {what} {name[:80]!r} that you may see.",
            "Check it for typing errors, or ask an administrator whether you may see its place.",
        )


class BadParameterError(RequestError):
    """A parameter is of the right type and still makes no sense."""


class VersionMissingError(RequestError):
    """A change of something that several may edit does not say for which version it was made."""


class BadQueryError(RequestError):
    """The same under /ogc, where the standard asks for status 400 (OGC 17-069r4, 7.1)."""


class ViewerNotBuiltError(RequestError):
    """The browser application was not built on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "The viewer has not been built in this installation.",
            "Run scripts/viewer in the checkout (or install a wheel, which holds it); "
            "the API works without it.",
        )


# Nearest class in the error's inheritance wins; bases are here so that nothing falls through.
ERRORS: Final[dict[type[Exception], tuple[int, str]]] = {
    WrongCredentialsError: (401, "sign-in:refused"),
    NotSignedInError: (401, "sign-in:missing"),
    LockedError: (423, "sign-in:locked"),
    WeakPasswordError: (422, "accounts:password.weak"),
    UnknownAccountError: (404, "accounts:account.notfound"),
    AccountError: (409, "accounts:account.conflict"),
    ForbiddenError: (403, "access:forbidden"),
    ForeignRequestError: (403, "access:header.missing"),
    UnknownPathError: (404, "http:path.notfound"),
    NotFoundError: (404, "registry:entry.notfound"),
    BadParameterError: (422, "http:parameter.invalid"),
    VersionMissingError: (428, "http:version.missing"),
    BadQueryError: (400, "ogc:parameter.invalid"),
    AddressError: (404, "sensorthings:path.notfound"),
    NoEntityError: (404, "sensorthings:entity.notfound"),
    OptionError: (400, "sensorthings:request.invalid"),
    TimeFormatError: (422, "http:time.invalid"),
    PeriodError: (422, "energy:period.invalid"),
    ViewerNotBuiltError: (503, "viewer:not-built"),
    MissingServiceError: (503, "services:missing"),
    psycopg_pool.PoolTimeout: (503, "services:database.busy"),
    psycopg.OperationalError: (503, "services:database.unreachable"),
    psycopg.DataError: (422, "http:parameter.invalid"),
    UnknownCodeError: (404, "registry:entry.notfound"),
    CodeError: (422, "registry:code.invalid"),
    KindError: (422, "registry:kind.unknown"),
    WhichSiteError: (422, "registry:site.ambiguous"),
    UnknownStandardError: (422, "audit:standard.unknown"),
    NotInForceError: (422, "audit:standard.notinforce"),
    PackError: (422, "standards:pack.refused"),
    YamlError: (422, "http:yaml.invalid"),
    StaleFileError: (409, "bridge:file.stale"),
    BridgeFileError: (422, "bridge:file.refused"),
    RuleError: (422, "bridge:file.refused"),
    MappingError: (422, "bridge:file.refused"),
    NothingToAuditError: (404, "audit:nothing"),
    IndicatorError: (422, "indicators:pack.refused"),
    UnknownIndicatorsError: (404, "indicators:pack.notfound"),
    UnknownFigureError: (404, "figures:figure.notfound"),
    NoMapTilesError: (404, "map:tile.notfound"),
    MapTilesError: (502, "map:tiles.unreachable"),
    CameraError: (422, "cameras:refused"),
    PointingError: (422, "cameras:refused"),
    UnknownClosureError: (404, "closures:closure.notfound"),
    ClosureError: (409, "closures:refused"),
    UnknownOrderError: (404, "orders:order.notfound"),
    NotYoursError: (403, "orders:step.notyours"),
    WorkOrderError: (409, "orders:refused"),
    UnknownRoundError: (404, "rounds:round.notfound"),
    UnknownViewError: (404, "views:view.notfound"),
    ViewError: (422, "views:refused"),
    RoundError: (422, "rounds:refused"),
    PhotoError: (422, "photos:refused"),
    ExpiredLinkError: (410, "reports:link.expired"),
    LinkError: (403, "reports:link.refused"),
    FieldBusyError: (429, "reports:busy"),
    SecrecyError: (409, "registry:secret.refused"),
    UnknownSensorError: (404, "sensors:sensor.notfound"),
    SpanError: (422, "sensors:span.unknown"),
    UnknownDerivationError: (404, "derived:name.notfound"),
    DerivationError: (422, "derived:refused"),
    AlarmError: (409, "alarms:state"),
    PlanRequestError: (422, "plans:request.invalid"),
    UnknownPlanError: (404, "plans:plan.notfound"),
    UnknownPersonError: (404, "plans:person.notfound"),
    StalePlanError: (412, "plans:version.stale"),
    LifeError: (409, "plans:state.refused"),
    ApproverError: (403, "plans:approver.refused"),
    CarryOutError: (409, "plans:registry.changed"),
    NoTimeError: (503, "plans:solver.outoftime"),
    SolverError: (500, "plans:solver.failed"),
    ReallocationError: (409, "plans:refused"),
    FaultyPlanError: (409, "plans:rules.broken"),
    NotYetError: (409, "plans:day.early"),
    PlanError: (422, "plans:plan.invalid"),
    NothingToPlanError: (404, "plans:nothing"),
    SolverBusyError: (503, "plans:solver.busy"),
    ReaderError: (401, "sign-in:missing"),
    RegistryError: (409, "registry:refused"),
    SpatialError: (422, "spatial:refused"),
    ImportModelError: (422, "import:refused"),
    BridgeError: (409, "sensors:refused"),
    LabelError: (422, "labels:refused"),
    ViewerError: (503, "viewer:failed"),
    TwinError: (500, "twin:failed"),
}

_STATUS_WORDS: Final[dict[int, tuple[str, str]]] = {
    401: ("sign-in:missing", "Sign in at POST /api/session."),
    403: ("access:forbidden", "Ask an administrator for the role."),
    404: ("http:path.notfound", "See /api/openapi.json for the paths there are."),
    405: ("http:method.notallowed", "See /api/openapi.json for the methods of this path."),
    413: ("http:body.toolarge", "Send less at a time."),
    415: ("http:body.mediatype", "Send JSON with Content-Type: application/json."),
}


def problem(
    status: int, code: str, message: str, remedy: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Write the one error body; it is never kept by a cache."""
    body = Problem(status=status, code=code, message=message, remedy=remedy)
    kept_from_caches = {"Cache-Control": "no-store"} | (headers or {})
    return JSONResponse(body.model_dump(), status_code=status, headers=kept_from_caches)


def classify(error: Exception) -> tuple[int, str] | None:
    """Return status and code of an error's nearest class in the table, if any."""
    return next((ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS), None)


def answer(error: Exception) -> JSONResponse:
    """Turn an error of any folder into the answer to the request that it ended."""
    found = classify(error)
    if found is None:
        return internal_error()
    status, code = found
    if isinstance(error, psycopg.DataError):
        _LOG.warning("a value that the database cannot take: %s", error)
        return problem(
            status,
            code,
            "A parameter has a value that is out of range.",
            "See /api/openapi.json for what each may be.",
        )
    if isinstance(error, psycopg.Error):
        _LOG.error("database: %s", error)  # its text names hosts and statements: not for clients
        return problem(
            status,
            code,
            "The database does not answer.",
            "Try again shortly; on the server, `fangma doctor` says what is wrong.",
            {"Retry-After": "5"},
        )
    headers = {}
    if isinstance(error, LockedError | FieldBusyError):
        headers["Retry-After"] = str(error.seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="fangma"'
    message = getattr(error, "message", str(error))
    return problem(status, code, message, getattr(error, "remedy", ""), headers)


def internal_error() -> JSONResponse:
    """Answer for an error that nobody foresaw: no detail leaves the server."""
    return problem(
        500,
        "twin:internal",
        "The server made a mistake; nothing was changed.",
        "Try again. If it happens again, tell the operator the X-Request-Id of this answer: "
        "the server's log has the details under it.",
    )


def add_error_handlers(app: FastAPI) -> None:
    """Register the table and the framework's own failures with an application."""
    for kind in ERRORS:
        app.add_exception_handler(kind, _from_table)
    app.add_exception_handler(HTTPException, _from_framework)
    app.add_exception_handler(RequestValidationError, _from_validation)


async def _from_table(_: Request, error: Exception) -> JSONResponse:
    return answer(error)


async def _from_framework(request: Request, error: Exception) -> JSONResponse:
    failure = cast("HTTPException", error)
    code, remedy = _STATUS_WORDS.get(
        failure.status_code, ("http:refused", "See /api/openapi.json for what is expected.")
    )
    message = f"{request.method} {request.url.path[:200]}: {failure.detail}."
    headers = dict(failure.headers or {})
    if failure.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route at this path only.
        from fangma.twin.http.route_table import methods_at

        headers["Allow"] = ", ".join(sorted(methods_at(request.app, request.url.path)))
    return problem(failure.status_code, code, message, remedy, headers)


async def _from_validation(request: Request, error: Exception) -> JSONResponse:
    failure = cast("RequestValidationError", error)
    # OGC 17-069r4, 7.6: an invalid parameter is 400 there.
    status = 400 if request.url.path.startswith("/ogc") else 422
    return problem(
        status,
        "http:request.invalid",
        "; ".join(_words(detail) for detail in _first(failure.errors(), 5)) + ".",
        "Correct what is named here; /api/openapi.json says what each part must be.",
    )


def _first(details: Sequence[Any], count: int) -> Sequence[Any]:
    return details[:count]


def _words(detail: dict[str, Any]) -> str:
    """Say where and what; never the value, which may be a password."""
    where = " ".join(str(part)[:60] for part in detail["loc"])
    return f"{where}: {detail['msg']}"
