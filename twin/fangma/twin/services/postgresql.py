"""The PostgreSQL programs on this machine: where they are, how old, and whether with PostGIS."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fangma.twin.errors import MissingProgramError, WrongVersionError
from fangma.twin.settings import Settings, environment_for_service

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The registry's schema uses what PostgreSQL 15 brought (NULLS NOT DISTINCT).
OLDEST_MAJOR = 15
#: Where distributions put programs that are not on the PATH.
_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat with PGDG
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
INSTALL_REMEDY = (
    "Run scripts/install, or install PostgreSQL with PostGIS "
    "(Debian, Ubuntu: apt-get install postgresql-postgis; macOS: brew install postgresql@17 "
    "postgis), or point FANGMA_DATABASE_URL at a server."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One installed PostgreSQL.

    Attributes
    ----------
    bin : Path
        Folder of its programs.
    version : str
        As it says itself, "15.18".
    major : int
        The part that data directories depend on.
    has_postgis : bool
        True when the PostGIS extension is installed for it.
    """

    bin: Path
    version: str
    major: int
    has_postgis: bool


def installations(settings: Settings) -> list[Installation]:
    """Find what is installed: with PostGIS before without, then newest first."""
    found: dict[Path, Installation] = {}
    for folder in _candidates(settings):
        installation = _examine(folder)
        if installation is not None:
            found.setdefault(folder, installation)
    return sorted(found.values(), key=lambda each: (each.has_postgis, each.major), reverse=True)


def choose_installation(settings: Settings, *, major: int | None) -> Installation:
    """Choose the PostgreSQL for a data directory.

    Parameters
    ----------
    settings : Settings
        ``postgres_bin`` overrides the search.
    major : int or None
        What the data directory was made with; None for a new one.

    Raises
    ------
    MissingProgramError
        When there is no PostgreSQL, or none with PostGIS.
    WrongVersionError
        When none of the right major version is there.
    """
    found = installations(settings)
    if not found:
        raise MissingProgramError("PostgreSQL's initdb and postgres are missing.", INSTALL_REMEDY)
    fitting = [each for each in found if major is None or each.major == major]
    if not fitting:
        there = ", ".join(each.version for each in found)
        raise WrongVersionError(
            f"The database under {settings.home} was made with PostgreSQL {major}; installed: "
            f"{there}. A data directory is read by its own major version only.",
            f"Install PostgreSQL {major} with PostGIS (Debian: apt-get install postgresql-{major}-"
            "postgis-3) beside the other; docs/operations.md says how to move to a newer one.",
        )
    best = fitting[0]
    if not best.has_postgis:
        raise MissingProgramError(
            f"PostgreSQL {best.version} in {best.bin} has no PostGIS.",
            f"Install it (Debian, Ubuntu: apt-get install postgresql-{best.major}-postgis-3; "
            "macOS: brew install postgis).",
        )
    if major is None and best.major < OLDEST_MAJOR:
        raise WrongVersionError(
            f"PostgreSQL {best.version} is installed; {OLDEST_MAJOR} or newer is needed.",
            INSTALL_REMEDY,
        )
    return best


def _candidates(settings: Settings) -> Iterator[Path]:
    """List the folders where PostgreSQL's programs may be."""
    if settings.postgres_bin is not None:
        yield settings.postgres_bin
        return
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    for pattern in _FOLDERS:
        yield from Path("/").glob(pattern.lstrip("/"))


def _examine(folder: Path) -> Installation | None:
    """Ask the programs in ``folder`` for their version; None when it holds no server."""
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl", "createdb")):
        return None
    try:
        answer = _ask(folder / "postgres", "--version")
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"(\d+)(?:\.\d+)*", answer)
    if number is None:
        return None
    major = int(number[1])
    return Installation(
        bin=folder, version=number[0], major=major, has_postgis=_has_postgis(folder, major)
    )


def _has_postgis(folder: Path, major: int) -> bool:
    """Tell whether CREATE EXTENSION postgis would find its control file."""
    shares = [Path(f"/usr/share/postgresql/{major}"), folder.parent / "share"]
    shares += (folder.parent / "share").glob("postgresql*")
    if (folder / "pg_config").is_file():
        shares.insert(0, Path(_ask(folder / "pg_config", "--sharedir").strip()))
    return any((share / "extension" / "postgis.control").is_file() for share in shares)


def _ask(program: Path, option: str) -> str:
    return subprocess.run(  # noqa: S603 - a program found by us
        [program, option],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
        env=environment_for_service(),
    ).stdout
