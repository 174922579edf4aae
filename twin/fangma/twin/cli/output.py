"""What a command says: its answer on standard output, everything else on standard error.

With ``--json`` standard output carries one JSON document and nothing else. In a terminal rich draws
tables and progress; in a pipe, plain lines.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from rich.console import Console

#: The option of every command that answers.
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on stdout.")]


class Language(StrEnum):
    """What words are written in, where a command lets one choose."""

    ZH = "zh"
    EN = "en"


_PLAIN_EVERY_S = 2.0
_BAR_EVERY_S = 0.1
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Progress(Protocol):
    """Takes the share of the work that is done (0 to 1) and what is being done."""

    def __call__(self, done: float, what: str, /) -> None:
        """Show it."""


def say(text: str) -> None:
    """Tell the person who watches one line, on standard error."""
    sys.stderr.write(text.encode("utf-8", "replace").decode() + "\n")
    sys.stderr.flush()


def answer(document: object, *, as_json: bool, show: Callable[[Console], None]) -> None:
    """Print the answer of a command.

    Parameters
    ----------
    document : object
        What JSON carries, as CONTRACTS has it.
    as_json : bool
        The command's ``--json``.
    show : callable
        Draws the same for people, on the console that it is given.
    """
    if as_json:
        print_json(document)
        return
    from rich.console import Console

    # In a pipe there is no width: a line is never folded, so that grep and awk find it whole.
    show(Console() if sys.stdout.isatty() else Console(width=10_000, no_color=True))


def print_json(document: object) -> None:
    """Print one JSON document on standard output; times become RFC 3339, paths text."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2, default=_encoded)
    # Half a surrogate pair is what Python makes of an argument in a foreign encoding.
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()


def rows(console: Console, header: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Draw a table: with lines in a terminal, with tabs in a pipe."""
    if not console.is_terminal:
        for line in (header, *lines):
            console.print("\t".join(map(_cell, line)), markup=False, highlight=False)
        return
    from rich.table import Table

    table = Table(*header, box=None, header_style="bold", pad_edge=False)
    for line in lines:
        table.add_row(*(_cell(each) for each in line))
    console.print(table)


@contextmanager
def progress(title: str, *, as_json: bool) -> Iterator[Progress]:
    """Show the progress of long work on standard error, and give the function that moves it.

    A bar in a terminal; elsewhere a line every two seconds; nothing with ``--json``.
    """
    if as_json:
        yield lambda _done, _what: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress as Bars, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        # Without a thread that redraws: a process with threads can't be forked, as imports are.
        console = Console(stderr=True)
        with Bars(*columns, console=console, transient=True, auto_refresh=False) as bars:
            task = bars.add_task(title, total=1.0)
            drawn = -math.inf

            def move(done: float, what: str, /) -> None:
                nonlocal drawn
                bars.update(task, completed=done, description=what)
                if time.monotonic() - drawn >= _BAR_EVERY_S:
                    drawn = time.monotonic()
                    bars.refresh()

            yield move
    else:
        yield _PlainProgress(title)


class _PlainProgress:
    """Lines for a log: at most one in two seconds."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._last = time.monotonic()

    def __call__(self, done: float, what: str, /) -> None:
        now = time.monotonic()
        if now - self._last >= _PLAIN_EVERY_S:
            self._last = now
            say(f"{self._title}: {done:4.0%} {what}")


def _cell(value: object) -> str:
    return "" if value is None else plain(str(value))


def plain(text: str) -> str:
    """Show what a file says without letting it steer the terminal, break a row or turn the line.

    Control characters (escape sequences start with one) and the marks that reorder the rest of a
    line become the replacement character, line breaks and tabs blanks.
    """
    return _UNSEEN.sub("\ufffd", _BREAKS.sub(" ", text))


def _encoded(value: object) -> object:
    """Turn what JSON does not know into what it does."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
