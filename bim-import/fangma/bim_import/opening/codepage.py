"""Which code page do foreign bytes belong to? Decided by plausibility, for a whole file at once.

A byte above 127 in a STEP string means nothing by itself. Text of one writer, though, has one code
page, and text in the right page consists of the characters that people use: frequent ideographs lie
together in GB 2312 (lead bytes B0-D7) and JIS X 0208 (88-97), Latin letters stand among Latin
letters, Cyrillic small letters follow each other. Each page is given the share of bytes which it
turns into such characters; it wins only when it is good and clearly better than the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GOOD_SHARE = 0.55
CLEAR_LEAD = 0.15


def foreign_bytes(text: str) -> bytes:
    """Give back the bytes that :func:`fangma.bim_import.opening.text.decode` left undecided.

    Characters that were decided (wide escapes) are replaced by a blank.
    """
    return "".join(
        letter if letter < "\x80" or "\udc80" <= letter <= "\udcff" else " " for letter in text
    ).encode("ascii", "surrogateescape")


def read_as(text: str, encoding: str) -> str | None:
    """Decode the undecided bytes of a text in an encoding; None when they are not valid in it."""
    pieces: list[str] = []
    run: list[str] = []

    def flush() -> bool:
        if not run:
            return True
        raw = "".join(run).encode("ascii", "surrogateescape")
        run.clear()
        try:
            pieces.append(raw.decode(encoding))
        except UnicodeDecodeError:
            return False
        return True

    for letter in text:
        # Second bytes of Shift-JIS and GBK are often ASCII: ASCII goes with the foreign run.
        if letter < "\x80" or "\udc80" <= letter <= "\udcff":
            run.append(letter)
        else:
            if not flush():
                return None
            pieces.append(letter)
    return "".join(pieces) if flush() else None


def decide(samples: Iterable[str]) -> str | None:
    """Decide in which code page the texts of a file are written.

    Parameters
    ----------
    samples : iterable of str
        Texts with undecided bytes as surrogates, none of them valid UTF-8.

    Returns
    -------
    encoding : str or None
        ``gb18030``, ``cp932``, ``cp1252`` or ``cp1251``; None when no page is clearly the best.
    """
    pool = [foreign_bytes(text) for text in samples]
    ranked = sorted(
        ((share(pool), page) for page, share in _PAGES.items()), key=lambda pair: -pair[0]
    )
    (best, page), (second, _) = ranked[0], ranked[1]
    return page if best >= GOOD_SHARE and best - second >= CLEAR_LEAD else None


def _decoded(pool: list[bytes], encoding: str) -> tuple[list[str], float]:
    """Decode what is valid; returns the texts and the share of foreign bytes in them."""
    texts: list[str] = []
    valid = total = 0
    for raw in pool:
        foreign = sum(byte > 0x7F for byte in raw)
        total += foreign
        try:
            texts.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
        valid += foreign
    return texts, valid / total if total else 0.0


def _double_byte(
    encoding: str, weight: Callable[[bytes, str], float]
) -> Callable[[list[bytes]], float]:
    def share(pool: list[bytes]) -> float:
        texts, valid = _decoded(pool, encoding)
        score = size = 0.0
        for text in texts:
            for letter in text:
                if letter < "\x80":
                    continue
                code = letter.encode(encoding)
                size += len(code)
                score += len(code) * weight(code, letter)
        return valid * score / size if size else 0.0

    return share


def _gb_weight(code: bytes, letter: str) -> float:
    if "\ue000" <= letter <= "\uf8ff" or len(code) == 4:
        return -0.5
    lead, trail = code[0], code[1] if len(code) > 1 else 0
    if trail < 0xA1:
        return 0.05  # GBK's extension: rare in names
    if 0xB0 <= lead <= 0xD7:
        return 1.0
    if 0xD8 <= lead <= 0xF7:
        return 0.35
    return 0.6 if 0xA1 <= lead <= 0xA9 else 0.0


def _sjis_weight(code: bytes, letter: str) -> float:
    if len(code) == 1:
        return -0.2  # half-width kana: what other double-byte text looks like
    lead = code[0]
    if lead in (0x82, 0x83) and letter >= "\u3040":
        return 1.0
    if lead in (0x81, 0x82):
        return 0.7
    if 0x88 <= lead <= 0x97:
        return 0.95
    return 0.3 if 0x98 <= lead <= 0xEA else -0.2


def _latin(pool: list[bytes]) -> float:
    score = size = 0.0
    for text in _decoded(pool, "latin-1")[0]:
        for place, letter in enumerate(text):
            if letter < "\x80":
                continue
            size += 1
            around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
            if letter < "\xa0":
                score -= 1.0
            elif letter in "°²³µ±§€":
                score += 0.9
            elif letter >= "\xc0" and letter not in "×÷":
                score += 0.9 if any("A" <= near.upper() <= "Z" for near in around) else 0.1
    return score / size if size else 0.0


def _cyrillic(pool: list[bytes]) -> float:
    texts, valid = _decoded(pool, "cp1251")
    score = size = 0.0
    for text in texts:
        for place, letter in enumerate(text):
            if letter < "\x80":
                continue
            size += 1
            before = text[place - 1] if place else " "
            if "а" <= letter <= "я":
                score += 0.9 if "А" <= before <= "я" else 0.5
            elif "А" <= letter <= "Я":
                score += -0.5 if "а" <= before <= "я" else 0.7
    return valid * score / size if size else 0.0


_PAGES: dict[str, Callable[[list[bytes]], float]] = {
    "gb18030": _double_byte("gb18030", _gb_weight),
    "cp932": _double_byte("cp932", _sjis_weight),
    "cp1252": _latin,
    "cp1251": _cyrillic,
}
