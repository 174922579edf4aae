"""The kinds of tables and their columns (CONTRACTS, "Tables"); kinds are told by their header."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNIT_OF_MEASURE: Final = re.compile(r"\((?:m2|m|平方米|㎡|米|元|mm|人|年月日)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        The English header, which is also what the program calls it.
    zh : str
        The Chinese header.
    others : tuple of str
        Headers seen in the field.
    about : str
        What stands in it, for the template.
    """

    name: str
    zh: str
    about: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """A kind of table.

    Attributes
    ----------
    required : tuple of tuple of str
        Groups of column names; of each group, one must be there.
    """

    name: str
    zh: str
    columns: tuple[Column, ...]
    required: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return next(column for column in self.columns if column.name == name)

    def label(self, name: str) -> str:
        """Return both headers of a column, for messages."""
        column = self.column(name)
        return f"{column.zh} {column.name}"


_UNIT_WORDS: Final = ("单位代码", "unit code")
_PERSON_WORDS: Final = ("工号", "person id")
_ROOM: Final = (
    Column(name="room", zh="房间", about="房间编码，如 330302-001-A02-F05-0512-C；或填楼栋和房号",
           others=("房间编码", "房间代码", "room code")),
    Column(name="building", zh="楼栋", about="楼栋编码、名称或简称（如 A01）",
           others=("楼栋名称", "楼号", "楼宇", "建筑物")),
    Column(name="number", zh="房号", about="门牌号，如 0512",
           others=("房间号", "门牌号", "door", "room number")),
)  # fmt: skip
_PERIOD: Final = (
    Column(name="from", zh="起始日期", about="如 2024-01-01",
           others=("开始日期", "起租日期", "启用日期", "start", "since")),
    Column(name="to", zh="截止日期", about="最后一天；空=长期",
           others=("结束日期", "终止日期", "到期日期", "end", "until")),
)  # fmt: skip
_USE: Final = "办公室、领导办公室、服务用房、设备用房、附属用房、技术业务用房"

_POINT: Final = (
    Column(name="point", zh="物探点号", about="不重复的管点编号",
           others=("管线点号", "点号", "管线点预编号", "预编号", "Exp_No")),
    Column(name="system", zh="管线类型", about="两位代码，如 JS",
           others=("管线代码", "管类", "管线种类", "管线类别", "类别代码")),
    Column(name="x", zh="X", about="北坐标，米",
           others=("X坐标", "纵坐标", "北坐标", "纵坐标X", "X纵坐标", "北坐标X")),
    Column(name="y", zh="Y", about="东坐标，米",
           others=("Y坐标", "横坐标", "东坐标", "横坐标Y", "Y横坐标", "东坐标Y")),
    Column(name="ground_m", zh="地面高程", about="米，1985国家高程基准",
           others=("地面标高", "地面", "High", "地面(高程)")),
    Column(name="top_m", zh="管顶高程", about="米",
           others=("管顶标高", "管顶", "管线高程", "管顶(高程)")),
    Column(name="bottom_m", zh="管底高程", about="米",
           others=("管底标高", "管底", "管内底高程", "管底(高程)")),
    Column(name="depth_m", zh="埋深", about="地面以下米数", others=("管顶埋深", "深度", "Depth")),
    Column(name="feature", zh="特征", about="如 转折点 三通",
           others=("点特征", "管点特征", "Feature")),
    Column(name="annex", zh="附属物", about="如 阀门 检查井",
           others=("Subsid", "附属设施", "附属物名称")),
    Column(name="found", zh="探测方式", about="隐蔽点 明显点", others=("点性质", "点类别")),
    Column(name="surveyed_on", zh="探测日期", about="如 2026-05-18", others=("SDate",)),
)  # fmt: skip
_LINE_ENDS: Final = (
    Column(name="start_depth_m", zh="起点埋深", about="米", others=("起始埋深", "S_Deep")),
    Column(name="end_depth_m", zh="终点埋深", about="米", others=("终止埋深", "E_Deep")),
    Column(name="start_top_m", zh="起点管顶高程", about="米",
           others=("起点高程", "起点管线高程", "S_H")),
    Column(name="end_top_m", zh="终点管顶高程", about="米",
           others=("终点高程", "终点管线高程", "E_H")),
    Column(name="start_bottom_m", zh="起点管底高程", about="米", others=("起点管内底高程",)),
    Column(name="end_bottom_m", zh="终点管底高程", about="米", others=("终点管内底高程",)),
)  # fmt: skip
_LINE: Final = (
    Column(name="system", zh="管线类型", about="两位代码，如 JS",
           others=("管线代码", "管类", "管线种类", "管线类别", "类别代码")),
    Column(name="size", zh="管径", about="毫米：圆管 100，方沟 宽X高 300X200",
           others=("管径或断面", "断面", "断面尺寸", "规格", "管径或断面尺寸", "D_S", "Diameter")),
    Column(name="material", zh="材质", about="如 球墨铸铁",
           others=("管线材料", "材料", "管材", "Material")),
    Column(name="laid", zh="埋设方式", about="直埋 管沟 管块 架空",
           others=("埋设类型", "敷设方式", "EmBed")),
    Column(name="flow", zh="流向", about="+ 起点到终点，- 反向，0 不明", others=("FlowDirect",)),
    Column(name="origin", zh="数据来源", about="1探测 2施工图 3竣工图 4推测"),
    Column(name="state", zh="现状", about="既有 新建 改建 扩建 报废", others=("使用状态",)),
)  # fmt: skip

