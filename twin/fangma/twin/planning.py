"""Make reallocation plans, for the command line and the web alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.answer import answer_request
from fangma.asset_registry.reallocation.assembling import assemble
from fangma.asset_registry.reallocation.assumptions import shipped_assumptions
from fangma.asset_registry.reallocation.choices import settings_of
from fangma.asset_registry.reallocation.premises import Premises, premises_of_request
from fangma.asset_registry.reallocation.registry_premises import premises_of_registry
from fangma.asset_registry.reallocation.template import template_of
from fangma.asset_registry.standards.choosing import choose, shipped
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.room_layout import room_layout
from fangma.asset_registry.store.rule_packs import packs_of
from fangma.asset_registry.store.sites import Site, find_site
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from datetime import date

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.request import Request
    from fangma.asset_registry.reallocation.situation import Situation
    from fangma.asset_registry.store.connection import Connection, Moment

_CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
_NO_DIVISION: Final = "000000"


class NothingToPlanError(TwinError):
    """There are neither rooms in the registry nor in the request."""


def today(now: datetime) -> date:
    """Return the day in China."""
    return now.astimezone(_CHINA).date()


def whole_situation(
    request: Request, *, now: datetime, given: Assumptions | None = None
) -> Situation:
    """Bring a request to a situation that has its own rooms and people; no registry is read.

    Raises
    ------
    RequestError, StandardError
    """
    given = shipped_assumptions() if given is None else given
    settings = settings_of(request, today(now), has_practice=False)
    standard = choose(shipped(), settings.on, None, request.settings.get("standard"))
    premises = premises_of_request(request, standard, given)
    return assemble(request, premises, settings, given)


def registry_situation(
    conn: Connection, moment: Moment, request: Request, *, given: Assumptions | None = None
) -> Situation:
    """Bring a request and the registry, as the reader sees it, to a situation.

    Raises
    ------
    NothingToPlanError
        When there is no site, or no room on it.
    RequestError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    given = shipped_assumptions() if given is None else given
    settings = settings_of(request, today(moment.at), has_practice=True)
    premises = registry_premises(
        conn, moment, site_to_plan(conn, moment, request.site), request, on=settings.on, given=given
    )
    return assemble(request, premises, settings, given)


def registry_premises(
    conn: Connection,
    moment: Moment,
    site: Site,
    request: Request,
    *,
    on: date,
    given: Assumptions,
) -> Premises:
    """Read rooms, people and units of a site."""
    facts = audit_facts(conn, site.id, moment)
    if not facts.rooms:
        raise NothingToPlanError(
            f"found no room on {site.code}, and none in the request",
            "import a model first, or write rooms and persons into the request "
            "(fangma plan template --whole shows how)",
        )
    division = None if site.division == _NO_DIVISION else site.division
    settings = request.settings
    return premises_of_registry(
        facts,
        room_layout(conn, site.id, moment),
        choose(packs_of(conn, moment), on, division, settings.get("standard")),
        area_per_person_m2=float(
            settings.get("area_per_person_m2", given["area_per_person_m2"].value)
        ),
        leaders_alone=settings.get("leaders_alone", True),
    )


def site_to_plan(conn: Connection, moment: Moment, code: str | None) -> Site:
    """Return the site of a request, or the only one, or the only one that has units.

    Raises
    ------
    NothingToPlanError
        When there is none.
    WhichSiteError, CodeError, UnknownCodeError
    """
    site = find_site(conn, code, moment, staffed=True)
    if site is None:
        raise NothingToPlanError(
            "found neither a registry with a site nor rooms in the request, expected one of them",
            "import a model and tables first, or write rooms and persons into the request "
            "(docs/plan-request.example.json)",
        )
    return site


def write_template(
    conn: Connection, moment: Moment, *, site: str | None = None, whole: bool = False
) -> dict[str, Any]:
    """Write a request from what the registry holds now.

    Parameters
    ----------
    whole : bool
        With the rooms, people and units themselves, so that it can be tried without a registry.
    """
    from fangma.asset_registry.reallocation.request import Request

    found = site_to_plan(conn, moment, site)
    given = shipped_assumptions()
    on = today(moment.at) + timedelta(days=1)
    request = Request(site=found.code, on=on)
    premises = registry_premises(conn, moment, found, request, on=on, given=given)
    settings = settings_of(request, on, has_practice=True)
    situation = assemble(request, premises, settings, given)
    return template_of(situation, premises, site=found.code, given=given, whole=whole)


def solve_request(situation: Situation, given: Assumptions | None = None) -> dict[str, Any]:
    """Answer a request; the document of CONTRACTS ``fangma plan solve``."""
    return answer_request(situation, shipped_assumptions() if given is None else given)


def with_limits(
    request: Request,
    *,
    time_limit_s: float | None = None,
    seed: int | None = None,
    workers: int | None = None,
    alternatives: bool | None = None,
) -> Request:
    """Let options of a command go before the settings of a request."""
    told = {
        "time_limit_s": time_limit_s, "seed": seed, "workers": workers,
        "alternatives": alternatives,
    }  # fmt: skip
    given = {key: value for key, value in told.items() if value is not None}
    return replace(request, settings={**request.settings, **given})
