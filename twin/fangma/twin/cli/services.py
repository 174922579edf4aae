"""``fangma up`` and ``fangma down``."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, say


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(up)
    app.command()(down)


def up(
    host: Annotated[str | None, typer.Option(help="Where to listen, else FANGMA_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Its port, else FANGMA_PORT; 0 takes any.", min=0, max=65535)
    ] = None,
) -> None:
    """Start database, broker, sensors bridge and web server; stay until Ctrl-C or fangma down."""
    from fangma.twin.services.supervisor import supervise
    from fangma.twin.settings import read_settings

    settings = read_settings()
    given: dict[str, object] = {"host": host, "port": port}
    if sys.stderr.isatty() and "log_level" not in settings.model_fields_set:
        given["log_level"] = "warning"  # the address is not lost among requests
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    # Ctrl-C and fangma down are the ways to end this, at any moment: no failure.
    with suppress(KeyboardInterrupt), supervise(settings, say) as supervisor:
        typer.echo(f"address: {supervisor.address}")
        supervisor.wait()


def down(as_json: Json = False) -> None:
    """Stop everything that runs for this home, whoever started it."""
    from fangma.twin.services.supervisor import down as stop_all
    from fangma.twin.settings import read_settings

    settings = read_settings()
    stopped = stop_all(settings)
    answer(
        {"home": str(settings.home), "stopped": stopped},
        as_json=as_json,
        show=lambda console: console.print(
            f"Stopped: {', '.join(stopped)}." if stopped else f"Nothing ran for {settings.home}."
        ),
    )
