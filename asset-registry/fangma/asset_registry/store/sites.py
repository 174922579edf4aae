"""Sites: the compounds that everything stands in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from psycopg.rows import class_row

from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.codes import CodeKind, parse
from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.store.connection import Connection, Moment

NO_DIVISION: Final = "000000"
"""Division of a site of which nobody said where it lies; the default site is 000000-001."""

_DIVISION: Final = re.compile(r"\d{6}", re.ASCII)
_LONGEST_NAME: Final = 200


class DivisionError(RegistryError):
    """A division that is not six digits."""


class SiteNameError(RegistryError):
    """A name that nobody could read: empty, endless, or with control characters."""


class WhichSiteError(RegistryError):
    """No site was named, and there are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that the reader may see anything of.

    Attributes
    ----------
    origin : tuple of float
        East, north, height of the local origin of its tiles, in its projected CRS.
    epsg : int or None
        None = a local plane.
    """

    id: UUID
    code: str
    name: str
    division: str
    epsg: int | None
    origin: Sequence[float]
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedSite(Site):
    """A site with what the reader may see of it; every room is looked at for it."""

    buildings: int
    rooms: int
    area_m2: float

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``GET /api/sites``."""
        return {
            "code": self.code,
            "name": self.name,
            "division": self.division,
            "epsg": self.epsg,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "buildings": self.buildings,
            "rooms": self.rooms,
            "area_m2": self.area_m2,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedSite:
    """A site that was just made."""

    id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    id: UUID
    code: str
    kind: str
    name: str | None
    elevation_m: float | None
    building_id: UUID | None
    rooms: int
    area_m2: float
    site_rooms: int
    site_area_m2: float


def sites(conn: Connection, moment: Moment) -> list[CountedSite]:
    """Return the sites that the reader may see anything of, with what they hold, by code."""
    asked = {"at": moment.at, "known": moment.known, "revision": moment.revision}
    with conn.cursor(row_factory=class_row(CountedSite)) as cursor:
        return cursor.execute(load("sites")["sites"], asked).fetchall()


def find_site(
    conn: Connection, code: str | None, moment: Moment, *, staffed: bool = False
) -> Site | None:
    """Return the site of any code on it; without a code, the only one there is.

    Parameters
    ----------
    staffed : bool
        What is asked is about units and people: of several sites the only one that has units.

    Returns
    -------
    site : Site or None
        None when no code was given and there is no site yet.

    Raises
    ------
    WhichSiteError
        When no code was given and there are several.
    CodeError, UnknownCodeError
        When the code is none, or its site is unknown to the reader.
    """
    with conn.cursor(row_factory=class_row(Site)) as cursor:
        there = cursor.execute(load("sites")["places"], {"revision": moment.revision}).fetchall()
    if code is None:
        if staffed and len(there) > 1:
            asked = {"revision": moment.revision}
            units = {row[0] for row in conn.execute(load("sites")["staffed"], asked)}
            there = [site for site in there if site.id in units] or there
        if len(there) > 1:
            raise WhichSiteError(
                f"found {len(there)} sites and no word which: "
                + ", ".join(f"{site.code} {site.name}" for site in there),
                "name one with --site CODE",
            )
        return there[0] if there else None
    wanted = parse(code)
    for site in there:
        found = parse(site.code)
        if (found.division, found.site) == (wanted.division, wanted.site):
            return site
    raise UnknownCodeError(str(wanted), "make it with fangma site add, or name another site")


def add_site(
    conn: Connection,
    *,
    name: str,
    actor: str,
    division: str = NO_DIVISION,
    epsg: int | None = None,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    latitude: float | None = None,
    longitude: float | None = None,
    reader: str | UUID = OPERATOR,
) -> AddedSite:
    """Add a site, in a recording transaction of its own or inside the caller's.

    Raises
    ------
    DivisionError
        When the division is not six digits (GB/T 2260).
    SiteNameError
        When the name cannot be shown.
    """
    name = name.strip()
    unseen = [c for c in name if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    if not name or len(name) > _LONGEST_NAME or unseen:
        raise SiteNameError(
            f"found a name of {len(name)} characters, {len(unseen)} of them not to be seen, "
            f"expected 1 to {_LONGEST_NAME} on one line",
            "write what the compound is called, e.g. 行政中心",
        )
    if not _DIVISION.fullmatch(division):
        raise DivisionError(
            f"found division {division!r}, expected six digits (GB/T 2260)",
            "give the county's code, e.g. 330302, or leave it out",
        )
    site_id = uuid4()
    new = NewEntry(id=site_id, kind=CodeKind.SITE, site_id=site_id, code_part=division)
    changes = ChangeSet(
        site_id=site_id,
        valid_from=None,
        new=(new,),
        states=(State(entry_id=site_id, name=name),),
    )
    row = {
        "entry_id": site_id,
        "division": division,
        "name": name,
        "epsg": epsg,
        "origin": list(origin),
        "latitude": latitude,
        "longitude": longitude,
    }
    with recording(conn, reader):
        applied = apply(conn, changes, actor=actor, action="site")
        conn.execute(load("sites")["add_site"], row)
    return AddedSite(id=site_id, code=applied.codes[site_id])


def tree(conn: Connection, site: Site, moment: Moment) -> dict[str, Any]:
    """Return a site's buildings with their storeys, in the form of ``GET /api/tree``."""
    asked = {"site_id": site.id, "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=class_row(_Node)) as cursor:
        nodes = cursor.execute(load("sites")["tree"], asked).fetchall()
    storeys: dict[UUID | None, list[_Node]] = {}
    for node in nodes:
        if node.kind == CodeKind.STOREY:
            storeys.setdefault(node.building_id, []).append(node)
    return {
        "code": site.code,
        "name": site.name,
        "kind": str(CodeKind.SITE),
        "rooms": nodes[0].site_rooms if nodes else 0,
        "area_m2": nodes[0].site_area_m2 if nodes else 0.0,
        "children": [
            {
                "code": node.code,
                "name": node.name,
                "kind": node.kind,
                "rooms": sum(storey.rooms for storey in storeys.get(node.id, ())),
                "area_m2": sum(storey.area_m2 for storey in storeys.get(node.id, ())),
                "children": [
                    {
                        "code": storey.code,
                        "name": storey.name,
                        "kind": storey.kind,
                        "elevation_m": storey.elevation_m,
                        "rooms": storey.rooms,
                        "area_m2": storey.area_m2,
                    }
                    for storey in storeys.get(node.id, ())
                ],
            }
            for node in sorted(nodes, key=lambda node: node.code)
            if node.kind == CodeKind.BUILDING
        ],
    }
