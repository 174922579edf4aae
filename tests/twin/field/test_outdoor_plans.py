"""The plan of a pipe in the open: the other pipes about it by system, and the valves by number."""

import numpy as np
import pytest
from tests.twin.http.test_pipes import EAST, NORTH, lay_line

from fangma.asset_registry.store import networks, surroundings
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.twin.field.outdoor_plans import outdoor_plan
from fangma.twin.field.sheet_words import SheetWords
from fangma.twin.field.whereabouts import Whereabouts
from fangma.twin.pipes.book import PipeBook

pytestmark = pytest.mark.db


def test_a_surveyed_main_is_drawn_with_the_pipes_and_the_valve_about_it(dsn) -> None:
    line = lay_line(dsn, ("pipe", "valve", "pipe", "terminal"))
    valve = line.codes[1]
    with connect(dsn) as conn, reading(conn, OPERATOR) as moment:
        target = surroundings.target(conn, networks.find(conn, line.codes[0]).id, moment)
        assert target is not None
        plan = outdoor_plan(
            conn,
            Whereabouts(
                target=target, point=np.array([EAST + 5, NORTH, 3.0]), is_exact=True, room=None,
                measures=None, block=None, bodies=(), hidden_by=[],
            ),
            PipeBook.read(conn, moment),
            {valve: "1"},
            surroundings.places(conn, [valve], moment),
            moment,
            SheetWords("zh"),
            size=(400.0, 200.0),
        )  # fmt: skip
    assert plan is not None
    assert plan.lines == [[(EAST, NORTH), (EAST + 10, NORTH)]]
    (other,) = plan.pipes
    assert other[1] == [(EAST + 20, NORTH), (EAST + 30, NORTH)]
    assert other[0] == SheetWords("zh").system("JS")
    ((mark, at),) = plan.valves
    assert mark == "1"
    assert at == pytest.approx((EAST + 15, NORTH))
