"""Run an audit of the registry, for the command line and the web alike."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.auditing.evidence import Evidence, explain
from fangma.asset_registry.auditing.idle import HANDLING
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.outlines import outlines
from fangma.asset_registry.store.rule_packs import packs_of
from fangma.asset_registry.store.sites import find_site
from fangma.asset_registry.store.storey_plans import storey_plans
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.audit_shelf import AuditShelf


class NothingToAuditError(TwinError):
    """There is no site yet, or no such unit."""


def run_audit(
    conn: Connection,
    moment: Moment,
    *,
    site: str | None = None,
    standard: str | None = None,
    unit: str | None = None,
    shelf: AuditShelf | None = None,
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
    audited = audit_of(conn, moment, site=site, standard=standard, shelf=shelf)
    return document_of(audited, unit=unit)


def audit_of(
    conn: Connection,
    moment: Moment,
    *,
    site: str | None = None,
    standard: str | None = None,
    shelf: AuditShelf | None = None,
) -> Audit:
    """Audit a site as the reader sees it.

    Parameters
    ----------
    shelf : AuditShelf or None
        Where the same audit may lie ready; None = make it.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    found = site_of(conn, moment, site)
    if shelf is not None:
        return shelf.audit(conn, moment, found.id, standard)
    facts, packs = audit_facts(conn, found.id, moment), packs_of(conn, moment)
    return Audit(facts, standard=standard, packs=packs)


def document_of(audited: Audit, *, unit: str | None = None) -> dict[str, Any]:
    """Return the document of CONTRACTS; for a whole site with the reconciliation of its books.

    Raises
    ------
    NothingToAuditError
        When there is no such unit.
    """
    if unit is not None and unit not in audited.units:
        raise NothingToAuditError(
            f"There is no unit {unit}.", "fangma list unit names those that there are."
        )
    document = audited.report().to_dict(unit=unit)
    document["reconciliation"] = (
        audited.reconciliation().to_dict() if unit is None else {"checks": [], "rows": []}
    )
    return document


def idle_rooms(
    conn: Connection,
    moment: Moment,
    *,
    site: str | None = None,
    standard: str | None = None,
    shelf: AuditShelf | None = None,
) -> dict[str, Any]:
    """List the rooms that nobody uses, longest first, with what may be done with them.

    Returns
    -------
    document : dict
        ``rooms`` as ``idle`` of an audit, those of which nobody knows since when at the end;
        ``handling`` in its lawful order, with clauses; ``summary`` by kind.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    audited = audit_of(conn, moment, site=site, standard=standard, shelf=shelf)
    report = audited.report().to_dict()
    rooms = sorted(report["idle"], key=lambda row: (-(row["days"] or -1), row["room"]))
    kinds = ("no-assignment", "sealed", "unused")
    return {
        "at": report["at"],
        "known": report["known"],
        "standard": report["standard"],
        "summary": {
            kind: {
                "rooms": sum(row["kind"] == kind for row in rooms),
                "area_m2": round(
                    sum(row["area_m2"] or 0.0 for row in rooms if row["kind"] == kind), 2
                ),
            }
            for kind in kinds
        },
        "handling": [asdict(each) for each in HANDLING],
        "rooms": rooms,
    }


def table_files(
    conn: Connection, moment: Moment, *, site: str | None = None, standard: str | None = None
) -> dict[str, bytes]:
    """Return facts, findings and outlines of an audit: what somebody needs to reckon it again.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    from fangma.twin.audit_tables import audit_tables

    found = site_of(conn, moment, site)
    facts, packs = audit_facts(conn, found.id, moment), packs_of(conn, moment)
    tables = audit_tables(facts, document_of(Audit(facts, standard=standard, packs=packs)))
    return {**tables, "rooms.geojson": orjson.dumps(outlines(conn, found, moment))}


def audit_files(
    conn: Connection, moment: Moment, *, site: str | None = None, standard: str | None = None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Make every form of an audit for a hand-over pack, and what its manifest says of it.

    Raises
    ------
    NothingToAuditError, WhichSiteError, FontMissingError, StandardError
    """
    from fangma.twin.audit_tables import audit_tables
    from fangma.twin.audit_workbook import workbook_bytes
    from fangma.viewer.audit_pages import audit_pdf

    found = site_of(conn, moment, site)
    facts, packs = audit_facts(conn, found.id, moment), packs_of(conn, moment)
    document = document_of(Audit(facts, standard=standard, packs=packs))
    over = [row["room"] for row in document["rooms"] if row["verdict"] == "over"]
    files = {
        "audit.json": orjson.dumps(document),
        "audit.pdf": audit_pdf(document, storey_plans(conn, found.id, over, moment)),
        "audit.xlsx": workbook_bytes(document),
        "rooms.geojson": orjson.dumps(outlines(conn, found, moment)),
        **audit_tables(facts, document),
    }
    about = {
        "site": found.code,
        "name": found.name,
        **{key: document[key] for key in ("standard", "layers", "at", "known", "tolerance_m2")},
    }
    return files, about


def explain_person(
    conn: Connection,
    moment: Moment,
    person: str,
    *,
    site: str | None = None,
    standard: str | None = None,
    shelf: AuditShelf | None = None,
) -> Evidence:
    """Open a person's verdict to rooms, polygons, rules, dates and what would change it.

    Raises
    ------
    NothingToAuditError
        When there is no site, or nobody of that id whom the reader sees.
    WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    audited = audit_of(conn, moment, site=site, standard=standard, shelf=shelf)
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
    # Loaded by who prints alone: with its fonts and layout it is a sixth of the time of an audit.
    from fangma.viewer.audit_pages import audit_pdf

    over = [row["room"] for row in document["rooms"] if row["verdict"] == "over"]
    return audit_pdf(document, storey_plans(conn, site_of(conn, moment, site).id, over, moment))


def site_of(conn: Connection, moment: Moment, site: str | None) -> Site:
    """Return the site of a code, or the only one, or the only one that has units.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError
    """
    found = find_site(conn, site, moment, staffed=True)
    if found is None:
        raise NothingToAuditError(
            "There is no site yet.", "Import a model and tables first, or run fangma demo."
        )
    return found
