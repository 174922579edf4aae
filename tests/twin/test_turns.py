"""One makes what several want, and nothing is left of a making that failed."""

import threading
from collections.abc import Callable

import pytest

from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.pipes.shelf import Shelf
from fangma.twin.revision_shelf import RevisionShelf
from fangma.twin.turns import Turns


def test_a_making_that_failed_leaves_nothing_and_the_next_may_try() -> None:
    turns = Turns()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.of("key"):
            raise ZeroDivisionError
        assert len(turns) == 0


def test_who_waits_comes_after_who_makes_and_other_keys_wait_for_nobody() -> None:
    turns, told = Turns(), []
    may_end, waits = threading.Event(), threading.Event()

    def first() -> None:
        with turns.of("key"):
            waits.set()
            may_end.wait(10)
            told.append("first")

    def second() -> None:
        with turns.of("key"):
            told.append("second")

    one = threading.Thread(target=first)
    one.start()
    assert waits.wait(10)
    other = threading.Thread(target=second)
    other.start()
    with turns.of("another"):
        told.append("another")
    may_end.set()
    one.join(10)
    other.join(10)
    assert told == ["another", "first", "second"]
    assert len(turns) == 0


@pytest.mark.parametrize("made", [AuditShelf, Shelf, lambda: RevisionShelf(most=1)])
def test_every_shelf_takes_turns_that_leave_nothing(made: Callable[[], object]) -> None:
    assert isinstance(vars(made())["_turns"], Turns)
