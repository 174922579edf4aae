from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pymupdf
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw, ImageFont

from fangma.asset_registry.codes import building_code, room_code, site_code, storey_code
from fangma.viewer.fonts import BOLD, font_file
from fangma.viewer.labels import (
    DOOR_PLATES,
    ROOM_LABELS,
    Label,
    LabelError,
    Sheet,
    code_groups,
    labels_pdf,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

STOREY = storey_code(building_code(site_code("330302", "001"), "A02"), "F05")


def label(number: int, **changes: str) -> Label:
    code = str(room_code(STOREY, f"{number:04d}"))
    texts = {
        "code": code,
        "title": "市机关事务管理局 第三会议室",
        "subtitle": "一号楼 五层 512 室",
        "url": f"https://twin.example.gov.cn/r/{code}",
    }
    return Label(**(texts | changes))


def opened(pdf: bytes) -> pymupdf.Document:
    return pymupdf.open(stream=pdf)


def pages(pdf: bytes, dpi: int) -> list[NDArray[np.uint8]]:
    with opened(pdf) as document:
        return [
            np.frombuffer(p.samples, np.uint8).reshape(p.height, p.width)
            for p in (page.get_pixmap(dpi=dpi, colorspace="gray") for page in document)
        ]


def cut_out(page: NDArray[np.uint8], layout: Sheet, place: int, dpi: int) -> NDArray[np.uint8]:
    left, top = layout.corner(place)
    rows = slice(int(top / 25.4 * dpi), int((top + layout.height) / 25.4 * dpi))
    columns = slice(int(left / 25.4 * dpi), int((left + layout.width) / 25.4 * dpi))
    return page[rows, columns]


def text_of(pdf: bytes) -> str:
    with opened(pdf) as document:
        return "\n".join(page.get_text() for page in document)


@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize("layout", [ROOM_LABELS, DOOR_PLATES], ids=["rooms", "doors"])
def test_opencv_reads_every_label_back_as_printed(layout: Sheet, dpi: int) -> None:
    labels = [label(n) for n in range(501, 524)]
    printed = pages(labels_pdf(labels, layout), dpi)
    each = layout.columns * layout.rows
    assert len(printed) == -(-len(labels) // each)
    detector = cv2.QRCodeDetector()
    for place, wanted in enumerate(labels):
        picture = cut_out(printed[place // each], layout, place % each, dpi)
        assert detector.detectAndDecode(np.ascontiguousarray(picture))[0] == wanted.url


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8450", "http://192.168.100.20", "https://fangma.example.gov.cn"]
)
def test_addresses_of_every_length_are_read_back(address: str) -> None:
    labels = [label(n, url=f"{address}/r/{label(n).code}") for n in range(101, 142)]
    (sheet, rest) = pages(labels_pdf(labels), 300)
    detector = cv2.QRCodeDetector()
    for place, wanted in enumerate(labels):
        picture = cut_out(sheet if place < 21 else rest, ROOM_LABELS, place % 21, 300)
        assert detector.detectAndDecode(np.ascontiguousarray(picture))[0] == wanted.url


def test_the_text_can_be_searched_and_copied() -> None:
    text = text_of(labels_pdf([label(512)]))
    joined = text.replace("\n", "")
    assert "市机关事务管理局" in joined
    assert "一号楼 五层 512 室" in joined
    assert [line for line in text.splitlines() if line in code_groups(label(512).code)]
    assert "".join(code_groups(label(512).code)) in joined


def test_every_font_is_in_the_file() -> None:
    with opened(labels_pdf([label(512)])) as document:
        fonts = document[0].get_fonts()
        assert len(fonts) >= 3
        for xref, extension, _kind, name, *_ in fonts:
            if name == "Helvetica":  # reportlab declares it on every page; nothing is set in it
                continue
            assert extension == "ttf"
            assert len(document.extract_font(xref)[3]) > 500


def test_chinese_glyphs_are_drawn_as_the_font_draws_them() -> None:
    dpi, title = 600, "办公室"
    pdf = labels_pdf([label(512, title=title, subtitle="")], DOOR_PLATES)
    (page,) = pages(pdf, dpi)
    with opened(pdf) as document:
        (area,) = document[0].search_for(title)
    x0, y0, x1, y1 = (int(v * dpi / 72) for v in area)
    drawn = 255 - page[y0:y1, x0:x1]
    reference = Image.new("L", (1200, 500), 0)
    font = ImageFont.truetype(str(font_file(BOLD)), 300, index=2)
    ImageDraw.Draw(reference).text((50, 20), title, font=font, fill=255)
    assert _likeness(drawn, np.asarray(reference)) > 0.9
    ImageDraw.Draw(reference).rectangle((0, 0, 1200, 500), fill=0)
    ImageDraw.Draw(reference).text((50, 20), "会议室", font=font, fill=255)
    assert _likeness(drawn, np.asarray(reference)) < 0.8


def _likeness(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Correlation of the inked parts, brought to one size."""

    def inked(picture: NDArray[np.uint8]) -> NDArray[Any]:
        rows, columns = np.nonzero(picture > 128)
        part = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        return np.asarray(cv2.resize(part, (300, 100), interpolation=cv2.INTER_AREA), float)

    return float(np.corrcoef(inked(a).ravel(), inked(b).ravel())[0, 1])


def test_the_same_labels_give_the_same_bytes() -> None:
    assert labels_pdf([label(512), label(513)]) == labels_pdf([label(512), label(513)])


def test_a_text_too_long_is_cut_and_stays_on_its_label() -> None:
    pdf = labels_pdf([label(512, title="很长的房间名称" * 20, subtitle="x" * 500)])
    left, top = ROOM_LABELS.corner(0)
    with opened(pdf) as document:
        for x0, y0, x1, y1, *_ in document[0].get_text("words"):
            assert x0 / 72 * 25.4 >= left
            assert x1 / 72 * 25.4 <= left + ROOM_LABELS.width
            assert top - 0.5 <= y0 / 72 * 25.4
            assert y1 / 72 * 25.4 <= top + ROOM_LABELS.height + 0.5
    assert "…" in text_of(pdf)


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=15, deadline=None)
def test_no_name_whatever_breaks_a_sheet(title: str, subtitle: str) -> None:
    pdf = labels_pdf([label(512, title=title, subtitle=subtitle)])
    assert len(pages(pdf, 30)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "ftp://x/r/1",
        "https://",
        "https://房码.cn/r/1",
        "https://x.cn/" + "a" * 400,
        "https://x.cn/" + "a" * 4000,
    ],
)
def test_an_address_that_no_phone_could_follow_is_refused(url: str) -> None:
    with pytest.raises(LabelError) as caught:
        labels_pdf([label(512, url=url)])
    assert caught.value.remedy


def test_no_labels_are_no_document() -> None:
    with pytest.raises(LabelError):
        labels_pdf([])
