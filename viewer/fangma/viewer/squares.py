"""QR codes for a screen: which squares are dark, so that a page can draw them in its own way."""

from __future__ import annotations

import segno


def squares(text: str) -> list[str]:
    """Encode a text as a QR code (ISO/IEC 18004) that a screen shows.

    Parameters
    ----------
    text : str
        At most some 2,000 letters.

    Returns
    -------
    rows : list of str
        From the top, ``1`` for a dark square; without the quiet zone of four squares around it.
    """
    code = segno.make_qr(text, error="m")
    return ["".join("1" if dark else "0" for dark in row) for row in code.matrix]
