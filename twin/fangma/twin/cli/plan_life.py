"""``fangma plan draft, list, show, check, assign, compare, merge, submit ... revert, note``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.planning import RequestFile, read_document
from fangma.twin.cli.registry import connected

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.twin.plans import Desk

Number = Annotated[int, typer.Argument(min=1, help="Number of the plan, as listed.")]
By = Annotated[
    str | None,
    typer.Option("--by", help="Account in whose name; the operator of this machine if left out."),
]
Comment = Annotated[str | None, typer.Option(help="A word that stays with the plan.")]


def register(plan: typer.Typer) -> None:
    """Add the commands of this module."""
    plan.command()(draft)
    plan.command("list")(list_)
    plan.command()(show)
    plan.command()(check)
    plan.command()(assign)
    plan.command()(compare)
    plan.command()(merge)
    plan.command()(submit)
    plan.command()(approve)
    plan.command()(reject)
    plan.command()(withdraw)
    plan.command()(apply)
    plan.command()(revert)
    plan.command()(note)


def draft(
    request: RequestFile,
    title: Annotated[str | None, typer.Option(help="What the plan is called.")] = None,
    solve: Annotated[bool, typer.Option("--solve/--no-solve", help="Find a plan.")] = True,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Draw up a plan for a request and keep it as a draft; exit code 1 when there is none."""
    with _desk(by) as desk:
        document = desk.draft(read_document(request), title=title, solve=solve)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))
    return 1 if document["answer"].get("status") == "infeasible" else 0


def list_(
    status: Annotated[
        str | None, typer.Option(help="draft submitted approved applied reverted withdrawn")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Only of this site.")] = None,
    as_json: Json = False,
) -> None:
    """List plans, newest first."""
    with _desk(None) as desk:
        items = desk.list(site=site, status=status)
    columns = ("number", "title", "status", "version", "author", "planned_on", "placed")
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[item[column] for column in columns] for item in items]
        ),
    )


def show(plan: Number, as_json: Json = False) -> None:
    """Show a plan: whom it places, what was done to it, and how it stands now."""
    with _desk(None) as desk:
        document = desk.show(plan)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def check(plan: Number, as_json: Json = False) -> int:
    """Judge a plan as things stand; exit code 1 when it breaks a rule."""
    with _desk(None) as desk:
        document = desk.check(plan)
    answer(document, as_json=as_json, show=lambda console: _show_check(console, document))
    return 0 if document["ok"] else 1


def assign(
    plan: Number,
    person: Annotated[str, typer.Argument(help="人员编号.")],
    room: Annotated[
        str | None, typer.Argument(help="Code of the room; left out, the person stays.")
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Place somebody by hand in a draft; exit code 1 when a rule is broken then."""
    with _desk(by) as desk:
        document = desk.assign(plan, None, person, room, forget=room is None)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))
    return 0 if document["check"]["ok"] else 1


def compare(
    left: Number,
    right: Annotated[int, typer.Argument(min=1, help="Number of the other plan.")],
    as_json: Json = False,
) -> None:
    """Put two plans side by side."""
    with _desk(None) as desk:
        document = desk.compare(left, right)
    answer(document, as_json=as_json, show=lambda console: _show_both(console, document))


def merge(
    left: Number,
    right: Annotated[int, typer.Argument(min=1, help="Number of the other plan.")],
    title: Annotated[str | None, typer.Option(help="What the new plan is called.")] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="PERSON=left or PERSON=right, for whom both place differently."),
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Make a new draft of two plans; exit code 1 when some conflict is not decided."""
    chosen = {}
    for each in choose or []:
        person, _, side = each.rpartition("=")
        if not person or side not in {"left", "right"}:
            raise typer.BadParameter(f"{each}: expected PERSON=left or PERSON=right.")
        chosen[person] = side
    with _desk(by) as desk:
        document = desk.merge(left, right, title=title, chosen=chosen)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))
    return 1 if document["conflicts"] else 0


