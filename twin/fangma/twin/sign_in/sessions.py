"""Sign in, be known, sign out.

Times are the database's, so that several servers agree. A try is counted before its password is
looked at and in a transaction of its own: parallel guesses cannot pass the limit, and a server that
is killed half-way has counted. Within a server the tries for one name go one after another, so that
a crowd that signs in at once with the right password is not taken for a guesser.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import audit_log, sign_in as store
from fangma.asset_registry.store.connection import statements_alone
from fangma.twin.sign_in import one_time_codes, passwords
from fangma.twin.sign_in.errors import LockedError, NotSignedInError, WrongCredentialsError
from fangma.twin.sign_in.names import fold, hash_of_name
from fangma.twin.sign_in.roles import Role
from fangma.twin.sign_in.tokens import new_token, token_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Pool
    from fangma.asset_registry.store.sign_in import Credentials

ALLOWED_TRIES: Final = 5
PAUSE: Final = timedelta(minutes=10)
IDLE: Final = timedelta(minutes=30)
LIFETIME: Final = timedelta(hours=12)
_TOUCH: Final = timedelta(minutes=1)
# By the name's hash: names share a lock now and then, and made-up names cannot make more of them.
_TURNS: Final = tuple(Lock() for _ in range(64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in.

    Attributes
    ----------
    account_id : UUID
        The reader that row-level security asks for.
    kind : str
        ``browser``, or ``device`` for a display wall, which only reads and does not idle.
    token_hash : bytes
        Names the session without being able to open it.
    """

    account_id: UUID
    name: str
    display_name: str
    roles: frozenset[Role]
    sees_secret: bool
    kind: str
    token_hash: bytes
    expires_at: datetime

    @property
    def reader(self) -> str:
        """What the setting ``fangma.reader`` is for this session's reads."""
        return str(self.account_id)


def sign_in(
    pool: Pool, *, name: str, password: str, code: str | None = None, address: str | None
) -> tuple[str, Session]:
    """Open a session for whoever knows the password (and the one-time code, if one is set up).

    Parameters
    ----------
    address : str or None
        Where the request came from, for the audit log.

    Returns
    -------
    token : str
        For the client; only its hash is kept.
    session : Session

    Raises
    ------
    LockedError
        After five wrong tries for a name, real or not, until ten minutes after the fifth.
    WrongCredentialsError
        In the same words and the same time whatever was wrong.
    """
    folded = fold(name)[:200]
    # A NUL cannot be stored, and no account's name holds one.
    folded = folded.replace("\0", "\N{REPLACEMENT CHARACTER}")
    name_hash = hash_of_name(folded)
    with _TURNS[name_hash[0] % len(_TURNS)]:
        return _try(pool, folded, name_hash, password, code, address)


def _try(
    pool: Pool, folded: str, name_hash: bytes, password: str, code: str | None, address: str | None
) -> tuple[str, Session]:
    """Count a try, compare, and open the session; the caller has waited for its turn."""
    with pool.connection() as connection:
        attempt = store.count_attempt(connection, name_hash, allowed=ALLOWED_TRIES, pause=PAUSE)
        credentials = store.find_credentials(connection, folded)
    if attempt.locked:
        # Once a pause: the log cannot be made to grow by whoever goes on trying.
        if attempt.tries == ALLOWED_TRIES + 1:
            _log_refusal(pool, credentials, "locked", address)
        raise LockedError(max(attempt.seconds, 1))
    # Outside any transaction: argon2 takes its time, and the pool has few connections.
    right = len(password) <= passwords.MOST and passwords.matches(
        credentials.password_hash if credentials else None, password
    )
    if credentials is None or not right or credentials.disabled:
        _log_refusal(pool, credentials, "credentials", address)
        raise WrongCredentialsError
    token = new_token()
    with pool.connection() as connection:
        if not _code_accepted(connection, credentials, code):
            accepted = None
        else:
            store.forget_attempts(connection, name_hash)
            store.purge(connection, pause=PAUSE, idle=IDLE)
            if passwords.is_outdated(credentials.password_hash or ""):
                store.set_password_hash(
                    connection, credentials.id, passwords.hash_password(password)
                )
            accepted = store.open_session(
                connection,
                token_hash=token_hash(token),
                account_id=credentials.id,
                kind="browser",
                label="",
                lifetime=LIFETIME,
            )
            audit_log.append(
                connection,
                actor=credentials.name,
                action="sign-in",
                outcome="done",
                detail={"address": address},
            )
    if accepted is None:
        _log_refusal(pool, credentials, "one-time code", address)
        raise WrongCredentialsError
    return token, Session(
        account_id=credentials.id,
        name=credentials.name,
        display_name=credentials.display_name,
        roles=frozenset(map(Role, credentials.roles)),
        sees_secret=credentials.sees_secret,
        kind="browser",
        token_hash=token_hash(token),
        expires_at=accepted,
    )


