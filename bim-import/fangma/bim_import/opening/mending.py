"""Mend the text of a file once, at the door, so that everything behind reads ordinary IFC.

ifcopenshell loses raw bytes of any code page (even UTF-8) and refuses a whole file for one lone
backslash. Every string literal that is not plain is therefore decoded here, and written back with
the escapes of the standard where ifcopenshell would misread it; what was guessed is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.opening.codepage import decide, read_as
from fangma.bim_import.opening.text import Literal, decode, encode
from fangma.bim_import.refusal import note, warn

if TYPE_CHECKING:
    from fangma.bim_import.findings import Finding

# A NUL ends the text for ifcopenshell, and with it the whole file.
_SPECIAL = re.compile(rb"[\\\x00\x80-\xff]")
_STRING = re.compile(rb"'([^']*+(?:''[^']*+)*+)'")
_NUMBER_BEFORE = re.compile(rb"\#(\d+)\s*=[^;]*\Z")
# C1 controls: no program means them, they are halves of characters of another page.
_CONTROL = re.compile("[\x80-\x9f]")
_PAGE_NAMES = {
    "utf-8": "UTF-8",
    "gb18030": "GB 18030 (Chinese)",
    "cp932": "Shift-JIS (Japanese)",
    "cp1252": "Windows Latin",
    "cp1251": "Windows Cyrillic",
}
# Two bytes may be a letter in UTF-8 and an ideograph in a double-byte page (C7 BD is ǽ and 墙):
# such text is read like the rest of its file. From here on UTF-8 takes three, which few others are.
_PROVES_UTF8 = "\u0800"
_DOUBLE_BYTE = frozenset({"gb18030", "cp932"})
# UTF-8 replacement characters that went through GBK: the text is gone for good.
_LOST = re.compile(r"锟斤拷|\ufffd|^[?？]{2,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The text with every literal in the standard's own escapes."""

    data: bytes
    changed: bool
    findings: tuple[Finding, ...]


def mend(data: bytes) -> Mended:
    """Rewrite every string literal that is not plain.

    Parameters
    ----------
    data : bytes
        STEP text, comments blanked.

    Returns
    -------
    mended : Mended
        Lines are kept: only literals change. Findings ``text-encoding``, ``garbled-text``,
        ``lost-text``, ``bad-escape``: one each for a kind, with examples.
    """
    if not _SPECIAL.search(data) and b"?" not in data:
        return Mended(data=data, changed=False, findings=())
    literals: dict[bytes, Literal] = {}
    where: dict[bytes, int] = {}
    for match in _STRING.finditer(data):
        body = match[1]
        if body not in literals and (_SPECIAL.search(body) or body[:2] == b"??"):
            literals[body] = decode(body)
            where[body] = match.start()
    report = _Report(data, where)
    final = _decide_all(literals, report)
    rewritten = {
        body: b"'" + encode(text) + b"'"
        for body, text in final.items()
        if _is_misread(literals[body], text)
    }
    for body, literal in literals.items():
        if literal.malformed:
            report.add("bad-escape", body, final[body])
        if b"\0" in body:
            report.add("garbled-text", body, final[body])
        if _LOST.search(final[body]):
            report.add("lost-text", body, final[body])
    if rewritten:
        data = _STRING.sub(lambda match: rewritten.get(match[1], match[0]), data)
    return Mended(data=data, changed=bool(rewritten), findings=report.findings())


