"""``fangma derived``: streams made of other streams, of each room, storey, building or unit."""

from __future__ import annotations

from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected

_COLUMNS = (
    "site",
    "name",
    "property",
    "function",
    "of",
    "unit",
    "levels",
    "fresh_s",
    "least_share",
    "since",
    "until",
    "by",
)
_Site = Annotated[str | None, typer.Option(help="Code of the site, where there are more.")]
_Reason = Annotated[str | None, typer.Option(help="Why.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    derived = typer.Typer(help="Streams derived over rooms, storeys, buildings and units.")
    derived.command("define")(define)
    derived.command("withdraw")(withdraw)
    derived.command("list")(list_)
    app.add_typer(derived, name="derived")


def define(
    name: Annotated[str, typer.Argument(help="Also the property of what is made: a-z, 0-9, -.")],
    observed_property: Annotated[
        str, typer.Argument(metavar="PROPERTY", help="Of the sensors, such as temperature.")
    ],
    function: Annotated[str, typer.Argument(help="sum, mean, area-mean, max, min or count.")],
    of_what: Annotated[
        str,
        typer.Option("--of", help="newest values, the mean of the hour, or used within the hour."),
    ] = "newest",
    unit: Annotated[str | None, typer.Option(help="UCUM; sensors in others are left out.")] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(help="room, storey, building, site or unit; may be repeated."),
    ] = None,
    fresh_s: Annotated[float, typer.Option(help="Seconds for which a value counts.")] = 1800.0,
    least_share: Annotated[
        float, typer.Option(help="Share of the sensors that must be heard, 0 to 1.")
    ] = 1.0,
    site: _Site = None,
    reason: _Reason = None,
    as_json: Json = False,
) -> None:
    """Say what is derived under a name from now on; what it meant before is kept."""
    from fangma.asset_registry.deriving import Definition
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.deriving import define_derived

    told = Definition(
        name=name,
        observed_property=observed_property,
        function=function,
        of_what=of_what,
        unit=unit,
        levels=tuple(level or ("room", "storey", "building")),
        fresh_s=fresh_s,
        least_share=least_share,
    )
    with connected() as connection:
        made = define_derived(
            connection, OPERATOR, told, site=site, actor=OPERATOR, reason=reason
        ).as_dict()
    answer(
        made,
        as_json=as_json,
        show=lambda console: rows(console, _COLUMNS, [[made[column] for column in _COLUMNS]]),
    )


def withdraw(
    name: Annotated[str, typer.Argument(help="Of what shall no longer be derived.")],
    site: _Site = None,
    reason: _Reason = None,
    as_json: Json = False,
) -> None:
    """Derive nothing under a name any more; what was told stays."""
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.deriving import withdraw_derived

    with connected() as connection:
        gone = withdraw_derived(
            connection, OPERATOR, name, site=site, actor=OPERATOR, reason=reason
        ).as_dict()
    answer(
        gone,
        as_json=as_json,
        show=lambda console: rows(console, _COLUMNS, [[gone[column] for column in _COLUMNS]]),
    )


def list_(
    ever: Annotated[bool, typer.Option("--ever", help="With what no longer holds.")] = False,
    as_json: Json = False,
) -> None:
    """List what is derived, by whom and since when."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.derivations import derivations

    with connected() as connection, reading(connection, OPERATOR):
        items = [each.as_dict() for each in derivations(connection, ever=ever)]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, _COLUMNS, [[item[column] for column in _COLUMNS] for item in items]
        ),
    )
