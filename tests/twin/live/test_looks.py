"""Who asks at once shares a look; a look that began before somebody asked is not his."""

from __future__ import annotations

import asyncio

import pytest

from fangma.twin.live.looks import Looks


def test_two_hundred_who_ask_at_once_take_two_looks() -> None:
    async def ask() -> tuple[list[int], int]:
        looks: Looks[int] = Looks()
        made = 0
        begun, all_there = asyncio.Event(), asyncio.Event()

        async def make() -> int:
            nonlocal made
            made += 1
            mine = made
            begun.set()
            await all_there.wait()
            return mine

        first = asyncio.ensure_future(looks.look("all", make))
        await begun.wait()
        others = [asyncio.ensure_future(looks.look("all", make)) for _ in range(199)]
        await asyncio.sleep(0)  # each of them asks
        all_there.set()
        found = await asyncio.gather(first, *others)
        assert len(looks) == 0
        alone = await looks.look("all", make)
        return found, alone

    found, alone = asyncio.run(ask())
    assert found == [1] + [2] * 199  # the first had begun when the others came
    assert alone == 3


def test_looks_of_different_things_are_not_mixed_and_a_failure_is_one_askers_own() -> None:
    async def ask() -> tuple[object, object]:
        looks: Looks[str] = Looks()
        turns = iter(["down", "up", "other"])

        async def make() -> str:
            await asyncio.sleep(0)
            turn = next(turns)
            if turn == "down":
                raise ConnectionError(turn)
            return turn

        return await asyncio.gather(
            looks.look("a", make),
            looks.look("a", make),
            return_exceptions=True,
        )

    first, second = asyncio.run(ask())
    assert isinstance(first, ConnectionError)
    assert second == "up"


def test_who_goes_while_waiting_holds_up_nobody() -> None:
    async def ask() -> tuple[str, int]:
        looks: Looks[str] = Looks()

        begun, one_gone = asyncio.Event(), asyncio.Event()

        async def make() -> str:
            begun.set()
            await one_gone.wait()
            return "found"

        gone = asyncio.ensure_future(looks.look("a", make))
        stays = asyncio.ensure_future(looks.look("a", make))
        await begun.wait()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        one_gone.set()
        return await stays, len(looks)

    assert asyncio.run(ask()) == ("found", 0)
