"""What the sheet of a work order says, in Chinese and in English; `{name}` is filled in."""

from __future__ import annotations

import math
from typing import Final, Literal

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.work_orders.facts import FAULTS, URGENCIES

Language = Literal["zh", "en"]

_ZH: Final = {
    "order": "工单", "made": "由房码生成，以现场为准", "no_picture": "无示意图：",
    "measures": "放线尺寸（从看得见的边量起）", "shut": "先关的阀门（按顺序）", "no": "序",
    "valve": "阀门", "where": "位置", "position": "现状", "plan": "所在平面", "photos": "报修照片",
    "basis": "数据依据", "done": "处理情况", "parts": "用料", "hours": "工时、起止时间",
    "signed": "签字、日期",
    "title": "{fault}（{urgency}）", "comma": "，", "list": "、", "in_brackets": "（{what}）",
    "nowhere": "台账中没有该处的位置。",
    "edge.wall": "距{side}侧墙面（垂直量）", "edge.corner": "沿墙面，距{side}侧墙角",
    "edge.jamb": "沿墙面，距{side}侧门洞边", "edge.face": "{side}侧墙面以内深度",
    "edge.floor": "距完成地面（到管中心）", "edge.ceiling": "吊顶面以上",
    "hiding.wall": "墙体内", "hiding.slab": "楼板内", "hiding.structure": "结构内",
    "hiding.ceiling": "吊顶上",
    "valve.open": "开", "valve.closed": "已关", "valve.stuck": "卡死", "valve.unknown": "未知",
    "valve.unrecorded": "未记录",
    "state.reported": "已报修", "state.assigned": "已派单", "state.accepted": "已接单",
    "state.in_progress": "处理中", "state.on_hold": "挂起", "state.done": "已完成待验收",
    "state.closed": "已关闭", "state.rejected": "不予受理",
    "shut.nothing": "无须关阀，或该处不属于可关断的管网；动手前仍请确认无压、无电。",
    "shut.impossible": "仅靠现有阀门关不断：请先联系上级调度停水（停气、停电），再动手。",
    "shut.reopen": "处理完后按相反顺序开启。",
    "shut.skipped": "已绕开不可靠的阀门：{valves}。",
    "affected": "停用影响：{rooms}{count}{people}；断开部件 {parts} 个。请先通知。",
    "affected.more": " 等 {n} 间", "affected.all": "，共 {n} 间",
    "affected.people": "；使用人员 {n} 人", "north": "北",
    "side.0": "东", "side.1": "东北", "side.2": "北", "side.3": "西北", "side.4": "西",
    "side.5": "西南", "side.6": "南", "side.7": "东南",
    "fact.where": "位置", "fact.what": "对象", "fact.code": "编码", "fact.reported": "报修",
    "fact.state": "状态", "fact.due": "期限", "outside_or_unknown": "室外或未知", "outside": "室外",
    "responsible": "，责任人 {who}", "above_floor": "离地 {m:.1f} m",
    "age.unknown": "日期不明", "age": "{day}，距今 {days} 天",
    "source.survey": "探测成果", "source.model": "建筑模型",
    "error.unknown": "位置误差不明",
    "error": "位置中误差 平面 ±{plan:.0f} cm、高程 ±{depth:.0f} cm",
    "basis.line": "{source}（{age}）；{error}。凿墙、钻孔前先探测。",
    "basis.room": "报修只到房间，图上位置是房间中部；具体部位以现场为准。",
    "basis.made": "制表 {time}。",
}  # fmt: skip
_EN: Final = {
    "order": "Work order", "made": "Made by Fangma; what is on site counts",
    "no_picture": "No picture: ", "measures": "Setting out (from edges that one sees)",
    "shut": "Valves to close first (in this order)", "no": "No", "valve": "Valve", "where": "Where",
    "position": "Stands", "plan": "Plan", "photos": "Photos of the report", "basis": "Data",
    "done": "What was done", "parts": "Parts used", "hours": "Hours, from and to",
    "signed": "Signature, date",
    "title": "{fault} ({urgency})", "comma": ", ", "list": ", ", "in_brackets": "({what})",
    "nowhere": "The registry does not know where it is.",
    "edge.wall": "square from the face of the {side} wall",
    "edge.corner": "along the wall, from its {side} corner",
    "edge.jamb": "along the wall, from the {side} door jamb",
    "edge.face": "deep behind the face of the {side} wall",
    "edge.floor": "above the finished floor (to the axis)", "edge.ceiling": "above the ceiling",
    "hiding.wall": "inside the wall", "hiding.slab": "inside the slab",
    "hiding.structure": "inside the structure", "hiding.ceiling": "above the ceiling",
    "valve.open": "open", "valve.closed": "closed", "valve.stuck": "stuck",
    "valve.unknown": "unknown", "valve.unrecorded": "not recorded",
    "state.reported": "reported", "state.assigned": "assigned", "state.accepted": "accepted",
    "state.in_progress": "in progress", "state.on_hold": "on hold",
    "state.done": "done, to be checked", "state.closed": "closed", "state.rejected": "rejected",
    "shut.nothing": "No valve need be closed, or no network that can be shut off is known here; "
                    "make sure that there is neither pressure nor current before you begin.",
    "shut.impossible": "The valves that work do not shut it off: have the supply stopped before "
                       "you begin.",
    "shut.reopen": "Open them again in reverse order afterwards.",
    "shut.skipped": "Valves that cannot be relied on were left out: {valves}. ",
    "affected": "Cut off: {rooms}{count}{people}; parts {parts}. Tell them first.",
    "affected.more": " and others, {n} rooms in all", "affected.all": " ({n} rooms)",
    "affected.people": "; people {n}", "north": "N",
    "side.0": "east", "side.1": "north-east", "side.2": "north", "side.3": "north-west",
    "side.4": "west", "side.5": "south-west", "side.6": "south", "side.7": "south-east",
    "fact.where": "Where", "fact.what": "What", "fact.code": "Code", "fact.reported": "Reported",
    "fact.state": "State", "fact.due": "Due", "outside_or_unknown": "outside or not known",
    "outside": "outside", "responsible": ", {who} is responsible", "above_floor": "{m:.1f} m up",
    "age.unknown": "nobody knows of what day", "age": "{day}, {days} days old",
    "source.survey": "Survey", "source.model": "Building model",
    "error.unknown": "nobody knows how exact",
    "error": "one standard deviation: plan ±{plan:.0f} cm, height ±{depth:.0f} cm",
    "basis.line": "{source} ({age}); {error}. Detect before you cut or drill.",
    "basis.room": "The report names the room alone: the place shown is its middle.",
    "basis.made": "Made {time}.",
}  # fmt: skip
_FAULTS_EN: Final = {
    "leak": "Leak", "blocked": "Blocked", "no_supply": "No water, gas or heating",
    "power": "No power", "lighting": "Lighting", "climate": "Air conditioning",
    "fire_safety": "Fire safety", "lift": "Lift", "door_window": "Door or window",
    "fabric": "Wall, ceiling or floor", "furniture": "Furniture", "network": "Network, telephone",
    "smell": "Smell", "other": "Other",
}  # fmt: skip


class SheetWords:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.all: dict[str, str] = dict(_ZH if language == "zh" else _EN)

    def say(self, key: str, **values: object) -> str:
        """Return some words, filled in."""
        return self.all[key].format(**values)

    def fault(self, fault: str) -> str:
        """Name a kind of fault."""
        return FAULTS[fault] if self.language == "zh" else _FAULTS_EN[fault]

    def urgency(self, urgency: str) -> str:
        """Name an urgency."""
        return URGENCIES[urgency] if self.language == "zh" else urgency

    def system(self, letters: str) -> str:
        """Name a system of pipes."""
        system = SYSTEMS[letters]
        return system.zh if self.language == "zh" else system.en

    def side(self, east: float, north: float) -> str:
        """Name the side of the sky, one of eight, to which a way leads.

        >>> SheetWords("en").side(-2.0, 0.1)
        'west'
        """
        return self.say(f"side.{round(math.degrees(math.atan2(north, east)) / 45.0) % 8}")
