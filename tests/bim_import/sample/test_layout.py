"""The plans by themselves, before any file is written."""

from __future__ import annotations

import itertools

import pytest
import shapely

from fangma.bim_import.sample.cells import boundaries, footprint, rectangle, walls
from fangma.bim_import.sample.compound import design_plot
from fangma.bim_import.sample.occupancy import occupy
from fangma.bim_import.sample.plan import Building, Cell
from fangma.bim_import.sample.site import plots
from fangma.bim_import.sample.storeys import count_rooms
from fangma.bim_import.sample.uses import USES


@pytest.fixture(scope="module", params=[1, 2, 5])
def buildings(request: pytest.FixtureRequest) -> list[Building]:
    return [design_plot(plot, request.param) for plot in plots(250, request.param)]


@pytest.mark.parametrize("seed", range(1, 13))
def test_a_sample_of_250_rooms_has_three_buildings_and_about_250_rooms(seed: int) -> None:
    sites = plots(250, seed)
    total = sum(count_rooms(p.form, p.code, seed, p.themes) for p in sites)
    assert [plot.code for plot in sites] == ["A01", "A02", "A03"]
    assert abs(total - 250) <= 20


@pytest.mark.parametrize("rooms", [100, 600, 2000, 20000])
def test_the_number_of_rooms_follows_the_wish(rooms: int) -> None:
    sites = plots(rooms, 1)
    total = sum(count_rooms(p.form, p.code, 1, p.themes) for p in sites)
    assert abs(total - rooms) <= max(35, rooms // 50)
    assert len({plot.code for plot in sites}) == len(sites)


def test_buildings_of_a_large_compound_stand_apart() -> None:
    sites = plots(20000, 1)
    boxes = []
    for plot in sites:
        south = -1.1 * plot.form.wing if plot.form.kind == "angle" else 0.0
        long = 1.1 * plot.form.length + (14.1 if plot.form.kind == "angle" else 0.0)
        boxes.append(shapely.box(plot.x, plot.y + south, plot.x + long, plot.y + 14.1))
    for a, b in itertools.combinations(boxes, 2):
        assert a.distance(b) > 6.0


def test_rooms_of_a_storey_do_not_overlap_and_no_wall_stands_in_a_room(
    buildings: list[Building],
) -> None:
    for storey in (s for b in buildings for s in b.storeys):
        for a, b in itertools.combinations(storey.rooms, 2):
            assert a.polygon.intersection(b.polygon).area == 0, (storey.name, a.number, b.number)
        solid = shapely.union_all([shapely.box(*footprint(wall)) for wall in storey.walls])
        for room in storey.rooms:
            assert room.polygon.is_valid
            assert room.polygon.intersection(solid).area == 0, (storey.name, room.number)


def test_walls_rooms_and_columns_fill_a_storey_without_gaps(buildings: list[Building]) -> None:
    for storey in (s for b in buildings for s in b.storeys if not s.is_roof):
        whole = shapely.union_all([shapely.Polygon(room.cell) for room in storey.rooms])
        filled = shapely.union_all(
            [room.polygon for room in storey.rooms]
            + [shapely.box(*footprint(wall)) for wall in storey.walls]
            + [shapely.box(*column.box) for column in storey.columns]
        )
        assert whole.difference(filled).area == 0, storey.name


def test_walls_meet_without_overlapping(buildings: list[Building]) -> None:
    for storey in (s for b in buildings for s in b.storeys):
        boxes = [shapely.box(*footprint(wall)) for wall in storey.walls]
        total = sum(box.area for box in boxes)
        assert shapely.union_all(boxes).area == pytest.approx(total), storey.name


def test_every_room_can_be_entered(buildings: list[Building]) -> None:
    for building in buildings:
        for storey in building.storeys:
            entered = {cell for o in storey.openings if o.kind == "door" for cell in o.cells}
            for room in storey.rooms:
                if not USES[room.use].is_circulation:
                    assert room.key in entered, (building.code, storey.name, room.number, room.use)
        ground = next(storey for storey in building.storeys if storey.name == "1F")
        assert any(o.type == "LM3024" and None in o.cells for o in ground.openings)


def test_doors_and_windows_lie_within_their_walls_and_apart(buildings: list[Building]) -> None:
    for storey in (s for b in buildings for s in b.storeys):
        by_key = {wall.key: wall for wall in storey.walls}
        for key, group in itertools.groupby(
            sorted(storey.openings, key=lambda o: (o.wall, o.centre)), key=lambda o: o.wall
        ):
            at = by_key[key].lo
            for opening in group:
                assert opening.centre - opening.width // 2 >= at, (storey.name, opening.key)
                at = opening.centre + opening.width // 2
            assert at <= by_key[key].hi


def test_door_numbers_are_four_characters_and_unique_in_a_building(
    buildings: list[Building],
) -> None:
    for building in buildings:
        numbers = [room.number for room in building.rooms]
        assert len(set(numbers)) == len(numbers)
        assert all(len(number) == 4 and not set(number) & set("IO") for number in numbers)


def test_lifts_stairs_and_shafts_stand_above_each_other(buildings: list[Building]) -> None:
    for building in buildings:
        for use in ("stair", "lift", "shaft", "power", "weak"):
            stacks = {
                frozenset(room.cell for room in storey.rooms if room.use == use)
                for storey in building.storeys
                if not storey.is_roof
            }
            assert len(stacks) == 1, (building.code, use)


def test_a_corner_of_two_walls_is_filled_once() -> None:
    cell = Cell(key="a", use="office", ring=rectangle(0, 0, 4000, 3000))
    built = walls(boundaries([cell]), lambda *_: 300)
    area = shapely.union_all([shapely.box(*footprint(wall)) for wall in built]).area
    assert area == 4300 * 3300 - 3700 * 2700


def test_two_rooms_share_one_wall() -> None:
    left = Cell(key="a", use="office", ring=rectangle(0, 0, 4000, 3000))
    right = Cell(key="b", use="office", ring=rectangle(4000, 0, 7000, 3000))
    shared = [edge for edge in boundaries([left, right]) if {edge.low, edge.high} == {"a", "b"}]
    assert [(edge.axis, edge.at, edge.lo, edge.hi) for edge in shared] == [("y", 4000, 0, 3000)]


def test_units_of_an_estate_of_a_thousand_storeys_have_codes_of_their_own() -> None:
    building = design_plot(plots(250, 1)[0], 1)
    made = occupy([building] * 300, 1)
    codes = [unit.code for unit in made.units]
    assert len([code for code in codes if "-" not in code]) > 900
    assert len(set(codes)) == len(codes)
    assert len({unit.credit_code for unit in made.units if unit.credit_code}) > 900
