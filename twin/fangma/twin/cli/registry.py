"""``fangma list``, ``show``, ``verify``, ``forget`` and ``site add``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.failures import REFUSED
from fangma.twin.cli.output import Json, answer, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rich.console import Console

    from fangma.asset_registry.store.connection import Connection

At = Annotated[
    str | None,
    typer.Option(help="When true in the world: RFC 3339 with an offset, or a date. Else now."),
]
Known = Annotated[
    str | None, typer.Option(help="When known to us, written likewise. Else all that is known.")
]
_COLUMNS = ("code", "name", "number", "building", "storey", "use", "system", "area_m2", "status")

_COLUMNS_OF = {
    "unit": ("code", "name", "parent", "organ_class", "unit_rank", "authorised", "status"),
    "person": ("code", "unit", "rank", "post", "employment", "left_on", "status"),
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("list")(list_)
    app.command()(show)
    app.command()(verify)
    app.command()(forget)
    site = typer.Typer(help="Sites: the compounds that everything stands in.")
    site.command("add")(site_add)
    app.add_typer(site, name="site")


def list_(
    kind: Annotated[
        str, typer.Argument(help="room, building, pipe, valve, device, unit, person ...")
    ],
    all_: Annotated[bool, typer.Option("--all", help="With the retired too.")] = False,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """List the things of a kind."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.holders import LISTED, list_holders
    from fangma.asset_registry.store.items import check_kind, list_items

    if kind not in LISTED:
        check_kind(kind)  # before a database is started for it
    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        if kind in LISTED:
            items = list_holders(connection, kind, moment, all_=all_)
        else:
            found = list_items(connection, kind, moment=moment, all_=all_)
            items = [item.as_dict() for item in found]
    columns = _COLUMNS_OF.get(kind, _COLUMNS)
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[_cell(item[column]) for column in columns] for item in items]
        ),
    )