def _decide_all(literals: dict[bytes, Literal], report: _Report) -> dict[bytes, str]:
    final: dict[bytes, str] = {}
    undecided: list[bytes] = []
    doubtful: dict[bytes, str] = {}
    proven: Counter[bool] = Counter()

    def take_utf8(body: bytes, utf8: str) -> None:
        final[body] = utf8 = _unmangled(utf8)
        how = "raw" if literals[body].raw else "escaped"
        report.add("text-encoding", body, utf8, "utf-8", how)

    for body, literal in literals.items():
        if not literal.foreign:
            final[body] = _unmangled(literal.text)
            if final[body] != literal.text:
                report.add("text-encoding", body, final[body], "utf-8", "escaped")
            continue
        utf8 = read_as(literal.text, "utf-8")
        if utf8 is None:
            undecided.append(body)
        elif max(utf8) < _PROVES_UTF8:
            doubtful[body] = utf8
        else:
            proven[literal.raw] += 1
            take_utf8(body, utf8)
    # Raw and escaped bytes come from different habits: each is decided by itself.
    for raw in (True, False):
        pool = [body for body in undecided if literals[body].raw is raw]
        page = decide(literals[body].text for body in pool) if pool else None
        follows = page in _DOUBLE_BYTE and len(pool) > proven[raw]
        for body in [body for body in doubtful if literals[body].raw is raw]:
            if follows and read_as(literals[body].text, str(page)) is not None:
                pool.append(body)
            else:
                take_utf8(body, doubtful[body])
        for body in pool:
            text = read_as(literals[body].text, page) if page else None
            latin = read_as(literals[body].text, "latin-1") or ""
            if not raw and (text is None or page == "cp1252") and not _CONTROL.search(latin):
                final[body] = latin  # what the escapes mean by the standard: nothing was guessed
            elif text is not None and page is not None:
                final[body] = text
                report.add("text-encoding", body, text, page, "raw" if raw else "escaped")
            else:
                final[body] = latin
                report.add("garbled-text", body, latin)
    return {body: unicodedata.normalize("NFC", text) for body, text in final.items()}


def _is_misread(literal: Literal, text: str) -> bool:
    """Tell whether ifcopenshell would read something else than ``text``."""
    plainly = read_as(literal.text, "latin-1") if literal.foreign else literal.text
    return literal.raw or literal.malformed or plainly != text or max(text, default="") > "\uffff"


def _unmangled(text: str) -> str:
    """Undo UTF-8 that was read as GBK before it was written (``鎴块棿`` was ``房间``)."""
    if text.isascii():
        return text
    try:
        undone = text.encode("gbk").decode("utf-8")
    except UnicodeError:
        return text
    wide = [letter for letter in undone if letter >= "\x80"]
    is_plausible = len(wide) >= 2 and all(
        "\u4e00" <= letter <= "\u9fff" or "\u3000" <= letter <= "\u30ff" or letter >= "\uff00"
        for letter in wide
    )
    return undone if is_plausible else text


class _Report:
    """Collects what was guessed, and says it once for each kind."""

    def __init__(self, data: bytes, where: dict[bytes, int]) -> None:
        self._data = data
        self._where = where
        self._cases: dict[tuple[str, str, str], list[tuple[bytes, str]]] = {}

    def add(self, rule: str, body: bytes, text: str, page: str = "", how: str = "") -> None:
        self._cases.setdefault((rule, page, how), []).append((body, text))

    def _element(self, body: bytes) -> str | None:
        offset = self._where[body]
        match = _NUMBER_BEFORE.search(self._data, max(0, offset - 4096), offset)
        return f"#{match[1].decode('ascii')}" if match else None

    def findings(self) -> tuple[Finding, ...]:
        out: list[Finding] = []
        for (rule, page, how), cases in self._cases.items():
            body, text = cases[0]
            shown, count = text[:60], len(cases)
            element = self._element(body)
            if rule == "text-encoding":
                name = _PAGE_NAMES[page]
                message = (
                    f"{count} texts are written as {how} bytes of {name}, not with \\X2\\ escapes "
                    f"as IFC wants. They were read as {name}, for example as: {shown}"
                )
                if page == "utf-8" and how == "raw":
                    remedy = "Nothing to do; other programs may show these names as empty."
                    out.append(note(rule, message, remedy, element))
                    continue
                remedy = "Check a few names; set the exporter to Unicode if it can be set."
            elif rule == "garbled-text":
                message = (
                    f"{count} texts hold bytes of an unknown code page and cannot be read with "
                    f"certainty, for example: {shown}"
                )
                remedy = "Correct these names in the model, or export it with Unicode text."
            elif rule == "lost-text":
                message = (
                    f"In {count} texts the characters were already lost before the export "
                    f"(question marks or replacement signs), for example: {shown}"
                )
                remedy = "Type these names again in the model and export it anew."
            else:
                message = (
                    f"{count} texts hold a backslash that begins no valid escape; "
                    f"it was read as it stands, for example: {shown}"
                )
                remedy = "Nothing to do if the name is right; otherwise correct it in the model."
            out.append(warn(rule, message, remedy, element))
        return tuple(out)