def find(pool: Pool, token: str) -> Session:
    """Return the session of a token.

    Raises
    ------
    NotSignedInError
        When there is none, it has ended or idled too long, or the account was disabled.
    """
    hashed = token_hash(token)
    with pool.connection() as connection, statements_alone(connection):
        found = store.find_session(connection, hashed, idle=IDLE, touch=_TOUCH)
        if found is None:
            raise NotSignedInError(
                "The session has ended, or the token is not one of ours.",
                "Sign in again at POST /api/session.",
            )
        if found.stale:
            store.touch_session(connection, hashed)
    return Session(
        account_id=found.account_id,
        name=found.name,
        display_name=found.display_name,
        roles=frozenset(map(Role, found.roles)),
        sees_secret=found.sees_secret,
        kind=found.kind,
        token_hash=hashed,
        expires_at=found.expires_at,
    )


def find_device(pool: Pool, token: str, *, address: str | None) -> Session:
    """Return the session of a device token, and log that a display begins to use it.

    Raises
    ------
    NotSignedInError
        When it is no device token, was revoked, or has ended; a browser's token is not taken.
    """
    session = find(pool, token)
    if session.kind != "device":
        raise NotSignedInError(
            "This is no device token.", "Ask an administrator for one: fangma user token."
        )
    with pool.connection() as connection:
        audit_log.append(
            connection,
            actor=session.name,
            action="sign-in",
            outcome="done",
            detail={"address": address, "with": "device token"},
        )
    return session


def sign_out(pool: Pool, session: Session) -> None:
    """End a session, now and for every server."""
    with pool.connection() as connection:
        store.end_session(connection, session.token_hash)
        audit_log.append(
            connection, actor=session.name, action="sign-out", outcome="done", detail={}
        )


def locked_names(connection: Connection, names: Sequence[str]) -> set[str]:
    """Return which accounts are locked now."""
    hashes = {hash_of_name(name): name for name in names}
    found = store.find_locked(connection, list(hashes), allowed=ALLOWED_TRIES, pause=PAUSE)
    return {hashes[name_hash] for name_hash in found}


def _code_accepted(connection: Connection, credentials: Credentials, code: str | None) -> bool:
    if credentials.totp_secret is None:
        return True
    step = one_time_codes.matching_step(
        credentials.totp_secret, code or "", at=datetime.now(UTC), used=credentials.totp_step
    )
    return step is not None and store.use_totp_step(connection, credentials.id, step)


def _log_refusal(
    pool: Pool, credentials: Credentials | None, why: str, address: str | None
) -> None:
    """Log a failed try; a name that is no account's is not written, it may be a password."""
    with pool.connection() as connection:
        audit_log.append(
            connection,
            actor=credentials.name if credentials else "unknown",
            action="sign-in",
            outcome="refused",
            detail={"why": why, "address": address},
        )
