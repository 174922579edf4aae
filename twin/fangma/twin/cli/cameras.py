"""``fangma cameras``: where cameras look, what they see, and what nobody sees."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.twin.cameras.coverage import Asked

Site = Annotated[str | None, typer.Option(help="Code of the site; needed where there are several.")]
Doors = Annotated[str | None, typer.Option(help="shut or open, instead of the setting.")]
Glass = Annotated[str | None, typer.Option(help="through or opaque, instead of the setting.")]
Purpose = Annotated[
    str | None, typer.Option(help="monitor, detect, observe, recognise or identify.")
]
_CAMERAS = ("code", "name", "storey", "state", "why", "heading_deg", "horizontal_deg", "range_m")
_PLACES = ("room", "name", "storey", "area_m2", "share", "watched_m2", "out_of_service")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    cameras = typer.Typer(help="Cameras: where they look, what they see, and what nobody sees.")
    for command in (list_, blind, coverage, point):
        cameras.command(command.__name__.rstrip("_"))(command)
    app.add_typer(cameras, name="cameras")


def list_(site: Site = None, at: At = None, known: Known = None, as_json: Json = False) -> None:
    """List cameras: where each looks, and whether it works."""
    from fangma.asset_registry.store import cameras as stored
    from fangma.twin.cameras.coverage import camera_dict
    from fangma.twin.cameras.working import conditions

    with _asking(site, at, known) as asked:
        found = stored.cameras(asked.conn, asked.site.id, asked.moment)
        how = conditions(
            asked.conn, [row.id for row in found], asked.moment, asked.known, asked.watch
        )
        items = [camera_dict(row, how[row.id]) for row in found]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console,
            _CAMERAS,
            [[_cell((item["view"] or {}) | item, name) for name in _CAMERAS] for item in items],
        ),
    )


def blind(
    building: Annotated[str | None, typer.Option(help="Only of this building.")] = None,
    site: Site = None,
    doors: Doors = None,
    glass: Glass = None,
    purpose: Purpose = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """List what no working camera sees, the largest first."""
    from fangma.twin.cameras.coverage import blind_spots

    with _asking(building or site, at, known, doors, glass, purpose) as asked:
        items = blind_spots(asked, building=building)
    total = round(sum(item["area_m2"] for item in items), 2)
    answer(
        {"items": items, "blind_m2": total},
        as_json=as_json,
        show=lambda console: rows(
            console, _PLACES, [[_cell(item, name) for name in _PLACES] for item in items]
        ),
    )


def coverage(
    storey: Annotated[str | None, typer.Argument(help="Code of a storey; none = outdoors.")] = None,
    site: Site = None,
    doors: Doors = None,
    glass: Glass = None,
    purpose: Purpose = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell what cameras see of a storey, or of the ground about gates and entrances."""
    from fangma.twin.cameras.coverage import outdoor_coverage, storey_coverage

    with _asking(storey or site, at, known, doors, glass, purpose) as asked:
        found = outdoor_coverage(asked) if storey is None else storey_coverage(asked, storey)
    told = found.as_dict()
    answer(
        told,
        as_json=as_json,
        show=lambda console: rows(
            console, _PLACES, [[_cell(item, name) for name in _PLACES] for item in told["places"]]
        ),
    )


def point(
    code: Annotated[str, typer.Argument(help="The camera.")],
    at: Annotated[str, typer.Option(help="X,Y,Z of the lens, the site's CRS, metres.")],
    heading: Annotated[float, typer.Option(help="Degrees clockwise from grid north.")],
    angle: Annotated[float, typer.Option(help="Horizontal angle of view, degrees.")],
    vertical: Annotated[float | None, typer.Option(help="Vertical angle of view.")] = None,
    tilt: Annotated[float | None, typer.Option(help="Degrees below the horizon.")] = None,
    range_m: Annotated[float | None, typer.Option("--range", help="Metres.")] = None,
    pixels: Annotated[int | None, typer.Option(help="Of a line of the picture.")] = None,
    since: Annotated[str | None, typer.Option(help="From when; now unless said.")] = None,
    reason: Annotated[str | None, typer.Option(help="Kept with the change.")] = None,
    as_json: Json = False,
) -> None:
    """Say where a camera looks from a time on."""
    from fangma.asset_registry.codes import canonical
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.cameras import pointing
    from fangma.twin.cli.pipes import read_point
    from fangma.twin.sign_in.accounts import Actor

    x, y, z = (float(each) for each in read_point(at, "--at"))
    pose = pointing.Pose(
        place=(x, y, z), heading_deg=heading, horizontal_deg=angle, vertical_deg=vertical,
        tilt_deg=tilt, range_m=range_m, pixels=pixels,
    )  # fmt: skip
    with connected() as connection:
        pointing.point(
            connection,
            Actor(reader=OPERATOR, name=OPERATOR),
            canonical(code),
            pose,
            valid_from=moments(since, None)[0],
            reason=reason,
        )
    answer(
        {"code": canonical(code)},
        as_json=as_json,
        show=lambda console: console.print(f"{canonical(code)} looks {heading % 360:g}°"),
    )


@contextmanager
def _asking(
    place: str | None,
    at: str | None,
    known: str | None,
    doors: str | None = None,
    glass: str | None = None,
    purpose: str | None = None,
) -> Iterator[Asked]:
    """Open a reading as the operator."""
    from fangma.asset_registry.store import sites
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.cameras.coverage import Asked
    from fangma.twin.cameras.pointing import PointingError
    from fangma.twin.cameras.settings import watch_of
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.settings import read_settings

    home = read_settings().home
    watch = watch_of(home, doors=doors, glass=glass, purpose=purpose)
    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        site = sites.find_site(connection, place, moment)
        if site is None:
            raise PointingError("There is no site yet.", "fangma import or fangma site add first.")
        yield Asked(
            conn=connection, site=site, moment=moment, known=when[1], watch=watch,
            bodies=Bodies(home / "geometry"),
        )  # fmt: skip


def _cell(item: dict[str, Any], name: str) -> object:
    told = item.get(name)
    return " ".join(told) if isinstance(told, list) else told
