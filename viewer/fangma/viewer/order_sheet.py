"""The sheet of a work order: what one takes along, on A4, for a hand that holds a torch too."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import segno
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from fangma.viewer.cutaways.marks import bands_of, colour_of
from fangma.viewer.fonts import BOLD, MONO, SANS, embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reportlab.pdfgen.canvas import Canvas

    from fangma.viewer.place_map import PlaceMap

_MARGIN: Final = 14 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_FRAME_PAD: Final = 6  # points that reportlab's frame keeps free on each side
_PICTURE_HIGH: Final = 112 * mm
_INK: Final = colors.HexColor("#1f2a37")
_SOFT: Final = colors.HexColor("#5a6675")
_RULE: Final = colors.HexColor("#c3cad3")
_RED: Final = colors.HexColor("#b3261e")
_ASCII: Final = "".join(map(chr, range(32, 127)))
_PUNCTUATION: Final = "（）、，。：；·—×²±≈…①②③"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValveLine:
    """A valve to close: its number on picture and plan, and how one finds it."""

    mark: str
    code: str
    name: str
    where: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetContent:
    """Everything that the sheet says, already in words.

    Attributes
    ----------
    facts : sequence of (str, str)
        Where, what, who, until when.
    measures : sequence of (str, str, str)
        Mark, from which edge, length.
    shut : sequence of ValveLine
        In the order of closing.
    shut_note : str
        What the list of valves rests on, or why there is none.
    affected : str
        Rooms and people that go without.
    basis : sequence of str
        Age and accuracy of the data.
    systems : sequence of (str, str)
        Letters and names of the systems on the picture.
    picture, picture_problem : bytes or None, str or None
        One of the two.
    photos : sequence of bytes
        JPEG, at most three.
    """

    number: int
    title: str
    url: str
    code: str
    facts: Sequence[tuple[str, str]]
    text: str
    measures: Sequence[tuple[str, str, str]]
    hidden: str
    shut: Sequence[ValveLine]
    shut_note: str
    affected: str
    basis: Sequence[str]
    systems: Sequence[tuple[str, str]]
    picture: bytes | None
    picture_problem: str | None
    plan: PlaceMap | None
    photos: Sequence[bytes] = ()
    words: dict[str, str] = field(default_factory=dict)


def order_sheet(content: SheetContent) -> bytes:
    """Write the sheet as a PDF.

    Raises
    ------
    FontMissingError
        When the machine has no Chinese font.
    """
    out = BytesIO()
    texts = _texts(content)
    fonts = {
        "sans": embedded(SANS, texts),
        "bold": embedded(BOLD, texts),
        "mono": embedded(MONO, texts),
    }
    if content.plan is not None:
        content.plan.font = fonts["sans"]
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN - _FRAME_PAD,
        rightMargin=_MARGIN - _FRAME_PAD, topMargin=11 * mm,
        bottomMargin=13 * mm, title=f"{content.words['order']} {content.number}", invariant=1,
    )  # fmt: skip
    footer = f"{content.words['order']} {content.number} · {content.code} · {content.words['made']}"

    def foot(canvas: Canvas, _: Any) -> None:  # noqa: ANN401 - reportlab's template
        canvas.setFont(fonts["sans"], 7.5)
        canvas.setFillColor(_SOFT)
        canvas.drawString(_MARGIN, 7 * mm, footer)
        canvas.drawRightString(A4[0] - _MARGIN, 7 * mm, str(canvas.getPageNumber()))

    document.build(_story(content, fonts), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(content: SheetContent, fonts: dict[str, str]) -> list[Flowable]:
    words = content.words
    plain = ParagraphStyle(
        "plain", fontName=fonts["sans"], fontSize=9.5, leading=13, wordWrap="CJK"
    )
    soft = ParagraphStyle("soft", parent=plain, fontSize=8, leading=11, textColor=_SOFT)
    head = ParagraphStyle(
        "head", fontName=fonts["bold"], fontSize=11.5, leading=15, spaceBefore=5, textColor=_INK
    )
    story: list[Flowable] = [_head(content, fonts, plain)]
    if content.text:
        story.append(Paragraph(_escaped(content.text), plain))
    story.append(Spacer(1, 3 * mm))
    if content.picture is not None:
        story.append(_fitted(content.picture, _WIDTH, _PICTURE_HIGH))
        story.append(_Legend(content.systems, fonts["sans"]))
    elif content.picture_problem:
        story.append(Paragraph(_escaped(f"{words['no_picture']} {content.picture_problem}"), soft))
    if content.measures:
        rows = [[mark, edge, length] for mark, edge, length in content.measures]
        story.append(
            KeepTogether(
                [
                    Paragraph(_escaped(words["measures"]), head),
                    *([Paragraph(_escaped(content.hidden), plain)] if content.hidden else []),
                    _table(rows, [12 * mm, _WIDTH - 50 * mm, 38 * mm], fonts, big=True),
                ]
            )
        )
    story += [Paragraph(_escaped(words["shut"]), head)]
    if content.shut:
        story.append(
            _table(
                [
                    [words["no"], words["valve"], words["where"], words["position"], "✓"],
                    *(
                        [v.mark, f"{v.name}\n{v.code}", v.where, v.position, "□"]
                        for v in content.shut
                    ),
                ],
                [10 * mm, 62 * mm, _WIDTH - 112 * mm, 26 * mm, 14 * mm],
                fonts,
                header=True,
            )
        )
    if content.shut_note:
        story.append(Paragraph(_escaped(content.shut_note), plain if not content.shut else soft))
    if content.affected:
        story.append(Paragraph(_escaped(content.affected), plain))
    if content.plan is not None:
        story.append(KeepTogether([Paragraph(_escaped(words["plan"]), head), content.plan]))
    if content.photos:
        images = [_fitted(photo, _WIDTH / 3 - 4 * mm, 52 * mm) for photo in content.photos[:3]]
        images += [Spacer(1, 1)] * (3 - len(images))
        story.append(
            KeepTogether(
                [
                    Paragraph(_escaped(words["photos"]), head),
                    Table([images], colWidths=[_WIDTH / 3] * 3),
                ]
            )
        )
    story.append(
        KeepTogether(
            [
                Paragraph(_escaped(words["basis"]), head),
                *(Paragraph(_escaped(line), soft) for line in content.basis),
                Spacer(1, 2 * mm),
                _record(words, fonts),
            ]
        )
    )
    return story


def _head(content: SheetContent, fonts: dict[str, str], plain: ParagraphStyle) -> Table:
    title = ParagraphStyle(
        "title", fontName=fonts["bold"], fontSize=17, leading=22, textColor=_INK, wordWrap="CJK"
    )
    name = ParagraphStyle("name", parent=plain, textColor=_SOFT)
    facts = Table(
        [[Paragraph(_escaped(k), name), Paragraph(_escaped(v), plain)] for k, v in content.facts],
        colWidths=[20 * mm, _WIDTH - 20 * mm - 36 * mm],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 0.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        ),
    )
    heading = f"{content.words['order']} {content.number} · {content.title}"
    return Table(
        [[[Paragraph(_escaped(heading), title), Spacer(1, 1.5 * mm), facts], _Qr(content.url)]],
        colWidths=[_WIDTH - 36 * mm, 36 * mm],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
            ]
        ),
    )


def _table(
    rows: list[list[str]],
    widths: list[float],
    fonts: dict[str, str],
    *,
    big: bool = False,
    header: bool = False,
) -> Table:
    size = 12 if big else 9
    style = ParagraphStyle(
        "cell", fontName=fonts["sans"], fontSize=size, leading=size * 1.35, wordWrap="CJK"
    )
    strong = ParagraphStyle("strong", parent=style, fontName=fonts["bold"])
    marked = ParagraphStyle("marked", parent=strong, textColor=_RED if big else _INK)
    cells = [
        [
            Paragraph(
                _escaped(text),
                strong if header and i == 0 else marked if j == 0 or (big and j == 2) else style,
            )
            for j, text in enumerate(row)
        ]
        for i, row in enumerate(rows)
    ]
    return Table(
        cells,
        colWidths=widths,
        repeatRows=1 if header else 0,
        style=TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ]
        ),
    )


def _record(words: dict[str, str], fonts: dict[str, str]) -> Table:
    """Lay out the boxes that are filled in by hand."""
    style = ParagraphStyle("box", fontName=fonts["sans"], fontSize=8, textColor=_SOFT)
    return Table(
        [
            [Paragraph(_escaped(words[key]), style) for key in ("done", "parts")],
            [Paragraph(_escaped(words[key]), style) for key in ("hours", "signed")],
        ],
        colWidths=[_WIDTH * 0.6, _WIDTH * 0.4],
        rowHeights=[22 * mm, 13 * mm],
        style=TableStyle(
            [("GRID", (0, 0), (-1, -1), 0.6, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        ),
    )


def _fitted(data: bytes, width: float, height: float) -> Image:
    wide, high = ImageReader(BytesIO(data)).getSize()
    scale = min(width / wide, height / high)
    return Image(BytesIO(data), width=wide * scale, height=high * scale)


def _escaped(text: str) -> str:
    shown = "".join(c for c in text if c == "\n" or c.isprintable())
    return escape(shown).replace("\n", "<br/>")


def _texts(content: SheetContent) -> list[str]:
    plan = content.plan.texts if content.plan is not None else ()
    return [
        _ASCII, _PUNCTUATION, "□✓", content.title, content.text, content.hidden, content.shut_note,
        content.affected, content.picture_problem or "", *content.words.values(), *content.basis,
        *plan, *(part for fact in content.facts for part in fact),
        *(part for measure in content.measures for part in measure),
        *(part for system in content.systems for part in system),
        *(part for v in content.shut for part in (v.mark, v.code, v.name, v.where, v.position)),
    ]  # fmt: skip


class _Qr(Flowable):  # type: ignore[misc]
    """The QR code of an address, with its quiet zone."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.code = segno.make_qr(url, error="m")
        self.width = self.height = 34 * mm

    def draw(self) -> None:
        matrix = [list(row) for row in self.code.matrix]
        size = self.width / (len(matrix) + 8)
        path = self.canv.beginPath()
        for i, row in enumerate(matrix):
            start = None
            for j, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = j
                elif not dark and start is not None:
                    path.rect(
                        (start + 4) * size, self.height - (i + 5) * size, (j - start) * size, size
                    )
                    start = None
        self.canv.setFillGray(0)
        self.canv.drawPath(path, stroke=0, fill=1)


