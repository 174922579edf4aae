"""Find things by what people type: a code or its beginning, a door number, a part of a name."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.codes import CodeError, canonical, parse
from fangma.asset_registry.store.items import escape_like
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One find; ``why`` is ``code``, ``number`` or ``name``."""

    code: str
    kind: str
    name: str | None
    number: str | None
    building: str | None
    storey: str | None
    ordinal: int
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``GET /api/search``."""
        return asdict(self)


def search(
    conn: Connection, q: str, *, moment: Moment, site: Site | None = None, limit: int = 20
) -> list[Hit]:
    """Return what a text finds, best first; a retired thing by its whole code only.

    Parameters
    ----------
    q : str
        ``330302-001-A02-F05-0512-C``, ``A02-F05`` (with a site), ``512``, ``会议`` ...
    """
    for text in _spellings(q.replace("\0", "").strip()):
        found = _search(conn, text, moment, site, limit)
        if found:
            return found
    return []


def _spellings(text: str) -> list[str]:
    """Return how a text may stand in the registry: folded, as typed, in full-width forms.

    ０５１２ finds 0512, and 0512 finds ０５１２.
    """
    folded = unicodedata.normalize("NFKC", text)
    return [each for each in dict.fromkeys((folded, text, folded.translate(_FULL_WIDTH))) if each]


def _search(
    conn: Connection, text: str, moment: Moment, site: Site | None, limit: int
) -> list[Hit]:
    pattern = escape_like(text)
    prefixes = _prefixes(text, site)
    with conn.cursor(row_factory=class_row(Hit)) as cursor:
        return cursor.execute(
            load("scene")["search"],
            {
                "q": text,
                "code": _whole_code(text),
                "first": prefixes,
                "last": [f"{prefix}~" for prefix in prefixes],  # after every code that begins so
                "begins": f"{pattern}%",
                "within": f"%{pattern}%",
                "at": moment.at,
                "known": moment.known,
                "revision": moment.revision,
                "site_id": None if site is None else site.id,
                "limit": limit,
            },
        ).fetchall()


def _whole_code(text: str) -> str | None:
    try:
        return str(parse(text))
    except CodeError:
        return None


def _prefixes(text: str, site: Site | None) -> list[str]:
    """Return beginnings of codes that a text may be: from the division on, or within the site."""
    typed = canonical(text)
    whole = _whole_code(text)
    found = [] if whole is None else [whole]
    if len(typed) >= 4 and typed[:4].isdigit():
        found.append(typed)
    if site is not None and len(typed) >= 3:
        found.append(f"{site.code[:-1]}{typed}")
    return list(dict.fromkeys(found))
