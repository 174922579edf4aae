"""What an import could not tell, and what people decide about it; the SQL is ``sql/reviews.sql``.

Until somebody decides, the old entry stays and the new one has a code of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.changes import Applied, ChangeSet, Lineage, Shape, State
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

Decision = Literal["same", "different", "split", "merge"]
DECISIONS: Final[tuple[Decision, ...]] = ("same", "different", "split", "merge")


class ReviewError(RegistryError):
    """A review that is not there, is decided already, or does not allow what was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An open question, or one that was decided.

    Attributes
    ----------
    old_codes, new_codes : list of str
        In the order of the ids; empty for things without a code, such as walls.
    file : str
        The export that raised the question.
    """

    id: int
    site_id: UUID
    model_id: UUID
    file: str
    old_ids: list[UUID]
    new_ids: list[UUID]
    old_codes: list[str]
    new_codes: list[str]
    why: str
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    document: str | None

    def as_dict(self) -> dict[str, Any]:
        """Turn into what JSON carries."""
        return {
            "id": self.id, "file": self.file, "old": self.old_codes, "new": self.new_codes,
            "why": self.why, "decision": self.decision, "decided_by": self.decided_by,
            "decided_at": None if self.decided_at is None else self.decided_at.isoformat(),
            "reason": self.reason, "document": self.document,
        }  # fmt: skip


def list_reviews(conn: Connection, *, all_: bool = False, id_: int | None = None) -> list[Review]:
    """List open reviews, newest first; with ``all_`` the decided ones too."""
    with conn.cursor(row_factory=class_row(Review)) as cursor:
        found = cursor.execute(load("reviews")["list"], {"all": all_, "id": id_})
        return found.fetchall()


def waiting(conn: Connection, site_id: UUID) -> set[UUID]:
    """Find the old entries of a site about which nothing is decided yet."""
    return {row[0] for row in conn.execute(load("reviews")["waiting"], {"site_id": site_id})}


def allowed(review: Review) -> tuple[Decision, ...]:
    """Name the decisions that the numbers of old and new entries allow."""
    return tuple(d for d in DECISIONS if _fits(review, d))


def decide(
    conn: Connection,
    id_: int,
    decision: Decision,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
    document: str | None = None,
) -> Applied:
    """Decide a review and carry it out.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`.
    decision : str
        ``same``: the old entry goes on as the new one, whose code is retired in its favour; of as
        many old as new ones the first as the first, and so on.
        ``different``: the old one is gone, the new ones stay. ``split``, ``merge``: the old ones
        are retired and the new ones are their successors.
    at : datetime
        From when on it is so.

    Raises
    ------
    ReviewError
        When the review is not there, was decided before, or has more or fewer sides than the
        decision needs.
    """
    sql = load("reviews")
    found = list_reviews(conn, all_=True, id_=id_)
    locked = conn.execute(sql["lock"], {"id": id_}).fetchone()
    if not found or locked is None:
        raise ReviewError(f"there is no review {id_}", "fangma review list names the open ones")
    review = found[0]
    if locked[0]:
        raise ReviewError(
            f"review {id_} was decided by {review.decided_by}: {review.decision}",
            "edit or split the room itself; a decision is made once",
        )
    _check_sides(review, decision)
    changes = _changes(conn, review, decision, at)
    handed: list[tuple[list[UUID], UUID, UUID | None]] = [(review.old_ids, review.old_ids[0], None)]
    if decision == "same":
        handed = [([old, new], old, new) for old, new in _couples(review)]
    applied = apply(
        conn, changes, actor=actor, action=_ACTIONS[decision],
        reason=reason or f"review {id_}: {review.why}", document=document,
        detail=_kept(conn, review, [entry for closing, _, _ in handed for entry in closing]),
    )  # fmt: skip
    for closing, heir, giver in handed:
        conn.execute(
            sql["hand_over_source"],
            {"model_id": review.model_id, "closing": closing, "heir": heir, "giver": giver},
        )
    conn.execute(
        sql["decide"],
        {
            "id": id_, "decision": decision, "actor": actor, "at": at, "reason": reason,
            "document": document,
        },
    )  # fmt: skip
    return applied


def _kept(conn: Connection, review: Review, closing: list[UUID]) -> dict[str, Any]:
    """Tell what taking the decision back needs: which names in which file it is about to move."""
    sql = load("undoing")
    holds = conn.execute(sql["model_holds"], {"review": review.id}).fetchone()
    with conn.cursor(row_factory=dict_row) as cursor:
        open_ = cursor.execute(
            sql["open_sources"], {"model_id": review.model_id, "ids": closing}
        ).fetchall()
    return {
        "decision": "review",
        "review": review.id,
        "holds": None if holds is None else str(holds[0]),
        "sources": [
            {**row, "entry_id": str(row["entry_id"]), "since_id": str(row["since_id"])}
            for row in open_
        ],
    }


_ACTIONS: Final = {"same": "edit", "different": "edit", "split": "split", "merge": "merge"}
_SIDES: Final = {"split": (False, True), "merge": (True, False)}


def _couples(review: Review) -> list[tuple[UUID, UUID]]:
    return list(zip(review.old_ids, review.new_ids, strict=True))


def _check_sides(review: Review, decision: Decision) -> None:
    """Refuse what the numbers of old and new entries do not allow."""
    if not _fits(review, decision):
        needed = {
            "same": "as many of each", "split": "one and several", "merge": "several and one",
        }[decision]  # fmt: skip
        raise ReviewError(
            f"review {review.id} is about {len(review.old_ids)} old and {len(review.new_ids)} new "
            f"entries; “{decision}” needs {needed}",
            "decide “different”, then tie the entries by hand",
        )


def _fits(review: Review, decision: Decision) -> bool:
    if decision == "same":
        return len(review.old_ids) == len(review.new_ids)
    if decision not in _SIDES:
        return True
    several_old, several_new = _SIDES[decision]
    return (len(review.old_ids) > 1) == several_old and (len(review.new_ids) > 1) == several_new


def _changes(conn: Connection, review: Review, decision: Decision, at: datetime) -> ChangeSet:
    if decision == "same":
        couples = _couples(review)
        return ChangeSet(
            site_id=review.site_id,
            valid_from=at,
            states=tuple(_state(conn, new, old) for old, new in couples),
            shapes=tuple(shape for old, new in couples for shape in _shapes(conn, new, old)),
            retired=tuple(new for _, new in couples),
            lineage=tuple(
                Lineage(predecessor_id=new, successor_id=old, kind="replace")
                for old, new in couples
            ),
        )
    kind = {"split": "split", "merge": "merge"}.get(decision)
    return ChangeSet(
        site_id=review.site_id,
        valid_from=at,
        retired=tuple(review.old_ids),
        lineage=()
        if kind is None
        else tuple(
            Lineage(predecessor_id=old, successor_id=new, kind=kind)
            for old in review.old_ids
            for new in review.new_ids
        ),
    )


def _state(conn: Connection, of: UUID, for_: UUID) -> State:
    """Read the state of one entry as that of another."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(load("reviews")["current_state"], {"id": of}).fetchone()
    if row is None:
        raise ReviewError(
            f"entry {of} is not there any more", "decide “different”, or import the model again"
        )
    return State(**{**row, "entry_id": for_})


def _shapes(conn: Connection, of: UUID, for_: UUID) -> tuple[Shape, ...]:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(load("reviews")["current_shape"], {"id": of}).fetchone()
    if row is None:
        return ()
    extent = row["extent"]
    values = {
        **row,
        "entry_id": for_,
        "extent": None if extent is None else (tuple(extent[:3]), tuple(extent[3:])),
        "declared": tuple(row["declared"] or ()),
    }
    return (Shape(**values),)
