"""``fangma review``: what imports could not tell, decided by people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected, moments

_COLUMNS = ("id", "file", "old", "new", "why", "decision")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    review = typer.Typer(help="What imports could not tell: is this room still that room?")
    review.command("list")(list_)
    review.command("decide")(decide)
    app.add_typer(review, name="review")


def list_(
    all_: Annotated[bool, typer.Option("--all", help="With the decided ones too.")] = False,
    as_json: Json = False,
) -> None:
    """List what waits for a decision."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.reviews import list_reviews

    with connected() as connection, reading(connection, OPERATOR):
        items = [review.as_dict() for review in list_reviews(connection, all_=all_)]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console,
            _COLUMNS,
            [
                [", ".join(v) if isinstance(v := item[c], list) else v for c in _COLUMNS]
                for item in items
            ],
        ),
    )


def decide(
    review: Annotated[int, typer.Argument(help="Number of the review, as listed.")],
    decision: Annotated[
        str, typer.Argument(help="same, different, split or merge: what became of the old one.")
    ],
    since: Annotated[
        str | None, typer.Option("--from", help="From when on it is so; else now.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    document: Annotated[str | None, typer.Option(help="The document that says so.")] = None,
    as_json: Json = False,
) -> None:
    """Decide a review; the codes follow at once."""
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.reviews import DECISIONS, decide as carry_out, list_reviews

    if decision not in DECISIONS:
        raise typer.BadParameter(f"{decision}: expected one of {', '.join(DECISIONS)}.")
    at = moments(since, None)[0] or datetime.now(UTC)
    with connected() as connection, recording(connection, OPERATOR):
        carry_out(
            connection, review, decision, actor=OPERATOR, at=at, reason=reason,
            document=document,
        )  # fmt: skip
        (decided,) = list_reviews(connection, all_=True, id_=review)
        audit_log.append(
            connection, actor=OPERATOR, action="review", subject=str(review),
            detail={"decision": decision, "reason": reason},
        )  # fmt: skip
    answer(
        decided.as_dict(),
        as_json=as_json,
        show=lambda console: console.print(f"{review}: {decision}", markup=False),
    )
