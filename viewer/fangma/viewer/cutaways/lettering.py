"""Letters, numbers and lengths on a drawn picture, at the size at which they are read."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fangma.viewer.cutaways.marks import colour_of
from fangma.viewer.fonts import BOLD, FontMissingError, font_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.viewer.cutaways.drawing import Drawn
    from fangma.viewer.cutaways.picture import Picture

_RED: Final = "#b3261e"
_INK: Final = "#1f2a37"
_TEXT_PX: Final = 30
_TAG_PX: Final = 22
_PAD_PX: Final = 7
_STEP_PX: Final = 12.0
_TRIES: Final = 60


def lettered(picture: Picture, drawn: Drawn) -> bytes:
    """Write the letters on and return a PNG of the picture's size."""
    image = Image.fromarray(drawn.pixels).resize(picture.size, Image.Resampling.LANCZOS)
    factor = picture.size[0] / drawn.pixels.shape[1]
    canvas = ImageDraw.Draw(image)
    font = _font(_TEXT_PX)
    x, y = (drawn.target * factor).tolist()
    # Nothing is written over the place itself.
    taken: list[tuple[float, float, float, float]] = [(x - 26, y - 26, x + 26, y + 26)]
    for system, places in drawn.tags:
        any(
            _tag(canvas, system, place, taken, picture.size) for place in (places * factor).tolist()
        )
    for length, ends in zip(picture.lengths, drawn.lengths * factor, strict=True):
        words = f"{length.mark}  {length.text}"
        box = _free_place(canvas, words, font, ends.mean(axis=0), ends, taken, picture.size)
        taken.append(box)
        _leader(canvas, box, ends.mean(axis=0))
        canvas.rounded_rectangle(box, radius=6, fill="white", outline=_RED, width=3)
        canvas.text((box[0] + _PAD_PX, box[1] + _PAD_PX - 4), words, font=font, fill=_RED)
    numbers = [each.mark for each in picture.marks]
    for mark, place in zip(numbers, drawn.marks * factor, strict=True):
        x, y = place.tolist()
        if not (0 <= x <= picture.size[0] and 0 <= y <= picture.size[1]):
            continue
        r = _TEXT_PX * 0.75
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=_INK, outline="white", width=3)
        canvas.text((x, y), mark, font=font, fill="white", anchor="mm")
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _free_place(
    canvas: ImageDraw.ImageDraw,
    words: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    middle: NDArray[np.float64],
    ends: NDArray[np.float64],
    taken: Sequence[tuple[float, float, float, float]],
    size: tuple[int, int],
) -> tuple[float, float, float, float]:
    """Put a label beside the middle of its line, away from those that are there, on the picture."""
    wide = canvas.textlength(words, font=font) + 2 * _PAD_PX
    high = _TEXT_PX + 2 * _PAD_PX
    way = ends[1] - ends[0]
    beside = np.array([way[1], -way[0]]) / max(float(np.hypot(*way)), 1e-6)
    if beside[1] > 0:
        beside = -beside
    best: tuple[float, float, float, float] = (0.0, 0.0, wide, high)
    # Beside a short line there is no room: the label stands off, and a leader points at the line.
    first = 30.0 if float(np.hypot(*way)) > wide else 75.0
    for step in range(_TRIES):
        side = beside if step % 2 == 0 else -beside
        away = (first + _STEP_PX * (step // 2)) * side
        x = float(np.clip(middle[0] + away[0] - wide / 2, 4, size[0] - wide - 4))
        y = float(np.clip(middle[1] + away[1] - high / 2, 4, size[1] - high - 4))
        best = (x, y, x + wide, y + high)
        if not any(
            best[0] < t[2] + 4 and t[0] < best[2] + 4 and best[1] < t[3] + 4 and t[1] < best[3] + 4
            for t in taken
        ):
            break
    return best


def _leader(
    canvas: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    middle: NDArray[np.float64],
) -> None:
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    canvas.line([centre, (float(middle[0]), float(middle[1]))], fill=_RED, width=2)


def _tag(
    canvas: ImageDraw.ImageDraw,
    system: str,
    place: list[float],
    taken: list[tuple[float, float, float, float]],
    size: tuple[int, int],
) -> bool:
    """Write the letters of a system on its longest run, if there is room: nobody tells colours."""
    font = _font(_TAG_PX)
    wide = canvas.textlength(system, font=font) / 2 + 6
    x, y = place
    if not (wide < x < size[0] - wide and _TAG_PX < y < size[1] - _TAG_PX):
        return False
    box = (x - wide, y - _TAG_PX * 0.65, x + wide, y + _TAG_PX * 0.65)
    if any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
        return False
    taken.append(box)
    canvas.rounded_rectangle(box, radius=5, fill="white", outline=colour_of(system), width=3)
    canvas.text((x, y), system, font=font, fill=_INK, anchor="mm")
    return True


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(str(font_file(BOLD)), size)
    except (FontMissingError, OSError):
        return ImageFont.load_default(size)