# Where a camera looks: columns of the table of sensors.
_CAMERA: Final = (
    Column(name="east", zh="东坐标", about="摄像机：向东，米，院落坐标系；空=取模型中的位置"),
    Column(name="north", zh="北坐标", about="摄像机：向北，米，院落坐标系"),
    Column(name="height", zh="镜头高程", about="摄像机：高程，米；可改填安装高度"),
    Column(
        name="mount_height",
        zh="安装高度",
        about="摄像机：距所在房间地面，米",
        others=("mounting height", "离地高度"),
    ),
    Column(
        name="heading",
        zh="朝向",
        about="摄像机：自坐标北顺时针，0-360 度",
        others=("朝向角", "方位角", "azimuth", "heading deg"),
    ),
    Column(
        name="tilt",
        zh="俯角",
        about="摄像机：画面中心低于水平线的角度；负=仰",
        others=("tilt deg",),
    ),
    Column(
        name="horizontal_angle",
        zh="水平视角",
        about="摄像机：水平视场角，度；360=全景",
        others=("水平视场角", "hfov", "horizontal fov"),
    ),
    Column(
        name="vertical_angle",
        zh="垂直视角",
        about="摄像机：垂直视场角，度；空=按 16:9",
        others=("垂直视场角", "vfov", "vertical fov"),
    ),
    Column(
        name="range",
        zh="可视距离",
        about="摄像机：米；空=按像素密度",
        others=("监视距离", "range m", "view range"),
    ),
    Column(
        name="pixels",
        zh="水平像素",
        about="摄像机：画面一行的像素，如 1920",
        others=("水平分辨率", "horizontal pixels"),
    ),
)

