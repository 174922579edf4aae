"""Queue an audit for the inspection authority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.store import audit_log, outbox
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.twin.pushing.audits import KIND, audit_message
from fangma.twin.pushing.destinations import AUDIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.outbox import Message


def queue_audit(conn: Connection, document: Mapping[str, Any], *, site: str, actor: str) -> Message:
    """Put an audit into the outbox, and return the message as it stands there.

    The same audit again is the same message: nothing is queued twice.

    Parameters
    ----------
    document : mapping
        Of :func:`fangma.twin.auditing.document_of`, of a whole site.
    actor : str
        Whose name goes to the audit log.
    """
    key, body = audit_message(document, site=site)
    # The outbox is the machine's; who may push was asked before (twin.http, or the operator).
    with recording(conn, OPERATOR):
        is_new = outbox.put(
            conn, destination=AUDIT, key=key, kind=KIND, subject=site, body=body, actor=actor
        )
        message = outbox.find(conn, AUDIT, key)
        if is_new:
            audit_log.append(
                conn,
                actor=actor,
                action="push-queue",
                subject=site,
                detail={"key": key, "kind": KIND, "at": document["at"], "known": document["known"]},
            )
    if message is None:
        raise AssertionError  # it was put, or stood there, a moment ago
    return message
