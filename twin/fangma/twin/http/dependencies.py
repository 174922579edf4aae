"""What routes ask for, as annotated aliases: a connection, a reading, a site, a page, a moment."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from collections.abc import AsyncIterator, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Query, Request

from fangma.asset_registry.store import audit_log, sites
from fangma.asset_registry.store.connection import (
    Connection,
    Moment,
    Pool,
    reading,
    recording,
)
from fangma.asset_registry.store.secrecy import secret_among
from fangma.asset_registry.store.sites import Site
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.http.access import Reader
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.paging import MOST, USUAL
from fangma.twin.http.told_once import ToldOnce
from fangma.twin.revision_shelf import RevisionShelf
from fangma.twin.settings import Settings
from fangma.twin.sign_in.sessions import Session
from fangma.twin.times import parse_time

if TYPE_CHECKING:
    from asyncio import Semaphore

_TIME_WORDS: Final = "RFC 3339 with an offset, or a date alone for the start of that day in China."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A snapshot of the registry as the reader may see it, at a moment.

    A reading writes nothing. What must be kept of it is noted, and goes to the audit log when the
    snapshot has ended and before the answer goes out: no note, no answer.
    """

    connection: Connection
    moment: Moment
    session: Session
    told: ToldOnce
    notes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    telling: list[Hashable] = field(default_factory=list)

    def note(self, action: str, subject: str, **detail: object) -> None:
        """Keep that something sensitive was read."""
        self.notes.append((action, subject, detail))

    def note_once(self, key: Hashable, action: str, subject: str, **detail: object) -> None:
        """Keep it in one line a session and key: a picture of a site is read in hundreds of pieces.

        Several of the first pieces at once may leave a line each.
        """
        of_session = (self.session.token_hash, action, subject, key)
        if of_session not in self.told:
            self.note(action, subject, **detail)
            self.telling.append(of_session)

    def note_secrets(self, subject: str, codes: Iterable[str | None]) -> None:
        """Keep that secret things were read, if any of what was read is secret.

        One line for all of them: of one thing under its code, of several under what held them.
        """
        found = secret_among(self.connection, (code for code in codes if code))
        if found == [subject]:
            self.note("secret-read", subject)
        elif found:
            self.note("secret-read", subject, codes=found)


async def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


# These wait for nothing: a coroutine runs where it is, a function is given to a thread and back.
def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)


async def _at(
    at: Annotated[str | None, Query(description="When true in the world. " + _TIME_WORDS)] = None,
) -> datetime | None:
    return _time(at)


async def _known(
    known: Annotated[str | None, Query(description="When known to us. " + _TIME_WORDS)] = None,
) -> datetime | None:
    return _time(known)


async def _audits(request: Request) -> AuditShelf:
    shelf: AuditShelf = request.app.state.audits
    return shelf


async def _places(request: Request) -> RevisionShelf[Any]:
    shelf: RevisionShelf[Any] = request.app.state.places
    return shelf


MOST_DEAR: Final = 4
"""Half of the pool's connections."""


async def _dear(request: Request) -> AsyncIterator[None]:
    waiting: Semaphore = request.app.state.dear
    async with waiting:
        yield


DEAR: Final = Depends(_dear, scope="function")
"""For routes whose first answer after a recording may take a minute of a large estate.

Only some of them are answered at once, and the rest wait before they take a connection or a thread:
else as many readers as the pool is large, all waiting for one answer, keep everybody else out.
"""

AuditsOf = Annotated[AuditShelf, Depends(_audits)]
PlacesOf = Annotated[RevisionShelf[Any], Depends(_places)]
PoolOf = Annotated[Pool, Depends(_pool)]
SettingsOf = Annotated[Settings, Depends(_settings)]
At = Annotated[datetime | None, Depends(_at)]
Known = Annotated[datetime | None, Depends(_known)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows a page at most.")]
Next = Annotated[
    str | None,
    Query(alias="next", max_length=500, description="`next` of the page before; absent = first."),
]
USUAL_LIMIT: Final = USUAL


def _reading(
    request: Request, session: Reader, pool: PoolOf, at: At, known: Known
) -> Iterator[Reading]:
    told: ToldOnce = request.app.state.told
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            found = Reading(connection=connection, moment=moment, session=session, told=told)
            yield found
        if found.notes:
            with recording(connection, session.reader):
                for action, subject, detail in found.notes:
                    audit_log.append(
                        connection, actor=session.name, action=action, subject=subject,
                        detail=detail,
                    )  # fmt: skip
            told.add(found.telling)


# scope="function": the snapshot ends before the answer goes out, so that a slow client holds none.
Registry = Annotated[Reading, Depends(_reading, scope="function")]


def find_site(registry: Reading, code: str | None) -> Site:
    """Return the site of any code on it; without one, the only site there is.

    Raises
    ------
    CodeError, UnknownCodeError, WhichSiteError, NotFoundError
    """
    site = sites.find_site(registry.connection, code, registry.moment)
    if site is None:
        raise NotFoundError("site", "")
    return site


def _site(registry: Registry, site: CodeInQuery = None) -> Site:
    return find_site(registry, site)


SiteOf = Annotated[Site, Depends(_site)]
