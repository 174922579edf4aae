"""Sites with what they hold and the trees under them, counted once a revision: every page asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.auditing.findings import Verdict
from fangma.asset_registry.store import audit_facts, figures, sites
from fangma.twin.auditing import audit_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import CountedSite, Site
    from fangma.twin.audit_shelf import AuditShelf
    from fangma.twin.revision_shelf import RevisionShelf

MOST_ROWS: Final = 200_000
"""Of all answers on a shelf of places, of some 500 bytes each."""

_LEAST_WEIGHT: Final = 1000


def weigh(answer: Collection[Any]) -> int:
    """Count the rows of an answer: those of a list, the storeys of a tree; at least a thousand."""
    rows = len(answer)
    if isinstance(answer, dict):
        rows += sum(1 + len(building["children"]) for building in answer.get("children", ()))
    return max(_LEAST_WEIGHT, rows)


def sites_of(shelf: RevisionShelf[Any], conn: Connection, moment: Moment) -> list[CountedSite]:
    """Return the sites that the reader may see anything of, with what they hold, by code."""
    found: list[CountedSite] = shelf.of(conn, moment, ("sites",), lambda: sites.sites(conn, moment))
    return found


def tree_of(
    shelf: RevisionShelf[Any], conn: Connection, site: Site, moment: Moment
) -> dict[str, Any]:
    """Return a site's buildings with their storeys, in the form of ``GET /api/tree``."""
    found: dict[str, Any] = shelf.of(
        conn, moment, ("tree", site.id), lambda: sites.tree(conn, site, moment)
    )
    return found


def people_of(shelf: RevisionShelf[Any], conn: Connection, moment: Moment) -> dict[str, int]:
    """Count the people of each site, by code, as far as the reader may know of people."""
    found: dict[str, int] = shelf.of(
        conn,
        moment,
        ("people", audit_facts.sight(conn)),
        lambda: figures.site_people(conn, moment),
    )
    return found


def over_at(
    shelf: RevisionShelf[Any], conn: Connection, moment: Moment, site: Site, audits: AuditShelf
) -> frozenset[str]:
    """Return the rooms of a site that were over the standard at a moment, as the reader sees it."""
    found: frozenset[str] = shelf.of(
        conn,
        moment,
        ("over", site.id, moment.at, audit_facts.sight(conn)),
        lambda: _over(audit_of(conn, moment, site=site.code, shelf=audits)),
    )
    return found


def _over(audited: Audit) -> frozenset[str]:
    return frozenset(code for code, room in audited.rooms.items() if room.verdict == Verdict.OVER)
