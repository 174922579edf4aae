"""Derived values equal what one reckons from all readings, whatever came in which order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fangma.asset_registry.deriving import (
    FUNCTIONS,
    Definition,
    DerivationError,
    Derived,
    Place,
    reckon,
)

SITE = Place(key="S", kind="site")
USUAL = Definition(
    name="all-power", observed_property="power", function="sum", unit="kW",
    levels=("room", "storey", "building", "site", "unit"),
)  # fmt: skip


def compound(rooms: int) -> tuple[list[Place], dict[int, str]]:
    """Two buildings of three storeys; a device on each storey; the third room of two units."""
    places, sources, stream = (
        [SITE, Place(key="U1", kind="unit"), Place(key="U2", kind="unit")],
        {},
        0,
    )
    for building in "AB":
        places.append(Place(key=building, kind="building", within=(("S", 1.0),)))
        for floor in range(3):
            storey = f"{building}{floor}"
            places.append(Place(key=storey, kind="storey", within=((building, 1.0),)))
            places.append(Place(key=f"{storey}-EQ", kind="device", within=((storey, 1.0),)))
            sources[stream := stream + 1] = f"{storey}-EQ"
            for i in range(rooms):
                units = ((), (("U1", 1.0),), (("U1", 0.25), ("U2", 0.75)))[i % 3]
                key = f"{storey}-{i}"
                places.append(
                    Place(key=key, kind="room", area_m2=10.0 + i, within=((storey, 1.0), *units))
                )
                sources[stream := stream + 1] = key
                if i == 1:
                    sources[stream := stream + 1] = key
    return places, sources


def plainly(
    definition: Definition, places: list[Place], sources: dict[int, str], said: dict[int, float]
) -> dict[str, float]:
    """Reckon the plain way: of each place, walk through all that lies in it."""

    def below(key: str) -> list[tuple[Place, float]]:
        own = [(place, share) for place in places for up, share in place.within if up == key]
        return own + [(p, s * t) for place, s in own for p, t in below(place.key)]

    found = {}
    for place in places:
        if place.kind not in definition.levels:
            continue
        within = [(place, 1.0), *below(place.key)]
        pairs = [(s, p, share) for p, share in within for s, key in sources.items() if key == p.key]
        if definition.function == "area-mean":
            pairs = [each for each in pairs if each[1].kind == "room"]
        if not pairs or any(s not in said for s, _, _ in pairs):
            continue
        values = [said[s] for s, _, _ in pairs]
        shares = [share for _, _, share in pairs]
        match definition.function:
            case "sum":
                result = sum(v * w for v, w in zip(values, shares, strict=True))
            case "mean":
                result = sum(v * w for v, w in zip(values, shares, strict=True)) / sum(shares)
            case "max":
                result = max(values)
            case "min":
                result = min(values)
            case "count":
                result = float(sum(1 for v in values if v))
            case _:
                total = weight = 0.0
                for room, share in {p.key: (p, w) for _, p, w in pairs}.values():
                    own = [said[s] for s, p, _ in pairs if p.key == room.key]
                    assert room.area_m2 is not None
                    total += share * room.area_m2 * sum(own) / len(own)
                    weight += share * room.area_m2
                result = total / weight
        found[place.key] = result
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_kept_current_reading_by_reading_it_is_what_one_reckons_from_all(function: str) -> None:
    chance = random.Random(function)  # noqa: S311 - a test that can be run again
    places, sources = compound(4)
    definition = replace(USUAL, function=function)
    derived = Derived(definition, places, sources)
    said: dict[int, float] = {}
    present: dict[str, float] = {}
    for second in range(100):
        stream = chance.choice(list(sources))
        if chance.random() < 0.1:
            said.pop(stream, None)
            derived.forget(stream)
        else:
            said[stream] = round(chance.uniform(-5, 40), 2) * chance.randrange(2)
            derived.hear(stream, float(second), said[stream])
        for told in derived.changes():
            if told.value is None:
                present.pop(told.place.key, None)
            else:
                present[told.place.key] = told.value
        expected = plainly(definition, places, sources, said)
        assert present == {key: pytest.approx(value) for key, value in expected.items()}
    assert present
    assert reckon(definition, places, sources, said) == pytest.approx(present)


def test_a_changed_room_touches_only_what_it_lies_in() -> None:
    places, sources = compound(40)
    derived = Derived(USUAL, places, sources)
    for stream in sources:
        derived.hear(stream, 0.0, 1.0)
    derived.changes()
    steps = derived.steps
    room = next(stream for stream, key in sources.items() if key == "A1-2")
    derived.hear(room, 1.0, 3.0)
    changed = {told.place.key for told in derived.changes()}
    assert changed == {"A1-2", "A1", "A", "S", "U1", "U2"}
    assert derived.steps - steps == len(changed)
    derived.hear(room, 2.0, 3.0)
    assert derived.changes() == []


def test_a_missing_reading_makes_a_sum_untold_and_never_smaller() -> None:
    places = [SITE, *(Place(key=k, kind="room", within=(("S", 1.0),)) for k in "ab")]
    derived = Derived(USUAL, places, {1: "a", 2: "b"})
    derived.hear(1, 0.0, 5.0)
    assert [t.value for t in derived.changes() if t.place.key == "S"] == []
    derived.hear(2, 10.0, 7.0)
    assert [t.value for t in derived.changes() if t.place.key == "S"] == [12.0]
    derived.forget_stale(1805.0)
    (site,) = [t for t in derived.changes() if t.place.key == "S"]
    assert (site.value, site.part.heard, site.part.of) == (None, 1, 2)
    half = Derived(replace(USUAL, least_share=0.5, function="mean"), places, {1: "a", 2: "b"})
    half.hear(2, 0.0, 7.0)
    assert {t.place.key: t.value for t in half.changes()} == {"b": 7.0, "S": 7.0}


def test_the_own_meter_of_a_building_counts_what_lies_in_it_once() -> None:
    places = [
        SITE,
        Place(key="A", kind="building", within=(("S", 1.0),)),
        Place(key="r", kind="room", within=(("A", 1.0),)),
    ]
    readings = {1: 100.0, 2: 30.0}
    assert reckon(USUAL, places, {1: "A", 2: "r"}, readings) == {"S": 100.0, "A": 100.0, "r": 30.0}
    mean = replace(USUAL, function="mean")
    assert reckon(mean, places, {1: "A", 2: "r"}, readings)["A"] == 65.0


def test_a_room_without_an_area_is_missing_from_a_mean_by_areas() -> None:
    places = [
        SITE,
        Place(key="a", kind="room", area_m2=30.0, within=(("S", 1.0),)),
        Place(key="b", kind="room", within=(("S", 1.0),)),
    ]
    by_area = replace(USUAL, function="area-mean")
    assert reckon(by_area, places, {1: "a", 2: "b"}, {1: 20.0, 2: 30.0}) == {"a": 20.0}
    loose = replace(by_area, least_share=0.5)
    assert reckon(loose, places, {1: "a", 2: "b"}, {1: 20.0, 2: 30.0}) == {"a": 20.0, "S": 20.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Mean"}, {"name": ""}, {"name": "-a"}, {"name": "a" * 61}, {"name": "power"},
        {"name": "米"}, {"function": "median"}, {"of_what": "minute"}, {"levels": ()},
        {"levels": ("room", "room")}, {"levels": ("floor",)}, {"fresh_s": 0.0},
        {"fresh_s": float("nan")}, {"least_share": 1.1}, {"observed_property": ""},
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_is_refused_with_a_remedy(wrong: dict[str, object]) -> None:
    with pytest.raises(DerivationError) as caught:
        replace(USUAL, **wrong).check()  # type: ignore[arg-type]
    assert caught.value.remedy


def test_a_tree_that_lies_in_itself_is_refused() -> None:
    places = [
        Place(key="a", kind="room", within=(("b", 1.0),)),
        Place(key="b", kind="storey", within=(("a", 1.0),)),
    ]
    with pytest.raises(DerivationError, match="lies in itself"):
        Derived(USUAL, places, {})
