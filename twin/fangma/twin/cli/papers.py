"""``fangma labels`` and ``fangma export geojson``: what leaves the registry as files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli import exchange
from fangma.twin.cli.output import Json, answer
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from fangma.twin.settings import Settings

Out = Annotated[Path, typer.Option("--out", "-o", help="File to write.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(labels)
    export = typer.Typer(help="Write what the registry holds for other programs.")
    export.command("geojson")(geojson)
    for command in (exchange.bcf, exchange.cobie, exchange.ifc, exchange.xlsx):
        export.command(command.__name__)(command)
    app.add_typer(export, name="export")


def labels(
    out: Out,
    codes: Annotated[list[str] | None, typer.Argument(help="Codes to print.")] = None,
    all_rooms: Annotated[bool, typer.Option("--all-rooms", help="Every room.")] = False,
    base_url: Annotated[
        str | None,
        typer.Option(help="Public address of this twin, which the QR codes carry."),
    ] = None,
    report: Annotated[
        bool,
        typer.Option("--report", help="With links by which passers-by report faults, signed."),
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=92, help="How long such links hold.")] = 30,
    as_json: Json = False,
) -> None:
    """Write a sheet of QR labels as PDF."""
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, reading, recording
    from fangma.twin.field.report_links import load_key
    from fangma.twin.labels import labels_of, labels_of_rooms, report_labels
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings
    from fangma.viewer.labels import labels_pdf

    if bool(codes) == all_rooms:
        raise typer.BadParameter("Name codes, or give --all-rooms; one of the two.")
    settings = read_settings()
    address = base_url or public_url(settings)
    with connected() as connection:
        with reading(connection, OPERATOR) as moment:
            found = (
                labels_of_rooms(connection, moment=moment, base_url=address)
                if all_rooms
                else labels_of(connection, codes or (), moment=moment, base_url=address)
            )
            if report:
                found = report_labels(
                    connection,
                    found,
                    key=load_key(open_home(settings).report_key),
                    base_url=address,
                    now=datetime.now(UTC),
                    days=days,
                )
        pdf = labels_pdf(found)
        with recording(connection, OPERATOR):
            audit_log.append(
                connection,
                actor=OPERATOR,
                action="label-print",
                detail={"labels": len(found), "report": report},
            )
    write_whole(out, pdf)
    answer(
        {"file": str(out), "labels": len(found), "base_url": address},
        as_json=as_json,
        show=lambda console: console.print(
            f"{out}: {len(found)} labels that lead to {address}", markup=False
        ),
    )


def geojson(
    out: Out,
    kind: Annotated[str, typer.Option(help="room, building, storey, pipe or device.")] = "room",
    at: At = None,
    known: Known = None,
    projected: Annotated[
        bool,
        typer.Option("--projected", help="In metres of the site's CRS, so that areas can be had."),
    ] = False,
    site: Annotated[
        str | None, typer.Option(help="With --projected: the site, where there are several.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the things of a kind as GeoJSON (RFC 7946: longitude and latitude, WGS 84)."""
    import json

    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, reading, recording
    from fangma.asset_registry.store.ogc import find_features, geojson_of

    when = moments(at, known)
    document: dict[str, Any] = {"type": "FeatureCollection"}
    features: list[dict[str, Any]] = []
    with connected() as connection:
        with reading(connection, OPERATOR, *when) as moment:
            if projected:
                from fangma.asset_registry.store.outlines import outlines
                from fangma.twin.auditing import site_of

                document = outlines(connection, site_of(connection, moment, site), moment, kind)
                features = document["features"]
            after = 0
            while not projected and (
                page := find_features(
                    connection,
                    kind,
                    known=moment.known,
                    during=(moment.at, moment.at),
                    after=after,
                    limit=5000,
                )
            ):
                features += map(geojson_of, page)
                after = page[-1].ordinal
        with recording(connection, OPERATOR):
            audit_log.append(
                connection,
                actor=OPERATOR,
                action="export",
                subject=kind,
                detail={"format": "geojson", "features": len(features)},
            )
    document["features"] = features
    write_whole(out, json.dumps(document, ensure_ascii=False).encode())
    placed = sum(feature["geometry"] is not None for feature in features)
    answer(
        {"file": str(out), "features": len(features), "placed": placed},
        as_json=as_json,
        show=lambda console: console.print(
            f"{out}: {len(features)} features, {placed} with a place on the earth", markup=False
        ),
    )


def write_whole(out: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = out.with_name(f".{out.name}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def public_url(settings: Settings) -> str:
    """Say by which address others reach this twin."""
    from fangma.twin.services.supervisor import address_of

    return settings.public_url or address_of(settings.host, settings.port)
