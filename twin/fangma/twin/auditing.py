"""Run an audit of the registry, for the command line and the web alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.auditing.engine import audit
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.sites import find_site
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection, Moment


class NothingToAuditError(TwinError):
    """There is no site yet, or no such unit."""


def run_audit(
    conn: Connection,
    moment: Moment,
    *,
    site: str | None = None,
    standard: str | None = None,
    unit: str | None = None,
) -> dict[str, Any]:
    """Audit a site as the reader sees it; the document of CONTRACTS.

    Parameters
    ----------
    site : str or None
        Any code on it; None = the only one.
    standard : str or None
        A national rule pack; None = the one in force on the day.
    unit : str or None
        Code of a unit: only it, what is judged in it, and their people.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    found = find_site(conn, site, moment)
    if found is None:
        raise NothingToAuditError(
            "There is no site yet.", "Import a model and tables first, or run fangma demo."
        )
    facts = audit_facts(conn, found.id, moment)
    if unit is not None and unit not in {each.code for each in facts.units}:
        raise NothingToAuditError(
            f"There is no unit {unit}.", "fangma list unit names those that there are."
        )
    return audit(facts, standard=standard).to_dict(unit=unit)
