"""The report of an audit as a PDF in Chinese, with a plan of every office over the standard."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from fangma.viewer.errors import ViewerError
from fangma.viewer.fonts import BOLD, SANS, embedded
from fangma.viewer.plan_drawing import PlanDrawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reportlab.pdfgen.canvas import Canvas

    from fangma.asset_registry.auditing.plan_drawings import StoreyPlan

VERDICTS: Final = {"over": "超标", "within": "未超标", "unknown": "无法判定"}
_INK: Final = colors.HexColor("#1f2a37")
_LINE: Final = colors.HexColor("#c9d1db")
_HEAD: Final = colors.HexColor("#eef2f6")
_WIDTH: Final = A4[0] - 36 * mm

# Every word below that is not in the document: the fonts hold no other glyphs.
_WORDS: Final = (
    "办公用房使用面积审计报告 审计日 数据截至 标准 叠加规则 容差 分摊方式",
    "按标准比例 按人数平均 结论汇总 对象 数量 超标面积合计 单位 人员 房间",
    "超标 未超标 无法判定 一、单位 二、超标办公室 三、其他问题 四、闲置房间",
    "单位编码 名称 核定 使用 结论 人员编号 职级 分摊 问题 依据 房间编码 用途",
    "面积 闲置自 天数 处理顺序 没有 平面图缺失 第页 北 说明 （），。→　㎡",
    "五、账账、账实、账证核对 已核对 相符 不符 缺少一方 房间、楼栋编码 台账 对照",
    "本报告辅助审计，不代替认定。 0123456789.,;:()-+/% m",
)


class AuditPagesError(ViewerError):
    """The document is not one of ``fangma audit --json``."""


def audit_pdf(document: Mapping[str, Any], plans: Mapping[str, StoreyPlan]) -> bytes:
    """Write the report of an audit as a PDF of A4 pages.

    Parameters
    ----------
    document : mapping
        As ``fangma audit --json`` gives it.
    plans : mapping of room code to StoreyPlan
        Storeys of the offices to be drawn; an office without one says so.

    Returns
    -------
    pdf : bytes
        With its fonts in it; the same document gives the same bytes.

    Raises
    ------
    AuditPagesError
        When the document lacks a part of the contract.
    FontMissingError
        When the machine has no Chinese font.
    """
    missing = {"standard", "at", "tolerance_m2", "persons", "units", "rooms"} - document.keys()
    if missing:
        raise AuditPagesError(
            f"found no {', '.join(sorted(missing))}, expected the document of an audit",
            "hand over what fangma audit --json gives",
        )
    return _Report(document, plans).pdf()


class _Report:
    def __init__(self, document: Mapping[str, Any], plans: Mapping[str, StoreyPlan]) -> None:
        self.document = document
        self.plans = plans
        labels = {room.label for plan in plans.values() for room in plan.rooms}
        texts = [*_WORDS, *_texts(document), *labels, *(plan.title for plan in plans.values())]
        self.sans, self.bold = embedded(SANS, texts), embedded(BOLD, texts)
        self.body = ParagraphStyle(
            "body", fontName=self.sans, fontSize=8.5, leading=12, textColor=_INK, wordWrap="CJK"
        )
        self.strong = ParagraphStyle("strong", parent=self.body, fontName=self.bold)
        self.head = ParagraphStyle(
            "head", parent=self.strong, fontSize=13, leading=20, spaceBefore=10, spaceAfter=4
        )
        self.title = ParagraphStyle("title", parent=self.strong, fontSize=20, leading=30)

    def pdf(self) -> bytes:
        out = BytesIO()
        pages = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=16 * mm,
            bottomMargin=18 * mm,
            title="办公用房使用面积审计报告",
            author="Fangma",
            invariant=1,
        )
        story = [
            *self.summary(),
            *self.units(),
            PageBreak(),
            *self.offices(),
            *self.other_findings(),
            *self.idle(),
            *self.reconciliation(),
        ]
        pages.build(story, onFirstPage=self.foot, onLaterPages=self.foot)
        return out.getvalue()

    def foot(self, canvas: Canvas, pages: SimpleDocTemplate) -> None:
        canvas.setFont(self.sans, 7.5)
        canvas.setFillColor(_INK)
        canvas.drawString(18 * mm, 10 * mm, f"{self.document['standard']}  {self.day}")
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"第{pages.page}页")

    @property
    def day(self) -> str:
        return str(self.document["at"])[:10]

    # ---- parts ----

    def summary(self) -> Iterator[Flowable]:
        document = self.document
        sharing = "按人数平均" if document.get("sharing") == "equal" else "按标准比例"
        yield Paragraph("办公用房使用面积审计报告", self.title)
        facts = [
            ("审计日", self.day),
            ("数据截至", str(document.get("known") or document["at"])),
            ("标准", document["standard"]),
            ("叠加规则", " → ".join(document.get("layers", []))),
            ("容差", f"{document['tolerance_m2']:.2f} ㎡"),
            ("分摊方式", sharing),
            ("说明", "本报告辅助审计，不代替认定。"),
        ]
        yield self.table(facts, [28 * mm, None], head=False)
        yield Paragraph("结论汇总", self.head)
        rows: list[tuple[str, ...]] = [("对象", "数量", *VERDICTS.values(), "超标面积合计")]
        for name, key in (("人员", "persons"), ("单位", "units"), ("房间", "rooms")):
            held = document[key]
            counts = [sum(row["verdict"] == verdict for row in held) for verdict in VERDICTS]
            # Excesses of units hold those of their people, those of rooms are the same again.
            excess = sum(row.get("excess_m2") or 0 for row in held) if key == "persons" else None
            total = f"{excess:.2f} ㎡" if excess is not None else ""
            rows.append((name, str(len(held)), *map(str, counts), total))
        yield self.table(rows, [None] * 6)

    def units(self) -> Iterator[Flowable]:
        yield Paragraph("一、单位", self.head)
        keys = ("allowed_m2", "used_m2", "persons_excess_m2", "excess_m2")
        rows = [("单位编码", "名称", "核定㎡", "使用㎡", "人员超标㎡", "超标㎡", "结论")]
        rows += [
            (
                row["unit"],
                row.get("name") or "",
                *(_m2(row.get(key)) for key in keys),
                VERDICTS[row["verdict"]],
            )
            for row in self.document["units"]
            if row.get("judged_in", row["unit"]) == row["unit"]
        ]
        yield self.table(rows, [26 * mm, None, 20 * mm, 20 * mm, 22 * mm, 18 * mm, 18 * mm])

    def offices(self) -> Iterator[Flowable]:
        yield Paragraph("二、超标办公室", self.head)
        over = [row for row in self.document["rooms"] if row["verdict"] == "over"]
        if not over:
            yield Paragraph("没有", self.body)
        people = {row["person"]: row for row in self.document["persons"]}
        for row in over:
            yield KeepTogether([*self.office(row, people), Spacer(1, 6 * mm)])

    def office(self, row: Mapping[str, Any], people: Mapping[str, Any]) -> Iterator[Flowable]:
        area = _m2(row.get("area_m2"))
        excess = f"，超标 {_m2(row['excess_m2'])} ㎡" if row.get("excess_m2") else ""
        yield Paragraph(escape(f"{row['room']}，{area} ㎡{excess}"), self.strong)
        plan = self.plans.get(row["room"])
        if plan is None:
            yield Paragraph("平面图缺失", self.body)
        else:
            yield PlanDrawing(plan, row["room"], width=_WIDTH, height=62 * mm, font=self.sans)
            yield Spacer(1, 2 * mm)
        rows = [("人员编号", "职级", "标准㎡", "使用㎡", "分摊㎡", "超标㎡", "结论")]
        for key in row.get("persons", []):
            person = people.get(key)
            if person is None:
                continue
            shares = [part["share_m2"] for part in person["rooms"] if part["room"] == row["room"]]
            rows.append(
                (
                    person["person"],
                    person["rank"],
                    _m2(person["allowed_m2"]),
                    _m2(person["used_m2"]),
                    _m2(shares[0] if shares else None),
                    _m2(person["excess_m2"]),
                    VERDICTS[person["verdict"]],
                )
            )
        if len(rows) > 1:
            yield self.table(rows, [30 * mm, None, *[20 * mm] * 4, 20 * mm])
        for finding in row["findings"]:
            yield Paragraph(escape(f"{finding['message']}（{finding['clause']}）"), self.body)

    def other_findings(self) -> Iterator[Flowable]:
        yield Paragraph("三、其他问题", self.head)
        rows = [("房间编码", "问题", "依据")]
        rows += [
            (row["room"], finding["message"], finding["clause"])
            for row in self.document["rooms"]
            if row["verdict"] != "over"
            for finding in row["findings"]
        ]
        yield self.table(rows, [44 * mm, None, 52 * mm])

    def idle(self) -> Iterator[Flowable]:
        yield Paragraph("四、闲置房间", self.head)
        rows = [("房间编码", "用途", "面积㎡", "闲置自", "天数", "依据", "处理顺序")]
        rows += [
            (
                row["room"],
                row["use"] or "",
                _m2(row["area_m2"]),
                row["since"] or "",
                "" if row["days"] is None else str(row["days"]),
                row.get("evidence") or "",
                " → ".join(row["steps"]),
            )
            for row in self.document.get("idle", [])
        ]
        yield self.table(rows, [47 * mm, 14 * mm, 13 * mm, 18 * mm, 11 * mm, None, 34 * mm])

    def reconciliation(self) -> Iterator[Flowable]:
        held = self.document.get("reconciliation")
        if not held or not held["checks"]:
            return
        yield Paragraph("五、账账、账实、账证核对", self.head)
        counts = [("核对", "已核对", "相符", "不符", "缺少一方")]
        counts += [
            (
                row["check"],
                *(str(row[key]) for key in ("compared", "agree", "differ", "missing")),
            )
            for row in held["checks"]
        ]
        yield self.table(counts, [None] * 5)
        yield Spacer(1, 3 * mm)
        rows = [("核对", "房间、楼栋编码", "问题", "台账", "对照")]
        rows += [
            (
                row["check"],
                row["thing"],
                row["message"],
                row["book"] or "",
                row["other"] or "",
            )
            for row in held["rows"]
        ]
        yield self.table(rows, [14 * mm, 46 * mm, None, 28 * mm, 28 * mm])

    def table(
        self, rows: Sequence[tuple[str, ...]], widths: list[float | None], *, head: bool = True
    ) -> Flowable:
        """Lay rows out; columns without a width share what is left."""
        if head and len(rows) == 1:
            return Paragraph("没有", self.body)
        left = _WIDTH - sum(width or 0 for width in widths)
        free = left / max(1, sum(width is None for width in widths))
        cells = [
            [Paragraph(escape(text), self.strong if head and not i else self.body) for text in row]
            for i, row in enumerate(rows)
        ]
        style: list[tuple[Any, ...]] = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
        if head:
            style.append(("BACKGROUND", (0, 0), (-1, 0), _HEAD))
        return Table(
            cells,
            colWidths=[width or free for width in widths],
            style=style,
            repeatRows=1 if head else 0,
            hAlign="LEFT",
        )


def _m2(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _texts(value: object) -> Iterable[str]:
    """Yield every text of a document, for the glyphs that it needs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from _texts(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _texts(held)
