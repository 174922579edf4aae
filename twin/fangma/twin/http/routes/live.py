"""``/live``: a WebSocket that tells what changes of what a client watches.

The client says ``{"watch": {"codes": [...], "sensors": [...]}}`` or ``{"watch": "all"}``, as often
as it likes. Each time it gets ``{"type": "snapshot", "asOf": T, "items": [...]}``; then
``changes``, in the same form, with the newest value of each stream that changed, at most ten times
a second; and ``alarms``, all that are not over. Who connects again gives the last ``asOf`` back as
``"since"`` beside ``"watch"``, and gets ``changes`` with what it missed in place of the snapshot.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from fangma.asset_registry.alarming import OPEN
from fangma.asset_registry.store.alarms import alarms
from fangma.asset_registry.store.connection import OPERATOR, Pool, reading
from fangma.asset_registry.store.rights import Rights, rights_of
from fangma.asset_registry.store.streams import streams
from fangma.twin.http.access import COOKIE
from fangma.twin.live.hub import Hub, Watcher
from fangma.twin.live.portions import Item, Watched, alarm_items, message
from fangma.twin.sign_in import sessions
from fangma.twin.sign_in.errors import NotSignedInError
from fangma.twin.sign_in.sessions import Session
from fangma.twin.sign_in.tokens import LONGEST
from fangma.twin.times import TimeFormatError, parse_time

router: Final = APIRouter()
_COALESCE_S: Final = 0.1
_CHECK_S: Final = 30.0
_LONGEST_WORD: Final = 1_000_000
_MOST_ALARMS: Final = 1000
_HALVES: Final = re.compile("[\ud800-\udfff]")
_OVERLAP: Final = timedelta(seconds=60)
"""Longest that a recording of observations lasts: what it stores bears the time it began."""
# RFC 6455, 7.4: 4000 to 4999 are for applications; these follow HTTP's numbers.
_NOT_SIGNED_IN: Final = 4401
_BAD_REQUEST: Final = 4400


@dataclass(slots=True)
class _Asked:
    """What a client wants at its next look: everything, or what came since it looked last."""

    since: datetime | None = None


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
    watcher, asked = Watcher(session.reader), _Asked()
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

            group.start_soon(until_it_ends, _listen(socket, watcher, asked))
            group.start_soon(until_it_ends, _tell(socket, pool, session, token, watcher, asked))
    finally:
        hub.remove(watcher)
    match ends[0]:
        case NotSignedInError():
            await socket.close(_NOT_SIGNED_IN, "The session is over.")
        case ValueError() as wrong:
            await socket.close(_BAD_REQUEST, str(wrong)[:120])


async def _listen(socket: WebSocket, watcher: Watcher, asked: _Asked) -> None:
    """Take what the client says it watches."""
    while True:
        try:
            text = await socket.receive_text()
        except KeyError:  # that is how Starlette says it
            raise ValueError("found a binary message, expected JSON as text") from None
        if len(text) > _LONGEST_WORD:
            raise ValueError("the message is too long")
        watcher.watched, asked.since = _read(text)
        watcher.look()


def _read(text: str) -> tuple[Watched, datetime | None]:
    """Read what a client says.

    Raises
    ------
    ValueError
    """
    try:
        told = json.loads(text)
    except RecursionError:
        raise ValueError("the message is nested too deeply") from None
    except ValueError:
        raise ValueError('found no JSON, expected {"watch": "all"}') from None
    wanted: Any = told.get("watch") if isinstance(told, dict) else None
    since: Any = told.get("since") if isinstance(told, dict) else None
    if since is not None:
        try:
            since = parse_time(str(since)) - _OVERLAP
        except (TimeFormatError, OverflowError):
            raise ValueError("since is no time: give back an asOf") from None
    if wanted == "all":
        return Watched(everything=True), since
    if not isinstance(wanted, dict):
        raise ValueError('expected {"watch": "all"} or {"watch": {"codes": [...]}}')
    lists = [wanted.get(name, ()) for name in ("codes", "sensors")]
    if not all(isinstance(each, list | tuple) for each in lists):
        raise ValueError("codes and sensors are lists")
    if not all(_may_name(name) for each in lists for name in each):
        raise ValueError("a code or sensor is no text, or holds characters that are none")
    codes, sensors = map(frozenset, lists)
    return Watched(codes=codes, sensors=sensors), since


def _may_name(name: object) -> bool:
    """Tell whether the database can be asked for it: a text without zeros and half characters."""
    return isinstance(name, str) and "\0" not in name and not _HALVES.search(name)


async def _tell(
    socket: WebSocket, pool: Pool, session: Session, token: str, watcher: Watcher, asked: _Asked
) -> None:
    """Send what changed; while the client is slow to take it, the newest values wait.

    Who takes nothing is dropped (``http.sockets``).
    """
    hub: Hub = socket.app.state.hub
    checked = time.monotonic()
    while True:
        portion, told, everything = await watcher.wait()
        if watcher.is_doubted or time.monotonic() - checked > _CHECK_S:
            watcher.is_doubted = False
            await run_in_threadpool(sessions.find, pool, token)
            checked = time.monotonic()
        if everything:
            since, asked.since = asked.since, None
            right = await run_in_threadpool(_rights, pool, session)
            watched = watcher.watched
            look = await hub.looks.look(
                (right, watched, since),
                partial(run_in_threadpool, _look, pool, right, watched, since),
            )
            portion = None  # the look is newer
        else:
            look = ("", "")
        for text in (*look, portion.text() if portion else "", told):
            if text:
                await socket.send_text(text)
        await asyncio.sleep(_COALESCE_S)


def _rights(pool: Pool, session: Session) -> Rights:
    with pool.connection() as connection:
        return rights_of(connection, session.reader)


def _look(pool: Pool, right: Rights, watched: Watched, since: datetime | None) -> tuple[str, str]:
    """Read the newest values of what is watched, and the alarms, as ``right`` lets them be seen."""
    any_of = None if watched.everything else (sorted(watched.codes), sorted(watched.sensors))
    with pool.connection() as connection, reading(connection, OPERATOR) as moment:
        found = streams(connection, any_of=any_of, since=since)
        open_ = alarms(connection, states=OPEN, limit=5 * _MOST_ALARMS)
    as_of = moment.at.isoformat()
    kind = "snapshot" if since is None else "changes"
    items = [Item.of(stream).text for stream in found if right.let_see(stream.scope_id)]
    return (
        message(kind, items, as_of),
        message("alarms", alarm_items(open_, right, at_most=_MOST_ALARMS), as_of),
    )


def _token(socket: WebSocket) -> str:
    """Return the token of the request, empty when there is none that may be used.

    A page of another site can open a socket that carries our cookie: then the origin is not ours.
    """
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        origin = socket.headers.get("origin")
        if origin is None or _place_of(origin) != socket.headers.get("host"):
            return ""
        token = socket.cookies.get(COOKIE, "")
    token = token.strip()
    return token if token.isascii() and len(token) <= LONGEST else ""


def _place_of(origin: str) -> str:
    """Return host and port of an origin, empty when it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that do not close
        return ""
