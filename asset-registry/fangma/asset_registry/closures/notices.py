"""The notice of a planned closure, as it is posted and sent round (停水通知)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHINA: Final = timezone(timedelta(hours=8))
# What stops, and what those who are cut off should do.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "JS": ("停水", "请提前储水并关好水龙头；恢复供水初期水质可能浑浊，请放流片刻后使用。"),
    "RS": ("停热水", "请提前安排用水，并关好水龙头。"),
    "ZS": ("停中水", "停水期间请勿使用中水设施。"),
    "XF": ("消防停水", "停用期间相关消火栓、喷淋不能使用，请加强防火巡查，严禁动用明火。"),
    "RQ": ("停气", "请提前关闭燃气阀门和用具；恢复供气后，请确认阀门关闭、通风良好再点火。"),
    "RL": ("停暖", "请做好保暖，勿自行开启管道阀门。"),
    "KT": ("停空调", "停用期间空调末端不供冷热，请关闭末端开关。"),
    "DL": ("停电", "请提前保存资料并关闭用电设备。"),
}
_USUAL: Final = ("停用", "请提前做好准备。")
_MOST_ROOMS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Whom a closure affects, in words: building, and rooms by number or name."""

    building: str
    rooms: Sequence[str]


def title(systems: Sequence[str]) -> str:
    """Return what is shut off, as a heading."""
    names = list(dict.fromkeys(_WORDS.get(system, _USUAL)[0] for system in systems)) or [_USUAL[0]]
    return "、".join(names)


def notice(
    *,
    number: int,
    systems: Sequence[str],
    reason: str,
    start: datetime,
    end: datetime,
    affected: Sequence[Affected],
    people: int | None,
    hydrants: int,
    by: str,
    written: datetime,
) -> str:
    """Write the notice.

    Parameters
    ----------
    systems : sequence of str
        Two letters of each system that is shut off.
    people : int or None
        Who holds the rooms; None = too few to be counted.
    hydrants : int
        Hydrants out of use.
    by : str
        Who gives notice: the name of the site.

    Returns
    -------
    text : str
        Chinese, times of China, lines parted by newlines.
    """
    what = title(systems)
    lines = [f"{what}通知（第{number}号）", "", "各有关单位、各位同事：", ""]
    lines.append(f"因{reason}，定于{_when(start)}至{_when(end)}{what}。")
    rooms = [room for each in affected for room in each.rooms]
    if rooms:
        lines.append("受影响的房间：")
        left = _MOST_ROOMS
        for each in affected:
            shown = list(each.rooms)[:left]
            left -= len(shown)
            if shown:
                more = f"等{len(each.rooms)}间" if len(shown) < len(each.rooms) else ""
                lines.append(f"　　{each.building}：{'、'.join(shown)}{more}")
            else:
                lines.append(f"　　{each.building}：{len(each.rooms)}间")
    else:
        lines.append("受影响的范围内没有用水（用气）房间。" if systems else "没有受影响的房间。")
    if people:
        lines.append(f"涉及约{people}人。")
    if hydrants:
        lines.append(f"其间有{hydrants}处消火栓停用，请安保部门加强消防巡查。")
    lines += list(dict.fromkeys(_WORDS.get(system, _USUAL)[1] for system in systems))
    lines += ["如遇特殊情况需要调整，将另行通知。由此带来的不便，敬请谅解。", "", by]
    lines.append(written.astimezone(_CHINA).strftime("%Y年%-m月%-d日"))
    return "\n".join(lines)


def _when(moment: datetime) -> str:
    return moment.astimezone(_CHINA).strftime("%Y年%-m月%-d日%H:%M")
