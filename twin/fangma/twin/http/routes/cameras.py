"""Cameras: where they look, what they see, and what nobody sees. No picture passes here."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request

from fangma.asset_registry.cameras.watching import Watch
from fangma.asset_registry.store import audit_log, cameras as stored, sites
from fangma.asset_registry.store.connection import Connection, reading, recording
from fangma.asset_registry.store.entries import find_entry
from fangma.twin.cameras import pointing
from fangma.twin.cameras.coverage import (
    Asked,
    blind_spots,
    camera_dict,
    outdoor_coverage,
    storey_coverage,
)
from fangma.twin.cameras.pointing import Pose
from fangma.twin.cameras.settings import watch_of
from fangma.twin.cameras.working import conditions
from fangma.twin.http.access import Operator
from fangma.twin.http.bodies import CodeInPath, CodeInQuery
from fangma.twin.http.camera_bodies import (
    BlindAnswer,
    CameraItem,
    CameraPage,
    CameraPointing,
    CameraPose,
    CoverageAnswer,
    NewCamera,
)
from fangma.twin.http.dependencies import At, Known, PoolOf, SettingsOf
from fangma.twin.http.errors import NotFoundError
from fangma.twin.settings import Settings
from fangma.twin.sign_in.accounts import Actor
from fangma.twin.sign_in.sessions import Session
from fangma.twin.times import parse_time

if TYPE_CHECKING:
    from fangma.twin.http.told_once import ToldOnce
    from fangma.twin.pipes.bodies import Bodies

router: Final = APIRouter(prefix="/api/cameras", tags=["live"])
_Word = Annotated[str | None, Query(max_length=40)]


class Question:
    """What a question about cameras is asked with, and by whom."""

    def __init__(
        self,
        request: Request,
        session: Operator,
        pool: PoolOf,
        settings: SettingsOf,
        at: At,
        known: Known,
        site: CodeInQuery = None,
        doors: _Word = None,
        glass: _Word = None,
        purpose: _Word = None,
    ) -> None:
        self.session, self.pool, self.site = session, pool, site
        self.bodies: Bodies = request.app.state.bodies
        self.told: ToldOnce = request.app.state.told
        self.watch = watch_of(settings.home, doors=doors, glass=glass, purpose=purpose)
        self.when = (at, known)

    @contextmanager
    def asked(self, place: str | None = None) -> Iterator[Asked]:
        """Read as whoever asks, about the site of a place.

        Blind spots tell where nobody is seen: who asked for them is kept, once a session and place.
        """
        with self.pool.connection() as connection:
            with reading(connection, self.session.reader, *self.when) as moment:
                site = sites.find_site(connection, place or self.site, moment)
                if site is None:
                    raise NotFoundError("site", "")
                yield Asked(
                    conn=connection,
                    site=site,
                    moment=moment,
                    known=self.when[1],
                    watch=self.watch,
                    bodies=self.bodies,
                )
            line = (self.session.token_hash, "cameras-read", place or site.code)
            if line not in self.told:
                with recording(connection, self.session.reader):
                    audit_log.append(
                        connection, actor=self.session.name, action=line[1], subject=line[2]
                    )
                self.told.add([line])


_Asked = Annotated[Question, Depends()]


@router.get("", operation_id="listCameras", response_model=CameraPage)
def list_cameras(question: _Asked) -> dict[str, Any]:
    """List the cameras of a site: where each looks, and whether it works."""
    with question.asked() as asked:
        rows = stored.cameras(asked.conn, asked.site.id, asked.moment)
        ids = [row.id for row in rows]
        how = conditions(asked.conn, ids, asked.moment, asked.known, asked.watch)
    return {
        "items": [camera_dict(row, how[row.id]) for row in rows],
        "watch": _watch(question.watch),
    }


@router.get("/coverage", operation_id="readCoverage", response_model=CoverageAnswer)
def read_coverage(question: _Asked, storey: CodeInQuery = None) -> dict[str, Any]:
    """Tell what cameras see of a storey, or without one of the ground about gates and entrances.

    ``doors`` shut or open, ``glass`` through or opaque, ``purpose`` one of the densities: instead
    of what the settings say.
    """
    with question.asked(storey) as asked:
        if storey is None:
            found = outdoor_coverage(asked)
        else:
            _, kind, code = find_entry(asked.conn, storey, asked.moment)
            if kind != "storey":
                raise NotFoundError("storey", storey)
            found = storey_coverage(asked, code)
    return found.as_dict() | {"watch": _watch(question.watch)}


@router.get("/blind", operation_id="listBlindSpots", response_model=BlindAnswer)
def list_blind_spots(question: _Asked, building: CodeInQuery = None) -> dict[str, Any]:
    """List what no working camera sees of a site or a building, the largest first."""
    with question.asked(building) as asked:
        place = None
        if building is not None:
            _, kind, place = find_entry(asked.conn, building, asked.moment)
            if kind != "building":
                raise NotFoundError("building", building)
        items = blind_spots(asked, building=place)
    return {
        "items": items,
        "blind_m2": round(sum(item["area_m2"] for item in items), 2),
        "watch": _watch(question.watch),
    }


@router.post("", operation_id="addCamera", response_model=CameraItem, status_code=201)
def add_camera(
    body: NewCamera, session: Operator, pool: PoolOf, settings: SettingsOf
) -> dict[str, Any]:
    """Add a camera that no model and no table holds."""
    with pool.connection() as connection:
        code = pointing.add(
            connection, _actor(session), body.name, _pose(body), site=body.site, storey=body.storey
        )
        return _told(connection, session, settings, code)


@router.put("/{code}/view", operation_id="pointCamera", response_model=CameraItem)
def point_camera(
    code: CodeInPath,
    body: CameraPointing,
    session: Operator,
    pool: PoolOf,
    settings: SettingsOf,
) -> dict[str, Any]:
    """Say where a camera looks from a time on; where it looked before stays in the history."""
    since = None if body.since is None else parse_time(body.since)
    with pool.connection() as connection:
        pointing.point(
            connection, _actor(session), code, _pose(body), valid_from=since, reason=body.reason
        )
        return _told(connection, session, settings, code)


@router.delete("/{code}/view", operation_id="blindCamera", response_model=CameraItem)
def blind_camera(
    code: CodeInPath, session: Operator, pool: PoolOf, settings: SettingsOf
) -> dict[str, Any]:
    """Say that nobody knows any more where a camera looks, from now on."""
    with pool.connection() as connection:
        pointing.point(connection, _actor(session), code, None)
        return _told(connection, session, settings, code)


def _told(
    connection: Connection, session: Session, settings: Settings, code: str
) -> dict[str, Any]:
    with reading(connection, session.reader) as moment:
        site = sites.find_site(connection, code, moment)
        if site is None:
            raise NotFoundError("camera", code)
        row = stored.camera(connection, site.id, code, moment)
        how = conditions(connection, [row.id], moment, None, watch_of(settings.home))
    return camera_dict(row, how[row.id])


def _pose(body: CameraPose) -> Pose:
    return Pose(
        place=body.place, heading_deg=body.heading_deg, horizontal_deg=body.horizontal_deg,
        vertical_deg=body.vertical_deg, tilt_deg=body.tilt_deg, range_m=body.range_m,
        pixels=body.pixels,
    )  # fmt: skip


def _watch(watch: Watch) -> dict[str, Any]:
    return {
        "uses": sorted(watch.uses),
        "densities": dict(watch.densities),
        "purpose": watch.purpose,
        "doors": watch.doors,
        "glass": watch.glass,
        "entrance_m": watch.entrance_m,
        "target_m": watch.target_m,
        "sight_m": watch.sight_m,
    }


def _actor(session: Session) -> Actor:
    return Actor(name=session.name, reader=session.reader)
