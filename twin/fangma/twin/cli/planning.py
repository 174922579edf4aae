"""``fangma plan``: who moves where, so that every ceiling and wish is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, print_json, rows, say
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.request import Request

RequestFile = Annotated[Path, typer.Argument(help="The request, JSON; - reads standard input.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module, and those of the life of plans."""
    from fangma.twin.cli import plan_life

    plan = typer.Typer(help="Reallocation: request, solve, check, compare, approve, apply a plan.")
    plan.command()(template)
    plan.command()(solve)
    plan_life.register(plan)
    app.add_typer(plan, name="plan")


def template(
    out: Annotated[Path | None, typer.Option(help="File to write; else standard output.")] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="With rooms, people and units, to try without a registry."),
    ] = False,
    site: Annotated[
        str | None, typer.Option(help="Code of the site; the only one if left out.")
    ] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Write a request from what the registry holds now, to be completed with demands and wishes."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.planning import write_template

    with connected() as connection, reading(connection, OPERATOR, *moments(at, known)) as moment:
        document = write_template(connection, moment, site=site, whole=whole)
    if out is None:
        print_json(document)
        return
    out.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    answer({"file": str(out)}, as_json=as_json, show=lambda console: console.print(f"Wrote {out}."))


def solve(
    request: RequestFile,
    time_limit: Annotated[
        float | None, typer.Option(min=1, max=3600, help="Seconds for the plan; 60 if left out.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed, the same plan.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, max=64, help="Threads; 0 = one, or two for a large problem."),
    ] = None,
    alternatives: Annotated[
        bool | None,
        typer.Option("--alternatives/--no-alternatives", help="Weigh other orders of aims too."),
    ] = None,
    assumptions: Annotated[
        Path | None, typer.Option(help="A file of costs and other figures over those shipped.")
    ] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> int:
    """Find the best plan for a request, or say what makes one impossible (exit code 1)."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin import planning

    given = _assumptions(assumptions)
    asked = planning.with_limits(
        read(request), time_limit_s=time_limit, seed=seed, workers=workers,
        alternatives=alternatives,
    )  # fmt: skip
    if asked.is_whole:
        situation = planning.whole_situation(asked, now=datetime.now(UTC), given=given)
    else:
        when = moments(at, known)
        with connected() as connection, reading(connection, OPERATOR, *when) as moment:
            situation = planning.registry_situation(connection, moment, asked, given=given)
    document = planning.solve_request(situation, given)
    answer(document, as_json=as_json, show=lambda console: show_answer(console, document))
    return 1 if document["status"] == "infeasible" else 0


def read(path: Path) -> Request:
    """Read a request from a file or standard input."""
    from fangma.asset_registry.reallocation.request import parse_request

    return parse_request(_bytes(path))


def read_document(path: Path) -> dict[str, Any]:
    """Read the JSON of a request as it is to be kept."""
    from fangma.asset_registry.reallocation.request import parse_document

    return parse_document(_bytes(path))


def _bytes(path: Path) -> bytes:
    import sys

    from fangma.asset_registry.reallocation.request import LONGEST

    if str(path) == "-":
        return sys.stdin.buffer.read(LONGEST + 1)
    with path.open("rb") as file:
        return file.read(LONGEST + 1)


def _assumptions(path: Path | None) -> Assumptions | None:
    if path is None:
        return None
    from fangma.asset_registry.reallocation.assumptions import read_assumptions, shipped_assumptions

    return read_assumptions(path.read_text("utf-8"), shipped_assumptions())


def show_answer(console: Console, document: dict[str, Any]) -> None:
    """Draw an answer for people."""
    if document["status"] == "infeasible":
        say(document["message"]["zh"])
        say(document["message"]["en"])
        for each in document["relief"]:
            say(f"{each['zh']} / {each['en']}")
        return
    console.print(f"{document['status']}, gap {document['gap']:.2%}, {document['standard']}")
    rows(
        console,
        ("aim", "before", "after", "bound", "gap", "seconds"),
        [
            (level["name"], level["before"], level["value"], level["bound"],
             f"{level['gap']:.2%}", f"{level['seconds']:.1f}")
            for level in document["levels"]
        ],
    )  # fmt: skip
    console.print()
    rows(
        console,
        ("step", "on", "who", "from", "to", ""),
        [
            (move["step"], move["on"], move.get("person", move["unit"]), move["from"], move["to"],
             " ".join(w for w in ("newcomer", "temporary", "simultaneous") if move[w]))
            for move in document["moves"]
        ],
    )  # fmt: skip
    console.print(f"moving costs {document['cost']['after_yuan']:,.0f} yuan (assumption)")
    for each in document["alternatives"]:
        told = ", ".join(f"{name} {value:g}" for name, value in each["objective"].items())
        console.print(f"alternative {each['name']}: {told}; {each['cost_yuan']:,.0f} yuan")
