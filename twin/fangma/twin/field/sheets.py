"""Make the sheet of a work order out of what the registry and the networks know."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.networks import NETWORK_KINDS
from fangma.asset_registry.store import surroundings, work_orders
from fangma.asset_registry.store.networks import NetworkError
from fangma.asset_registry.store.storey_plans import storey_plans
from fangma.twin.field import whereabouts
from fangma.twin.field.outdoor_plans import flat, outdoor_plan
from fangma.twin.field.photos import PhotoStore
from fangma.twin.field.sheet_words import Language, SheetWords
from fangma.twin.pipes import closing
from fangma.twin.pipes.needs import Joined, about, reader
from fangma.twin.settings import environment_for_service
from fangma.twin.times import CHINA
from fangma.viewer.cutaways.rendering import PictureError, render
from fangma.viewer.order_sheet import SheetContent, ValveLine, order_sheet
from fangma.viewer.place_map import PlaceMap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.surroundings import PlaceRow
    from fangma.asset_registry.store.work_orders import Order
    from fangma.spatial.setting_out import Dimension
    from fangma.twin.field.whereabouts import Whereabouts
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.needs import ReadBook
    from fangma.twin.services.home import Home
    from fangma.viewer.cutaways.picture import Picture

_LOG: Final = logging.getLogger("fangma.field")
_PROGRAM: Final = "fangma.twin.field.picture_process"
_MARKS: Final = "ABCDEFGH"
_MOST_ROOMS: Final = 12
_MOST_PHOTOS: Final = 3
_ABOUT_M: Final = 200.0  # what a plan of the grounds can show
_MAP_PT: Final = (182 * 72 / 25.4, 88 * 72 / 25.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sheet without its picture, which takes seconds to draw and no database."""

    content: SheetContent
    picture: Picture | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet that was made.

    Attributes
    ----------
    picture_problem : str or None
        Why it has no picture; None when it has one.
    """

    number: int
    code: str
    pdf: bytes
    picture_problem: str | None


def draft_sheet(
    conn: Connection,
    moment: Moment,
    ref: UUID | int,
    *,
    home: Home,
    base_url: str,
    language: Language = "zh",
) -> Draft:
    """Gather what the sheet of an order says, as far as the reader may see.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.

    Raises
    ------
    UnknownOrderError
    """
    words = SheetWords(language)
    order = work_orders.find_order(conn, ref, moment)
    read = reader(conn, moment, order.site_id)
    shut = _shut(conn, order, read, moment)
    where = whereabouts.find(conn, order, moment, served=shut["rooms"])
    book = read(
        Joined(frozenset({order.entry_id}))
        if where.point is None
        else about(where.point[None], _ABOUT_M)
    )
    codes = shut["valves"]
    marks = {code: str(i + 1) for i, code in enumerate(codes)}
    places = surroundings.places(conn, [*codes, order.code], moment)
    measures = _measures(where, words)
    picture = whereabouts.picture(
        conn,
        where,
        geometry=home.directory / "geometry",
        valves=marks,
        texts=[(mark, length) for mark, _, length in measures],
    )
    content = SheetContent(
        number=order.number,
        title=words.say(
            "title", fault=words.fault(order.fault), urgency=words.urgency(order.urgency)
        ),
        url=f"{base_url.rstrip('/')}/r/{order.code}",
        code=order.code,
        facts=_facts(order, where, places.get(order.code), words),
        text=order.text,
        measures=measures,
        hidden=words.say("comma").join(
            words.say(key) for what in where.hidden_by if (key := f"hiding.{what}") in words.all
        ),
        shut=[_valve(code, marks[code], places.get(code), words) for code in codes],
        shut_note=_shut_note(shut, words),
        affected=_affected(conn, shut, moment, words),
        basis=_basis(where, book, order, moment.at, words),
        systems=_systems(where, words),
        picture=None,
        picture_problem=words.say("nowhere") if picture is None else None,
        plan=_plan(conn, where, marks, places, moment, north=words.say("north"))
        if where.room is not None
        else outdoor_plan(conn, where, book, marks, places, moment, words, size=_MAP_PT),
        photos=_photos(order, PhotoStore(root=home.photos)),
        words=words.all,
    )
    return Draft(content=content, picture=picture)


def finish_sheet(draft: Draft, *, environment: Mapping[str, str] | None = None) -> Sheet:
    """Draw the picture and write the PDF; needs no database.

    A picture that cannot be drawn is left out and said so: the sheet is needed all the same.

    Parameters
    ----------
    environment : mapping, optional
        Of the process that draws.

    Raises
    ------
    FontMissingError
    """
    content = draft.content
    if draft.picture is not None:
        try:
            png = render(draft.picture, _PROGRAM, environment or environment_for_service())
            content = replace(content, picture=png)
        except PictureError as error:
            _LOG.warning("%s %s", error.message, error.remedy)
            content = replace(content, picture_problem=error.message)
    return Sheet(
        number=content.number,
        code=content.code,
        pdf=order_sheet(content),
        picture_problem=content.picture_problem,
    )


def _shut(conn: Connection, order: Order, read: ReadBook, moment: Moment) -> dict[str, Any]:
    """Ask what must be closed; nothing for a thing that no pipe network knows."""
    nothing: dict[str, Any] = {
        "valves": [], "isolated": [], "rooms": [], "skipped": [], "possible": None,
    }  # fmt: skip
    if order.kind not in {*NETWORK_KINDS, "room"}:
        return nothing
    try:
        return closing.isolate(conn, read, [order.code], moment)
    except NetworkError:
        return nothing


def _shut_note(shut: Mapping[str, Any], words: SheetWords) -> str:
    if shut["possible"] is None or (shut["possible"] and not shut["valves"]):
        return words.say("shut.nothing")
    if not shut["possible"]:
        return words.say("shut.impossible")
    note = words.say("shut.reopen")
    if shut["skipped"]:
        stuck = words.say("list").join(each["valve"] for each in shut["skipped"])
        note = words.say("shut.skipped", valves=stuck) + note
    return note


def _affected(conn: Connection, shut: Mapping[str, Any], moment: Moment, words: SheetWords) -> str:
    codes: list[str] = shut["rooms"]
    if not codes:
        return ""
    named = surroundings.places(conn, codes[:_MOST_ROOMS], moment)
    rooms = [
        " ".join(part for part in (row.door, row.name) if part) or code
        for code in codes[:_MOST_ROOMS]
        if (row := named.get(code)) is not None
    ]
    people = surroundings.count_holders(conn, codes, moment)
    return words.say(
        "affected",
        rooms=words.say("list").join(rooms),
        count=words.say(
            "affected.more" if len(codes) > len(rooms) else "affected.all", n=len(codes)
        ),
        people=words.say("affected.people", n=people) if people else "",
        parts=len(shut["isolated"]),
    )


def _facts(
    order: Order, where: Whereabouts, place: PlaceRow | None, words: SheetWords
) -> list[tuple[str, str]]:
    room = where.room
    named = []
    if place is not None and place.storey_name:
        named.append(place.storey_name)
    if room is not None:
        named.append(" ".join(part for part in (room.door, room.name) if part))
    system = ""
    if order.system is not None and order.system in SYSTEMS:
        system = words.say("in_brackets", what=words.system(order.system))
    what = " ".join(part for part in (order.name, system) if part)
    responsible = ""
    if order.responsible:
        responsible = words.say("responsible", who=order.responsible)
    facts = [
        (words.say("fact.where"), " · ".join(named) or words.say("outside_or_unknown")),
        (words.say("fact.what"), what or order.kind),
        (words.say("fact.code"), order.code),
        (words.say("fact.reported"), _time(order.at)),
        (words.say("fact.state"), words.say(f"state.{order.state}") + responsible),
    ]
    if order.due is not None:
        facts.append((words.say("fact.due"), _time(order.due)))
    return facts


def _measures(where: Whereabouts, words: SheetWords) -> list[tuple[str, str, str]]:
    if where.measures is None:
        return []
    return [
        (mark, words.say(f"edge.{each.edge}", side=_side(each, words)), f"{each.length_m:.2f} m")
        for mark, each in zip(_MARKS, where.measures.dimensions, strict=False)
    ]


def _side(each: Dimension, words: SheetWords) -> str:
    """Name the side on which the edge lies: of two walls one has to know which is meant."""
    east, north = each.start[0] - each.end[0], each.start[1] - each.end[1]
    # What lies in a wall is seen from the room: it is the wall on the other side of the face.
    return words.side(-east, -north) if each.edge == "face" else words.side(east, north)


def _valve(code: str, mark: str, row: PlaceRow | None, words: SheetWords) -> ValveLine:
    if row is None:
        return ValveLine(mark=mark, code=code, name="", where="", position="")
    named = [row.storey_name or "", " ".join(p for p in (row.room_door, row.room_name) if p)]
    if row.z is not None and row.floor_z is not None:
        named.append(words.say("above_floor", m=max(0.0, row.z - row.floor_z)))
    return ValveLine(
        mark=mark,
        code=code,
        name=row.name or "",
        where=" · ".join(word for word in named if word) or words.say("outside"),
        position=words.say(f"valve.{row.position or 'unrecorded'}"),
    )


def _basis(
    where: Whereabouts, book: PipeBook, order: Order, now: datetime, words: SheetWords
) -> list[str]:
    lines = []
    row = book.row_of.get(order.entry_id)
    if row is not None:
        day = book.day_of(row)
        age = words.say("age.unknown")
        if day is not None:
            age = words.say("age", day=day.isoformat(), days=(now.date() - day).days)
        plan, depth = book.accuracy.plan_m[row], book.accuracy.depth_m[row]
        error = words.say("error.unknown")
        if not np.isnan(plan):
            error = words.say("error", plan=plan * 100, depth=depth * 100)
        source = words.say("source.survey" if book.parts[row].surveyed else "source.model")
        lines.append(words.say("basis.line", source=source, age=age, error=error))
    if not where.is_exact and where.target.kind == "room":
        lines.append(words.say("basis.room"))
    lines.append(words.say("basis.made", time=_time(now)))
    return lines


def _systems(where: Whereabouts, words: SheetWords) -> list[tuple[str, str]]:
    seen = {body.system for body in where.bodies if body.kind == "pipe"} | {where.target.system}
    return [(letters, words.system(letters)) for letters in SYSTEMS if letters in seen]


def _plan(
    conn: Connection,
    where: Whereabouts,
    marks: Mapping[str, str],
    places: Mapping[str, PlaceRow],
    moment: Moment,
    *,
    north: str,
) -> PlaceMap | None:
    if where.room is None or where.point is None:
        return None
    plan = storey_plans(conn, where.target.site_id, [where.room.code], moment).get(where.room.code)
    if plan is None:
        return None
    return PlaceMap(
        plan.rooms,
        own=where.room.code,
        place=(float(where.point[0]), float(where.point[1])),
        lines=flat(where.target.axis),
        valves=[
            (mark, (row.x, row.y))
            for code, mark in marks.items()
            if (row := places.get(code)) is not None
            and row.x is not None
            and row.y is not None
            and row.storey == where.room.storey
        ],
        width=_MAP_PT[0],
        height=_MAP_PT[1],
        north=north,
    )


def _photos(order: Order, store: PhotoStore) -> list[bytes]:
    files = (store.path(photo.sha256) for photo in order.pictures[:_MOST_PHOTOS])
    return [file.read_bytes() for file in files if file.is_file()]


def _time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
