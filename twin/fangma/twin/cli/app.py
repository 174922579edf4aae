"""The command ``fangma``: which commands there are, and how every failure ends."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from fangma.twin.cli import (
    alarms,
    auditing,
    cameras,
    closures,
    demo,
    derived,
    doctor,
    energy,
    forecasts,
    health,
    importing,
    imports,
    lineage,
    live,
    orders,
    papers,
    pipes,
    planning,
    registry,
    replay,
    reviews,
    rounds,
    sample,
    services,
    users,
)
from fangma.twin.cli.failures import INTERRUPTED, WRONG_USAGE, Failure, show, tell
from fangma.twin.cli.output import say

if TYPE_CHECKING:
    from fangma.bim_import.ahead import Ahead

_GROUPS = (
    services,
    demo,
    doctor,
    sample,
    importing,
    imports,
    health,
    registry,
    reviews,
    lineage,
    auditing,
    planning,
    pipes,
    closures,
    live,
    cameras,
    derived,
    energy,
    forecasts,
    alarms,
    replay,
    orders,
    rounds,
    papers,
    users,
)


def build() -> typer.Typer:
    """Put the command line together."""
    app = typer.Typer(
        name="fangma",
        help="Fangma 房码: digital twin and spatial asset registry. One room, one code.",
        no_args_is_help=True,
        # Drawn help costs a fifth of a second; a pipe has no use for it.
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for group in _GROUPS:
        group.register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    # Our matrices are small: numpy's threads cost eight times what they bring. Read when it loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - no setting of ours
    # What a command loads stays, a hundred thousand objects: look for garbage among them seldom.
    gc.set_threshold(50_000)
    given = sys.argv[1:] if arguments is None else arguments
    ahead = _reading_ahead(given)
    try:
        code = run(given, ahead)
    finally:
        if ahead is not None:
            ahead.stop()
    # The system takes the memory back at once: spare a last walk over all that a model left in it.
    gc.freeze()
    sys.exit(code)


def _reading_ahead(arguments: Sequence[str]) -> Ahead | None:
    """Begin with what takes long in a command, before typer has understood it (0.1 s)."""
    if arguments[:1] != ["import"] or {"-h", "--help"} & set(arguments):
        return None
    from fangma.bim_import.ahead import Ahead
    from fangma.bim_import.forking import can_fork

    return Ahead() if can_fork() else None


def run(arguments: Sequence[str], ahead: Ahead | None = None) -> int:
    """Run a command and return its exit code; whatever fails is told, not raised.

    Parameters
    ----------
    ahead : Ahead, optional
        The process in which ``fangma import`` has a model read.
    """
    as_json = "--json" in arguments
    try:
        result = build()(list(arguments), prog_name="fangma", standalone_mode=False, obj=ahead)
    except typer.TyperException as error:  # wrong usage, found by typer
        words = error.format_message() if isinstance(error, typer.BadParameter) else str(error)
        show(Failure(code="usage", message=words, remedy="See fangma --help."), as_json=as_json)
        return WRONG_USAGE
    except (KeyboardInterrupt, typer.Abort):  # before a command runs, or at a question
        say("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, head or less, has had enough
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the edge of the process
        return tell(error, as_json=as_json)
    if result == INTERRUPTED:  # what typer makes of Ctrl-C
        say("Stopped.")
    return result if isinstance(result, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"fangma {version('fangma')}\n")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version.",
    ),
) -> None:
    """Take the options that stand before a command."""
