"""``fangma doctor``: what is wrong with this machine, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fangma.twin.cli.output import Json, answer, rows

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.twin.services.examination import Examination


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(doctor)


def doctor(as_json: Json = False) -> None:
    """Say what is wrong with this machine and the services, and how to mend it."""
    from fangma.twin.cli.failures import MISSING_SERVICE, REFUSED
    from fangma.twin.services.examination import examine
    from fangma.twin.settings import read_settings

    found = examine(read_settings())
    answer(found.as_document(), as_json=as_json, show=lambda console: _show(console, found))
    if not found.ok:
        raise typer.Exit(MISSING_SERVICE if found.lacks_a_service else REFUSED)


def _show(console: Console, found: Examination) -> None:
    states = [(name, each.state, each.url) for name, each in found.services.items()]
    rows(console, ("service", "state", "url"), states)
    console.print()
    checks = [("ok" if check.ok else "FAILED", check.name, check.message) for check in found.checks]
    rows(console, ("", "check", "found"), checks)
    for check in found.checks:
        if not check.ok:
            console.print(f"\n{check.name}: {check.remedy}", markup=False, highlight=False)
