"""``fangma demo``: the whole product on a sample compound."""

from __future__ import annotations

from typing import Annotated

import typer

from fangma.twin.cli.output import Json, print_json, progress, say


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(demo)


def demo(
    rooms: Annotated[int, typer.Option(help="About how many rooms.", min=1)] = 250,
    seed: Annotated[int, typer.Option(help="Which compound of those that can be made.")] = 1,
    host: Annotated[str | None, typer.Option(help="Where to listen, else FANGMA_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Its port, else FANGMA_PORT; 0 takes any.", min=0, max=65535)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the whole product on a sample compound; stay until Ctrl-C or fangma down."""
    from fangma.twin.demonstration import catch_up, prepare
    from fangma.twin.services.supervisor import supervise
    from fangma.twin.settings import read_settings

    # Whoever looks at the demo reads the address, not the requests.
    given = {"host": host, "port": port, "log_level": "warning"}
    settings = read_settings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    with supervise(settings, say, first=catch_up) as supervisor:
        url = supervisor.settings.database_url
        if url is None:
            raise AssertionError  # supervise() has found or started one
        with progress("Sample compound", as_json=as_json) as moved:
            shown = prepare(settings, url, seed=seed, rooms=rooms, progress=moved)
        supervisor.keep("simulator", "fangma.sensors_bridge.simulation.simulator")
        if as_json:
            print_json(
                {
                    "address": supervisor.address,
                    "user": shown.user,
                    "password": shown.password,
                    "site": shown.site,
                }
            )
        else:
            typer.echo(f"address: {supervisor.address}")
            typer.echo(f"user: {shown.user}")
            typer.echo(f"password: {shown.password}")
            say("Ctrl-C stops all that was started.")
        supervisor.wait()
