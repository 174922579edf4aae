"""Photos are refused before they can keep a decoder busy."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from fangma.twin.field.errors import PhotoError
from fangma.twin.field.photos import rewritten


def jpeg(form: str = "JPEG", **told: object) -> bytes:
    """A photo of noise."""
    out = BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(out, form, **told)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "MPO"])
def test_a_jpeg_of_thousands_of_scans_is_refused_and_an_ordinary_one_is_not(form: str) -> None:
    second = {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]}
    good = jpeg(form, progressive=True, **(second if form == "MPO" else {}))
    assert rewritten(good)[1] == (64, 48)
    end = good.index(b"\xff\xd9")
    last = good.rindex(b"\xff\xda", 0, end)
    bomb = good[:end] + good[last:end] * 2000 + good[end:]
    with pytest.raises(PhotoError, match="2010 scans") as caught:
        rewritten(bomb)
    assert caught.value.remedy


def test_pictures_within_and_behind_a_jpeg_are_none_of_its_scans() -> None:
    thumbnail = b"\xff\xe5\x0f\xa2" + b"\xff\xda\x00\x02" * 1000
    good = jpeg()
    assert rewritten(good[:2] + thumbnail + good[2:] + b"\xff\xda" * 1000)[1] == (64, 48)


def test_two_pictures_in_one_file_may_be_as_large_as_one() -> None:
    out = BytesIO()
    large = Image.new("L", (6000, 5000), 90)
    large.save(out, "MPO", save_all=True, append_images=[Image.new("L", (8, 8))])
    assert rewritten(out.getvalue())[1] == (2048, 1707)
