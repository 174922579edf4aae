"""``fangma sample``: write a compound of our own invention, to try and to load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, progress


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(sample)


def sample(
    directory: Annotated[Path, typer.Argument(help="Where to write; made when missing.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
    rooms: Annotated[int, typer.Option(help="About how many rooms.", min=40)] = 250,
    as_json: Json = False,
) -> None:
    """Write a sample compound: models, survey tables, ledgers, people, and a truth file."""
    from fangma.bim_import.sample import write_sample

    with progress("Writing the sample", as_json=as_json) as moved:
        write_sample(
            directory,
            seed=seed,
            rooms=rooms,
            progress=lambda what, done, total: moved(done / max(1, total), what),
        )
    files = sorted(str(file) for file in directory.rglob("*") if file.is_file())
    answer(
        {"directory": str(directory), "files": files},
        as_json=as_json,
        show=lambda console: console.print("\n".join(files), markup=False, highlight=False),
    )
