"""Every body of the real models has a row or a finding, and measures what OpenCASCADE says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import numpy as np
import pytest
from ifcopenshell.util.element import get_psets

from fangma.bim_import.shaping import KERNELS, shape_model
from fangma.bim_import.shaping.axes import _arc
from fangma.bim_import.shaping.plausibility import enclosed_volume
from fangma.spatial.areas import measure_room, placed_body

MODELS = Path(__file__).parents[4] / "shared" / "ifc"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MODELS.exists(), reason="the real models are not beside the checkout"),
]

# Products with a representation as in MANIFEST.md, and how many of them are bodies.
COUNTS = {
    "air-terminal-constructivity.ifc": (2, 2),
    "domestic-hot-water.ifc": (18, 18),
    "magicad-duct-fittings.ifc": (6, 6),
    "pcert-infra-plumbing-ifc4x3.ifc": (27, 27),
    "revit2019-zh-testmodel-ifc4.ifc": (32, 22),
    "duplex-A-20110907.ifc": (286, 236),
    "duplex-electrical-20121207.ifc": (104, 104),
    "office-A-20110811.ifc": (1083, 902),
    "renga-house.ifc": (192, 147),
    "acad2010-objects.ifc": (69, 56),
    "homeskz-伏図次郎-2階.ifc": (1326, 1323),
    "AC20-FZK-Haus.ifc": (121, 90),
    "bimwhale-large-building.ifc": (182, 122),
    "broken/doubleguids.ifc": (21, 17),
    "duplex-cobie-handover-20120323.ifc": (0, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_no_element_with_a_body_is_lost(name: str) -> None:
    shaped = shape_model(MODELS / name)
    products, bodies = COUNTS[name]
    model = ifcopenshell.open(MODELS / name)
    rows = set(shaped.placements.element.tolist())
    missing = {
        f.element for f in shaped.findings if f.rule in ("shape-missing", "shape-unreadable")
    }
    assert len(rows) + len(shaped.skipped) + len(missing) == products
    assert len(rows) == bodies
    assert not rows & shaped.skipped.keys()
    spaces = {s.id() for s in model.by_type("IfcSpace") if s.Representation is not None}
    assert spaces <= rows
    boxed = int(np.count_nonzero(shaped.placements.kernel == len(KERNELS)))
    assert boxed == sum(finding.rule == "shape-box" for finding in shaped.findings)


@pytest.mark.parametrize(
    "name", ["revit2019-zh-testmodel-ifc4.ifc", "AC20-FZK-Haus.ifc", "bimwhale-large-building.ifc"]
)
def test_bodies_measure_what_opencascade_says(name: str) -> None:
    ours = shape_model(MODELS / name).placements
    reference = shape_model(MODELS / name, kernels=[KERNELS[2]]).placements
    assert ours.element.tolist() == reference.element.tolist()
    for row in range(len(ours.element)):
        one, other = ours.placed(row), reference.placed(row)
        assert one.min(axis=0) == pytest.approx(other.min(axis=0), abs=0.005)
        assert one.max(axis=0) == pytest.approx(other.max(axis=0), abs=0.005)
        volume = enclosed_volume(reference.meshes[reference.mesh[row]])
        assert enclosed_volume(ours.meshes[ours.mesh[row]]) == pytest.approx(volume, rel=0.02)


def test_a_roof_drawn_in_feet_measures_what_the_model_in_metres_declares() -> None:
    """Nothing bounds the roof in the electrical model but the line that the architects drew."""
    electrical = MODELS / "duplex-electrical-20121207.ifc"
    (key,) = [space.id() for space in ifcopenshell.open(electrical).by_type("IfcSpace")]
    roof = measure_room(*placed_body(shape_model(electrical, [key]).placements, key))
    architecture = ifcopenshell.open(MODELS / "duplex-A-20110907.ifc")
    drawn: Any
    (drawn,) = [space for space in architecture.by_type("IfcSpace") if space.Name == "R301"]
    declared = get_psets(drawn)["GSA Space Areas"]["GSA BIM Area"]
    assert roof.area_m2 == pytest.approx(declared, rel=1e-3)


def test_the_pipes_of_a_heating_loop_state_axis_and_diameter() -> None:
    shaped = shape_model(MODELS / "domestic-hot-water.ifc")
    model = ifcopenshell.open(MODELS / "domestic-hot-water.ifc")
    pipes = [pipe.id() for pipe in model.by_type("IfcPipeSegment")]
    assert set(pipes) <= shaped.axes.keys()
    placements = shaped.placements
    for key in pipes:
        axis = shaped.axes[key]
        assert 0.005 < axis.outer_m < 0.2
        (row,) = np.flatnonzero(placements.element == key)
        points = placements.placed(int(row))
        # The body reaches no farther from its axis than its radius, and that far at least.
        start, along = axis.points[0], axis.points[-1] - axis.points[0]
        share = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
        away = np.linalg.norm(points - start - share[:, None] * along, axis=1)
        assert away.max() == pytest.approx(axis.outer_m / 2.0, rel=0.01)


def test_an_arc_through_three_points_lies_on_their_circle() -> None:
    angle = np.radians([0.0, 200.0, 300.0])
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(3)]) * 2.0 + [5.0, 6.0, 7.0]
    walked = _arc(circle)
    assert walked[0] == pytest.approx(circle[0])
    assert walked[-1] == pytest.approx(circle[-1])
    assert np.linalg.norm(walked - [5.0, 6.0, 7.0], axis=1) == pytest.approx(
        np.full(len(walked), 2)
    )
    assert np.linalg.norm(np.diff(walked, axis=0), axis=1).sum() == pytest.approx(
        np.radians(300.0) * 2.0, rel=0.002
    )
