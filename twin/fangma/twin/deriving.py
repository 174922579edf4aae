"""What is derived, defined and withdrawn: recorded, and noted in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import moment_of, recording
from fangma.asset_registry.store.derivations import Derivation, define, withdraw
from fangma.asset_registry.store.sites import Site, find_site

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.deriving import Definition
    from fangma.asset_registry.store.connection import Connection, Moment


def define_derived(
    conn: Connection,
    reader: str | UUID,
    definition: Definition,
    *,
    site: str | None,
    actor: str,
    reason: str | None,
) -> Derivation:
    """Say what is derived under a name from now on; outside of a transaction.

    Raises
    ------
    DerivationError, UnknownCodeError, WhichSiteError
    """
    with recording(conn, reader):
        place = site_named(conn, site, moment_of(conn))
        made = define(conn, place.id, definition, actor=actor, reason=reason)
        audit_log.append(
            conn,
            actor=actor,
            action="derive",
            subject=place.code,
            detail={**definition.as_dict(), "reason": reason},
        )
    return made


def withdraw_derived(
    conn: Connection,
    reader: str | UUID,
    name: str,
    *,
    site: str | None,
    actor: str,
    reason: str | None,
) -> Derivation:
    """Derive nothing under a name any more; outside of a transaction.

    Raises
    ------
    UnknownDerivationError, UnknownCodeError, WhichSiteError
    """
    with recording(conn, reader):
        place = site_named(conn, site, moment_of(conn))
        gone = withdraw(conn, place.id, name, actor=actor, reason=reason)
        audit_log.append(
            conn,
            actor=actor,
            action="derive-end",
            subject=place.code,
            detail={"name": name, "reason": reason},
        )
    return gone


def site_named(conn: Connection, code: str | None, moment: Moment) -> Site:
    """Return the site of a code, or the only one there is.

    Raises
    ------
    CodeError, UnknownCodeError, WhichSiteError
    """
    found = find_site(conn, code, moment)
    if found is None:
        raise UnknownCodeError(code or "site", "fangma site add makes the first site")
    return found
