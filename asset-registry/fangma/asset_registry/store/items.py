"""Items as ``fangma list`` prints them: what exists, what it is called, where it is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.kinds import KINDS
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment


class KindError(RegistryError):
    """A word that is no kind of the registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which items of a kind; None leaves a condition out.

    Attributes
    ----------
    q : str or None
        Part of a name, door number or code.
    """

    site: UUID | None = None
    building: UUID | None = None
    storey: UUID | None = None
    use: str | None = None
    system: str | None = None
    q: str | None = None


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A file that an entry stands in, or stood in."""

    file: str
    guid: str | None
    superseded: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the form of CONTRACTS."""
        return {"file": self.file, "guid": self.guid, "superseded": self.superseded}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry as of a moment; ``id`` and ``ordinal`` are for us, the rest is for everybody."""

    id: UUID
    ordinal: int
    code: str | None
    kind: str
    name: str | None
    number: str | None
    building: str | None
    storey: str | None
    use: str | None
    system: str | None
    area_m2: float | None
    status: str
    sources: tuple[SourceRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the form of CONTRACTS, with the ordinal besides."""
        return {
            "code": self.code,
            "kind": self.kind,
            "name": self.name,
            "number": self.number,
            "building": self.building,
            "storey": self.storey,
            "use": self.use,
            "system": self.system,
            "area_m2": self.area_m2,
            "sources": [source.as_dict() for source in self.sources],
            "status": self.status,
            "ordinal": self.ordinal,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _ItemRow:
    id: UUID
    ordinal: int
    code: str | None
    kind: str
    name: str | None
    number: str | None
    building: str | None
    storey: str | None
    use: str | None
    system: str | None
    area_m2: float | None
    status: str
    guids: list[str | None] | None
    since: list[UUID] | None
    until: list[UUID | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelRevision:
    id: UUID
    model_id: UUID
    revision_id: int
    file: str


def check_kind(kind: str) -> None:
    """Refuse a word that is no kind of entry.

    Raises
    ------
    KindError
    """
    if kind not in KINDS:
        raise KindError(
            f"found kind {kind!r}, expected one of {', '.join(KINDS)}", "choose one of them"
        )


def list_items(
    conn: Connection,
    kind: str,
    *,
    moment: Moment,
    all_: bool = False,
    filters: Filters = EVERYTHING,
    limit: int | None = None,
    after: str | None = None,
) -> list[Item]:
    """List the entries of a kind, by code; those without one in the order in which they came.

    Parameters
    ----------
    kind : str
        A word of CONTRACTS such as ``room``.
    all_ : bool
        With those that are no longer, told as they last were.
    limit : int or None
        None = all.
    after : str or None
        What :func:`next_after` said of the last item of the page before.

    Raises
    ------
    KindError
        When there is no such kind.
    """
    check_kind(kind)
    by_ordinal = after is not None and after.isdecimal()
    # ０５１２ is 0512.
    folded = unicodedata.normalize("NFKC", filters.q or "")
    return _items(
        conn,
        "list_all" if all_ else "list_current",
        moment,
        {
            "kind": kind,
            "ids": None,
            "site_id": filters.site,
            "building": filters.building,
            "storey": filters.storey,
            "use": filters.use,
            "system": filters.system,
            "q": None if filters.q is None else f"%{escape_like(folded)}%",
            "after_code": None if by_ordinal else after,
            "after_ordinal": int(after) if by_ordinal and after else None,
            "limit": limit,
        },
    )


def next_after(item: Item) -> str:
    """Return where the page after this item begins."""
    return item.code or str(item.ordinal)


def find_item(conn: Connection, entry_id: UUID, kind: str, moment: Moment) -> Item | None:
    """Return one entry, current or not; None when nothing of it was known then."""
    found = find_items(conn, [entry_id], kind, moment)
    return found[0] if found else None


def find_items(conn: Connection, ids: Sequence[UUID], kind: str, moment: Moment) -> list[Item]:
    """Return entries of a kind, current or not, by code, without those not known then."""
    nothing = dict.fromkeys(
        (
            "site_id", "building", "storey", "use", "system", "q", "after_code", "after_ordinal",
            "limit",
        )
    )  # fmt: skip
    return _items(conn, "list_all", moment, {**nothing, "ids": list(ids), "kind": kind})


def escape_like(text: str) -> str:
    r"""Make a text safe inside a LIKE pattern.

    >>> escape_like("50%_a")
    '50\\%\\_a'
    """
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _items(
    conn: Connection, query: str, moment: Moment, parameters: Mapping[str, Any]
) -> list[Item]:
    sql = load("entries")
    with conn.cursor(row_factory=class_row(_ItemRow)) as cursor:
        cursor.execute(sql[query], {**parameters, "at": moment.at, "known": moment.known})
        rows = cursor.fetchall()
    files = _Files(conn, moment)
    return [
        Item(
            id=row.id,
            ordinal=row.ordinal,
            code=row.code,
            kind=row.kind,
            name=row.name,
            number=row.number,
            building=row.building,
            storey=row.storey,
            use=row.use,
            system=row.system,
            area_m2=row.area_m2,
            status=row.status,
            sources=files.of(zip(row.guids or (), row.since or (), row.until or (), strict=True)),
        )
        for row in rows
    ]


class _Files:
    """Which files hold an entry: every revision of its model from the first to the last."""

    def __init__(self, conn: Connection, moment: Moment) -> None:
        with conn.cursor(row_factory=class_row(_ModelRevision)) as cursor:
            cursor.execute(load("entries")["model_revisions"], {"revision": moment.revision})
            rows = cursor.fetchall()
        self._by_id = {row.id: row for row in rows}
        self._of_model: dict[UUID, list[_ModelRevision]] = {}
        for row in rows:
            self._of_model.setdefault(row.model_id, []).append(row)
        self._spans: dict[tuple[UUID, UUID | None], tuple[tuple[str, bool], ...]] = {}

    def of(self, sources: Iterable[tuple[str | None, UUID, UUID | None]]) -> tuple[SourceRow, ...]:
        superseded: dict[tuple[str, str | None], bool] = {}
        for guid, since, until in sources:
            for file, old in self._span(since, until):
                superseded[file, guid] = superseded.get((file, guid), True) and old
        return tuple(
            SourceRow(file=file, guid=guid, superseded=old)
            for (file, guid), old in sorted(
                superseded.items(), key=lambda item: (item[1], item[0][0], item[0][1] or "")
            )
        )

    def _span(self, since: UUID, until: UUID | None) -> tuple[tuple[str, bool], ...]:
        """Return the files from one revision to before another, and whether each is an old one."""
        if (since, until) not in self._spans:
            self._spans[since, until] = tuple(self._spanned(since, until))
        return self._spans[since, until]

    def _spanned(self, since: UUID, until: UUID | None) -> Iterable[tuple[str, bool]]:
        first = self._by_id.get(since)
        if first is None:  # not known at that moment
            return
        last = None if until is None else self._by_id.get(until)
        series = self._of_model[first.model_id]
        for revision in series:
            if revision.revision_id < first.revision_id:
                continue
            if last is not None and revision.revision_id >= last.revision_id:
                continue
            yield revision.file, last is not None or revision is not series[-1]
