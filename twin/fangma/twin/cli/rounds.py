"""``fangma rounds``: inspection rounds, when they are due, and the way through them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.pipes import Site
from fangma.twin.cli.registry import connected

if TYPE_CHECKING:
    from rich.console import Console

Round = Annotated[str, typer.Argument(help="Number or id of the round.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    rounds = typer.Typer(help="Inspection rounds: what is looked at how often.")
    for command in (add, list_, show, end):
        rounds.command(command.__name__.rstrip("_"))(command)
    app.add_typer(rounds, name="rounds")


def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    stop: Annotated[
        list[str], typer.Option(help="CODE or CODE=CHECK+CHECK; again for each stop, in any order.")
    ],
    every: Annotated[int, typer.Option(min=1, max=366, help="Days from one to the next.")] = 7,
    starts: Annotated[
        str | None, typer.Option(help="First day, 2026-11-23; today if left out.")
    ] = None,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Plan a round; the way through its stops is found by itself."""
    from fangma.asset_registry.inspections.rounds import Plan
    from fangma.asset_registry.store import audit_log, inspections
    from fangma.asset_registry.store.connection import OPERATOR, moment_of, recording
    from fangma.asset_registry.store.sites import find_site
    from fangma.twin.times import CHINA

    plan = Plan(
        name=name.strip(),
        every_days=every,
        starts_on=_day(starts) if starts else datetime.now(CHINA).date(),
        stops=tuple(_stop(each) for each in stop),
    )
    with connected() as connection, recording(connection, OPERATOR):
        found = find_site(connection, site or plan.stops[0].code, moment_of(connection))
        if found is None:
            raise typer.BadParameter("There is no site yet; fangma site add makes one.")
        made = inspections.add_round(connection, uuid4(), found.id, plan, actor=OPERATOR)
        audit_log.append(
            connection,
            actor=OPERATOR,
            action="round-add",
            subject=found.code,
            detail={"round": made.number, "name": plan.name, "stops": len(plan.stops)},
        )
    document = _found(str(made.id))
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def list_(site: Site = None, as_json: Json = False) -> None:
    """List rounds, with the walks that are due."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.sites import find_site
    from fangma.twin.field import rounds

    with connected() as connection, reading(connection, OPERATOR) as moment:
        place = None if site is None else find_site(connection, site, moment)
        items = rounds.listed(
            connection, moment, now=datetime.now(UTC), site_id=None if place is None else place.id
        )
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console,
            ("number", "name", "every days", "stops", "due", "overdue", "next"),
            [_line(item) for item in items],
        ),
    )


def show(round_: Round, as_json: Json = False) -> None:
    """Show a round: its stops in the order of a short way, its walks, what was found."""
    document = _found(round_)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def end(
    round_: Round,
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    as_json: Json = False,
) -> None:
    """Walk a round no more; what was found on it stays."""
    from fangma.asset_registry.store import audit_log, inspections
    from fangma.asset_registry.store.connection import OPERATOR, moment_of, recording

    if not reason.strip():
        raise typer.BadParameter("--reason is empty; say why.")
    with connected() as connection, recording(connection, OPERATOR):
        found = inspections.find_round(connection, _ref(round_), moment_of(connection))
        inspections.end_round(connection, found, actor=OPERATOR, reason=reason.strip())
        audit_log.append(
            connection,
            actor=OPERATOR,
            action="round-end",
            subject=found.site,
            detail={"round": found.number, "reason": reason.strip()},
        )
    answer(
        {"number": found.number, "ended": True},
        as_json=as_json,
        show=lambda console: console.print(f"round {found.number} is ended"),
    )


def _found(round_: str) -> dict[str, Any]:
    from fangma.asset_registry.store import inspections
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.field import rounds

    with connected() as connection, reading(connection, OPERATOR) as moment:
        found = inspections.find_round(connection, _ref(round_), moment)
        return rounds.told(connection, found, moment, now=datetime.now(UTC))


def _ref(text: str) -> UUID | int:
    if text.isdecimal() and len(text) < 16:
        return int(text)
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"found {text[:60]!r}, expected a number or a UUID") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"found --starts {text[:40]}, expected 2026-11-23") from None


def _stop(text: str) -> Any:  # noqa: ANN401 - a late import
    from fangma.asset_registry.inspections.rounds import Stop

    code, _, checks = text.partition("=")
    return Stop(code=code, checks=tuple(checks.split("+")) if checks else ("leak",))


def _line(item: dict[str, Any]) -> tuple[object, ...]:
    by_state = [each["state"] for each in item["walks"]]
    coming = [each["on"] for each in item["walks"] if each["state"] in {"due", "coming"}]
    return (
        item["number"], item["name"], item["every_days"], item["stop_count"],
        by_state.count("due"), by_state.count("overdue"), coming[0] if coming else "",
    )  # fmt: skip


def _show(console: Console, item: dict[str, Any]) -> None:
    rows(console, ("fact", "value"), [
        (key, item[key]) for key in ("number", "name", "every_days", "starts_on", "length_m")
    ])  # fmt: skip
    console.print()
    rows(
        console,
        ("code", "name", "storey", "checks", "from the one before"),
        [
            (
                stop["code"], stop["name"], stop["storey_name"] or stop["storey"],
                " ".join(stop["checks"]),
                "" if stop["leg_m"] is None else f"{stop['leg_m']:.0f} m",
            )
            for stop in item["stops"]
        ],
    )  # fmt: skip
    console.print()
    rows(
        console,
        ("walk", "state", "visited"),
        [(w["on"], w["state"], f"{w['visited']} of {w['stops']}") for w in item["walks"]],
    )