KINDS: Final[tuple[TableKind, ...]] = (
    TableKind(
        name="units",
        zh="单位",
        columns=(
            Column(name="unit", zh="单位编码", about="不重复的编码", others=_UNIT_WORDS),
            Column(name="name", zh="单位名称", about="全称", others=("unit name",)),
            Column(
                name="parent",
                zh="上级单位",
                about="上级单位的单位编码；空=无",
                others=("上级单位编码", "parent unit"),
            ),
            Column(
                name="organ_class",
                zh="机关类别",
                about="中央 省级 市级 县级 乡级",
                others=("organ class", "机关级别"),
            ),
            Column(
                name="unit_rank",
                zh="机构规格",
                about="如 正处级；空=本类别的一般单位",
                others=("unit rank", "规格"),
            ),
            Column(
                name="authorised",
                zh="编制定员",
                about="人数",
                others=("编制数", "编制", "authorized", "authorised posts"),
            ),
            Column(
                name="credit_code", zh="统一社会信用代码", about="18 位", others=("credit code",)
            ),
            Column(
                name="posts",
                zh="核定职数",
                about="按职级，如 正局(处)级:1；副局(处)级:3；局(处)级以下:40；空=按在职人员",
                others=("authorised by rank",),
            ),
            Column(
                name="division",
                zh="行政区划",
                about="六位代码，如 330302；空=院区所在地",
                others=("行政区划代码",),
            ),
        ),
        required=(("unit",), ("name",), ("organ_class",)),
    ),
    TableKind(
        name="people",
        zh="人员",
        columns=(
            Column(
                name="person",
                zh="人员编号",
                about="不含姓名和身份证号的编号",
                others=(*_PERSON_WORDS, "编号"),
            ),
            Column(name="name", zh="姓名", about="只存入可删除的个人信息表"),
            Column(name="unit", zh="单位编码", about="主职所在单位", others=_UNIT_WORDS),
            Column(name="rank", zh="职级", about="如 市级正职、正局(处)级、局(处)级以下"),
            Column(name="post", zh="职务", about="如 副局长(主持工作)", others=("position",)),
            Column(
                name="status",
                zh="在职状态",
                about="在职 退休 调离；空=在职，有离任日期=调离",
                others=("状态",),
            ),
            Column(
                name="left_on",
                zh="离任日期",
                about="如 2026-06-30；在职而有兼职单位=不再兼任之日",
                others=("left on",),
            ),
            Column(
                name="second_units",
                zh="兼职单位",
                about="单位编码或名称，多个用；分开",
                others=("second units",),
            ),
            Column(
                name="second_approved",
                zh="兼职批准",
                about="是 / 否：可否另有办公室",
                others=("second approved",),
            ),
            Column(
                name="second_ended",
                zh="兼职终止日期",
                about="不再兼任的最后一天；空=仍兼任",
                others=("second ended",),
            ),
        ),
        required=(("person",), ("unit",), ("rank",)),
    ),
    TableKind(
        name="assignments",
        zh="房间分配",
        columns=(
            *_ROOM,
            Column(name="person", zh="人员编号", about="房间给个人时填", others=_PERSON_WORDS),
            Column(
                name="unit",
                zh="单位编码",
                about="房间给单位时填；与人员同填=为该单位职务",
                others=(*_UNIT_WORDS, "使用单位"),
            ),
            Column(name="use", zh="用途", about=_USE, others=("房间用途", "使用用途")),
            *_PERIOD,
        ),
        required=(("room", "number"), ("person", "unit"), ("from",)),
    ),
    TableKind(
        name="leases",
        zh="租约",
        columns=(
            *_ROOM,
            Column(name="tenant", zh="承租方", about="对方名称", others=("租户", "lessee")),
            Column(name="direction", zh="方向", about="出租 租入", others=("租赁方向",)),
            *_PERIOD,
            Column(name="due", zh="应收租金", about="元", others=("rent due", "租金")),
            Column(name="paid", zh="实收租金", about="元", others=("rent paid", "已收租金")),
        ),
        required=(("room", "number"), ("direction",), ("from",)),
    ),
    TableKind(
        name="ledger",
        zh="台账",
        columns=(
            *_ROOM,
            Column(name="area_m2", zh="台账面积", about="平方米", others=("面积", "area")),
            Column(name="use", zh="用途", about=_USE, others=("登记用途",)),
            Column(
                name="unit",
                zh="单位编码",
                about="台账上的使用单位",
                others=(*_UNIT_WORDS, "使用单位"),
            ),
            Column(
                name="certificate",
                zh="证号",
                about="不动产权证号",
                others=("产权证号", "不动产权证号"),
            ),
            Column(name="certificate_m2", zh="证载面积", about="平方米", others=("证书面积",)),
            Column(
                name="annex_of",
                zh="所属办公室",
                about="套内休息室、卫生间所属办公室的编码或房号",
                others=("annex of",),
            ),
            Column(
                name="rest_room_m2",
                zh="其中休息室面积",
                about="平方米；模型中未单独成间时填",
                others=("休息室面积", "rest room area"),
            ),
            Column(
                name="toilet_m2",
                zh="其中卫生间面积",
                about="平方米；模型中未单独成间时填",
                others=("卫生间面积", "toilet area"),
            ),
            Column(
                name="sealed_on",
                zh="封存日期",
                about="封存之日；空=未封存",
                others=("sealed on",),
            ),
            Column(
                name="idle_reason",
                zh="闲置原因",
                about="富余、不适合、拆迁、危房、腾出",
                others=("idle reason",),
            ),
        ),
        required=(("room", "number"), ("area_m2",)),
    ),
    TableKind(
        name="buildings",
        zh="楼栋",
        columns=(
            Column(
                name="building",
                zh="楼栋",
                about="楼栋编码、名称或简称（如 A01）",
                others=("楼栋编码", "楼栋名称", "楼号", "楼宇", "建筑物"),
            ),
            Column(
                name="height_m",
                zh="建筑高度",
                about="米，室外地面至屋面；决定多层或高层",
                others=("楼高", "height"),
            ),
            Column(
                name="gross_m2",
                zh="建筑面积",
                about="平方米",
                others=("总建筑面积", "gross area"),
            ),
            Column(
                name="net_m2",
                zh="使用面积",
                about="平方米",
                others=("总使用面积", "net area"),
            ),
        ),
        required=(("building",), ("height_m", "gross_m2")),
    ),
    TableKind(
        name="titles",
        zh="权属",
        columns=(
            *_ROOM,
            Column(
                name="certificate",
                zh="证号",
                about="不动产权证号或备案号",
                others=("产权证号", "不动产权证号", "权证号"),
            ),
            Column(name="holder", zh="权利人", about="登记的单位", others=("产权单位", "owner")),
            Column(
                name="status",
                zh="权属状态",
                about="已登记 权属备案 未登记；空=已登记",
                others=("登记状态", "title status"),
            ),
            Column(
                name="area_m2",
                zh="证载面积",
                about="平方米；整栋=建筑面积",
                others=("证书面积",),
            ),
            Column(name="use", zh="证载用途", about="证书上的用途", others=("登记用途",)),
            Column(
                name="registered_on", zh="登记日期", about="如 2024-01-31", others=("发证日期",)
            ),
        ),
        required=(("certificate",), ("holder", "status"), ("building", "room")),
    ),
    TableKind(
        name="sensors",
        zh="传感器",
        columns=(
            Column(name="sensor", zh="传感器编号", about="不重复的编号", others=("sensor id",)),
            Column(name="name", zh="名称", about="显示名称"),
            Column(
                name="code",
                zh="位置",
                about="编码、名称或 GlobalId：房间、设备、管线、楼层、楼栋……；空=未绑定",
                others=("位置编码",),
            ),
            Column(name="building", zh="楼栋", about="可代替位置，与房号同填；单独填=楼栋本身"),
            Column(name="number", zh="房号", about="门牌号"),
            Column(name="property", zh="观测属性", about="如 temperature"),
            Column(name="unit", zh="单位", about="UCUM，如 Cel"),
            Column(name="protocol", zh="协议", about="mqtt modbus bacnet opcua http"),
            Column(name="address", zh="地址", about="主题、寄存器或节点"),
            *_CAMERA,
        ),
        required=(("sensor",), ("property",)),
    ),
    TableKind(
        name="survey",
        zh="管点",
        columns=_POINT,
        required=(("point",), ("x",), ("y",)),
    ),
    TableKind(
        name="survey",
        zh="管线",
        columns=(
            Column(
                name="line",
                zh="管线段号",
                about="不重复的管段编号",
                others=("管段编号", "管线编号", "管线段编号", "Line_No", "PipeID"),
            ),
            Column(
                name="start",
                zh="起点点号",
                about="物探点号",
                others=("起点物探点号", "起点号", "起始点号", "起点", "起点编号", "S_Point"),
            ),
            Column(
                name="end",
                zh="终点点号",
                about="物探点号",
                others=("终点物探点号", "终点号", "终止点号", "终点", "终点编号", "E_Point"),
            ),
            *_LINE_ENDS,
            *_LINE,
        ),
        required=(("start",), ("end",)),
    ),
    TableKind(
        name="survey",
        zh="管点管线",
        columns=(
            *_POINT,
            Column(
                name="joined",
                zh="连接点号",
                about="管线另一端的点号；每条连接一行",
                others=("连接方向", "连接点", "连接点预编号", "相连点号"),
            ),
            *(column for column in _LINE if column.name != "system"),
        ),
        required=(("point",), ("joined",), ("x",), ("y",)),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header that was recognised.

    Attributes
    ----------
    at : dict of str to int
        Position of each of our columns.
    notes : dict of str to int
        Position of each column that is none of ours.
    twice : tuple of str
        Headers of ours that occur twice.
    """

    kind: TableKind
    at: dict[str, int]
    notes: dict[str, int]
    twice: tuple[str, ...]


def kind_names() -> list[str]:
    """Return the words that ``--kind`` takes."""
    return list(dict.fromkeys(kind.name for kind in KINDS))


def recognise(cells: Sequence[str], kinds: Iterable[TableKind] = KINDS) -> Header | None:
    """Tell the kind of a table from its header: the kind that explains the most columns.

    Returns
    -------
    header : Header or None
        None when some required column of every kind is missing.
    """
    best: Header | None = None
    for kind in kinds:
        header = match(kind, cells)
        if missing(header):
            continue
        if best is None or len(header.at) > len(best.at):
            best = header
    return best


def match(kind: TableKind, cells: Sequence[str]) -> Header:
    """Find the columns of a kind in a header, whether or not all required ones are there."""
    words = {
        folded(word): column.name
        for column in kind.columns
        for word in (*column.others, column.name, column.zh)
    }
    at: dict[str, int] = {}
    notes: dict[str, int] = {}
    twice: list[str] = []
    for index, cell in enumerate(cells):
        name = words.get(folded(cell))
        if name is None:
            if cell.strip():
                notes[cell.strip()] = index
        elif name in at:
            twice.append(cell.strip())
        else:
            at[name] = index
    return Header(kind=kind, at=at, notes=notes, twice=tuple(twice))


def missing(header: Header) -> list[str]:
    """Return the required columns that a header lacks, alternatives joined by "or"."""
    return [
        " or ".join(header.kind.label(name) for name in group)
        for group in header.kind.required
        if not any(name in header.at for name in group)
    ]


def folded(text: str) -> str:
    """Write a header in the form in which headers are compared.

    >>> folded(" 台账面积（㎡） ")
    '台账面积'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[\s_\-*:]+", "", plain)
    return _UNIT_OF_MEASURE.sub("", plain)
