"""The energy book: what is not known is a finding and never zero."""

from __future__ import annotations

import random

import pytest

from fangma.asset_registry.deriving import Place
from fangma.asset_registry.energy import Book, Hourly, Line, Meter, book

START = 16_666 * 24 + 16  # midnight in China, in hours since 1970
DAY = 24


def places() -> list[Place]:
    """Three rooms on a storey; the second is held by two units, the third by nobody."""
    return [
        Place(key="S", kind="site"),
        Place(key="U1", kind="unit"),
        Place(key="U2", kind="unit"),
        Place(key="A", kind="building", within=(("S", 1.0),)),
        Place(key="F", kind="storey", within=(("A", 1.0),)),
        Place(key="r1", kind="room", area_m2=20.0, within=(("F", 1.0), ("U1", 1.0))),
        Place(key="r2", kind="room", area_m2=30.0, within=(("F", 1.0), ("U1", 0.5), ("U2", 0.5))),
        Place(key="r3", kind="room", area_m2=50.0, within=(("F", 1.0),)),
    ]


def meter(place: str, uses: list[float], *, begin: int = START - 1, sensor: str = "") -> Meter:
    """Read a meter at the end of each hour; it uses so much in each."""
    hours, total = [], 1000.0
    for i, used in enumerate(uses):
        hours.append(Hourly(hour=begin + i, first=total + used / 2, last=total + used))
        total += used
    return Meter(sensor=sensor or place, place=place, hours=hours)


def line(found: Book, key: str) -> Line:
    return next(each for each in found.lines if each.place.key == key)


def test_a_day_of_two_rooms_is_summed_up_the_tree_and_by_square_metre() -> None:
    day = [1.0] * 8 + [3.0] * 10 + [1.0] * 6
    found = book(
        places(),
        [meter("r1", [9.0, *day]), meter("r2", [9.0, *(2 * u for u in day)])],
        START,
        START + DAY,
    )
    assert found.findings == ()
    assert [each.place.key for each in found.lines] == [
        "S", "U1", "U2", "A", "F", "r1", "r2", "r3",
    ]  # fmt: skip
    total = sum(day)
    building = line(found, "A")
    assert (building.used, building.metered_m2, building.area_m2) == (3 * total, 50.0, 100.0)
    assert building.per_m2 == pytest.approx(3 * total / 50.0)
    assert (building.peak, building.peak_hour) == (9.0, START + 8)
    assert building.baseline == pytest.approx(3.0)
    assert building.night_share == pytest.approx(3 * 8 / (3 * total))
    assert (line(found, "U1").used, line(found, "U2").used) == (2 * total, total)
    assert (line(found, "U2").metered_m2, line(found, "U2").per_m2) == (15.0, total / 15.0)
    assert (line(found, "r3").used, line(found, "r3").by, line(found, "r3").per_m2) == (
        None, None, None,
    )  # fmt: skip
    assert all(each.is_whole for each in found.lines if each.by)


def test_a_meter_that_was_not_heard_is_a_finding_and_the_sum_says_that_it_is_not_whole() -> None:
    silent = Meter(sensor="E2", place="r2", hours=[])
    found = book(places(), [meter("r1", [1.0] * 25), silent], START, START + DAY)
    assert [(each.rule, each.code, each.sensor) for each in found.findings] == [
        ("meter-missing", "r2", "E2")
    ]
    assert (line(found, "r2").used, line(found, "r2").is_whole) == (None, False)
    building = line(found, "A")
    assert (building.used, building.is_whole, building.metered_m2) == (24.0, False, 20.0)
    assert (building.peak, building.night_share, building.hours_known) == (None, None, 0)
    assert line(found, "U2").used is None


def test_a_reset_loses_nothing_that_was_counted_and_is_told() -> None:
    hours = list(meter("r1", [1.0] * 25).hours)
    for i in range(12, 25):  # replaced at noon by a meter that begins at zero
        hours[i] = Hourly(hour=START - 1 + i, first=float(i - 12) + 0.5, last=float(i - 11))
    found = book(places(), [Meter(sensor="E", place="r1", hours=hours)], START, START + DAY)
    (finding,) = found.findings
    assert (finding.rule, finding.figures) == ("meter-reset", {"times": 1, "used": 23.5})
    room = line(found, "r1")
    assert room.used == pytest.approx(23.5)  # half an hour lies between both
    assert (room.is_whole, room.hours_known) == (False, 23)
    within = [*meter("r1", [1.0] * 5).hours]
    within[3] = Hourly(hour=START + 2, first=1003.0, last=1004.0, reset=True)
    again = book(places(), [Meter(sensor="E", place="r1", hours=within)], START, START + 4)
    assert [each.rule for each in again.findings] == ["meter-reset"]


def test_hours_without_a_reading_are_counted_as_a_sum_and_not_as_nothing() -> None:
    hours = [each for i, each in enumerate(meter("r1", [1.0] * 25).hours) if i not in (5, 6, 7)]
    found = book(places(), [Meter(sensor="E", place="r1", hours=hours)], START, START + DAY)
    room = line(found, "r1")
    assert (room.used, room.is_whole, room.hours_known) == (24.0, True, 20)
    (finding,) = found.findings
    assert (finding.rule, finding.figures) == ("meter-gap", {"heard": 21, "hours": 24})
    late = meter("r1", [1.0] * 10, begin=START + 5)
    found = book(places(), [late], START, START + DAY)
    assert (line(found, "r1").used, line(found, "r1").is_whole) == (9.5, False)
    assert [each.rule for each in found.findings] == ["meter-gap"]


def test_a_meter_that_was_heard_once_used_nobody_knows_how_much() -> None:
    found = book(places(), [meter("r1", [1.0], begin=START + 5)], START, START + DAY)
    assert line(found, "r1").used is None
    assert [each.rule for each in found.findings] == ["meter-gap"]


def test_the_meter_of_a_building_stands_for_all_rooms_and_those_below_are_compared() -> None:
    rooms = [meter("r1", [2.0] * 25), meter("r2", [3.0] * 25)]
    found = book(places(), [meter("A", [8.0] * 25), *rooms], START, START + DAY)
    building = line(found, "A")
    assert (building.used, building.by, building.parts) == (192.0, "own", 120.0)
    assert (building.per_m2, line(found, "S").used) == (192.0 / 100.0, 192.0)
    assert found.findings == ()
    found = book(places(), [meter("A", [4.0] * 25), *rooms], START, START + DAY)
    (finding,) = found.findings
    assert (finding.rule, finding.code) == ("meters-disagree", "A")
    assert finding.figures == {"parts": 120.0, "own": 96.0}


def test_two_meters_of_one_room_are_its_sum() -> None:
    both = [meter("r1", [1.0] * 25, sensor="light"), meter("r1", [2.0] * 25, sensor="power")]
    found = book(places(), both, START, START + DAY)
    assert (line(found, "r1").used, line(found, "r1").meters) == (72.0, 2)


def test_the_site_is_the_sum_of_rooms_whatever_they_used() -> None:
    chance = random.Random(3)  # noqa: S311 - a test that can be run again
    for _ in range(20):
        uses = {key: [chance.uniform(0, 9) for _ in range(25)] for key in ("r1", "r2", "r3")}
        found = book(places(), [meter(key, used) for key, used in uses.items()], START, START + DAY)
        total = sum(sum(used[1:]) for used in uses.values())
        assert line(found, "S").used == pytest.approx(total)
        hourly = [sum(used[i] for used in uses.values()) for i in range(1, 25)]
        assert line(found, "S").peak == pytest.approx(max(hourly))
