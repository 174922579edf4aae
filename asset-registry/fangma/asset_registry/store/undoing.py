"""Take a decision about lineage back, as one more recorded one; the SQL is ``sql/undoing.sql``.

What the decision said stays on record and can be asked for with ``known``; from now on the registry
holds what it held before: codes, shapes, people, ledger, sensors, joins. What was recorded later
and rests on the decision is never torn out: then nothing is done, and the refusal says why.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row
from psycopg.sql import SQL, Identifier, Literal

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import resting
from fangma.asset_registry.store.audit_log import append
from fangma.asset_registry.store.connection import OPERATOR
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.resting import RestedOnError
from fangma.asset_registry.store.staging import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "undoing"
_BY_ACTION: Final = frozenset({"split", "merge", "renumber"})
_LISTED: Final = "fangma lineage list names the decisions with their revisions"


class UndoError(RestedOnError):
    """A decision that is not there, was taken back already, or that later ones rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What taking a decision back did.

    Attributes
    ----------
    revision, undone : int
        The taking back itself, and the decision.
    decision : str
        ``split``, ``merge``, ``renumber``, ``swap``, ``use`` or ``review``.
    again, ended : tuple of str
        Codes that hold again, and codes that ended with the decision; those lead to the former.
    changed : tuple of str
        Codes that held all the time and are told as before again.
    back : dict of str to int
        Facts that hold again, by table; shapes and states are not counted.
    orders, stops : int
        Work orders and stops of rounds that stay with codes that ended.
    review : int or None
        Number under which the question of an import is open again.
    """

    revision: int
    undone: int
    recorded_at: datetime
    decision: str
    again: tuple[str, ...]
    ended: tuple[str, ...]
    changed: tuple[str, ...]
    back: dict[str, int]
    orders: int
    stops: int
    review: int | None

    def as_dict(self) -> dict[str, Any]:
        """Turn into what JSON carries."""
        return {
            "revision": self.revision, "undone": self.undone,
            "recorded_at": self.recorded_at.isoformat(), "decision": self.decision,
            "again": list(self.again), "ended": list(self.ended), "changed": list(self.changed),
            "back": self.back, "orders": self.orders, "stops": self.stops, "review": self.review,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    id: int
    recorded_at: datetime
    actor: str
    action: str
    reason: str | None
    detail: dict[str, Any]
    undone_by: int | None

    @property
    def kind(self) -> str | None:
        told: str | None = self.detail.get("decision")
        return told or (self.action if self.action in _BY_ACTION else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    id: UUID
    code: str | None
    secret: bool


def list_decisions(
    conn: Connection, *, about: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """List decisions about lineage, newest first, of one thing or all.

    Returns
    -------
    decisions : list of dict
        ``{"revision", "recorded_at", "actor", "reason", "document", "decision", "undone_by",
        "codes"}``; codes of what the reader may see.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load(_FILE)["list"], {"id": about, "limit": limit}).fetchall()
    return [{**row, "recorded_at": row["recorded_at"].isoformat()} for row in rows]


def undo(
    conn: Connection, revision: int, *, actor: str, reason: str | None, document: str | None = None
) -> Undone:
    """Take a decision about lineage back.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`. To see what would come
        back, do it in a transaction that is not committed.
    revision : int
        Of the decision, as ``fangma lineage list``, ``fangma show`` and its answer told it.

    Raises
    ------
    UndoError
        When the reader does not see all that it is about, or something rests on it.
    """
    sql = load(_FILE)
    conn.execute(load("applying")["lock_recording"])
    found = _find(conn, revision)
    reader = _reader(conn)
    # What rests on the decision does so whether or not this reader may see it, and half of what a
    # decision said must never be left: so it is looked at, and done, as the operator would.
    with _as_operator(conn):
        about = _about(conn, found.id)
        with conn.cursor(row_factory=class_row(_Brought)) as cursor:
            brought = cursor.execute(sql["brought"], {"id": found.id}).fetchall()
    seen = conn.execute(sql["codes_seen"], {"ids": about}).fetchall()
    if len(seen) < len(about):
        raise UndoError(f"there is no decision {revision} that you may see whole", _LISTED)
    with _as_operator(conn):
        codes = {code for _, code in seen if code is not None}
        asked: dict[str, Any] = {
            "id": found.id, "first": found.id, "ids": about, "recorded_at": found.recorded_at,
            "brought": [one.id for one in brought], "review": found.detail.get("review"),
        }  # fmt: skip
        with conn.cursor(row_factory=dict_row) as cursor:
            ancestors = cursor.execute(sql["ancestors"], asked).fetchall()
        _expect_known(found, brought, ancestors)
        span = _expect_free(conn, found, asked)
        _expect_as_secret(brought, ancestors)
        before = _there(conn, about)
        done = _carry_out(conn, found, {**asked, "span": span}, ancestors, actor, reason, document)
        after = _there(conn, about)
        append(
            conn, actor=actor, action="lineage-undo", subject=", ".join(sorted(codes)),
            detail={"undone": found.id, "decision": found.kind, "reason": reason,
                    "document": document},
        )  # fmt: skip
    if _reader(conn) != reader:
        raise AssertionError  # nobody goes on as the operator
    return Undone(
        revision=done["revision"], undone=found.id, recorded_at=done["recorded_at"],
        decision=found.kind or found.action, again=tuple(sorted(after - before)),
        ended=tuple(sorted(before - after)), changed=tuple(sorted(before & after)),
        back=done["back"], orders=done["orders"], stops=done["stops"], review=done["review"],
    )  # fmt: skip


