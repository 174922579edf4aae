"""What an export says word for word as before is the same; a GlobalId alone proves nothing."""

import pytest
from tests.bim_import.matching.plans import couples, pipe, renamed, room, row, thing

from fangma.bim_import.matching import match
from fangma.bim_import.matching.ledger import Ledger
from fangma.bim_import.matching.unchanged import match_unchanged


def said(features):
    """The same features, each with a GlobalId and a fingerprint of its own."""
    return [renamed(f, guid=f"g{n}", fingerprint=f"f{n}") for n, f in enumerate(features)]


def test_what_is_said_again_is_matched_whatever_its_order():
    old = said([*row(range(101, 105)), thing(20.0), pipe(0.0, 5.0), thing(30.0, box=None)])
    found = match(old, old[::-1])
    assert couples(found) == {(n, len(old) - 1 - n) for n in range(len(old))}
    assert {p.evidence for p in found.pairs} == {"GlobalId; nothing changed"}


def test_a_copy_put_upon_a_thing_takes_nothing_from_it():
    (first,) = said([thing(0.0, name="Pump")])
    copy = renamed(first, guid="another")
    found = match([first], [copy, first])
    assert couples(found) == {(0, 1)}
    assert found.born == (0,)


@pytest.mark.parametrize(
    "changes", [{"fingerprint": "other"}, {"fingerprint": ""}, {"kind": "valve"}, {"guid": "other"}]
)
def test_a_name_that_another_thing_got_is_no_evidence_here(changes):
    old = said([thing(0.0)])
    ledger = Ledger(old, [renamed(old[0], **changes)])
    match_unchanged(ledger)
    assert not ledger.pairs


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_global_id_that_two_things_have_is_left_to_what_looks_closer(side):
    one = said([thing(0.0)])
    two = [*one, renamed(one[0], box=thing(9.0).box)]
    ledger = Ledger(two, one) if side == "old" else Ledger(one, two)
    match_unchanged(ledger)
    assert not ledger.pairs


def test_a_room_that_changed_is_judged_beside_those_that_did_not():
    old = said(row([101, 102, 103]))
    wider = renamed(old[1], footprint=room(4.2, 8.0).footprint, box=room(4.2, 8.0).box)
    found = match(old, [old[0], renamed(wider, fingerprint="new"), old[2]])
    assert couples(found) == {(0, 0), (1, 1), (2, 2)}
    assert not found.doubts
