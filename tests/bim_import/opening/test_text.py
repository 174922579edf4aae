r"""Text comes out as it was meant: by the standard, and from the code pages of the field."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fangma.bim_import.opening.codepage import decide, read_as
from fangma.bim_import.opening.mending import mend
from fangma.bim_import.opening.text import decode, encode

ANY = st.text(st.characters(exclude_categories=["Cs"]))


def mended(body: bytes) -> str:
    """Mend a file of one literal, and read it as the standard says."""
    out = mend(b"#1=IFCWALL('" + body + b"');").data
    literal = decode(out[len(b"#1=IFCWALL('") : -3])
    return read_as(literal.text, "latin-1") or ""


def rules(body: bytes) -> set[str]:
    return {finding.rule for finding in mend(b"#1=IFCWALL('" + body + b"');").findings}


@given(ANY)
def test_every_text_survives_encoding_and_decoding(text: str) -> None:
    encoded = encode(text)
    assert encoded.isascii()
    assert b"'" not in encoded.replace(b"''", b"")
    literal = decode(encoded)
    assert not literal.malformed
    if not any("\x00" <= letter < " " or letter == "\x7f" for letter in text):
        assert literal.text == text


@given(st.binary())
def test_no_bytes_whatever_break_decoding(body: bytes) -> None:
    literal = decode(body)
    assert isinstance(read_as(literal.text, "latin-1"), str)


@given(st.binary(max_size=40).filter(lambda body: b"'" not in body))
def test_mended_text_is_plain_and_mends_no_more(body: bytes) -> None:
    once = mend(b"#1=IFCWALL('" + body + b"');")
    twice = mend(once.data)
    assert twice.data == once.data
    if once.changed:
        assert once.data.isascii()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"\X2\623F95F4\X0\101", "房间101"),
        (rb"\X4\0001F600\X0\ ", "\U0001f600 "),
        (rb"\X2\D83DDE00\X0\ ", "\U0001f600 "),
        (rb"K\S\|che", "Küche"),
        (rb"K\X\FCche 20\X\B2", "Küche 20²"),
        (rb"\PE\\S\:\S\c", "Кг".replace("г", "у")),
        (b"it''s", "it's"),
        (rb"C:\\temp\\", "C:\\temp\\"),
        ("房间".encode(), "房间"),
        ("会议室".encode("gbk"), "会议室"),
        ("给水立管 DN100".encode("gb18030"), "给水立管 DN100"),
        ("会議室の扉".encode("cp932"), "会議室の扉"),
        ("表示".encode("cp932"), "表示"),  # its second byte is a backslash
        ("Küche für Gäste".encode("cp1252"), "Küche für Gäste"),
        ("Кухня и прихожая".encode("cp1251"), "Кухня и прихожая"),
        (rb"1\X\8AK", "1階"),
        (rb"\X\B7\X\BF\X\BC\X\E4 101", "房间 101"),
        ("鎴块棿".encode(), "房间"),
        (b"n\\a", "n\\a"),
    ],
)
def test_text_is_read_as_it_was_meant(body: bytes, text: str) -> None:
    assert mended(body) == text


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("房间".encode(), {"text-encoding"}),
        ("会议室".encode("gbk"), {"text-encoding"}),
        (rb"K\S\|che", set()),
        (rb"\X2\623F95F4\X0\101", set()),
        (b"n\\a", {"bad-escape"}),
        (rb"\X2\623F95F", {"bad-escape"}),
        (b"????", {"lost-text"}),
        ("锟斤拷".encode(), {"text-encoding", "lost-text"}),
        (b"\xff\xff\x80 \x81", {"garbled-text"}),
        (b"What?", set()),
    ],
)
def test_what_was_guessed_is_reported_and_nothing_else(body: bytes, rule: set[str]) -> None:
    assert rules(body) == rule


@pytest.mark.parametrize("page", ["gb18030", "cp932"])
def test_the_code_page_is_decided_for_the_file_as_a_whole(page: str) -> None:
    samples = {"gb18030": ["办公室", "走廊", "给水泵房"], "cp932": ["会議室", "廊下", "階段"]}[page]
    foreign = [text.encode(page).decode("ascii", "surrogateescape") for text in samples]
    assert decide(foreign) == page


def test_two_pages_in_one_file_are_told_apart() -> None:
    """A real file writes its header in UTF-8 and its data in Shift-JIS, both as escapes."""
    utf8 = b"".join(b"\\X\\%02X" % byte for byte in "科".encode())
    out = mend(b"#1=A('" + utf8 + rb"');#2=A('1\X\8AK');#3=A('\X\89\X\AE\X\8D\X\AA');")
    assert [finding.rule for finding in out.findings] == ["text-encoding"] * 2
    assert encode("科") in out.data
    assert encode("屋根") in out.data


def test_two_bytes_that_are_a_letter_or_an_ideograph_are_read_like_the_rest_of_the_file() -> None:
    wall, letters = "墙".encode("gb18030"), "ß, é, ø".encode()
    assert wall.decode() == "ǽ"
    rooms = "办公室", "会议室", "编码楼"
    chinese = [wall, *(room.encode("gb18030") for room in rooms)]
    assert encode("墙") in mend(b"#1=A('%s','%s','%s','%s');" % tuple(chinese)).data
    wide = [letters, *(room.encode() for room in rooms)]
    assert encode("ß, é, ø") in mend(b"#1=A('%s','%s','%s','%s');" % tuple(wide)).data
    assert encode("ß, é, ø") in mend(b"#1=A('%s');" % letters).data


def test_plain_files_are_left_as_they_are() -> None:
    data = rb"#1=A('plain'),#2=A('\X2\623F\X0\','\S\|');"
    assert mend(data).data is data
