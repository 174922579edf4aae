"""What waits for watchers is the newest of each stream, and is held once for all that lag alike."""

from __future__ import annotations

import gc
import json
from weakref import ref

from fangma.twin.live.portions import Portion


def portion(at: str, **items: float) -> Portion:
    return Portion(
        items={
            int(key[1:]): json.dumps({"result": value}).encode() for key, value in items.items()
        },
        as_of=at,
    )


def test_watchers_that_lag_alike_share_one_portion_of_the_newest_values() -> None:
    first, second = portion("1", s1=1.0, s2=2.0), portion("2", s2=3.0)
    both = first.joined(second)
    assert first.joined(second) is both
    assert first.joined(portion("3", s2=4.0)) is not both
    told = json.loads(both.text())
    assert told["asOf"] == "2"
    assert [each["result"] for each in told["items"]] == [1.0, 3.0]
    assert both.text() is both.text()


def test_a_portion_that_is_long_in_the_taking_holds_nothing_that_came_after_it() -> None:
    taken = portion("0", s1=0.0)
    waiting = taken.joined(portion("1", s1=1.0))
    gone = ref(waiting)
    del waiting
    gc.collect()
    assert gone() is None
    again = portion("2", s1=2.0)
    assert json.loads(taken.joined(again).text())["items"] == [{"result": 2.0}]
