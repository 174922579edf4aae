import time

import numpy as np
import pytest
from tests.bim_import.matching.plans import couples, pipe, renamed, thing

from fangma.bim_import.matching import match


def jittered(features, seed: int = 1, reach: float = 0.002):
    random = np.random.default_rng(seed)
    return [
        renamed(f, box=tuple((np.array(f.box) + random.uniform(-reach, reach, 6)).tolist()))
        for f in features
    ]


def test_a_millimetre_of_noise_and_no_name_at_all_changes_nothing():
    old = [thing(3.0 * i) for i in range(50)]
    order = np.random.default_rng(2).permutation(50)
    new = [jittered(old)[i] for i in order]
    assert couples(match(old, new)) == {(int(i), j) for j, i in enumerate(order)}


def test_devices_alike_at_one_place_are_left_to_a_person():
    found = match([thing(0.0)] * 2, [thing(0.0)] * 2)
    assert not found.pairs
    assert [len(d.old) for d in found.doubts] == [2]


def test_things_at_one_place_are_told_apart_by_their_names():
    old = [thing(0.0, name="a"), thing(0.0, name="b")]
    assert couples(match(old, old[::-1])) == {(0, 1), (1, 0)}


def test_an_uncoded_wall_drawn_twice_under_one_globalid_stays_what_it_was():
    wall = thing(0.0, kind="element", ifc_class="IfcWall", is_coded=False, guid="a")
    found = match([wall] * 2, [wall] * 2)
    assert len(found.pairs) == 2
    assert all("alike" in p.evidence for p in found.pairs)


def test_uncoded_doors_that_nothing_tells_apart_are_neither_guessed_nor_asked_about():
    old = [thing(0.0, kind="element", is_coded=False, guid=guid) for guid in "ab"]
    found = match(old, [renamed(f, guid=f"{f.guid}{f.guid}") for f in old])
    assert (found.pairs, found.doubts, found.gone) == ((), (), (0, 1))


def test_two_walls_of_one_place_and_three_are_asked_about():
    wall = thing(0.0, kind="element", ifc_class="IfcWall", is_coded=False)
    found = match([wall] * 2, [wall] * 3)
    assert not found.pairs
    assert found.doubts


def test_a_water_pipe_does_not_become_a_sewer():
    assert not match([pipe(0, 3)], [pipe(0, 3, system="WS")]).pairs


def test_a_lengthened_pipe_is_the_same_pipe():
    assert couples(match([pipe(0, 3)], [pipe(0, 4)])) == {(0, 0)}


def test_a_pipe_cut_in_two_is_neither_of_its_parts():
    found = match([pipe(0, 4)], [pipe(0, 2), pipe(2, 4)])
    assert not found.pairs
    assert found.splits == ((0, (0, 1)),)


def test_a_valve_put_into_a_run_splits_it_and_taking_it_out_merges_it_again():
    whole, parts = [pipe(0, 6)], [pipe(0, 2.4), pipe(2.8, 6)]
    assert match(whole, parts).splits == ((0, (0, 1)),)
    assert match(parts, whole).merges == ((0, (0, 1)),)


def test_a_run_of_another_system_or_bore_or_line_is_no_part():
    wide = pipe(2, 4, box=(2, 0.0, 2.5, 4, 0.2, 2.7))
    aside = pipe(2, 4, box=(2, 0.3, 2.5, 4, 0.4, 2.6))
    for other in (pipe(2, 4, system="WS"), wide, aside):
        assert not match([pipe(0, 4)], [pipe(0, 2), other]).splits


def test_a_neighbour_that_stayed_is_no_part_of_a_run_drawn_over_it():
    found = match([pipe(0, 2), pipe(2, 4)], [pipe(0, 2), pipe(0, 4)])
    assert not found.merges
    assert (0, 0) in couples(found)


def test_a_rafter_put_where_another_was_keeps_its_own_name():
    def rafter(x, number):
        name = f"Sparren-{number}"
        return thing(x, kind="element", ifc_class="IfcBeam", is_coded=False, name=name)

    old = [rafter(3.0 * i, i) for i in range(10)]
    new = [*old[:8], rafter(27.0, 8)]  # 9 is gone, 8 lies in its place
    assert couples(match(old, new)) == {(i, i) for i in range(9)}
    nameless = [renamed(f, name=f"element {k}") for k, f in enumerate(new)]
    assert (9, 8) in couples(match(old, nameless))