def submit(
    plan: Number,
    approvals: Annotated[
        int, typer.Option(min=1, max=4, help="How many others must approve it.")
    ] = 1,
    comment: Comment = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Hand a draft in for approval; it must break no rule."""
    with _desk(by) as desk:
        document = desk.submit(plan, None, approvals=approvals, comment=comment)
    _tell(document, as_json=as_json)


def approve(
    plan: Number,
    by: Annotated[str, typer.Option("--by", help="Account of who approves.")],
    comment: Comment = None,
    as_json: Json = False,
) -> None:
    """Approve a plan in the name of an account that had no hand in it."""
    _decide(plan, by, "approve", comment, as_json=as_json)


def reject(
    plan: Number,
    by: Annotated[str, typer.Option("--by", help="Account of who rejects.")],
    comment: Comment = None,
    as_json: Json = False,
) -> None:
    """Reject a plan: it becomes a draft again."""
    _decide(plan, by, "reject", comment, as_json=as_json)


def withdraw(plan: Number, comment: Comment = None, by: By = None, as_json: Json = False) -> None:
    """Take a submitted or approved plan back to a draft, or lay a draft aside."""
    with _desk(by) as desk:
        document = desk.withdraw(plan, None, comment=comment)
    _tell(document, as_json=as_json)


def apply(plan: Number, by: By = None, as_json: Json = False) -> None:
    """Write an approved plan into the registry, on its day or later."""
    with _desk(by) as desk:
        document = desk.apply(plan, None)
    _tell(document, as_json=as_json)


def revert(
    plan: Number,
    reason: Annotated[str, typer.Option(help="Why; stays on record.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Put everybody back where they were before a plan, from today on."""
    if not reason.strip():
        raise typer.BadParameter("--reason is empty; say why.")
    with _desk(by) as desk:
        document = desk.revert(plan, None, reason=reason.strip())
    _tell(document, as_json=as_json)


def note(
    room: Annotated[str, typer.Argument(help="Code of the room.")],
    text: Annotated[str, typer.Argument(help="What to keep in its file.")],
    plan: Annotated[int | None, typer.Option(help="The plan that it belongs to.")] = None,
    sketch: Annotated[
        Path | None, typer.Option(help="A GeoJSON geometry in the site's CRS, in a file.")
    ] = None,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Keep a comment or sketch in a room's file, whatever becomes of the plan."""
    drawn = None
    if sketch is not None:
        try:
            drawn = json.loads(sketch.read_text("utf-8"))
        except ValueError as error:
            raise typer.BadParameter(f"{sketch} is no JSON: {error}") from None
        if not isinstance(drawn, dict):
            raise typer.BadParameter(f"{sketch}: expected one GeoJSON geometry.")
    with _desk(by) as desk:
        document = desk.note(room, text, sketch=drawn, plan=plan)
    answer(document, as_json=as_json, show=lambda console: console.print("kept"))


def _decide(plan: int, by: str, decision: str, comment: str | None, *, as_json: bool) -> None:
    with _desk(by) as desk:
        document = desk.decide(plan, None, decision=decision, roles=desk.roles, comment=comment)
    _tell(document, as_json=as_json)


@contextmanager
def _desk(by: str | None) -> Iterator[Desk]:
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.plans import Desk, desk_of

    with connected() as connection:
        now = datetime.now(UTC)
        if by is None:
            yield Desk(connection, OPERATOR, OPERATOR, now)
        else:
            yield desk_of(connection, by, now)


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    said = f"plan {document['plan']}: {document['status']}"
    if document["status"] == "submitted":
        needed, have = document["approvals_needed"], len(document["approved_by"])
        said += f", {have} of {needed} approvals"
    answer(document, as_json=as_json, show=lambda console: console.print(said))


def _show(console: Console, document: dict[str, Any]) -> None:
    console.print(
        f"plan {document['plan']} v{document['version']} {document['status']}: "
        f"{document['title']}, {document['on']}, by {document['author']}",
        markup=False,
    )
    for each in document["conflicts"]:
        console.print(f"conflict: {each['person']} {each['left']} | {each['right']}", markup=False)
    if document["check"] is not None:
        _show_check(console, document["check"])
    rows(
        console,
        ("person", "from", "to"),
        [(each["person"], each["from"], each["to"]) for each in document["assignments"]],
    )
    rows(
        console,
        ("at", "by", "what", "comment"),
        [
            (each["at"][:19], each["actor"], each["action"], each["comment"])
            for each in document["events"]
        ],
    )


def _show_check(console: Console, check: dict[str, Any]) -> None:
    for each in check["violations"]:
        console.print(f"{each['rule']}: {each['zh']} / {each['en']}", markup=False)
    rows(
        console,
        ("figure", "before", "after"),
        [(name, value, check["objective"][name]) for name, value in check["before"].items()],
    )


def _show_both(console: Console, document: dict[str, Any]) -> None:
    left, right = document["left"], document["right"]
    rows(
        console,
        ("figure", f"plan {left['plan']}", f"plan {right['plan']}"),
        [
            (name, (left["objective"] or {}).get(name), (right["objective"] or {}).get(name))
            for name in ("moves", "excess_m2", "scatter", "distance_m", "fragments_m2")
        ],
    )
    rows(
        console,
        ("person", "present", "left", "right"),
        [
            (each["person"], each["present"], each["left"], each["right"])
            for each in document["differences"]
        ],
    )
