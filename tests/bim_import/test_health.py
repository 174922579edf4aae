"""Model health: each thing wrong in a model is told once, with its place; nothing else is."""

from html.parser import HTMLParser
from typing import Any

import pytest
from shapely.geometry import MultiPolygon, box

from fangma.bim_import.bodies import Body
from fangma.bim_import.health.complaints import COMPLAINTS
from fangma.bim_import.health.page import draw_page
from fangma.bim_import.health.space import (
    gaps,
    odd_areas,
    odd_storeys,
    overlapping_rooms,
    stray_doors,
)
from fangma.bim_import.model import DeclaredArea, Element, Storey


def element(key: int, kind: str = "room", **facts) -> Element:
    usual: dict[str, Any] = {
        "guid": f"G{key}", "ifc_class": "IfcSpace" if kind == "room" else "IfcDoor",
        "predefined_type": None, "kind": kind, "name": None, "long_name": "办公室",
        "number": str(key), "storey": 1, "building": 1, "parent": None, "system": None,
        "fingerprint": "", "properties": {}, "declared_areas": (),
    }  # fmt: skip
    return Element(key=key, **(usual | facts))


def body(x0: float, y0: float, x1: float, y1: float, z0: float = 0.0, z1: float = 3.0) -> Body:
    plan = MultiPolygon([box(x0, y0, x1, y1)])
    return Body(box=(x0, y0, z0, x1, y1, z1), kernel="k", mesh_hash="", footprint=plan,
                area_m2=plan.area)  # fmt: skip


def keys(about: Element | tuple[Element, ...] | None) -> list[int]:
    """Return the keys of what a finding names: one element, several, or none."""
    if about is None:
        return []
    return [e.key for e in (about if isinstance(about, tuple) else (about,))]


def test_rooms_beside_each_other_are_fine_and_one_inside_the_other_is_told():
    rooms = [element(1), element(2), element(3)]
    bodies = {1: body(0, 0, 4, 4), 2: body(4.2, 0, 8, 4), 3: body(1, 1, 2, 2)}
    assert [(rule, keys(both)) for rule, both, _ in overlapping_rooms(rooms, bodies)] == [
        ("rooms-overlap", [1, 3])
    ]


def test_a_room_that_reaches_through_the_floor_above_is_told_as_that():
    rooms = [element(1), element(2, storey=2)]
    bodies = {1: body(0, 0, 4, 4, 0, 3.6), 2: body(0, 0, 4, 4, 3.3, 6)}
    assert [rule for rule, _, _ in overlapping_rooms(rooms, bodies)] == ["room-above-room"]
    bodies[1] = body(0, 0, 4, 4, 0, 3.3)
    assert not list(overlapping_rooms(rooms, bodies))


def test_a_court_that_rooms_enclose_is_a_gap_and_a_wall_is_none():
    around = [(0, 0, 9, 3), (0, 6, 9, 9), (0, 3.2, 3, 5.8), (6, 3.2, 9, 5.8)]
    rooms = [element(i) for i in range(4)]
    bodies = {i: body(*corners) for i, corners in enumerate(around)}
    ((rule, _, told),) = gaps(rooms, bodies)
    assert rule == "gap-between-rooms"
    assert float(told.split(" ")[0]) == pytest.approx(9.0, abs=0.1)


def test_a_door_between_two_rooms_is_fine_and_one_in_the_field_is_not():
    rooms = [element(1), element(2)]
    doors = [element(3, "element"), element(4, "element")]
    bodies = {1: body(0, 0, 4, 4), 2: body(4.2, 0, 8, 4), 3: body(4.0, 1, 4.2, 2),
              4: body(30, 1, 30.2, 2)}  # fmt: skip
    assert [keys(e) for _, e, _ in stray_doors(doors, rooms, bodies)] == [[4]]


def test_storeys_are_held_to_their_numbers_and_heights():
    def storeys(*levels):
        return [Storey(key=i, guid=None, name=n, elevation_m=z, building=1)
                for i, (n, z) in enumerate(levels)]  # fmt: skip

    assert not list(odd_storeys(storeys(("B1", -3.9), ("1F", 0.0), ("2F", 4.2), ("屋顶", 8.4))))
    rules = [r for r, _, _ in odd_storeys(storeys(("3F", 0.0), ("2F", 3.6), ("RF", 3.9)))]
    assert rules == ["storeys-out-of-order", "storey-height"]


def test_declared_areas_are_held_to_the_measured_one():
    declared = DeclaredArea(set="Qto", name="NetFloorArea", value_m2=20.0)
    rooms = [element(1, declared_areas=(declared,)), element(2), element(3)]
    bodies = {1: body(0, 0, 4, 4), 2: body(5, 0, 9, 4)}
    assert sorted(rule for rule, _, _ in odd_areas(rooms, bodies)) == [
        "area-disagrees", "no-area-quantity", "no-area-quantity", "room-without-body",
    ]  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        if tag in {"script", "img", "link", "iframe", "object"}:
            self.loaded.append(tag)


def test_the_page_loads_nothing_and_says_what_a_hostile_name_says_as_text():
    name = "<script>alert(1)</script>"
    check = {"rule": "rooms-overlap", "severity": "warning", "count": 9,
             "zh": "重叠", "en": "Overlap",
             "remedy_zh": "修正", "remedy_en": "Mend",
             "elements": [{"element": "G1", "kind": "room", "told": name}]}  # fmt: skip
    finding = {"rule": "no-name", "severity": "info", "element": None, "message": name,
               "remedy": name}  # fmt: skip
    page = draw_page({"file": name, "schema": "IFC4", "at": None, "findings": [finding],
                      "health": {"counts": {"rooms": 1}, "checks": [check]}})  # fmt: skip
    tags = _Tags()
    tags.feed(page)
    assert tags.loaded == []
    assert name not in page
    assert "另有 8 项" in page


def test_every_complaint_has_words_and_a_remedy_in_both_languages():
    for complaint in COMPLAINTS.values():
        assert all((complaint.zh, complaint.en, complaint.remedy_zh, complaint.remedy_en))
        assert complaint.severity in {"warning", "info"}


def test_the_same_complaint_about_many_doors_is_one_row_gravest_first_in_chinas_time():
    def finding(rule: str, severity: str, element: str | None) -> dict[str, Any]:
        return {"rule": rule, "severity": severity, "element": element, "message": "m",
                "remedy": "r"}  # fmt: skip

    doors = [finding("ids-failed", "warning", f"DOOR{i}") for i in range(250)]
    told = [finding("no-name", "info", None), *doors, finding("no-project", "error", None)]
    page = draw_page({"file": "a.ifc", "schema": "IFC4", "at": "2026-11-22T20:36:16+00:00",
                      "findings": told, "health": None})  # fmt: skip
    assert page.count("ids-failed") == 1
    assert "250 个" in page
    assert "+ 50" in page
    assert "DOOR199<" in page
    assert page.index("no-project") < page.index("ids-failed") < page.index("no-name")
    assert "2026-11-23 04:36 (UTC+8)" in page
