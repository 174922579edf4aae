"""The live hub outlasts the watchers that it tells."""

from __future__ import annotations

import asyncio

import pytest

from fangma.asset_registry.store.connection import OPERATOR
from fangma.twin.live.hub import Hub, Watcher


async def _watcher() -> Watcher:
    return Watcher(OPERATOR)


@pytest.mark.db
def test_a_watcher_whose_loop_has_ended_keeps_no_other_from_being_told(dsn: str) -> None:
    gone = asyncio.run(_watcher())  # its loop is closed
    gone.tell(None, None, everything=True)

    async def told() -> bool:
        hub = Hub(dsn)
        watcher = await _watcher()
        hub.add(gone)
        hub.add(watcher)
        hub.start()
        try:
            _, _, everything = await asyncio.wait_for(watcher.wait(), 20)
        finally:
            await asyncio.to_thread(hub.stop)
        return everything

    assert asyncio.run(told())
