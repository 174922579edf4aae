"""Cut-away pictures are drawn without a display, in a process that may die alone."""

import os
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from fangma.asset_registry.kinds import SYSTEMS
from fangma.viewer.cutaways.marks import EVERY_M, band_places, bands_of, colour_of
from fangma.viewer.cutaways.picture import Length, Mark, Picture, Run
from fangma.viewer.cutaways.rendering import PictureError, render

PROGRAM = "fangma.twin.field.picture_process"


def picture(*runs: Run) -> Picture:
    return Picture(
        models=(),
        bodies=(),
        runs=runs,
        lengths=(Length(mark="A", start=(0.0, 0.0, 0.0), end=(0.0, 0.0, -0.9), text="0.90 m"),),
        marks=(Mark(mark="1", at=(0.8, 0.0, 0.0)),),
        along=(1.0, 0.0, 0.0),
        inward=(0.0, 1.0, 0.0),
        low=(-2.0, -1.0, -1.0),
        high=(2.0, 1.0, 1.0),
        size=(600, 400),
    )


def run(system: str, y: float) -> Run:
    axis = ((-1.5, y, 0.0), (1.5, y, 0.0))
    return Run(axis=axis, radius_m=0.06, system=system, is_target=True, has_body=False)


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}


def test_no_two_systems_look_alike_without_their_colours():
    pipes = [letters for letters in SYSTEMS if bands_of(letters)]
    assert len(pipes) >= 15
    assert len({bands_of(letters) for letters in pipes}) == len(pipes)


@pytest.mark.parametrize("length", [0.0, 0.02, 0.3, 2.0, 40.0])
@pytest.mark.parametrize("system", ["JS", "RQ", "FG", "BM", None])
def test_bands_lie_on_the_pipe_in_order_and_repeat(length, system):
    places = band_places(length, system)
    edges = [edge for start, end, _ in places for edge in (start, end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= length for edge in edges)
    if bands_of(system) and length > 1:
        assert len(places) == int(length / EVERY_M) * len(bands_of(system))


def test_a_picture_survives_being_written_and_read():
    told = picture(run("JS", 0.0))
    assert Picture.read(told.written()) == told


@pytest.mark.slow
def test_a_pipe_is_drawn_in_its_colour_with_its_bands_and_a_length_in_red():
    png = render(picture(run("JS", 0.0), run("XF", -0.5)), PROGRAM, environment())
    with Image.open(BytesIO(png)) as image:
        assert image.size == (600, 400)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert (pixels[0, 0] == 255).all()

    def share(colour: str) -> float:
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        light = pixels.sum(axis=2, keepdims=True) / max(wanted.sum(), 1)
        return float((np.abs(pixels - wanted * light).max(axis=2) < 40).mean())

    assert share(colour_of("JS")) > 0.004
    assert share(colour_of("XF")) > 0.004
    red = (pixels[:, :, 0] > 150) & (pixels[:, :, 1] < 60) & (pixels[:, :, 2] < 60)
    assert red.sum() > 200


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
        ("import sys; sys.exit('no driver at all')", "no driver at all"),
    ],
)
def test_a_drawing_that_fails_is_told_with_what_to_install(program, words, tmp_path):
    (tmp_path / "failing_drawing.py").write_text(program)
    with pytest.raises(PictureError, match=words) as caught:
        render(picture(), "failing_drawing", environment() | {"PYTHONPATH": str(tmp_path)})
    assert "libegl1" in caught.value.remedy


def test_a_drawing_that_hangs_is_ended(tmp_path):
    (tmp_path / "slow_drawing.py").write_text("import time; time.sleep(60)")
    slow = environment() | {"PYTHONPATH": str(tmp_path)}
    with pytest.raises(PictureError, match="not drawn within 2 s"):
        render(picture(), "slow_drawing", slow, within_s=2)
