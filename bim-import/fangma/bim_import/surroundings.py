"""Where a file arrives: its site, the lock on it, and whether the same bytes came before."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.codes import canonical
from fangma.asset_registry.store import known
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.asset_registry.store.connection import Connection


class SiteChoiceError(ImportModelError):
    """No site, several sites, or one that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """What the report of the same bytes said."""

    rooms: int
    elements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The site of an import, and whether it had to be made."""

    site: known.Site
    made: bool

    @classmethod
    def find(cls, conn: Connection, code: str | None) -> Surroundings:
        """Find the site that was named, or the only one; with none at all, make one.

        Raises
        ------
        SiteChoiceError
            When the named site is not there, or when none was named and there are several.
        """
        if code is not None:
            site = known.find_site(conn, canonical(code))
            if site is None:
                raise SiteChoiceError(
                    f"There is no site {code}.", "fangma list site names those that there are."
                )
            return cls(site=site, made=False)
        sites = known.sites(conn)
        if len(sites) > 1:
            names = ", ".join(f"{s.code} {s.name}" for s in sites[:5])
            raise SiteChoiceError(
                f"There are {len(sites)} sites ({names}); which one is meant is not said.",
                "Name it with --site CODE.",
            )
        if sites:
            return cls(site=sites[0], made=False)
        made = add_site(conn, division="000000", name="未命名院落 Unnamed site", actor="import")
        found = known.find_site(conn, made.code)
        if found is None:
            raise SiteChoiceError(f"Site {made.code} vanished.", "Run the import again.")
        return cls(site=found, made=True)

    def findings(self) -> list[Finding]:
        """Say that a site was made, when it was."""
        if not self.made:
            return []
        return [
            Finding(
                severity=Severity.INFO,
                rule="site-made",
                element=None,
                message=f"There was no site; {self.site.code} was made for this import.",
                remedy="Use fangma site add with your division and name before the first import.",
            )
        ]

    @contextmanager
    def exclusive(self, conn: Connection) -> Iterator[None]:
        """Keep other imports out of the site."""
        with known.importing_into(conn, self.site.id):
            yield

    def unchanged(self, conn: Connection, sha256: str) -> Unchanged | None:
        """Tell what the registry holds already of a file with these bytes; None when it is new."""
        same = known.same_bytes(conn, self.site.id, sha256)
        if same is None:
            return None
        report: dict[str, Any] = same.report
        return Unchanged(rooms=int(report.get("rooms", 0)), elements=int(report.get("elements", 0)))
