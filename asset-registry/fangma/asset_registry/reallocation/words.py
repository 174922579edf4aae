"""Demands and wishes in words, Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fangma.asset_registry.reallocation.request import Asked

FURTHER: Final = ("第二处及以上办公室本方案不作调整", "further rooms of a person stay as they are")
BLOCKS: Final = ("单位整间使用的房间不作调整", "rooms that units hold without names stay")
OUTSIDE: Final = ("范围以外单位的人员不动", "people of units outside the scope stay")
COARSE: Final = ("间距按楼层计算", "ways are reckoned from storey to storey")


def fewer_pairs(count: int) -> tuple[str, str]:
    """Say that ways are reckoned for some teams only."""
    return (
        f"单位间距仅计算{count}对受影响的单位",
        f"ways are reckoned for {count} pairs of teams that the plan touches",
    )


def demand(each: Asked, given: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a demand asks."""
    values = each.values
    count = len(given.get("people", ()))
    match each.kind:
        case "move-in":
            unit = f"{values['unit']}{values.get('name', '')}"
            return f"{unit}迁入{count}人", f"{values['unit']} moves in with {count}"
        case "grow":
            return f"{values['unit']}增加{count}人", f"{values['unit']} grows by {count}"
        case "post":
            person, unit = values["person"], values["unit"]
            return f"{person}到任{unit}", f"{person} is posted to {unit}"
        case "place":
            return f"为{count}人安排办公室", f"{count} without a room get one"
        case "merge":
            units = values["units"]
            return (
                f"{'、'.join(units)}合并为{values['into']}",
                f"{', '.join(units)} become {values['into']}",
            )
        case "leave":
            who = _who(values, given["people"])
            return f"{who[0]}退出办公室", f"{who[1]} give their rooms back"
        case _:
            rooms = given["rooms"]
            since = values.get("from") or "方案之日"
            until = values.get("to") or "长期"
            start = values.get("from") or "the plan's day"
            end = f"to {values['to']}" if values.get("to") else "for good"
            return (
                f"{_some(rooms, '、')}共{len(rooms)}间自{since}至{until}封闭",
                f"{len(rooms)} rooms closed from {start} {end} ({_some(rooms, ', ')})",
            )


def wish(each: Asked, given: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a wish asks."""
    values = each.values
    zh, en = _who(values, given.get("people", ()))
    match each.kind:
        case "accessible":
            return f"{zh}须在首层或电梯可达处", f"{en} on the ground floor or reached by a lift"
        case "secrecy":
            return _secrecy(zh, en, values, given)
        case "together":
            within = str(given["within"])
            place = {"room": "同一房间", "storey": "同一楼层", "building": "同一楼栋"}[within]
            return f"{zh}须在{place}", f"{en} in one {within}"
        case "stay":
            return f"{zh}不动", f"{en} stay where they are"
        case "pin":
            person, room = values["person"], values["room"]
            return f"{person}须在{room}", f"{person} in room {room}"
        case "allow":
            return (
                f"{zh}只可在指定的{len(given['rooms'])}间",
                f"{en} in {len(given['rooms'])} rooms only",
            )
        case "forbid":
            named = [
                *values.get("rooms", ()),
                *values.get("storeys", ()),
                *values.get("buildings", ()),
            ]
            if not {"persons", "units"} & values.keys():
                zh, en = "任何人", "anybody"
            return f"{zh}不得在{_some(named, '、')}", f"{en} not in {_some(named, ', ')}"
        case _:
            return f"{zh}须单独使用房间", f"{en} each alone in a room"


def _secrecy(
    zh: str, en: str, values: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[str, str]:
    if "others" in given:
        units = values["not_beside"]["units"]
        return (
            f"{zh}(保密)不得与{'、'.join(units)}相邻",
            f"{en} (secrecy) not beside {', '.join(units)}",
        )
    if "rooms" in given:
        count = len(given["rooms"])
        return f"{zh}(保密)只可在符合要求的{count}间", f"{en} (secrecy) in {count} fit rooms only"
    return f"{zh}(保密)须单独使用房间", f"{en} (secrecy) each alone in a room"


def _who(values: Mapping[str, Any], people: Iterable[str]) -> tuple[str, str]:
    named = [*values.get("persons", ()), *values.get("units", ())]
    if not named:
        named = sorted(people)
    return _some(named, "、"), _some(named, ", ")


def _some(names: Iterable[str], between: str) -> str:
    held = sorted(names)
    return between.join(held[:3]) + ("…" if len(held) > 3 else "")