def _find(conn: Connection, revision: int) -> _Decision:
    with conn.cursor(row_factory=class_row(_Decision)) as cursor:
        found = cursor.execute(load(_FILE)["find"], {"id": revision}).fetchone()
    if found is None:
        raise UndoError(f"there is no decision {revision}", _LISTED)
    if found.action == "rollback":
        raise UndoError(
            f"revision {revision} took a decision back itself",
            "decide again what it was about: fangma lineage split, merge, renumber, swap, use",
        )
    if found.action == "import":
        raise UndoError(
            f"revision {revision} is an import, expected a decision of people",
            f"fangma rollback {revision} takes it back; or decide the opposite with fangma lineage",
        )
    if found.kind is None:
        raise UndoError(
            f"revision {revision} ({found.action}) is no decision about lineage", _LISTED
        )
    if found.undone_by is not None:
        raise UndoError(
            f"decision {revision} was taken back already, by revision {found.undone_by}",
            "nothing needs to be done; to have it again, decide it again",
        )
    return found


def _expect_known(found: _Decision, brought: list[_Brought], ancestors: list[Any]) -> None:
    """Refuse reviews that were decided when it was not yet kept which names of files they moved."""
    if found.kind != "review" and ancestors and not brought:
        raise UndoError(
            f"decision {found.id} is about a question of an import, and was recorded before such "
            "decisions could be taken back",
            "decide the opposite with fangma lineage merge or split",
        )


def _about(conn: Connection, revision: int) -> list[UUID]:
    """Find everything of which the decision told or closed a fact, and what it brought in."""
    ids: set[UUID] = set()
    for table, about_entries in conn.execute(load(_FILE)["tables"]).fetchall():
        if not about_entries:
            continue
        query = SQL(load(_FILE)["about"]).format(table=Identifier(table), id=Literal(revision))
        ids.update(row[0] for row in conn.execute(query))
    return sorted(ids)


def _expect_free(conn: Connection, found: _Decision, asked: dict[str, Any]) -> list[int]:
    """Find what was recorded later and rests on the decision; answer what goes back with it.

    Raises
    ------
    UndoError
    """
    sql = load(_FILE)

    def rests(span: list[int]) -> dict[int, str]:
        why = resting.later_facts(conn, span, "that it is about")
        for (later,) in conn.execute(sql["later_lineage"], {**asked, "span": span}):
            if later not in span:
                why[later] = "divided, joined or replaced what it is about"
        return why

    span, why = resting.span_of(conn, [found.id], rests)
    words = []
    for file, later in conn.execute(sql["later_sources"], asked):
        why.pop(later, None)
        words.append(f"{file} (revision {later}) shows what it brought in")
    for (number,) in conn.execute(sql["later_reviews"], asked):
        words.append(f"review {number} asks about what it is about")
    told = resting.dependents(conn, why)
    words = [*resting.in_words(told), *words]
    if asked["review"] is not None:
        holds = conn.execute(sql["model_holds"], asked).fetchone()
        if holds is None or str(holds[0]) != found.detail["holds"]:
            words.append("another file of its model was imported or taken back since")
    if not words:
        return span
    opposite = {"split": "fangma lineage merge PARTS", "merge": "fangma lineage split CODE"}
    instead = opposite.get(found.kind or "", f"fangma lineage {found.kind} CODE")
    if found.kind == "review":
        instead = "fangma lineage split or merge"
    raise UndoError(
        f"later recordings rest on decision {found.id}: {'; '.join(words)}",
        "take those back first (fangma lineage undo, fangma rollback), newest first; or decide the "
        f"opposite from today on: {instead} carries along what came since",
        told,
    )


