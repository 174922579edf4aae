"""Printable sheets of QR labels: one for each room, valve or device, to stick beside it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from fangma.viewer.errors import ViewerError
from fangma.viewer.fonts import BOLD, MONO, SANS, embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below this a phone at arm's length, or a printer at 150 dpi, loses modules.
_SMALLEST_MODULE_MM: Final = 0.45
_QUIET_MODULES: Final = 4  # ISO/IEC 18004:2015, 6.3.8
# Every reader has to know all eight masks (7.8). The one of the least penalty, often a pattern of
# stripes, makes OpenCV's reader miss one label in seven; with this one it missed 1 in 567.
_MASK: Final = 5
_ELLIPSIS: Final = "…"


class LabelError(ViewerError):
    """A label that could not be read back if it were printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one label says.

    Attributes
    ----------
    code : str
        The code, printed in groups.
    title, subtitle : str
        Name and place; what does not fit is cut with an ellipsis.
    url : str
        Where the QR code leads, http or https.
    """

    code: str
    title: str
    subtitle: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How labels lie on an A4 page, millimetres from its upper left corner.

    Attributes
    ----------
    columns, rows : int
        Labels on a page.
    width, height : float
        Of one label.
    left, top : float
        Of the first label.
    gap : float
        Between columns; rows touch.
    outlines : bool
        Draw cutting lines, for plain paper.
    """

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float
    outlines: bool = False

    def corner(self, place: int) -> tuple[float, float]:
        """Return left and top of a label in millimetres; places go row by row."""
        row, column = divmod(place % (self.columns * self.rows), self.columns)
        return self.left + column * (self.width + self.gap), self.top + row * self.height

    @property
    def qr_box(self) -> tuple[float, float, float]:
        """Left, top and side of the QR code with its quiet zone, within a label."""
        side = min(self.height, self.width / 2) - 2 * _PADDING
        return _PADDING, (self.height - side) / 2, side


_PADDING: Final = 1.5
# Self-adhesive sheets that every stationer has: 21 of 63.5 x 38.1 mm, 10 of 99.1 x 57 mm.
ROOM_LABELS: Final = Sheet(columns=3, rows=7, width=63.5, height=38.1, left=7.2, top=15.1, gap=2.5)
DOOR_PLATES: Final = Sheet(columns=2, rows=5, width=99.1, height=57.0, left=4.7, top=6.0, gap=2.5)


def labels_pdf(labels: Sequence[Label], layout: Sheet = ROOM_LABELS) -> bytes:
    """Write labels as a PDF of A4 pages.

    Parameters
    ----------
    labels : sequence of Label
        At least one; in the order of printing.
    layout : Sheet
        The sheet in the printer.

    Returns
    -------
    pdf : bytes
        With its fonts in it; the same labels give the same bytes.

    Raises
    ------
    LabelError
        When there is none, or a URL is not http(s) or too long for the size of the label.
    FontMissingError
        When the machine has no Chinese font.
    """
    if not labels:
        raise LabelError("found no label, expected at least one", "name the codes to print")
    cleaned = [
        Label(
            code=_clean(label.code),
            title=_clean(label.title),
            subtitle=_clean(label.subtitle),
            url=label.url,
        )
        for label in labels
    ]
    codes = [_qr(label, layout) for label in cleaned]
    mono = embedded(MONO, [label.code for label in cleaned])
    bold = embedded(BOLD, [_ELLIPSIS, *(label.title for label in cleaned)])
    sans = embedded(SANS, [_ELLIPSIS, *(label.subtitle for label in cleaned)])
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle("房码标签 Fangma labels")
    for place, (label, code) in enumerate(zip(cleaned, codes, strict=True)):
        if place and place % (layout.columns * layout.rows) == 0:
            canvas.showPage()
        left, top = layout.corner(place)
        canvas.saveState()
        canvas.translate(left * mm, A4[1] - (top + layout.height) * mm)
        if layout.outlines:
            canvas.setLineWidth(0.2)
            canvas.rect(0, 0, layout.width * mm, layout.height * mm)
        _draw_qr(canvas, code, layout)
        _draw_text(canvas, label, layout, mono=mono, bold=bold, sans=sans)
        canvas.restoreState()
    canvas.save()
    return out.getvalue()


