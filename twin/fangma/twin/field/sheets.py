"""Make the sheet of a work order out of what the registry and the networks know."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.networks import NETWORK_KINDS
from fangma.asset_registry.store import surroundings, work_orders
from fangma.asset_registry.store.networks import NetworkError
from fangma.asset_registry.store.storey_plans import storey_plans
from fangma.asset_registry.work_orders.facts import FAULTS, URGENCIES
from fangma.twin.field import whereabouts
from fangma.twin.field.photos import PhotoStore
from fangma.twin.pipes import closing
from fangma.twin.pipes.book import PipeBook
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
    from fangma.twin.field.whereabouts import Whereabouts
    from fangma.twin.services.home import Home
    from fangma.viewer.cutaways.picture import Picture

_LOG: Final = logging.getLogger("fangma.field")
_PROGRAM: Final = "fangma.twin.field.picture_process"
_MARKS: Final = "ABCDEFGH"
_MOST_ROOMS: Final = 12
_MOST_PHOTOS: Final = 3
_MAP_MM: Final = (182, 88)
_POINTS_A_MM: Final = 72 / 25.4

_WORDS: Final = {
    "order": "工单", "made": "由房码生成，以现场为准", "no_picture": "无示意图：",
    "measures": "放线尺寸（从看得见的边量起）", "shut": "先关的阀门（按顺序）", "no": "序",
    "valve": "阀门", "where": "位置", "position": "现状", "plan": "所在平面", "photos": "报修照片",
    "basis": "数据依据", "done": "处理情况", "parts": "用料", "hours": "工时、起止时间",
    "signed": "签字、日期",
}  # fmt: skip
_EDGES: Final = {
    "wall": "距墙面（垂直量）",
    "corner": "沿墙面，距墙角",
    "jamb": "沿墙面，距门洞边",
    "face": "墙面以内深度",
    "floor": "距完成地面（到管中心）",
    "ceiling": "吊顶面以上",
}
_HIDING: Final = {"wall": "墙体内", "slab": "楼板内", "structure": "结构内", "ceiling": "吊顶上"}
_POSITIONS: Final = {"open": "开", "closed": "已关", "stuck": "卡死", "unknown": "未知"}
_STATES: Final = {
    "reported": "已报修", "assigned": "已派单", "accepted": "已接单", "in_progress": "处理中",
    "on_hold": "挂起", "done": "已完成待验收", "closed": "已关闭", "rejected": "不予受理",
}  # fmt: skip


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
    conn: Connection, moment: Moment, ref: UUID | int, *, home: Home, base_url: str
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
    order = work_orders.find_order(conn, ref, moment)
    book = PipeBook.read(conn, moment, order.site_id)
    shut = _shut(conn, order, book, moment)
    where = whereabouts.find(conn, order, moment, served=shut["rooms"])
    codes = shut["valves"]
    marks = {code: str(i + 1) for i, code in enumerate(codes)}
    places = surroundings.places(conn, [*codes, order.code], moment)
    measures = _measures(where)
    picture = whereabouts.picture(
        conn,
        where,
        geometry=home.directory / "geometry",
        valves=marks,
        texts=[(mark, length) for mark, _, length in measures],
    )
    content = SheetContent(
        number=order.number,
        title=f"{FAULTS[order.fault]}（{URGENCIES[order.urgency]}）",
        url=f"{base_url.rstrip('/')}/r/{order.code}",
        code=order.code,
        facts=_facts(order, where, places.get(order.code)),
        text=order.text,
        measures=measures,
        hidden="，".join(_HIDING[what] for what in where.hidden_by if what in _HIDING),
        shut=[_valve(code, marks[code], places.get(code)) for code in codes],
        shut_note=_shut_note(shut),
        affected=_affected(conn, shut, moment),
        basis=_basis(where, book, order, moment.at),
        systems=_systems(where),
        picture=None,
        picture_problem="台账中没有该处的位置。" if picture is None else None,
        plan=_plan(conn, where, marks, places, moment),
        photos=_photos(order, PhotoStore(root=home.photos)),
        words=dict(_WORDS),
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


def _shut(conn: Connection, order: Order, book: PipeBook, moment: Moment) -> dict[str, Any]:
    """Ask what must be closed; nothing for a thing that no pipe network knows."""
    nothing: dict[str, Any] = {
        "valves": [], "isolated": [], "rooms": [], "skipped": [], "possible": None,
    }  # fmt: skip
    if order.kind not in {*NETWORK_KINDS, "room"}:
        return nothing
    try:
        return closing.isolate(conn, book, [order.code], moment)
    except NetworkError:
        return nothing


def _shut_note(shut: Mapping[str, Any]) -> str:
    if shut["possible"] is None or (shut["possible"] and not shut["valves"]):
        return "无须关阀，或该处不属于可关断的管网；动手前仍请确认无压、无电。"
    if not shut["possible"]:
        return "仅靠现有阀门关不断：请先联系上级调度停水（停气、停电），再动手。"
    note = "处理完后按相反顺序开启。"
    if shut["skipped"]:
        stuck = "、".join(each["valve"] for each in shut["skipped"])
        note = f"已绕开不可靠的阀门：{stuck}。{note}"
    return note


def _affected(conn: Connection, shut: Mapping[str, Any], moment: Moment) -> str:
    codes: list[str] = shut["rooms"]
    if not codes:
        return ""
    named = surroundings.places(conn, codes[:_MOST_ROOMS], moment)
    words = [
        " ".join(part for part in (row.door, row.name) if part) or code
        for code in codes[:_MOST_ROOMS]
        if (row := named.get(code)) is not None
    ]
    more = f" 等 {len(codes)} 间" if len(codes) > len(words) else f"，共 {len(codes)} 间"
    people = surroundings.count_holders(conn, codes, moment)
    return (
        f"停用影响：{'、'.join(words)}{more}"
        + (f"；使用人员 {people} 人" if people else "")
        + f"；断开部件 {len(shut['isolated'])} 个。请先通知。"
    )


def _facts(order: Order, where: Whereabouts, place: PlaceRow | None) -> list[tuple[str, str]]:
    room = where.room
    words = []
    if place is not None and place.storey_name:
        words.append(place.storey_name)
    if room is not None:
        words.append(" ".join(part for part in (room.door, room.name) if part))
    system = SYSTEMS.get(order.system or "")
    what = " ".join(
        part for part in (order.name, f"（{system.zh}）" if system is not None else "") if part
    )
    facts = [("位置", " · ".join(words) or "室外或未知"), ("对象", what or order.kind)]
    facts.append(("编码", order.code))
    facts.append(("报修", _time(order.at)))
    facts.append(
        (
            "状态",
            _STATES[order.state] + (f"，责任人 {order.responsible}" if order.responsible else ""),
        )
    )
    if order.due is not None:
        facts.append(("期限", _time(order.due)))
    return facts


def _measures(where: Whereabouts) -> list[tuple[str, str, str]]:
    if where.measures is None:
        return []
    return [
        (mark, _EDGES[each.edge], f"{each.length_m:.2f} m")
        for mark, each in zip(_MARKS, where.measures.dimensions, strict=False)
    ]


def _valve(code: str, mark: str, row: PlaceRow | None) -> ValveLine:
    if row is None:
        return ValveLine(mark=mark, code=code, name="", where="", position="")
    words = [row.storey_name or "", " ".join(p for p in (row.room_door, row.room_name) if p)]
    if row.z is not None and row.floor_z is not None:
        words.append(f"离地 {max(0.0, row.z - row.floor_z):.1f} m")
    return ValveLine(
        mark=mark,
        code=code,
        name=row.name or "",
        where=" · ".join(word for word in words if word) or "室外",
        position=_POSITIONS.get(row.position or "", "未记录"),
    )


def _basis(where: Whereabouts, book: PipeBook, order: Order, now: datetime) -> list[str]:
    lines = []
    row = book.row_of.get(order.entry_id)
    if row is not None:
        day = book.day_of(row)
        age = "日期不明" if day is None else f"{day.isoformat()}，距今 {(now.date() - day).days} 天"
        source = "探测成果" if book.parts[row].surveyed else "建筑模型"
        plan, depth = book.accuracy.plan_m[row], book.accuracy.depth_m[row]
        error = (
            "位置误差不明"
            if np.isnan(plan)
            else f"位置中误差 平面 ±{plan * 100:.0f} cm、高程 ±{depth * 100:.0f} cm"
        )
        lines.append(f"{source}（{age}）；{error}。凿墙、钻孔前先探测。")
    if not where.is_exact and where.target.kind == "room":
        lines.append("报修只到房间，图上位置是房间中部；具体部位以现场为准。")
    lines.append(f"制表 {_time(now)}。")
    return lines


def _systems(where: Whereabouts) -> list[tuple[str, str]]:
    seen = {body.system for body in where.bodies if body.kind == "pipe"} | {where.target.system}
    return [(letters, system.zh) for letters, system in SYSTEMS.items() if letters in seen]


def _plan(
    conn: Connection,
    where: Whereabouts,
    marks: Mapping[str, str],
    places: Mapping[str, PlaceRow],
    moment: Moment,
) -> PlaceMap | None:
    if where.room is None or where.point is None:
        return None
    plan = storey_plans(conn, where.target.site_id, [where.room.code], moment).get(where.room.code)
    if plan is None:
        return None
    axis = (
        []
        if where.target.axis is None
        else [
            [(float(x), float(y)) for x, y in
             shapely.get_coordinates(shapely.from_wkb(where.target.axis)).tolist()]
        ]
    )  # fmt: skip
    return PlaceMap(
        plan.rooms,
        own=where.room.code,
        place=(float(where.point[0]), float(where.point[1])),
        lines=axis,
        valves=[
            (mark, (row.x, row.y))
            for code, mark in marks.items()
            if (row := places.get(code)) is not None
            and row.x is not None
            and row.y is not None
            and row.storey == where.room.storey
        ],
        width=_MAP_MM[0] * _POINTS_A_MM,
        height=_MAP_MM[1] * _POINTS_A_MM,
    )


def _photos(order: Order, store: PhotoStore) -> list[bytes]:
    files = (store.path(photo.sha256) for photo in order.pictures[:_MOST_PHOTOS])
    return [file.read_bytes() for file in files if file.is_file()]


def _time(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
