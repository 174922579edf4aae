"""What happened in the compound before one first looks: people, works, faults, plans, alarms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.sites import find_site
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.sample.refurbishing import write_refurbished
from fangma.bim_import.tile_store import TileStore
from fangma.twin.demonstration.days import working_day
from fangma.twin.demonstration.drafts import draw_up
from fangma.twin.demonstration.incidents import live_through
from fangma.twin.demonstration.orders import report_faults
from fangma.twin.demonstration.places import places_of
from fangma.twin.demonstration.staff import PLANNER, engage
from fangma.twin.demonstration.upkeep import plan_closures, plan_rounds
from fangma.twin.services.home import open_home

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.reports import FileReport
    from fangma.twin.settings import Settings


def live(
    settings: Settings,
    database_url: str,
    conn: Connection,
    *,
    site: str,
    sample: Path,
    seed: int,
    rooms: int,
    now: datetime | None = None,
) -> list[FileReport]:
    """Let the sample compound be lived in, by the ways by which users do everything.

    Interrupted and done again, nothing is there twice.

    Parameters
    ----------
    sample : Path
        Folder of the written sample of this seed and size.
    now : datetime or None
        Days are counted from it; None = now.

    Returns
    -------
    reports : list of FileReport
        Of the second export of a building; empty where the compound is too small for it.
    """
    now = now or datetime.now(UTC)
    engage(conn)
    reports: list[FileReport] = []
    export = write_refurbished(sample.parent, seed=seed, rooms=rooms)
    if export is not None:
        reports = import_files(
            [export],
            kind=None,
            connection=lambda: connect(database_url),
            tiles=TileStore(root=open_home(settings).tiles),
            options=ImportOptions(
                site=site, actor=PLANNER.account, valid_from=working_day(now, -8)
            ),
            progress=lambda _done, _what: None,
        )
    with reading(conn, OPERATOR) as moment:
        found = find_site(conn, site, moment)
        if found is None:
            raise AssertionError  # it was imported before
        places = places_of(conn, found, moment, sample)
    orders = report_faults(conn, site, places, now)
    plan_closures(conn, site, places, now)
    plan_rounds(conn, found, places, now)
    live_through(conn, now, orders)
    draw_up(conn, found, places, now)
    return reports
