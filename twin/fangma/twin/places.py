"""Sites with what they hold and the trees under them, counted once a revision: every page asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.store import audit_facts, figures, sites

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import CountedSite, Site
    from fangma.twin.revision_shelf import RevisionShelf


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
