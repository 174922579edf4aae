"""Chinese text in PDF files, with its glyphs in the file.

reportlab embeds TrueType outlines only, and the CJK font of Debian (fonts-noto-cjk) has cubic
ones in a collection. So the few glyphs that a document needs are taken out of the collection,
their curves made quadratic, and put into a small font of its own, which every reader and printer
shows alike, and from which text can be searched and copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from reportlab.pdfbase import pdfmetrics, ttfonts

from fangma.viewer.errors import ViewerError

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDERS: Final = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/opentype/noto-cjk",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-sans-cjk-fonts",
    "/Library/Fonts",
    "/opt/homebrew/share/fonts",
)
# How far a quadratic curve may leave the cubic one, in units of 1/1000 em.
_CURVE_ERROR: Final = 0.5


class FontMissingError(ViewerError):
    """No font with Chinese glyphs is on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A face of a font collection.

    Attributes
    ----------
    file : str
        Name of the file, in any of the usual folders.
    family : str
        Full name of the face in it.
    """

    file: str
    family: str


SANS: Final = Face(file="NotoSansCJK-Regular.ttc", family="Noto Sans CJK SC")
BOLD: Final = Face(file="NotoSansCJK-Bold.ttc", family="Noto Sans CJK SC Bold")
MONO: Final = Face(file="NotoSansCJK-Regular.ttc", family="Noto Sans Mono CJK SC")


def embedded(face: Face, texts: Iterable[str]) -> str:
    """Make a font for these texts known to reportlab and return its name.

    Parameters
    ----------
    face : Face
        Which face.
    texts : iterable of str
        Everything that will be written with the font.

    Returns
    -------
    name : str
        For ``canvas.setFont``; the same texts give the same name and the same bytes.
        Characters that the face lacks are drawn as its empty box.

    Raises
    ------
    FontMissingError
        When the font is not installed.
    """
    characters = "".join(sorted({c for text in texts for c in text if c.isprintable()} | {" "}))
    seal = sha256(characters.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    name = f"{face.family.replace(' ', '')}-{seal}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(
            ttfonts.TTFont(name, BytesIO(_taken_out(_opened(face), name, characters)))
        )
    return name


def font_file(face: Face) -> Path:
    """Say where the file of a face is.

    Raises
    ------
    FontMissingError
        When it is in none of the usual folders.
    """
    for folder in _FOLDERS:
        path = Path(folder, face.file)
        if path.is_file():
            return path
    raise FontMissingError(
        f"found no {face.file} in {', '.join(_FOLDERS)}, expected it in one of them",
        "install it: apt-get install fonts-noto-cjk",
    )


@cache
def _opened(face: Face) -> TTFont:
    collection = TTCollection(font_file(face), lazy=True)
    for font in collection.fonts:
        if font["name"].getDebugName(4) == face.family:
            return font
    raise FontMissingError(
        f"found no face {face.family!r} in {face.file}, expected one",
        "install the font of your distribution again: apt-get install fonts-noto-cjk",
    )


def _taken_out(font: TTFont, name: str, characters: str) -> bytes:
    cmap, source = font.getBestCmap(), font.getGlyphSet()
    units = font["head"].unitsPerEm
    wanted = {ord(c): cmap[ord(c)] for c in characters if ord(c) in cmap}
    order = [".notdef", *sorted(set(wanted.values()) - {".notdef"})]
    glyphs, widths = {}, {}
    for glyph in order:
        pen = TTGlyphPen(None)
        source[glyph].draw(Cu2QuPen(pen, _CURVE_ERROR * units / 1000, reverse_direction=True))
        glyphs[glyph] = pen.glyph()
        widths[glyph] = source[glyph].width
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(wanted)
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {glyph: (widths[glyph], getattr(table[glyph], "xMin", 0)) for glyph in order}
    )
    builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(sTypoAscender=font["hhea"].ascent, sTypoDescender=font["hhea"].descent)
    builder.setupPost()
    # A time stamp would make equal documents differ.
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()
