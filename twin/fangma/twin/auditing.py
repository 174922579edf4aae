"""Run an audit of the registry, for the command line and the web alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.auditing.engine import Audit, audit
from fangma.asset_registry.auditing.evidence import Evidence, explain
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.sites import find_site
from fangma.asset_registry.store.storey_plans import storey_plans
from fangma.twin.errors import TwinError
from fangma.viewer.audit_pages import audit_pdf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

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
    facts = audit_facts(conn, _site(conn, moment, site), moment)
    if unit is not None and unit not in {each.code for each in facts.units}:
        raise NothingToAuditError(
            f"There is no unit {unit}.", "fangma list unit names those that there are."
        )
    return audit(facts, standard=standard).to_dict(unit=unit)


def explain_person(
    conn: Connection,
    moment: Moment,
    person: str,
    *,
    site: str | None = None,
    standard: str | None = None,
) -> Evidence:
    """Open a person's verdict to rooms, polygons, rules, dates and what would change it.

    Raises
    ------
    NothingToAuditError
        When there is no site, or nobody of that id whom the reader sees.
    WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    audited = Audit(audit_facts(conn, _site(conn, moment, site), moment), standard=standard)
    if person not in audited.persons:
        raise NothingToAuditError(
            f"There is no person {person}.", "fangma list person names those that there are."
        )
    return explain(audited, person)


def draw_audit(
    conn: Connection, moment: Moment, document: Mapping[str, Any], *, site: str | None = None
) -> bytes:
    """Write the document of an audit as a PDF, with a plan of each office over the standard.

    Parameters
    ----------
    document : mapping
        As :func:`run_audit` returned it for the same site and moment.

    Raises
    ------
    NothingToAuditError, WhichSiteError, FontMissingError
    """
    over = [row["room"] for row in document["rooms"] if row["verdict"] == "over"]
    return audit_pdf(document, storey_plans(conn, _site(conn, moment, site), over, moment))


def _site(conn: Connection, moment: Moment, site: str | None) -> UUID:
    found = find_site(conn, site, moment)
    if found is None:
        raise NothingToAuditError(
            "There is no site yet.", "Import a model and tables first, or run fangma demo."
        )
    return found.id