def _expect_as_secret(brought: list[_Brought], ancestors: list[dict[str, Any]]) -> None:
    """Nothing becomes less secret by going back."""
    secret = {one.id: one.code for one in brought if one.secret}
    leaking = {
        secret[step["successor_id"]]
        for step in ancestors
        if step["successor_id"] in secret and not step["secret"]
    }
    if leaking:
        raise UndoError(
            f"{', '.join(sorted(filter(None, leaking)))} was marked secret since, what it came of "
            "was not",
            "mark what it came of as secret first (fangma secret)",
        )


def _there(conn: Connection, ids: list[UUID]) -> set[str]:
    return {row[0] for row in conn.execute(load(_FILE)["there"], {"ids": ids})}


def _carry_out(
    conn: Connection,
    found: _Decision,
    asked: dict[str, Any],
    ancestors: list[dict[str, Any]],
    actor: str,
    reason: str | None,
    document: str | None,
) -> dict[str, Any]:
    sql, applying, rollback = load(_FILE), load("applying"), load("rollback")
    stamp = conn.execute(applying["stamp"]).fetchone()
    if stamp is None:
        raise AssertionError  # a SELECT without FROM gives one row
    doing = {**asked, "revision": stamp[0], "recorded_at": stamp[1]}
    staying = conn.execute(sql["staying"], doing).fetchone() or (0, 0)
    back: dict[str, int] = {}
    for table, _ in conn.execute(sql["tables"]).fetchall():
        row = conn.execute(rollback["undo_facts"], {**doing, "table": table}).fetchone()
        if row and row[0] and table not in {"state", "shape"}:
            back[table] = row[0]
    conn.execute(sql["undo_lineage"], doing)
    _lead_back(conn, doing, ancestors, reason, document)
    conn.execute(rollback["point_streams"], doing)
    review = None if found.detail.get("review") is None else _reopen(conn, found, doing)
    conn.execute(
        applying["add_revision"],
        {
            "id": stamp[0], "recorded_at": stamp[1], "actor": actor, "action": "rollback",
            "reason": reason, "document": document,
            "detail": as_json({"undone": found.id, "decision": found.kind}),
        },
    )  # fmt: skip
    conn.execute(applying["check_now"])
    return {
        "revision": stamp[0], "recorded_at": stamp[1], "back": back, "orders": staying[0],
        "stops": staying[1], "review": review,
    }  # fmt: skip


def _lead_back(
    conn: Connection,
    doing: dict[str, Any],
    ancestors: list[dict[str, Any]],
    reason: str | None,
    document: str | None,
) -> None:
    """Let labels of what ends lead to what it came of: somebody may have printed and hung them."""
    brought = set(doing["brought"])
    steps = [step for step in ancestors if step["successor_id"] in brought]
    for ended in sorted({step["successor_id"] for step in steps}):
        mine = [step for step in steps if step["successor_id"] == ended]
        areas = [step["area_m2"] for step in mine]
        whole = sum(filter(None, areas)) if None not in areas else 0.0
        for step, area in zip(mine, areas, strict=True):
            conn.execute(
                load("applying")["add_lineage"],
                {
                    "predecessor_id": ended, "successor_id": step["predecessor_id"],
                    "kind": "replace", "at": doing["recorded_at"], "reason": reason,
                    "area_share": area / whole if whole else None, "document": document,
                    "revision": doing["revision"],
                },
            )  # fmt: skip


def _reopen(conn: Connection, found: _Decision, doing: dict[str, Any]) -> int:
    """Give the names in files back to whom they had been, and ask the question again."""
    sql = load(_FILE)
    named = {**doing, "holds": found.detail["holds"], "review": found.detail["review"]}
    heirs = conn.execute(sql["review_heirs"], named).fetchone()
    conn.execute(sql["close_sources"], {**named, "ids": heirs[0] if heirs else []})
    for source in found.detail["sources"]:
        conn.execute(sql["reopen_source"], {**named, **source})
    row = conn.execute(sql["ask_again"], named).fetchone()
    if row is None:
        raise AssertionError  # the reader sees all that the review is about
    return int(row[0])


def _reader(conn: Connection) -> str:
    row = conn.execute(load("connection")["reader"]).fetchone()
    return row[0] if row and row[0] else ""


@contextmanager
def _as_operator(conn: Connection) -> Iterator[None]:
    """Look and write as the operator, and be the reader again whatever happens."""
    reader = _reader(conn)
    conn.execute(load("connection")["set_reader"], {"reader": OPERATOR})
    try:
        yield
    except RegistryError:
        conn.execute(load("connection")["set_reader"], {"reader": reader})
        raise
    # After any other error the transaction is of no use, and the setting goes with it.
    conn.execute(load("connection")["set_reader"], {"reader": reader})
