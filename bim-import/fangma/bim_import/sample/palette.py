"""Colours of the sample's surfaces and systems."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Name, colour (0 to 1) and transparency (0 opaque) of a surface."""

    name: str
    rgb: tuple[float, float, float]
    transparency: float = 0.0


def _look(name: str, rgb: int, transparency: float = 0.0) -> Look:
    parts = tuple(round(((rgb >> shift) & 255) / 255, 4) for shift in (16, 8, 0))
    return Look(name=name, rgb=parts, transparency=transparency)  # type: ignore[arg-type]


COLOURS: dict[str, Look] = {
    "stone": _look("外墙米黄石材", 0xE6DCC6),
    "base": _look("基座深灰石材", 0x8C8780),
    "column": _look("外廊柱浅色石材", 0xF2ECDF),
    "plaster": _look("白色乳胶漆", 0xF4F3EF),
    "concrete": _look("混凝土", 0xB9B9B5),
    "tiles": _look("灰色地砖", 0xCFCDC8),
    "floor": _look("木纹地板", 0xC9A77A),
    "ceiling": _look("矿棉板吊顶", 0xFAFAF8),
    "roofing": _look("屋面防水层", 0x7E8488),
    "wood": _look("木门", 0x8B5A33),
    "steel": _look("钢制防火门", 0x9AA3A8),
    "frame": _look("深灰铝合金", 0x4A5056),
    "glass": _look("玻璃", 0x9FC7D9, 0.65),
    "metal": _look("不锈钢", 0xC3C8CC),
    "desk": _look("木色办公家具", 0xB98B5E),
    "fabric": _look("深蓝织物", 0x3B4A63),
    "red": _look("红色烤漆", 0xC02418),
    "white": _look("白色卫生陶瓷", 0xFFFFFF),
    "machine": _look("设备灰", 0x8FA0A8),
    "green": _look("草绿", 0x7BA05B),
    "space": _look("房间", 0x9CC3E6, 0.7),
    "JS": _look("给水管", 0x2E86DE),
    "WS": _look("污水管", 0x6B4F3A),
    "YS": _look("雨水管", 0x4AA3A2),
    "XF": _look("消防管", 0xC0392B),
    "KT": _look("空调水管", 0x27AE60),
    "FG": _look("空调风管", 0xAAB7B8),
    "DL": _look("强电桥架", 0xE67E22),
    "TX": _look("弱电桥架", 0x8E44AD),
}
