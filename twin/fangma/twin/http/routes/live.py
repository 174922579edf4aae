"""``/live``: a WebSocket that tells what changes of what a client watches.

The client says ``{"watch": {"codes": [...], "sensors": [...]}}`` or ``{"watch": "all"}``, as often
as it likes. Each time it gets ``{"type": "snapshot", "items": [...]}``; then ``changes``, in the
same form, with the newest value of each stream that changed, at most five times a second; and
``alarms``, all that are not over. Who connects again says again what it watches: the snapshot is
what it missed.
"""

import asyncio
import json
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from fangma.asset_registry.alarming import OPEN
from fangma.asset_registry.store.alarms import alarms
from fangma.asset_registry.store.connection import Pool, reading
from fangma.asset_registry.store.streams import streams
from fangma.twin.http.access import COOKIE
from fangma.twin.live.hub import Hub, Watcher
from fangma.twin.sign_in import sessions
from fangma.twin.sign_in.errors import NotSignedInError
from fangma.twin.sign_in.sessions import Session
from fangma.twin.sign_in.tokens import LONGEST

router: Final = APIRouter()
_COALESCE_S: Final = 0.2
_CHECK_S: Final = 30.0
_LONGEST_WORD: Final = 1_000_000
_MOST_ALARMS: Final = 1000
# RFC 6455, 7.4: 4000 to 4999 are for applications; these follow HTTP's numbers.
_NOT_SIGNED_IN: Final = 4401
_BAD_REQUEST: Final = 4400


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What a client watches: nothing at first."""

    everything: bool = False
    codes: frozenset[str] = frozenset()
    sensors: frozenset[str] = frozenset()


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Tell a client what changes, until it goes or its session ends."""
    await socket.accept()
    token = _token(socket)
    pool: Pool = socket.app.state.pool
    hub: Hub = socket.app.state.hub
    try:
        session = await run_in_threadpool(sessions.find, pool, token)
    except NotSignedInError as error:
        await socket.close(_NOT_SIGNED_IN, error.message)
        return
    watcher, watch = Watcher(), _Watch()
    hub.add(watcher)
    ends: list[Exception] = []
    try:
        async with anyio.create_task_group() as group:

            async def until_it_ends(work: Awaitable[None]) -> None:
                try:
                    await work
                except (WebSocketDisconnect, NotSignedInError, ValueError) as error:
                    ends.append(error)
                    group.cancel_scope.cancel()

            group.start_soon(until_it_ends, _listen(socket, watch, watcher))
            group.start_soon(until_it_ends, _tell(socket, pool, session, token, watch, watcher))
    finally:
        hub.remove(watcher)
    match ends[0]:
        case NotSignedInError():
            await socket.close(_NOT_SIGNED_IN, "The session is over.")
        case ValueError() as wrong:
            await socket.close(_BAD_REQUEST, str(wrong)[:120])


async def _listen(socket: WebSocket, watch: _Watch, watcher: Watcher) -> None:
    """Take what the client says it watches."""
    while True:
        text = await socket.receive_text()
        if len(text) > _LONGEST_WORD:
            raise ValueError("the message is too long")
        told = json.loads(text)
        wanted: Any = told.get("watch") if isinstance(told, dict) else None
        if wanted == "all":
            wanted = {}
            watch.everything = True
        elif isinstance(wanted, dict):
            watch.everything = False
        else:
            raise ValueError('expected {"watch": "all"} or {"watch": {"codes": [...]}}')
        watch.codes = frozenset(map(str, wanted.get("codes", ())))
        watch.sensors = frozenset(map(str, wanted.get("sensors", ())))
        watcher.tell((), alarms=True, everything=True)


async def _tell(
    socket: WebSocket,
    pool: Pool,
    session: Session,
    token: str,
    watch: _Watch,
    watcher: Watcher,
) -> None:
    """Send what changed; while the client is slow to take it, the rest waits as ids."""
    checked = time.monotonic()
    while True:
        changed, is_alarm, everything = await watcher.wait()
        if time.monotonic() - checked > _CHECK_S:
            await run_in_threadpool(sessions.find, pool, token)
            checked = time.monotonic()
        ids = None if everything else changed
        if ids is None or ids:
            items = await run_in_threadpool(_items, pool, session, watch, ids)
            if items or everything:
                kind = "snapshot" if everything else "changes"
                await socket.send_text(_text({"type": kind, "items": items}))
        if is_alarm:
            items = await run_in_threadpool(_alarms, pool, session)
            await socket.send_text(_text({"type": "alarms", "items": items}))
        await asyncio.sleep(_COALESCE_S)


def _items(
    pool: Pool, session: Session, watch: _Watch, ids: set[int] | None
) -> list[dict[str, Any]]:
    """Read the newest values of what is watched, as the reader may see them."""
    if not (watch.everything or watch.codes or watch.sensors):
        return []
    with pool.connection() as connection, reading(connection, session.reader):
        found = streams(connection, ids=None if ids is None else sorted(ids))
    return [
        stream.as_dict()
        for stream in found
        if watch.everything or stream.code in watch.codes or stream.sensor in watch.sensors
    ]


def _alarms(pool: Pool, session: Session) -> list[dict[str, Any]]:
    with pool.connection() as connection, reading(connection, session.reader):
        return [each.as_dict() for each in alarms(connection, states=OPEN, limit=_MOST_ALARMS)]


def _token(socket: WebSocket) -> str:
    """Return the token of the request, empty when there is none that may be used.

    A page of another site can open a socket that carries our cookie: then the origin is not ours.
    """
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        origin = socket.headers.get("origin")
        if origin is None or urlsplit(origin).netloc != socket.headers.get("host"):
            return ""
        token = socket.cookies.get(COOKIE, "")
    token = token.strip()
    return token if token.isascii() and len(token) <= LONGEST else ""


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