def show(
    code: Annotated[str, typer.Argument(help="As on the label; case and hyphens do not matter.")],
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Show the whole dated file of a thing (一房一档)."""
    from fangma.asset_registry.fates import tell_fate
    from fangma.asset_registry.networks import NETWORK_KINDS
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.cli.pipes import concealment_of
    from fangma.twin.field.orders import file_of

    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        item = file_of(connection, code, moment)
        if item["kind"] in NETWORK_KINDS:
            item["concealment"] = concealment_of(connection, item["code"], moment)
    item["became"] = tell_fate(item)
    answer(item, as_json=as_json, show=lambda console: _show_item(console, item))


def verify(
    pack: Annotated[
        Path | None,
        typer.Argument(help="Instead, a pack of fangma audit --pack: a folder or a .zip."),
    ] = None,
    ours: Annotated[
        bool,
        typer.Option("--ours", help="With a pack: was it written here? Asks this audit log."),
    ] = False,
    as_json: Json = False,
) -> int:
    """Check registry, history, tiles and audit log, or a pack; exit 1 when something is wrong."""
    if pack is not None:
        return _verify_pack(pack, ours=ours, as_json=as_json)
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.verification import verify as examine
    from fangma.twin.field.photos import PhotoStore, check_photos
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings
    from fangma.twin.tile_files import problem_with

    home = open_home(read_settings())
    tiles = home.tiles
    with connected() as connection, recording(connection, OPERATOR):
        checks = examine(connection, lambda sha256: problem_with(tiles, sha256))
        checks.append(check_photos(connection, PhotoStore(root=home.photos)))
    ok = all(check.ok for check in checks)
    answer(
        {
            "ok": ok,
            "checks": [
                {"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks
            ],
        },
        as_json=as_json,
        show=lambda console: rows(
            console,
            ("check", "result", "detail"),
            [(check.name, "ok" if check.ok else "WRONG", check.detail) for check in checks],
        ),
    )
    return 0 if ok else REFUSED


def _verify_pack(path: Path, *, ours: bool, as_json: bool) -> int:
    """Check a pack by itself, which needs no database, and against the audit log where asked."""
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.audit_pack import PackCheck, check_pack, digest_of, manifest_of

    checks = check_pack(path)
    if ours and all(check.ok for check in checks):
        digest = digest_of(manifest_of(path))
        with connected() as connection, reading(connection, OPERATOR):
            written = audit_log.pack_written(connection, digest)
        told = f"no pack of digest {digest} was written here"
        if written is not None:
            told = f"written on {written[0].isoformat()} by {written[1]}"
        checks.append(PackCheck(name="origin", ok=written is not None, detail=told))
    ok = all(check.ok for check in checks)
    answer(
        {"ok": ok, "checks": [asdict(check) for check in checks]},
        as_json=as_json,
        show=lambda console: rows(
            console,
            ("check", "result", "detail"),
            [(check.name, "ok" if check.ok else "WRONG", check.detail) for check in checks],
        ),
    )
    return 0 if ok else REFUSED


def forget(
    person: Annotated[str, typer.Argument(help="人员编号 of the person.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    site: Annotated[
        str | None, typer.Option(help="Code of the site; the only one if left out.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Erase the name and other details of a person for good; facts keep the pseudonym."""
    from fangma.asset_registry.store import audit_log, occupation, sites
    from fangma.asset_registry.store.connection import OPERATOR, moment_of, recording

    if not reason.strip():
        raise typer.BadParameter("--reason is empty; say why.")
    with connected() as connection, recording(connection, OPERATOR):
        found = sites.find_site(connection, site, moment_of(connection))
        erased = found is not None and occupation.erase_details(connection, found.id, person)
        if erased:
            audit_log.append(
                connection,
                actor=OPERATOR,
                action="person-forget",
                subject=person,
                detail={"reason": reason.strip()},
            )
    answer(
        {"person": person, "erased": erased},
        as_json=as_json,
        show=lambda console: console.print("erased" if erased else "nothing was held"),
    )
    return 0 if erased else REFUSED


def site_add(
    name: Annotated[str, typer.Option(help="What the compound is called.")],
    division: Annotated[
        str, typer.Option(help="Six digits of GB/T 2260, e.g. 330302; 000000 = unknown.")
    ] = "000000",
    epsg: Annotated[
        int | None, typer.Option(help="Projected CRS of its coordinates, e.g. 4549.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a site, and print its code."""
    from fangma.asset_registry.store import audit_log, sites
    from fangma.asset_registry.store.connection import OPERATOR, recording

    check_projected(epsg)
    with connected() as connection, recording(connection, OPERATOR):
        code = sites.add_site(
            connection, name=name, actor=OPERATOR, division=division, epsg=epsg
        ).code
        audit_log.append(
            connection,
            actor=OPERATOR,
            action="site-add",
            subject=code,
            detail={"name": name, "epsg": epsg},
        )
    answer({"code": code}, as_json=as_json, show=lambda console: console.print(code))


def check_projected(epsg: int | None) -> None:
    """Refuse an EPSG number that is no projected CRS in metres.

    Raises
    ------
    typer.BadParameter
    """
    if epsg is None:
        return
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        raise typer.BadParameter(f"EPSG:{epsg} is not known; 4549 is CGCS2000 / 120E.") from None
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise typer.BadParameter(
            f"EPSG:{epsg} is {crs.name}, expected a projected CRS in metres such as 4549."
        )


def moments(at: str | None, known: str | None) -> tuple[datetime | None, datetime | None]:
    """Read the options ``--at`` and ``--known``.

    Raises
    ------
    typer.BadParameter
    """
    from fangma.twin.times import TimeFormatError, parse_time

    try:
        return (
            None if at is None else parse_time(at),
            None if known is None else parse_time(known),
        )
    except TimeFormatError as error:
        raise typer.BadParameter(f"{error.message} {error.remedy}") from None


@contextmanager
def connected() -> Iterator[Connection]:
    """Open the registry, starting the private database where none is named."""
    from fangma.asset_registry.store.connection import connect
    from fangma.twin.services import database
    from fangma.twin.settings import read_settings

    with connect(database.ensure(read_settings())) as connection:
        yield connection


def _cell(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value


def _hidden(item: dict[str, Any]) -> list[str]:
    """Write what hides each run of a pipe in a line."""
    lines = []
    for run in (item.get("concealment") or {}).get("runs", ()):
        ways = [
            f"{way['side']} {way['room'] or 'the ground'} ({way['cover_m']:.2f} m)"
            for way in run["reached_from"]
        ]
        doors = [f"{way['kind']} {way['name'] or way['code']}" for way in run["access"][:2]]
        name = "" if run["element"] is None else f" {run['element']['name'] or ''}"
        depth = "" if run["depth_m"] is None else f" {run['depth_m']:.2f} m deep"
        lines.append(
            f"{run['length_m']:.2f} m {run['hidden_by']}{name}{depth}; from "
            + ("; ".join([*ways, *doors]) or "unknown")
        )
    return lines


def _show_item(console: Console, item: dict[str, Any]) -> None:
    place = item["place"]
    facts = [
        ("code", item["code"]),
        ("kind", f"{item['kind']} ({item['status']})"),
        ("name", item["name"]),
        ("number", item["number"]),
        ("site", f"{place['site']} {place['site_name'] or ''}"),
        ("building", f"{item['building'] or ''} {place['building_name'] or ''}".strip()),
        ("storey", f"{item['storey'] or ''} {place['storey_name'] or ''}".strip()),
        ("use", item["use"]),
        ("system", item["system"]),
        ("measured m2", _cell(item["area"]["measured_m2"])),
        *(
            (f"{declared['set']}.{declared['name']} m2", _cell(declared["value_m2"]))
            for declared in item["area"]["declared"]
        ),
        ("ledger m2", _cell(item["area"]["ledger_m2"])),
        *(
            (
                "occupant",
                " ".join(
                    str(occupant[key])
                    for key in ("person", "unit", "use", "since", "until")
                    if occupant[key]
                ),
            )
            for occupant in item["occupants"]
        ),
        *(("hidden", run) for run in _hidden(item)),
        ("predecessors", ", ".join(item["predecessors"])),
        ("successors", ", ".join(item["successors"])),
        ("去向", item["became"]["zh"]),
        ("became", item["became"]["en"]),
    ]
    rows(console, ("fact", "value"), [fact for fact in facts if fact[1]])
    if item["orders"]:
        console.print()
        rows(
            console,
            ("order", "state", "fault", "at", "where", "text"),
            [
                (o["number"], o["state"], o["fault"], o["at"][:19], o["code"], o["text"])
                for o in item["orders"]
            ],
        )
    console.print()
    rows(
        console,
        ("recorded", "by", "what", "valid from", "changes"),
        [
            (
                entry["recorded_at"][:19],
                entry["actor"],
                f"{entry['fact']} {entry['what']}",
                entry["valid_from"] or "ever",
                ", ".join(
                    f"{key}: {values['before']} > {values['after']}"
                    for key, values in entry["changes"].items()
                ),
            )
            for entry in item["history"]
        ],
    )
