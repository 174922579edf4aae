"""Where a file arrives: its site, the lock on it, and whether the same bytes came before."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fangma.asset_registry.codes import CodeError, parse, site_code
from fangma.asset_registry.store import known
from fangma.asset_registry.store.sites import NO_DIVISION, add_site
from fangma.bim_import.earlier import Kin
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.tile_store import TileStore


# Below this share of GlobalIds the last revision of some model has little to give.
_WORTHWHILE: Final = 0.5
_UNNAMED = "未命名院落 Unnamed site"


class SiteChoiceError(ImportModelError):
    """No site, several sites, or one that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """What the report of the same bytes said."""

    rooms: int
    elements: int
    schema: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The site of an import, and whether it had to be made."""

    site: known.Site
    made: bool

    @classmethod
    def existing(cls, conn: Connection, code: str | None) -> Surroundings | None:
        """Find the site that was named, or the only one; None when there is none at all.

        Raises
        ------
        SiteChoiceError
            When the named site is not there, or when none was named and there are several.
        """
        if code is not None:
            try:
                site = known.find_site(conn, str(parse(code)))
            except CodeError as error:
                raise SiteChoiceError(f"--site: {error.message}.", error.remedy) from error
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
        return cls(site=sites[0], made=False) if sites else None

    @classmethod
    def find(cls, conn: Connection, code: str | None, *, may_make: bool) -> Surroundings:
        """Find the site like :meth:`existing`; where there is none, make one or imagine it.

        Parameters
        ----------
        may_make : bool
            False for a dry run: the site is planned, and nothing is written.
        """
        found = cls.existing(conn, code)
        if found is not None:
            return found
        if not may_make:
            planned = known.Site(
                id=uuid4(), code=str(site_code(NO_DIVISION, "001")), name=_UNNAMED, epsg=None,
                origin=[0.0, 0.0, 0.0], latitude=None, longitude=None,
            )  # fmt: skip
            return cls(site=planned, made=True)
        made = add_site(conn, division=NO_DIVISION, name=_UNNAMED, actor="import")
        site = known.find_site(conn, made.code)
        if site is None:
            raise SiteChoiceError(f"Site {made.code} vanished.", "Run the import again.")
        return cls(site=site, made=True)

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

    def kin(self, conn: Connection, guids: Callable[[], list[str]]) -> Kin | None:
        """Find the model that a file is probably a new export of; its bodies may serve again.

        A guess is good enough: a body is only taken over where its fingerprint is the same.

        Parameters
        ----------
        guids : callable
            Lists the GlobalIds of the file's elements and rooms; not called on an empty site.
        """
        if not known.has_models(conn, self.site.id) or not (asked := guids()):
            return None
        best = known.model_sharing(conn, self.site.id, asked)
        if best is None or best.guids < _WORTHWHILE * max(1, min(best.elements, len(asked))):
            return None
        return Kin(model_id=best.model_id, revision=best.revision)

    def unchanged(self, conn: Connection, sha256: str, tiles: TileStore) -> Unchanged | None:
        """Tell what the registry holds already of a file with these bytes.

        None when it is new, or when files of its tiles were lost and must be written again.
        """
        same = known.same_bytes(conn, self.site.id, sha256)
        if same is None or not tiles.has_all(known.tiles_now(conn, same.model_id)):
            return None
        report: dict[str, Any] = same.report
        return Unchanged(
            rooms=int(report.get("rooms", 0)),
            elements=int(report.get("elements", 0)),
            schema=report.get("schema"),
        )