def test_a_globalid_is_trusted_elsewhere_only_where_globalids_hold():
    here = [thing(3.0 * i, guid=f"g{i}") for i in range(5)]
    moved = [*here[:4], thing(40.0, guid="g4")]
    assert (4, 4) in couples(match(here, moved))
    renewed = [renamed(f, guid=f"g{(i + 1) % 4}") for i, f in enumerate(moved[:4])]
    assert (4, 4) not in couples(match(here, [*renewed, moved[4]]))


def test_a_wall_that_grew_to_one_side_is_the_same_wall():
    wall = thing(0.0, kind="element", ifc_class="IfcWall", name="W", box=(0, 0, 0, 6, 0.2, 3))
    grown = renamed(wall, box=(0, 0, 0, 6, 0.2, 4.2))
    above = renamed(wall, box=(0, 0, 3.1, 6, 0.2, 6))
    assert couples(match([wall, above], [above, grown])) == {(0, 1), (1, 0)}
    assert not match([wall], [above]).pairs


def test_a_wall_that_lost_its_special_class_is_the_same_wall():
    old = thing(0.0, kind="element", ifc_class="IfcWallStandardCase")
    assert couples(match([old], [renamed(old, ifc_class="IfcWall")])) == {(0, 0)}


@pytest.mark.slow
def test_twenty_thousand_elements_are_matched_within_the_target():
    random = np.random.default_rng(3)
    low = random.uniform(0, 300, (20_000, 3)) * [1, 1, 0.1]
    old = [
        thing(
            0.0,
            box=(*p.tolist(), *(p + np.array([0.6, 0.5, 0.4])).tolist()),
            ifc_class=f"Ifc{i % 7}",
        )
        for i, p in enumerate(low)
    ]
    start = time.process_time()
    found = match(old, jittered(old))
    assert time.process_time() - start < 10.0
    assert all(p.old == p.new for p in found.pairs)
    assert len(found.pairs) > 19_900


def test_a_cabinet_almost_where_another_one_stood_is_asked_about():
    cabinets = [thing(1.05 * i, name="档案柜") for i in range(6)]
    new = [*cabinets[:4], thing(1.05 * 4 + 0.2, name="档案柜")]  # 4 is gone, 5 stands almost there
    found = match(cabinets, new)
    assert couples(found) == {(i, i) for i in range(4)}
    assert [(d.old, d.new) for d in found.doubts] == [((4,), (4,))]


def test_a_cabinet_that_was_pushed_alone_is_itself():
    cabinets = [thing(1.05 * i, name="档案柜") for i in range(6)]
    new = [*cabinets[:5], thing(1.05 * 5 + 0.2, name="档案柜")]
    assert couples(match(cabinets, new)) == {(i, i) for i in range(6)}


def test_a_list_without_bodies_keeps_its_things_where_another_exporter_read_no_system():
    unseen = {"box": None}
    old = [thing(0.0, name=f"Radiator-{i}", system="RQ", **unseen) for i in range(10)]
    new = [renamed(f, system=None, storey=1 if i % 3 else None) for i, f in enumerate(old)]
    found = match(old, new[::-1])
    assert couples(found) == {(i, 9 - i) for i in range(10)}


def test_a_thing_of_a_list_without_bodies_whose_name_a_second_one_got_is_asked_about():
    old = [thing(0.0, name=f"Radiator-{i}", box=None) for i in range(10)]
    found = match(old, [*old, renamed(old[0])])
    assert couples(found) == {(i, i) for i in range(1, 10)}
    assert [(d.old, d.new) for d in found.doubts] == [((0,), (0,))]


def test_many_things_of_a_list_that_nothing_tells_apart_are_one_question():
    diffusers = [thing(0.0, name="Diffuser", box=None) for _ in range(10)]
    found = match(diffusers, diffusers[1:])
    assert found.pairs == ()
    assert [(d.old, d.new) for d in found.doubts] == [(tuple(range(9)), tuple(range(9)))]
    assert found.gone == (9,)


def test_a_list_without_bodies_whose_names_were_handed_on_is_matched_by_no_one():
    unseen = {"box": None}
    old = [thing(0.0, name=f"Radiator-{i}", **unseen) for i in range(10)]
    new = [renamed(f, name=f"Radiator-{i + 5}", system="RQ") for i, f in enumerate(old)]
    assert not match(old, new).pairs
