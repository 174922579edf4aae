"""Reasons of leaks are words in both languages, whatever the key."""

from __future__ import annotations

from typing import get_args, get_type_hints

import numpy as np
import pytest

from fangma.spatial.networks.leaking import Reason, Zone, ZoneReason
from fangma.twin.pipes.leak_words import Language, part_words, zone_words


@pytest.mark.parametrize("language", get_args(Language))
def test_every_reason_has_words(language: Language) -> None:
    for why in get_args(get_type_hints(Reason)["why"]):
        reason = Reason(why=why, of="W-1", distance_m=0.52, loss_m3h=0.24)
        words = part_words(reason, language)
        assert words
        assert ("W-1" in words) == (why in {"wet", "dry"})
        assert words.isascii() == (language == "en")
    for reason_of_zone in get_args(ZoneReason):
        zone = Zone(
            parts=np.zeros(1, dtype=np.int64), inflow=(), outflow=(), loss=0.3, error=0.02,
            verdict="loses", reason=reason_of_zone, net=0.5, usual=0.2,
        )  # fmt: skip
        assert zone_words(zone, language).isascii() == (language == "en")


def test_the_values_are_told_with_their_units() -> None:
    assert part_words(Reason(why="zone", loss_m3h=0.24)) == "its zone loses 0.240 m3/h at night"
    wet = Reason(why="wet", of="W-1", distance_m=0.52)
    assert part_words(wet, "zh") == "W-1 有水，相距 0.5 m"
