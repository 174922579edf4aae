"""Prove what must always be true of the registry, for ``fangma verify``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.codes import Code, CodeError, CodeKind, parse
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fangma.asset_registry.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was proved, or what breaks it."""

    name: str
    ok: bool
    detail: str


def verify(conn: Connection, content_problem: Callable[[str], str | None]) -> list[Check]:
    """Examine everything that the reader may see; as ``operator``, everything.

    Parameters
    ----------
    content_problem : callable
        Takes the SHA-256 that names a tile's file and says what is wrong with it (missing, other
        bytes), or None.

    Returns
    -------
    checks : list of Check
        In a fixed order; all of them, whatever fails.
    """
    return [
        _overlaps(conn),
        *_codes(conn),
        _belonging(conn),
        _revisions(conn),
        _tiles(conn, content_problem),
        _audit(conn),
    ]


def _overlaps(conn: Connection) -> Check:
    culprits = [
        f"{fact} of {code or f'element {ordinal}'}"
        for fact in ("state", "shape")
        for code, ordinal in _rows(conn, f"{fact}_overlaps")
    ]
    culprits += [f"{fact} of {subject}" for fact, subject in _rows(conn, "holding_overlaps")]
    return _check("facts", culprits, "no two current rows of a fact overlap")


def _codes(conn: Connection) -> Iterable[Check]:
    rows = _rows(conn, "codes")
    malformed = []
    codes: list[Code] = []
    for text, kind in rows:
        try:
            code = parse(text)
        except CodeError as error:
            malformed.append(f"{text}: {error.message}")
            continue
        if str(code) != text or not _fits(code, kind):
            malformed.append(f"{text}: found on a {kind}, expected a {code.kind} {code}")
        codes.append(code)
    yield _check("codes", malformed, f"{len(rows)} codes have the right form and check character")
    yield _check("serials", _not_given(conn, codes), "every code was given once and is kept")


def _fits(code: Code, kind: str) -> bool:
    return code.kind == kind if code.kind != CodeKind.THING else kind not in set(CodeKind)


def _not_given(conn: Connection, codes: Iterable[Code]) -> list[str]:
    """Codes that the registry could give again: a second time, or for lack of a record."""
    parts: dict[str, set[str]] = defaultdict(set)
    for prefix, part in _rows(conn, "parts"):
        parts[prefix].add(part)
    last: dict[str, int] = dict(_rows(conn, "serials"))
    seen: set[Code] = set()
    culprits = []
    for code in codes:
        if code in seen:
            culprits.append(f"{code} occurs twice")
        seen.add(code)
        *before, own = code.parts
        prefix = "-".join(before)
        if code.serial is not None:
            kept = int(code.serial) <= last.get(prefix, 0)
        else:
            kept = own in parts[prefix]
        if not kept:
            culprits.append(f"{code} is not on record as given")
    return culprits


def _belonging(conn: Connection) -> Check:
    culprits = [f"{fact} of {entry}" for fact, entry in _rows(conn, "strays")]
    culprits += [f"source of {entry}" for entry, _ in _rows(conn, "stray_sources")]
    culprits += [
        f"{code or f'element {ordinal}'} never had a state"
        for code, ordinal in _rows(conn, "entries_without_state")
    ]
    return _check("belonging", culprits, "every fact and source hangs on an entry and a file")


def _revisions(conn: Connection) -> Check:
    culprits = [f"revision {row[0]} is not later" for row in _rows(conn, "revisions_backwards")]
    culprits += [
        f"{fact} of {entry} does not carry the time of revision {revision}"
        for fact, entry, revision in _rows(conn, "facts_out_of_time")
    ]
    return _check("revisions", culprits, "recorded time runs forward, and facts carry it")


def _tiles(conn: Connection, content_problem: Callable[[str], str | None]) -> Check:
    hashes = [row[0] for row in _rows(conn, "tile_contents")]
    culprits = [
        f"{content}: {problem}"
        for content in hashes
        if (problem := content_problem(content)) is not None
    ]
    return _check("tiles", culprits, f"{len(hashes)} tile files are there, with their own bytes")


def _audit(conn: Connection) -> Check:
    broken = [f"entry {row[0]}" for row in _rows(conn, "broken_audit")]
    head = _rows(conn, "audit_head")
    told = f"{head[0][0]} entries, head {head[0][1]}" if head else "no entries"
    return _check("audit-log", broken, f"the chain holds: {told}")


def _rows(conn: Connection, name: str) -> list[tuple[Any, ...]]:
    return conn.execute(load("verification")[name]).fetchall()


def _check(name: str, culprits: list[str], fine: str) -> Check:
    if not culprits:
        return Check(name=name, ok=True, detail=fine)
    more = f" and {len(culprits) - 5} more" if len(culprits) > 5 else ""
    return Check(name=name, ok=False, detail="; ".join(culprits[:5]) + more)
