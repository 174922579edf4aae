"""WebSockets whose clients may stop reading: what the server holds for each of them is bounded.

uvicorn writes a message as one frame, whole: a snapshot of ten thousand streams is two megabytes
that a client who does not read leaves here; and it waits without end for such a client to take
what is left before it closes. Here a long message goes out in fragments (RFC 6455, 5.4), the next
when the last was taken; whoever takes nothing for a while is dropped, and finds what he missed when
he connects again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

_PIECE: Final = 64 * 1024
"""Characters of a fragment; as many bytes may wait in asyncio before it says that it is enough."""


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket that holds two fragments at most, and a client who reads nothing not for long.

    Attributes
    ----------
    taken_s : float
        How long a client may take nothing while something waits for it.
    """

    taken_s: float = 20.0

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the application says."""
        if message["type"] == "websocket.close" and not self.writable.is_set():
            self.transport.abort()  # a frame would wait behind what nobody takes
            return
        text = message.get("text") if message["type"] == "websocket.send" else None
        if text is not None and len(text) > _PIECE:
            await self._send_fragments(text)
            return
        await self._be_taken()
        await super().send(message)

    def keepalive_timeout(self) -> None:
        """Drop a client that answered no ping: it would not take what a proper close leaves."""
        super().keepalive_timeout()
        self.transport.abort()

    async def _send_fragments(self, text: str) -> None:
        for start in range(0, len(text), _PIECE):
            await self._be_taken()
            if self.disconnected or self.close_sent:
                raise ClientDisconnected
            piece = text[start : start + _PIECE].encode()
            is_last = start + _PIECE >= len(text)
            try:
                if start == 0:
                    self.conn.send_text(piece, is_last)
                else:
                    self.conn.send_continuation(piece, is_last)
            except InvalidState:
                raise ClientDisconnected from None
            self.transport.write(b"".join(self.conn.data_to_send()))

    async def _be_taken(self) -> None:
        """Wait until the client has taken what was sent before."""
        if self.writable.is_set():
            return
        try:
            async with asyncio.timeout(self.taken_s):
                await self.writable.wait()
        except TimeoutError:
            self.transport.abort()
            raise ClientDisconnected from None
