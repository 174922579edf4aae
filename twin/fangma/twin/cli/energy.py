"""``fangma energy``: what a site used, by unit, building, storey and room, and by square metre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected, moments

if TYPE_CHECKING:
    from rich.console import Console

_TIME = "RFC 3339 with an offset, or a date."
_COLUMNS = (
    "kind",
    "code",
    "name",
    "used",
    "metered_m2",
    "used_per_m2",
    "peak",
    "peak_at",
    "baseline",
    "night_share",
    "whole",
)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(energy)


def energy(
    start: Annotated[
        str | None, typer.Option("--from", help=f"From then on, else thirty days. {_TIME}")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help=f"Up to then, else now. {_TIME}")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="site, unit, building, storey or room; may be repeated."),
    ] = None,
    observed_property: Annotated[
        str, typer.Option("--property", help="Of the meters, such as energy or water.")
    ] = "energy",
    unit: Annotated[str, typer.Option(help="UCUM of the meters.")] = "kW.h",
    site: Annotated[
        str | None, typer.Option(help="Code of the site, where there are more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what was used: sums, by square metre, peak, baseline and share of the night."""
    from fangma.asset_registry.energy import SHOWN
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.metering import USUAL_LEVELS, energy_document

    wrong = [each for each in by or () if each not in SHOWN]
    if wrong:
        raise typer.BadParameter(f"--by is {wrong[0]}, expected one of {', '.join(SHOWN)}")
    since, until = moments(start, end)
    with connected() as connection:
        told = energy_document(
            connection,
            OPERATOR,
            site=site,
            observed_property=observed_property,
            unit=unit,
            start=since,
            end=until,
            levels=by or USUAL_LEVELS,
        )

    def shown(console: Console) -> None:
        rows(console, _COLUMNS, [[item[column] for column in _COLUMNS] for item in told["items"]])
        if told["findings"]:
            columns = ("rule", "code", "message")
            rows(console, columns, [[each[c] for c in columns] for each in told["findings"]])

    answer(told, as_json=as_json, show=shown)
