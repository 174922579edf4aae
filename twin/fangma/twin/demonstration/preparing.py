"""The sample compound in a home of the user's: written once, imported once, served ever after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.deriving import Definition
from fangma.asset_registry.store.accounts import NameTakenError
from fangma.asset_registry.store.connection import OPERATOR, connect
from fangma.asset_registry.store.known import find_site
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import.dispatch import can_import, import_files
from fangma.bim_import.files import collect
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.sample import write_sample
from fangma.bim_import.tile_store import TileStore
from fangma.sensors_bridge.simulation.past import keep_past
from fangma.twin.demonstration.life import live
from fangma.twin.deriving import define_derived
from fangma.twin.errors import TwinError
from fangma.twin.services.home import open_home
from fangma.twin.sign_in.accounts import (
    AccountChange,
    Actor,
    NewAccount,
    add_account,
    change_account,
)
from fangma.twin.sign_in.passwords import generate_password

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.reports import FileReport
    from fangma.twin.settings import Settings

USER: Final = "demo"
ROLES: Final = ("administrator", "planner", "maintainer", "auditor", "leader")
DERIVED: Final = (
    Definition(
        name="mean-temperature", observed_property="temperature", function="area-mean",
        unit="Cel", levels=("storey", "building"), least_share=0.5,
    ),
    Definition(
        name="rooms-in-use", observed_property="occupancy", function="count",
        levels=("storey", "building", "site"), least_share=0.5,
    ),
    Definition(
        name="load", observed_property="energy", function="sum", of_what="used", unit="kW.h",
        levels=("storey", "building", "site", "unit"), least_share=0.9,
    ),
)  # fmt: skip
"""What is derived of the sample's sensors."""
DIVISION: Final = "330302"  # 温州市鹿城区, whose office compounds the sample is modelled on
EPSG: Final = 4549  # CGCS2000, 3-degree zone of 120E


class SampleRefusedError(TwinError):
    """Our own sample was not taken: a defect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What to tell whoever wants to look."""

    site: str
    user: str
    password: str


def catch_up(settings: Settings) -> None:
    """Keep what the sample's sensors would have said while the demonstration was off.

    Before anything else runs: else the hours would be derived without them, and every sensor that
    was off with it would be an alarm of silence.
    """
    if settings.database_url is not None and list(_folder(settings).glob("*/site")):
        keep_past(settings.database_url)


def prepare(
    settings: Settings,
    database_url: str,
    *,
    seed: int,
    rooms: int,
    progress: Callable[[float, str], None],
) -> Demonstration:
    """Write and import the sample unless this home has it, and make its account usable.

    Raises
    ------
    SampleRefusedError
        When a file of the sample is refused.
    """
    folder = _folder(settings) / f"seed-{seed}-rooms-{rooms}"
    written = folder / "sample"
    done = folder / "site"
    if not (folder / "written").exists():
        write_sample(
            written,
            seed=seed,
            rooms=rooms,
            progress=lambda what, at, total: progress(0.3 * at / max(1, total), what),
        )
        (folder / "written").touch()
    with connect(database_url) as conn:
        site = done.read_text("utf-8").strip() if done.exists() else None
        if site is None or find_site(conn, site) is None:
            site = _import(settings, database_url, conn, written, progress)
            # Before anything is derived: what comes later than that changes no derived hour.
            keep_past(
                database_url, progress=lambda done: progress(0.95 + 0.05 * done, "past weeks")
            )
            for each in DERIVED:
                define_derived(conn, OPERATOR, each, site=site, actor="demo", reason=None)
            (folder / "lived-in").unlink(missing_ok=True)  # it was of a database that is gone
            done.write_text(f"{site}\n", "utf-8")
        if not (folder / "lived-in").exists():
            progress(1.0, "people at work")
            again = live(
                settings, database_url, conn, site=site, sample=written, seed=seed, rooms=rooms
            )
            _expect_taken(again)
            (folder / "lived-in").touch()
        return Demonstration(site=site, user=USER, password=_account(conn))


def _folder(settings: Settings) -> Path:
    return open_home(settings).directory / "demo"


def _import(
    settings: Settings,
    database_url: str,
    conn: Connection,
    folder: Path,
    progress: Callable[[float, str], None],
) -> str:
    site = add_site(
        conn, division=DIVISION, name="示范院落 Sample compound", actor="demo", epsg=EPSG
    )
    reports = import_files(
        [path for path in collect([folder]) if can_import(path)],
        kind=None,
        connection=lambda: connect(database_url),
        tiles=TileStore(root=open_home(settings).tiles),
        options=ImportOptions(site=site.code, actor="demo"),
        progress=lambda done, what: progress(0.3 + 0.65 * done, what),
    )
    _expect_taken(reports)
    return site.code


def _expect_taken(reports: Sequence[FileReport]) -> None:
    refused = [report for report in reports if report.is_refused]
    if refused:
        raise SampleRefusedError(_words(refused[0]), "Report this: the sample is our own.")


def _words(report: FileReport) -> str:
    first = next((f for f in report.findings if f.severity == "error"), None)
    return f"{report.file} of the sample was refused: {first.message if first else 'no reason'}"


def _account(conn: Connection) -> str:
    """Give the demo account a new password: what is printed is what works."""
    operator = Actor(reader="operator", name="operator")
    password = generate_password()
    try:
        add_account(
            conn,
            operator,
            NewAccount(
                name=USER, display_name="演示 Demo", roles=ROLES, every_site=True, password=password
            ),
        )
    except NameTakenError:
        change_account(conn, operator, USER, AccountChange(password=password, unlock=True))
    return password
