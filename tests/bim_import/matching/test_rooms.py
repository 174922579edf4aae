from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from shapely import affinity
from tests.bim_import.matching.plans import couples, renamed, room, row

from fangma.bim_import.matching import Feature, match


def identity(count: int) -> set[tuple[int, int]]:
    return {(i, i) for i in range(count)}


def test_numbers_shifted_by_one_over_a_storey_shift_no_code():
    assert couples(match(row(range(101, 111)), row(range(102, 112)))) == identity(10)


def test_swapped_globalids_swap_no_code():
    old = [renamed(r, guid=g) for r, g in zip(row([1, 2, 3]), "abc", strict=True)]
    new = [renamed(r, guid=g) for r, g in zip(row([1, 2, 3]), "bac", strict=True)]
    assert couples(match(old, new)) == identity(3)


def test_the_room_above_is_not_the_room_below():
    old = [room(0, 4, "101")]
    new = [room(0, 4, "101", z=3.2, storey=1)]
    assert couples(match(old, new)) == set()


def test_heights_outrank_what_storeys_are_called():
    old = [room(0, 4, "101", storey=1), room(0, 4, "201", storey=2, z=3.2)]
    new = [room(0, 4, "201", storey=9, z=3.2), room(0, 4, "101", storey=7)]
    assert couples(match(old, new)) == {(0, 1), (1, 0)}


def test_halves_of_a_room_are_a_split_even_when_one_keeps_its_number():
    found = match([room(0, 6, "101")], [room(0, 2.9, "101"), room(3.1, 6, "101A")])
    assert found.splits == ((0, (0, 1)),)
    assert not found.pairs


def test_two_rooms_without_the_wall_between_them_are_a_merge():
    found = match([room(0, 3.9, "101"), room(4.1, 8, "102")], [room(0, 8, "101")])
    assert found.merges == ((0, (0, 1)),)
    assert not found.pairs


def test_a_closet_that_a_hall_took_in_is_a_merge():
    found = match([room(0, 98, "1"), room(98, 100, "2")], [room(0, 100, "1")])
    assert found.merges == ((0, (0, 1)),)


def test_a_stair_through_two_storeys_splits_neither_hall():
    old = [room(0, 9, "A101"), room(0, 9, "A201", z=3.0)]
    stair = renamed(room(6, 9, "A105"), box=(6, 0, 0, 9, 3, 6))
    found = match(old, [room(0, 6, "A101"), room(0, 6, "A201", z=3.0), stair])
    assert couples(found) == {(0, 0), (1, 1)}
    assert found.born == (2,)


def test_an_outline_around_a_storey_was_not_split_into_its_rooms():
    storey = [room(0, 12, "GROSS"), *row([1, 2, 3])]
    found = match(storey, storey)
    assert couples(found) == identity(4)
    assert not found.splits
    assert not found.merges


def test_a_room_added_inside_another_splits_nothing():
    found = match([room(0, 12, "1")], [room(0, 12, "1"), room(5, 7, "2")])
    assert couples(found) == {(0, 0)}
    assert found.born == (1,)


def test_a_moved_room_is_known_by_number_and_form_while_numbers_hold():
    old = [*row([1, 2, 3, 4]), room(20, 25, "5")]
    new = [*row([1, 2, 3, 4]), room(40, 45, "5")]
    assert (4, 4) in couples(match(old, new))


def test_a_number_found_elsewhere_means_nothing_where_numbers_were_shifted():
    old = [*row([1, 2, 3, 4, 5]), room(30, 34, "6")]
    new = [*row([2, 3, 4, 5, 7]), room(60, 64, "6")]
    found = match(old, new)
    assert couples(found) == identity(5)
    assert (found.gone, found.born) == ((5,), (5,))


def test_what_stands_in_the_place_of_a_deleted_room_is_asked_about_when_it_has_another_number():
    # 101 was deleted and 102 pushed over its place by three quarters.
    found = match([room(0, 4, "101"), room(4, 8, "102")], [room(1, 5, "102")])
    assert (0, 0) not in couples(found)


def test_two_rooms_alike_in_everything_at_one_place_are_left_to_a_person():
    found = match([room(0, 4, "1")] * 2, [room(0, 4, "1")] * 2)
    assert not found.pairs
    assert found.doubts


def test_rooms_without_any_outline_are_known_by_what_they_are_called():
    unseen = {"box": None, "footprint": None}
    old = [renamed(r, **unseen) for r in row([1, 2, 3])]
    assert couples(match(old, old[::-1])) == {(0, 2), (1, 1), (2, 0)}


def test_shifted_numbers_without_any_outline_are_matched_by_no_one():
    unseen = {"box": None, "footprint": None}
    old = [renamed(r, **unseen) for r in row([1, 2, 3, 4])]
    new = [renamed(r, **unseen) for r in row([3, 4, 5, 6])]
    assert not match(old, new).pairs