class _Legend(Flowable):  # type: ignore[misc]
    """Colour and bands of each system on the picture."""

    _ITEM = 43 * mm

    def __init__(self, systems: Sequence[tuple[str, str]], font: str) -> None:
        super().__init__()
        self.systems, self.font = systems, font
        self.each = max(1, int(_WIDTH // self._ITEM))
        self.width = _WIDTH
        self.height = 6 * mm * -(-len(systems) // self.each)

    def draw(self) -> None:
        canvas = self.canv
        for i, (letters, name) in enumerate(self.systems):
            row, column = divmod(i, self.each)
            x, y = column * self._ITEM, self.height - (row + 1) * 6 * mm + 1.2 * mm
            canvas.setFillColor(colors.HexColor(colour_of(letters)))
            canvas.setStrokeColor(colors.HexColor("#3c4148"))
            canvas.setLineWidth(0.4)
            canvas.rect(x, y, 14 * mm, 3 * mm, stroke=1, fill=1)
            at = x + 4.5 * mm
            for band in bands_of(letters):
                wide = (2.6 if band.isupper() else 0.9) * mm
                canvas.setFillGray(1 if band in "wW" else 0)
                canvas.rect(at, y, wide, 3 * mm, stroke=0, fill=1)
                at += wide + 0.8 * mm
            canvas.setFillColor(_INK)
            canvas.setFont(self.font, 8.5)
            canvas.drawString(x + 15.5 * mm, y + 0.4 * mm, f"{letters} {name}")
