"""What model health can complain of, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A rule of model health.

    Attributes
    ----------
    severity : str
        ``warning``: somebody should mend it; ``info``: somebody should know.
    """

    severity: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


COMPLAINTS: Final[dict[str, Complaint]] = {
    "no-area-quantity": Complaint(
        severity="info", zh="房间没有声明面积", en="Rooms declare no area",
        remedy_zh="导出时勾选基本数量（Qto_SpaceBaseQuantities），系统按轮廓实测。",
        remedy_en="Export base quantities (Qto_SpaceBaseQuantities); areas were measured instead.",
    ),
    "area-disagrees": Complaint(
        severity="warning", zh="声明面积与实测面积不符", en="Declared and measured areas disagree",
        remedy_zh="核对房间边界；声明面积可能是建筑面积或未更新。",
        remedy_en="Check the room's boundary; the declared area may be gross or out of date.",
    ),
    "room-without-body": Complaint(
        severity="warning", zh="房间没有几何形体", en="Rooms have no body",
        remedy_zh="在模型中放置并闭合房间后重新导出。",
        remedy_en="Place and close the room in the model and export it again.",
    ),
    "rooms-overlap": Complaint(
        severity="warning", zh="房间相互重叠", en="Rooms overlap",
        remedy_zh="修正房间边界，避免面积重复计算。",
        remedy_en="Correct the boundaries: overlapping area is counted twice.",
    ),
    "room-above-room": Complaint(
        severity="warning", zh="不同楼层的房间在高度上重叠",
        en="Rooms of different storeys overlap in height",
        remedy_zh="检查房间高度上限与所属楼层。",
        remedy_en="Check the upper limit of the lower room and the storeys of both.",
    ),
    "gap-between-rooms": Complaint(
        severity="info", zh="房间之间有未覆盖的区域", en="Areas enclosed by rooms belong to none",
        remedy_zh="为该区域补充房间，或确认其为井道。",
        remedy_en="Add a room there, or confirm that it is a shaft.",
    ),
    "door-to-nowhere": Complaint(
        severity="info", zh="门不通向任何房间", en="Doors lead to no room",
        remedy_zh="检查门两侧的房间是否缺失。",
        remedy_en="Check whether the rooms on both sides are missing.",
    ),
    "no-ports": Complaint(
        severity="info", zh="机电构件没有接口", en="Services have no ports",
        remedy_zh="导出端口与连接关系（IfcDistributionPort），否则管网由几何推断。",
        remedy_en="Export ports and connections; networks were inferred from geometry.",
    ),
    "no-system": Complaint(
        severity="info", zh="机电构件未归入系统", en="Services belong to no system",
        remedy_zh="在模型中指定系统（IfcDistributionSystem）。",
        remedy_en="Assign systems (IfcDistributionSystem) in the model.",
    ),
    "storeys-out-of-order": Complaint(
        severity="warning", zh="楼层名称与标高顺序不一致",
        en="Names and heights of storeys disagree",
        remedy_zh="检查楼层标高和名称。",
        remedy_en="Check heights and names of the storeys.",
    ),
    "storey-height": Complaint(
        severity="info", zh="层高异常", en="Storeys are unusually low or high",
        remedy_zh="检查楼层标高和单位；夹层或标高线不应作为楼层导出。",
        remedy_en="Check heights and units; export no levels that are no storeys.",
    ),
    "body-guessed": Complaint(
        severity="warning", zh="几何内核未能构建，以外包盒代替", en="Bodies were replaced by boxes",
        remedy_zh="在三维中检查该构件，并在模型中修正其几何。",
        remedy_en="Look at the element in 3D and mend its geometry in the model.",
    ),
    "storey-guessed": Complaint(
        severity="info", zh="楼层按标高推断", en="The storey was told from the height",
        remedy_zh="在模型中指定楼层。",
        remedy_en="Assign the storey in the model.",
    ),
    "georeference-absent": Complaint(
        severity="info", zh="没有坐标定位", en="The model does not say where it lies",
        remedy_zh="导出 IfcMapConversion 与投影坐标系。",
        remedy_en="Export IfcMapConversion and its projected CRS.",
    ),
}  # fmt: skip
"""By rule. Findings of an import (docs/findings.md) stand beside these in a report."""
