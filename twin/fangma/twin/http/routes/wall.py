"""The display wall and the index board: figures of a site that open down to their rooms."""

from collections import Counter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path

from fangma.asset_registry.indicators.board import board, told
from fangma.asset_registry.indicators.pack import choose, load
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import Connection, recording
from fangma.asset_registry.store.rollups import bring_up
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.figures import (
    SiteFigures,
    elsewhere,
    energy_hours,
    rooms_behind,
    site_figures,
    uses,
)
from fangma.twin.http.access import SpaceReader
from fangma.twin.http.bodies import CodeInQuery, WordInQuery
from fangma.twin.http.dependencies import DEAR, At, AuditsOf, Known, PlacesOf, PoolOf, SettingsOf
from fangma.twin.http.errors import ForbiddenError
from fangma.twin.http.wall_bodies import Board, FigureRooms, Wall
from fangma.twin.revision_shelf import RevisionShelf
from fangma.twin.services.home import Home
from fangma.twin.sign_in.sessions import Session

router: Final = APIRouter(prefix="/api", tags=["wall"], dependencies=[DEAR])
_MOST_ALARMS: Final = 200
_MOST_DUE: Final = 2000


@router.get("/wall", operation_id="readWall", response_model=Wall)
def read_wall(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    places: PlacesOf,
    site: CodeInQuery = None,
) -> dict[str, Any]:
    """Give what a display wall shows now: figures without rooms or people, alarms, energy, uses.

    Refused to whoever may see secret rooms: a wall hangs where everybody looks at it.
    """
    _not_cleared(session)
    with pool.connection() as connection:
        found = _figures(connection, session, (audits, places), site)
    facts = found.facts
    alarms = [each for each in facts.alarms if each["state"] != "shelved"]
    return {
        **_moment(found),
        "name": found.site.name,
        "standard": found.audited.estate.standard().name,
        "since": found.since,
        "figures": [told(each, site=found.site.code) for each in found.figures.values()],
        "uses": uses(facts),
        "energy": energy_hours(facts.energy, facts.at),
        "alarms": alarms[:_MOST_ALARMS],
        "orders": [
            {"state": state, "count": count}
            for state, count in Counter(each["state"] for each in facts.orders).most_common()
        ],
    }


@router.get("/figures/{figure}/rooms", operation_id="listFigureRooms", response_model=FigureRooms)
def list_figure_rooms(
    figure: Annotated[str, Path(max_length=60)],
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    places: PlacesOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
) -> dict[str, Any]:
    """List the rooms behind a figure of the wall or the index board; kept in the log."""
    with pool.connection() as connection:
        found = _figures(connection, session, (audits, places), site, at, known)
        rooms = rooms_behind(found, figure)
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="audit-read",
                subject=found.site.code,
                detail={"of": figure},
            )
    return {
        "figure": told(found.figures[figure], site=found.site.code),
        "at": found.moment.at,
        "items": rooms,
        "others": elsewhere(found, figure),
    }


@router.get("/indicators", operation_id="readIndicators", response_model=Board)
def read_indicators(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    places: PlacesOf,
    settings: SettingsOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    pack: WordInQuery = None,
) -> dict[str, Any]:
    """Reckon the index board of a site, each number with what it rests on.

    Packs are the files of ``FANGMA_HOME/indicators`` and the shipped one (docs/indicators.md).
    """
    packs = load(Home(directory=settings.home).indicators)
    chosen = choose(packs, pack)
    with pool.connection() as connection:
        found = _figures(connection, session, (audits, places), site, at, known)
    return {
        **_moment(found),
        **board(chosen, found.figures, site=found.site.code, revision=found.moment.revision),
        "packs": [
            {"name": each.name, "title": each.title, "title_en": each.title_en} for each in packs
        ],
    }


def _figures(
    connection: Connection,
    session: Session,
    shelves: tuple[AuditShelf, RevisionShelf[Any]],
    site: str | None,
    at: At = None,
    known: Known = None,
) -> SiteFigures:
    bring_up(connection, at_most=_MOST_DUE)
    audits, places = shelves
    return site_figures(
        connection, session.reader, site=site, at=at, known=known, audits=audits, places=places
    )


def _moment(found: SiteFigures) -> dict[str, Any]:
    return {
        "site": found.site.code,
        "at": found.moment.at,
        "known": found.moment.known,
        "revision": found.moment.revision,
    }


def _not_cleared(session: Session) -> None:
    if session.sees_secret:
        raise ForbiddenError(
            f"{session.name} may see secret rooms, which a display wall never shows.",
            "Use an account without clearance for the wall, with the role leader.",
        )
