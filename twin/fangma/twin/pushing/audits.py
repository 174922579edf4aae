"""The message that tells an inspection authority of an audit. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND: Final = "audit.report"
_HEAD: Final = ("standard", "layers", "at", "known", "tolerance_m2", "sharing")


def audit_message(document: Mapping[str, Any], *, site: str) -> tuple[str, bytes]:
    """Return the key and the body of the message for an audit.

    The body holds what is to be looked into: persons and rooms that are over, unknown or have a
    finding; all units. ``sha256`` is that of ``audit.json`` in the pack of the same audit. The
    key follows from the body: the same audit is the same message.

    Parameters
    ----------
    document : mapping
        Of CONTRACTS, ``fangma audit --json``; people by pseudonym.
    site : str
        Code.
    """
    told = {
        "site": site,
        **{key: document[key] for key in _HEAD},
        "sha256": hashlib.sha256(orjson.dumps(document)).hexdigest(),
        "summary": _summary(document),
        "persons": [row for row in document["persons"] if _is_told(row)],
        "units": document["units"],
        "rooms": [row for row in document["rooms"] if _is_told(row)],
        "idle": document["idle"],
    }
    body = orjson.dumps({"type": KIND, "data": told})
    return f"audit-{hashlib.sha256(body).hexdigest()[:40]}", body


def _is_told(row: Mapping[str, Any]) -> bool:
    return row["verdict"] != "within" or bool(row["findings"])


def _summary(document: Mapping[str, Any]) -> dict[str, Any]:
    counts: dict[str, Any] = {
        section: {
            verdict: sum(row["verdict"] == verdict for row in document[section])
            for verdict in ("over", "within", "unknown")
        }
        for section in ("persons", "units", "rooms")
    }
    counts["excess_m2"] = round(sum(row["excess_m2"] or 0.0 for row in document["persons"]), 2)
    counts["idle"] = len(document["idle"])
    counts["idle_m2"] = round(sum(row["area_m2"] or 0.0 for row in document["idle"]), 2)
    return counts
