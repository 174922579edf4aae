"""Views of a site that people keep by name: their own, and those that others share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from psycopg.errors import InsufficientPrivilege
from psycopg.rows import class_row

from fangma.asset_registry.codes import canonical
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sites import Site

_FILE: Final = "views"
MOST: Final = 200
"""That a person may keep of a site."""
LONGEST_HASH: Final = 8000
_PAGE: Final = re.compile(r"[a-z]{0,20}")
_CODES: Final = frozenset({"pick", "only"})
_FIELDS: Final = _CODES | {"site", "at", "known", "colour", "breaks", "peel", "xray", "walls",
                           "cut", "eye"}  # fmt: skip


class ViewError(RegistryError):
    """A view cannot be kept so."""


class UnknownViewError(RegistryError):
    """There is no such view, or it is not shared with the reader; the two are not told apart."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"there is no view {number} that you may see",
            "list them, or ask its owner to share it",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view by name.

    Attributes
    ----------
    page : str
        On which page it was taken; "" is the model.
    hash : str
        What the scene showed, as in the address of the viewer: ``site=...&only=...&eye=...``.
    own : bool
        Whether it is the reader's.
    """

    id: int
    name: str
    page: str
    hash: str
    shared: bool
    saved_at: datetime
    owner: str
    own: bool


def codes_named(view_hash: str, site: Site) -> tuple[str, ...]:
    """Return the codes that a view names.

    Raises
    ------
    ViewError
        When it holds something that no view has, or is of another site.
    CodeError
        When what should be a code is none.
    """
    try:
        fields = parse_qsl(view_hash, strict_parsing=True, max_num_fields=len(_FIELDS))
    except ValueError as error:
        raise ViewError(
            f"the view is not readable: {error}; expected site=...&eye=...",
            "keep it from the viewer",
        ) from None
    told = dict(fields)
    strange = [name for name, _ in fields if name not in _FIELDS]
    if strange or len(told) != len(fields):
        raise ViewError(
            f"the view holds {(strange or ['a word twice'])[0][:40]!r}, "
            f"expected each of {', '.join(sorted(_FIELDS))} at most once",
            "keep it from the viewer",
        )
    if canonical(told.get("site", "")) != site.code:
        raise ViewError(
            f"the view is of the site {told.get('site', '')[:40]!r}, expected {site.code}",
            "name the site that the view shows",
        )
    named = (code for field in sorted(_CODES) for code in told.get(field, "").split(",") if code)
    return tuple(dict.fromkeys(canonical(code) for code in named))


def list_views(conn: Connection, site: Site) -> list[SavedView]:
    """Return the reader's views of a site, then those that others share."""
    with conn.cursor(row_factory=class_row(SavedView)) as cursor:
        return cursor.execute(load(_FILE)["list"], {"site_id": site.id}).fetchall()


def find_view(conn: Connection, number: int) -> SavedView:
    """Return a view by number.

    Raises
    ------
    UnknownViewError
    """
    with conn.cursor(row_factory=class_row(SavedView)) as cursor:
        found = cursor.execute(load(_FILE)["find"], {"id": number}).fetchone()
    if found is None:
        raise UnknownViewError(number)
    return found


def save_view(
    conn: Connection, site: Site, *, name: str, page: str, view_hash: str, shared: bool, actor: str
) -> SavedView:
    """Keep a view under a name, inside ``recording`` of an account; the same name is written over.

    Raises
    ------
    ViewError
        When it is none, names what the reader does not see, or there are too many.
    CodeError
    """
    sql = load(_FILE)
    name = name.strip()
    if not 0 < len(name) <= 80 or not _PAGE.fullmatch(page) or len(view_hash) > LONGEST_HASH:
        raise ViewError(
            f"found the name {name[:80]!r} of a view of {len(view_hash)} letters on the page "
            f"{page[:20]!r}, expected a name of at most 80 and at most {LONGEST_HASH} letters",
            "give it a shorter name",
        )
    codes = codes_named(view_hash, site)
    unseen = conn.execute(sql["unseen"], {"codes": list(codes)}).fetchone()
    if unseen is not None:
        raise ViewError(f"the view names {unseen[0]}, which you do not see", "take it out")
    row = conn.execute(sql["count"], {"site_id": site.id, "name": name}).fetchone()
    if row is not None and row[0] >= MOST:
        raise ViewError(f"you keep {row[0]} views, expected at most {MOST}", "remove some")
    told = {
        "site_id": site.id,
        "name": name,
        "page": page,
        "hash": view_hash,
        "codes": list(codes),
        "shared": shared,
    }
    try:
        saved = conn.execute(sql["save"], told).fetchone()
    except InsufficientPrivilege:
        # A row of that name is there and out of sight: it names what became secret meanwhile.
        raise ViewError(
            f"the name {name!r} is taken by a view that you may no longer see", "take another name"
        ) from None
    if saved is None:
        raise ViewError(f"the site {site.code} is gone", "choose another")
    view = find_view(conn, saved[0])
    audit_log.append(
        conn,
        actor=actor,
        action="view-save",
        subject=site.code,
        detail={"view": view.id, "name": name, "shared": shared},
    )
    return view


def remove_view(conn: Connection, number: int, *, actor: str) -> None:
    """Remove a view of the reader's own, inside ``recording``.

    Raises
    ------
    UnknownViewError
    """
    row = conn.execute(load(_FILE)["remove"], {"id": number}).fetchone()
    if row is None:
        raise UnknownViewError(number)
    audit_log.append(
        conn, actor=actor, action="view-remove", detail={"view": number, "name": row[0]}
    )