def code_groups(code: str) -> list[str]:
    """Break a code into lines that are read aloud in one breath.

    Examples
    --------
    >>> code_groups("330302-001-A02-F05-0512-C")
    ['330302-001', 'A02-F05', '0512-C']
    >>> code_groups("330302-001-A02-JS-000123-C")
    ['330302-001', 'A02-JS', '000123-C']
    >>> code_groups("330302-001-C")
    ['330302-001', 'C']
    """
    pieces = code.split("-")
    return ["-".join(pieces[start : start + 2]) for start in range(0, len(pieces), 2)]


def _clean(text: str) -> str:
    """Drop what no printer can show: control characters, lone surrogates, line breaks."""
    folded = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})


def _qr(label: Label, layout: Sheet) -> segno.QRCode:
    parts = urlsplit(label.url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or not label.url.isascii():
        raise LabelError(
            f"found the address {label.url!r} for {label.code}, expected http(s) in plain ASCII",
            "set the public address of this twin",
        )
    try:
        code = segno.make_qr(label.url, error="m", boost_error=True, mask=_MASK)
    except segno.DataOverflowError:
        code = None
    side = layout.qr_box[2]
    if code is None or side / (len(code.matrix) + 2 * _QUIET_MODULES) < _SMALLEST_MODULE_MM:
        raise LabelError(
            f"found an address of {len(label.url)} characters for {label.code}, expected one "
            f"short enough to be scanned from {side:.0f} mm",
            "use a shorter public address or larger labels",
        )
    return code


def _draw_qr(canvas: Canvas, code: segno.QRCode, layout: Sheet) -> None:
    left, top, side = layout.qr_box
    modules = len(code.matrix) + 2 * _QUIET_MODULES
    size = side / modules * mm
    x0, y0 = left * mm, (layout.height - top) * mm
    path = canvas.beginPath()
    for row, line in enumerate(code.matrix):
        start = None
        # One rectangle a run of dark modules: seams between squares confuse readers.
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                path.rect(
                    x0 + (start + _QUIET_MODULES) * size,
                    y0 - (row + 1 + _QUIET_MODULES) * size,
                    (column - start) * size,
                    size,
                )
                start = None
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_text(
    canvas: Canvas, label: Label, layout: Sheet, *, mono: str, bold: str, sans: str
) -> None:
    left = layout.qr_box[0] + layout.qr_box[2] + 0.5
    width = (layout.width - left - _PADDING) * mm
    unit = layout.height * mm
    lines = [
        *((bold, 0.125, text) for text in _wrapped(label.title, bold, 0.125 * unit, width, 2)),
        *((sans, 0.095, text) for text in _wrapped(label.subtitle, sans, 0.095 * unit, width, 2)),
        (sans, 0.03, ""),  # sets the code apart
        *((mono, 0.12, text) for text in code_groups(label.code)),
    ]
    total = sum(1.3 * share for _, share, _ in lines)
    y = unit * (1 + min(total, 0.98)) / 2
    for font, share, text in lines:
        size = share * unit * min(1.0, 0.98 / total)
        # Only a code may be too wide here: it is never cut, but set smaller.
        size = min(size, size * width / max(stringWidth(text, font, size), 1e-9))
        y -= 1.3 * share * unit * min(1.0, 0.98 / total)
        canvas.setFont(font, size)
        canvas.drawString(left * mm, y + 0.28 * size, text)


def _wrapped(text: str, font: str, size: float, width: float, most: int) -> list[str]:
    """Break a text at any character (Chinese has no blanks); cut what is left after ``most``."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        fits = len(rest)
        while fits > 1 and stringWidth(rest[:fits], font, size) > width:
            fits -= 1
        blank = rest.rfind(" ", 1, fits + 1) if fits < len(rest) else -1
        if blank > 0 and rest[:fits].isascii():
            fits = blank
        lines.append(rest[:fits].strip())
        rest = rest[fits:].strip()
    if rest and lines:
        last = lines[-1]
        while last and stringWidth(last + _ELLIPSIS, font, size) > width:
            last = last[:-1]
        lines[-1] = last + _ELLIPSIS
    return lines
