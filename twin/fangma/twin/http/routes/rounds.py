"""Inspection rounds."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter

from fangma.asset_registry.inspections.rounds import Plan, Stop
from fangma.asset_registry.store import audit_log, inspections
from fangma.asset_registry.store.connection import moment_of, reading, recording
from fangma.asset_registry.store.sites import find_site as site_of
from fangma.twin.field import rounds
from fangma.twin.http.access import Dispatcher
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.dependencies import PoolOf, Registry, find_site
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.field_bodies import RoundBody, RoundFile, RoundList

router: Final = APIRouter(prefix="/api/rounds", tags=["rounds"])


@router.get("", operation_id="listRounds", response_model=RoundList)
def list_rounds(registry: Registry, site: CodeInQuery = None) -> dict[str, Any]:
    """List rounds with the walks that are due."""
    site_id = None if site is None else find_site(registry, site).id
    found = rounds.listed(
        registry.connection, registry.moment, now=datetime.now(UTC), site_id=site_id
    )
    return {"items": found}


@router.get("/{round_id}", operation_id="readRound", response_model=RoundFile)
def read_round(round_id: UUID, registry: Registry) -> dict[str, Any]:
    """Give a round: its stops in the order of a short way, its walks, what was found."""
    found = inspections.find_round(registry.connection, round_id, registry.moment)
    return rounds.told(registry.connection, found, registry.moment, now=datetime.now(UTC))


@router.post("", operation_id="addRound", response_model=RoundFile, status_code=201)
def add_round(body: RoundBody, session: Dispatcher, pool: PoolOf) -> dict[str, Any]:
    """Plan a round; its stops may come in any order."""
    plan = Plan(
        name=body.name.strip(),
        every_days=body.every_days,
        starts_on=body.starts_on,
        stops=tuple(Stop(code=each.code, checks=tuple(each.checks)) for each in body.stops),
    )
    with pool.connection() as connection:
        with recording(connection, session.reader):
            site = site_of(connection, plan.stops[0].code, moment_of(connection))
            if site is None:
                raise NotFoundError("site", plan.stops[0].code)
            made = inspections.add_round(connection, uuid4(), site.id, plan, actor=session.name)
            audit_log.append(
                connection,
                actor=session.name,
                action="round-add",
                subject=site.code,
                detail={"round": made.number, "name": plan.name, "stops": len(plan.stops)},
            )
        with reading(connection, session.reader) as moment:
            return rounds.told(connection, made, moment, now=datetime.now(UTC))