def test_a_room_without_an_outline_that_got_another_name_is_known_by_its_number():
    unseen = {"box": None, "footprint": None}
    old = [renamed(r, **unseen, name=f"Room {i}") for i, r in enumerate(row(range(10)))]
    found = match(old, [*old[:9], renamed(old[9], name="会议室")])
    assert couples(found) == {(i, i) for i in range(10)}
    exchanged = [renamed(old[0], number="1"), renamed(old[1], number="0"), *old[2:]]
    found = match(old, exchanged)
    assert couples(found) == {(i, i) for i in range(2, 10)}
    assert [(d.old, d.new) for d in found.doubts] == [((0,), (0,)), ((1,), (1,))]


def test_a_storey_of_renumbered_rooms_without_outlines_is_one_question():
    unseen = {"box": None, "footprint": None}
    old = [renamed(r, **unseen, name=f"Room {i // 2}") for i, r in enumerate(row(range(10, 20)))]
    new = [renamed(r, number=str(i + 11)) for i, r in enumerate(old)]
    found = match(old, new[::-1])
    assert found.pairs == ()
    (doubt,) = found.doubts
    assert (doubt.old, doubt.new) == (tuple(range(10)), tuple(range(9, -1, -1)))


def test_a_room_without_an_outline_whose_name_a_second_one_got_is_asked_about():
    unseen = {"box": None, "footprint": None}
    old = [renamed(r, **unseen) for r in row([1, 2, 3, 4])]
    found = match(old, [*old, renamed(old[0])])
    assert couples(found) == {(1, 1), (2, 2), (3, 3)}
    assert [(d.old, d.new) for d in found.doubts] == [((0,), (0,))]
    assert (found.gone, found.born) == ((), (4,))


def test_two_rooms_of_one_name_without_outlines_are_asked_about_one_by_one():
    old = [renamed(r, number=None, box=None, footprint=None) for r in row([1, 2])]
    found = match(old, old)
    assert not found.pairs
    assert [(d.old, d.new) for d in found.doubts] == [((0,), (0,)), ((1,), (1,))]


@st.composite
def revisions(draw: st.DrawFn):
    """A floor of rooms in a grid, and what became of each: (old, new, truth)."""
    columns, rows = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    widths = draw(st.lists(st.floats(2.5, 6.0), min_size=columns, max_size=columns))
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    old: list[Feature] = []
    new: list[Feature] = []
    truth: dict[int, set[int]] = {}
    shift = draw(st.integers(0, 2))
    for line in range(rows):
        for column in range(columns):
            x0, x1 = edges[column] + 0.1, edges[column + 1] - 0.1
            number = 100 * line + column
            old.append(room(x0, x1, str(number), y=4.0 * line))
            fate = draw(st.sampled_from(["same", "same", "same", "gone", "split"]))
            if fate == "same":
                dx, dy = draw(st.floats(-0.003, 0.003)), draw(st.floats(-0.003, 0.003))
                same = room(x0, x1, str(number + shift), y=4.0 * line)
                moved = affinity.translate(same.footprint, dx, dy)
                truth[len(old) - 1] = {len(new)}
                new.append(replace(same, footprint=moved))
            elif fate == "split":
                cut = x0 + draw(st.floats(0.3, 0.7)) * (x1 - x0)
                truth[len(old) - 1] = {len(new), len(new) + 1}
                new.append(room(x0, cut, str(number), y=4.0 * line))
                new.append(room(cut, x1, f"{number}A", y=4.0 * line))
    order = draw(st.permutations(range(len(new))))
    place = {j: k for k, j in enumerate(order)}
    return old, [new[j] for j in order], {i: {place[j] for j in js} for i, js in truth.items()}


@settings(max_examples=150, deadline=None)
@given(revisions())
def test_any_revision_of_a_floor_is_told_without_error(revision):
    old, new, truth = revision
    found = match(old, new)
    told = {p.old: {p.new} for p in found.pairs} | {i: set(parts) for i, parts in found.splits}
    assert told == truth
    assert not found.merges
    assert not found.doubts


@settings(max_examples=100, deadline=None)
@given(revisions())
def test_everything_occurs_exactly_once(revision):
    old, new, _ = revision
    found = match(old, new)
    olds = [p.old for p in found.pairs] + list(found.gone)
    olds += [i for d in found.doubts for i in d.old] + [i for i, _ in found.splits]
    olds += [i for _, parts in found.merges for i in parts]
    news = [p.new for p in found.pairs] + list(found.born)
    news += [j for d in found.doubts for j in d.new] + [j for j, _ in found.merges]
    news += [j for _, parts in found.splits for j in parts]
    assert sorted(olds) == list(range(len(old)))
    assert sorted(news) == list(range(len(new)))


@pytest.mark.parametrize("share", [0.4, 0.5, 0.6])
def test_the_parts_of_a_split_cover_the_room_they_came_from(share: float):
    whole = room(0, 10, "1")
    found = match([whole], [room(0, 10 * share), room(10 * share, 10)])
    ((one, parts),) = found.splits
    assert one == 0
    assert len(parts) == 2
