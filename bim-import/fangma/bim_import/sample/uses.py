"""What rooms are for: names, classes of the 2014 standard, ceilings, doors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A use of a room.

    Attributes
    ----------
    kind : str
        Class of the standard (table 2): 办公室, 服务用房, 设备用房, 附属用房; 公共 for circulation.
    ceiling : int or None
        Height of the suspended ceiling, millimetres; None where the slab is seen.
    door : str or None
        Door type towards the circulation; None where the room is open to it.
    glazing : str
        ``full``, ``high`` (toilets), ``stair`` or ``none``.
    """

    name: str
    kind: str
    ceiling: int | None = 2600
    door: str | None = "M0921"
    glazing: str = "full"
    is_circulation: bool = False


USES: dict[str, Use] = {
    "office": Use(name="办公室", kind="办公室"),
    "meeting": Use(name="会议室", kind="服务用房", door="M1521"),
    "reception": Use(name="接待室", kind="服务用房", door="M1521"),
    "archive": Use(name="档案室", kind="服务用房", door="FM1021"),
    "secret": Use(name="机要保密室", kind="服务用房", door="FM1021"),
    "printing": Use(name="文印室", kind="服务用房"),
    "duty": Use(name="值班室", kind="服务用房"),
    "store": Use(name="储藏室", kind="服务用房"),
    "mail": Use(name="收发室", kind="服务用房"),
    "clinic": Use(name="医务室", kind="服务用房"),
    "library": Use(name="图书资料室", kind="服务用房", door="M1521"),
    "property": Use(name="物业用房", kind="服务用房"),
    "boiling": Use(name="开水间", kind="服务用房", ceiling=2400, glazing="high"),
    "toilet-m": Use(name="男卫生间", kind="服务用房", ceiling=2400, glazing="high"),
    "toilet-f": Use(name="女卫生间", kind="服务用房", ceiling=2400, glazing="high"),
    "power": Use(name="强电间", kind="设备用房", ceiling=None, door="FM1021", glazing="none"),
    "weak": Use(name="弱电间", kind="设备用房", ceiling=None, door="FM1021", glazing="none"),
    "shaft": Use(name="管道井", kind="设备用房", ceiling=None, door="FM0821", glazing="none"),
    "lift": Use(name="电梯井", kind="设备用房", ceiling=None, door="DT1121", glazing="none"),
    "substation": Use(name="配电室", kind="设备用房", ceiling=None, door="FM1521", glazing="none"),
    "pumps": Use(name="水泵房", kind="设备用房", ceiling=None, door="FM1521", glazing="none"),
    "chillers": Use(name="制冷机房", kind="设备用房", ceiling=None, door="FM1521", glazing="none"),
    "ahu": Use(name="空调机房", kind="设备用房", ceiling=None, door="FM1521", glazing="none"),
    "servers": Use(name="信息机房", kind="设备用房", ceiling=None, door="FM1521", glazing="none"),
    "tank": Use(name="消防水箱间", kind="设备用房", ceiling=None, door="FM1021", glazing="high"),
    "machine": Use(name="电梯机房", kind="设备用房", ceiling=None, door="FM1021", glazing="high"),
    "control": Use(name="消防控制室", kind="设备用房", door="FM1521"),
    "canteen": Use(name="职工食堂", kind="附属用房", door="M1521"),
    "kitchen": Use(name="厨房", kind="附属用房", door="M1521"),
    "shop": Use(name="便民服务点", kind="附属用房", door="M1521"),
    "gym": Use(name="职工活动室", kind="附属用房", door="M1521"),
    "garage": Use(name="非机动车库", kind="附属用房", ceiling=None, door="M1521", glazing="none"),
    "depot": Use(name="库房", kind="附属用房", ceiling=None, door="FM1021", glazing="none"),
    "corridor": Use(name="走廊", kind="公共", ceiling=2400, door=None, is_circulation=True),
    "lobby": Use(name="电梯厅", kind="公共", ceiling=2400, door=None, is_circulation=True),
    "hall": Use(
        name="门厅", kind="公共", ceiling=2600, door=None, glazing="hall", is_circulation=True
    ),
    "stair": Use(name="楼梯间", kind="公共", ceiling=None, door="FM1521", glazing="stair"),
    "terrace": Use(name="屋面", kind="公共", ceiling=None, door=None, glazing="none"),
}
