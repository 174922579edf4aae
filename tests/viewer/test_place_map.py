"""The plan on the sheet of an order: what lies about a place, named where there is room."""

from __future__ import annotations

from io import BytesIO

import pymupdf
from reportlab.platypus import SimpleDocTemplate

from fangma.asset_registry.auditing.plan_drawings import PlanRoom
from fangma.viewer.place_map import PlaceMap


def draw(plan: PlaceMap) -> pymupdf.Document:
    paper = BytesIO()
    SimpleDocTemplate(paper).build([plan])
    return pymupdf.open("pdf", paper.getvalue())


def test_pipes_outdoors_are_drawn_by_name_beside_the_thing_the_valves_and_the_rooms() -> None:
    plan = PlaceMap(
        [PlanRoom(code="R", label="101", rings=(((8, 4), (16, 4), (16, 9), (8, 9), (8, 4)),))],
        own=None,
        place=(5.0, 0.0),
        lines=[[(0.0, 0.0), (10.0, 0.0)]],
        valves=[("1", (0.0, 0.0))],
        width=400.0,
        height=200.0,
        north="N",
        pipes=[("SEWER", [(-10.0, -5.0), (20.0, -5.0)]), ("GAS", [(5.0, 3.0), (5.2, 3.0)])],
        around_m=12.0,
    )
    assert plan.texts == ["N", "101", "SEWER", "GAS"]
    with draw(plan) as document:
        (page,) = document
        said = page.get_text()
        lines = [path for path in page.get_drawings() if "4" in str(path.get("dashes"))]
    assert "SEWER" in said
    assert "101" in said
    assert "1" in said.split()
    # A pipe of twenty centimetres has no room for its name; its line is drawn all the same.
    assert "GAS" not in said
    assert len(lines) == 2
