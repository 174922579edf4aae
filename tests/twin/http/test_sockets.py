"""A client that does not read costs the server little, and not for ever."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
import websockets

from fangma.twin.http.sockets import BoundedSocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONG = "房间 0512 " * 2_000_000
"""26 MB: more than the system's own buffers hold for a connection."""


class Noted(BoundedSocket):
    """Says what became of its connections, and is less patient."""

    taken_s = 1.0
    largest: int
    ended: asyncio.Event

    async def send(self, message: Any) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            await super().send(message)
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while True:
            Noted.largest = max(Noted.largest, self.transport.get_write_buffer_size())
            await asyncio.sleep(0.001)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        Noted.ended.set()


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Send a long text and a short one."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    for text in (LONG, "short"):
        await send({"type": "websocket.send", "text": text})
    await send({"type": "websocket.close", "code": 1000})


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    Noted.largest, Noted.ended = 0, asyncio.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(
            tell, ws=Noted, log_config=None, lifespan="off", ws_per_message_deflate=False
        )
        server = uvicorn.Server(config)
        work = asyncio.create_task(server.serve([listening]))
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await work


def test_a_long_message_arrives_as_one_whoever_reads() -> None:
    async def read() -> None:
        async with (
            serving() as url,
            websockets.connect(url, max_size=None, compression=None) as client,
        ):
            assert await client.recv() == LONG
            assert await client.recv() == "short"
        assert 0 < Noted.largest < 1_000_000

    asyncio.run(asyncio.wait_for(read(), 120))


def test_who_reads_nothing_is_held_little_for_and_dropped() -> None:
    async def stall() -> None:
        async with serving() as url:
            client = await websockets.connect(url, max_size=None, compression=None)
            client.transport.pause_reading()
            await Noted.ended.wait()
            client.transport.abort()
            await client.wait_closed()
        assert 0 < Noted.largest < 1_000_000

    asyncio.run(asyncio.wait_for(stall(), 120))
