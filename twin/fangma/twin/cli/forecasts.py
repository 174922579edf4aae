"""``fangma forecast``: what the hours of a stream are expected to be, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(forecast)


def forecast(
    sensor: Annotated[str, typer.Argument(help="A stream with five weeks of hours or more.")],
    hours: Annotated[int, typer.Option(help="How many, up to a week.", min=1, max=168)] = 168,
    as_json: Json = False,
) -> None:
    """Tell a stream's next hours from its own past, beside what last week would have told.

    Of a meter, derive what it used within the hour first (fangma derived define).
    """
    from datetime import UTC, datetime, timedelta

    from fangma.asset_registry.forecasting import forecast as tell
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.forecasts import series
    from fangma.asset_registry.store.rollups import bring_up
    from fangma.asset_registry.store.streams import UnknownSensorError, streams
    from fangma.sensors_bridge.forecaster import calendar_of
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    now = datetime.now(UTC)
    with connected() as connection:
        bring_up(connection)
        with reading(connection, OPERATOR):
            found = streams(connection, sensor=sensor)
            if not found:
                raise UnknownSensorError(sensor)
            whole = now.replace(minute=0, second=0, microsecond=0)
            past, start = series(connection, found[0].id, now - timedelta(weeks=26), whole)
    home = open_home(read_settings()).directory
    told = tell(past, start, hours=hours, workdays=calendar_of({"FANGMA_HOME": str(home)}))
    items = [
        {
            "time": datetime.fromtimestamp((told.start + i) * 3600, UTC).isoformat(),
            "result": round(float(each), 4),
        }
        for i, each in enumerate(told.values)
    ]
    document: dict[str, Any] = {
        "sensor": sensor,
        "unit": found[0].unit,
        "method": told.method,
        "error": round(told.error, 4),
        "last_week_error": round(told.last_week_error, 4),
        "items": items,
    }

    def shown(console: Console) -> None:
        console.print(
            f"{told.method}; on weeks held out it was off by {told.error:.3g} on average, "
            f"the same hour of last week by {told.last_week_error:.3g}"
        )
        rows(console, ("time", "result"), [[each["time"], each["result"]] for each in items])

    answer(document, as_json=as_json, show=shown)
