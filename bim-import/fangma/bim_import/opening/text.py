r"""Text as STEP writes it, and as real programs write it.

ISO 10303-21:2016 clause 6.4.3 knows ``''``, ``\\``, ``\S\c``, ``\P?\``, ``\X\hh``, ``\X2\...\X0\``
and ``\X4\...\X0\`` in otherwise plain ASCII. The field adds raw UTF-8, raw bytes of a national code
page, the bytes of a code page inside ``\X\`` and ``\S\``, and lone backslashes. A literal is
decoded here to what it says, byte for byte; which code page its foreign bytes belong to is decided
for the file as a whole in :mod:`fangma.bim_import.opening.codepage`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ESCAPE = re.compile(
    rb"''"
    rb"|\\\\"
    rb"|\\X2\\((?:[0-9A-F]{4})*+)(\\X0\\)?"
    rb"|\\X4\\((?:[0-9A-F]{8})*+)(\\X0\\)?"
    rb"|\\X\\([0-9A-F]{2})"
    rb"|\\S\\([\x20-\x7e])"
    rb"|\\P([A-I])\\",
    re.IGNORECASE,
)
_PLAIN = re.compile(rb"[ !\"#$%&()*+,./0-9:;<=>?@A-Z\[\]^_`a-z{|}~-]*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    r"""What a string literal says.

    Attributes
    ----------
    text : str
        Decoded; a byte of unknown meaning stands as the surrogate U+DC80..U+DCFF, as in PEP 383.
    foreign : bool
        Some byte is of unknown meaning: raw, or through ``\X\`` or ``\S\`` of page A.
    raw : bool
        Some byte above 127, or NUL, stands in the file unescaped.
    malformed : bool
        A backslash begins no escape, or an escape is cut short.
    """

    text: str
    foreign: bool
    raw: bool
    malformed: bool


def decode(body: bytes) -> Literal:
    r"""Decode the inside of a string literal.

    Parameters
    ----------
    body : bytes
        What stands between the apostrophes.

    Returns
    -------
    literal : Literal
        Without NUL. Bytes above 127, raw or from ``\X\`` and ``\S\``, are left as surrogates: the
        caller knows the rest of the file and with it the code page.
    """
    if _PLAIN.fullmatch(body):
        return Literal(text=body.decode("ascii"), foreign=False, raw=False, malformed=False)
    pieces: list[str] = []
    page = "iso8859-1"
    raw = any(byte > 0x7F or byte == 0 for byte in body)
    malformed = False
    position = 0
    for match in _ESCAPE.finditer(body):
        between = body[position : match.start()]
        malformed |= b"\\" in between
        pieces.append(between.decode("ascii", "surrogateescape"))
        position = match.end()
        token = match[0]
        two, two_end, four, four_end, single, shifted, alphabet = match.groups()
        if token == b"''":
            pieces.append("'")
        elif token == b"\\\\":
            pieces.append("\\")
        elif two is not None:
            malformed |= two_end is None
            pieces.append(_wide(two, "utf-16-be"))
        elif four is not None:
            malformed |= four_end is None
            pieces.append(_wide(four, "utf-32-be"))
        elif single is not None:
            pieces.append(bytes([int(single, 16)]).decode("ascii", "surrogateescape"))
        elif shifted is not None:
            code = bytes([shifted[0] | 0x80])
            if page == "iso8859-1":
                pieces.append(code.decode("ascii", "surrogateescape"))
            else:
                pieces.append(code.decode(page, "replace"))
        else:
            page = f"iso8859-{alphabet.upper()[0] - 0x40}"
    rest = body[position:]
    malformed |= b"\\" in rest
    pieces.append(rest.decode("ascii", "surrogateescape"))
    text = "".join(pieces).replace("\0", "")
    foreign = any("\udc80" <= letter <= "\udcff" for letter in text)
    return Literal(text=text, foreign=foreign, raw=raw, malformed=malformed)


def _wide(digits: bytes, encoding: str) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode(encoding, "replace")


def encode(text: str) -> bytes:
    r"""Write text as the inside of a string literal, in ASCII, with ``\X2\`` and ``\X4\`` only.

    The inverse of :func:`decode` for every text without surrogates.
    """
    pieces: list[bytes] = []
    for run in re.findall(r"[ -~]+|[\x00-\x1f\x7f]+|[^\x00-\x7f]+", text):
        if " " <= run[0] <= "~":
            pieces.append(run.replace("\\", "\\\\").replace("'", "''").encode("ascii"))
        elif run[0] < "\x80":
            pieces.extend(b"\\X\\%02X" % ord(letter) for letter in run)
        elif all(letter <= "\uffff" for letter in run):
            code = run.encode("utf-16-be", "replace").hex().upper().encode("ascii")
            pieces.append(b"\\X2\\" + code + b"\\X0\\")
        else:
            code = run.encode("utf-32-be", "replace").hex().upper().encode("ascii")
            pieces.append(b"\\X4\\" + code + b"\\X0\\")
    return b"".join(pieces)
