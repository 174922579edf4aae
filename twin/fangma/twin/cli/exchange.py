"""``fangma export bcf|cobie|ifc|xlsx``: what the registry holds, for other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, plain
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from fangma.asset_registry.store.connection import Connection

Out = Annotated[Path, typer.Option("--out", "-o", help="File to write.", dir_okay=False)]
Site = Annotated[str | None, typer.Option(help="Code of the site; the only one if left out.")]
_KINDS = ("building", "storey", "room", "pipe", "fitting", "valve", "device", "terminal", "sensor")


def bcf(
    out: Out,
    revision: Annotated[
        int | None, typer.Option(help="Of one import, as fangma imports lists it; else of all.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--every", help="With what is only information too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the findings of imports as BCF 2.1 topics, each with a viewpoint of its element."""
    from fangma.asset_registry.store import imports
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.bim_import.exchange.errors import ExchangeError
    from fangma.bim_import.exchange.issues import issues_of, write_bcf
    from fangma.bim_import.exchange.places import centres

    with connected() as connection:
        with reading(connection, OPERATOR) as moment:
            found = imports.list_imports(connection, moment, limit=10_000)
            wanted = [r.revision for r in found if r.current]
            if revision is not None:
                wanted = [revision]
            issues = []
            for each in dict.fromkeys(wanted):
                told = imports.read_import(connection, each)
                if told is None:
                    raise ExchangeError(
                        f"there is no import {each}", "fangma imports lists those that there are"
                    )
                places = centres(imports.names_in_model(connection, each))
                issues += issues_of(told, places, least="info" if every else "warning")
        _log(connection, "bcf", len(issues))
    count = _written(out, lambda draft: write_bcf(draft, "Fangma", issues))
    _told(out, {"topics": count}, as_json=as_json)


def cobie(
    out: Out, site: Site = None, at: At = None, known: Known = None, as_json: Json = False
) -> None:
    """Write COBie (XLSX): facilities, floors, spaces, components and systems with our codes."""
    from fangma.asset_registry.store import sites
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.bim_import.exchange.errors import ExchangeError
    from fangma.bim_import.exchange.workbooks import write_cobie

    when = moments(at, known)
    with connected() as connection:
        with reading(connection, OPERATOR, *when) as moment:
            where = sites.find_site(connection, site, moment)
            if where is None:
                raise ExchangeError("there is no site yet", "import a model first")
            items = _items(connection, moment, where.id)
        _log(connection, "cobie", sum(map(len, items.values())))
    counts = _written(
        out,
        lambda draft: write_cobie(
            draft, items, site={"code": where.code, "name": where.name},
            at=(when[1] or datetime.now(UTC)).isoformat(timespec="seconds"),
            by="registry@fangma.local",
        ),
    )  # fmt: skip
    _told(out, {"sheets": counts}, as_json=as_json)


def ifc(
    model: Annotated[Path, typer.Argument(help="The IFC file as it was imported.", exists=True)],
    out: Out,
    as_json: Json = False,
) -> None:
    """Write a copy of a model in which every known thing carries its code (Fangma_Identity)."""
    from fangma.asset_registry.store import imports
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.bim_import.exchange.errors import ExchangeError
    from fangma.bim_import.exchange.models import write_codes
    from fangma.bim_import.model_bytes import checksum

    if out.resolve() == model.resolve():
        raise typer.BadParameter("--out is the model itself; name another file.")
    with connected() as connection:
        with reading(connection, OPERATOR):
            revision = imports.revision_of_bytes(connection, checksum(model))
            rows = [] if revision is None else imports.names_in_model(connection, revision)
        if revision is None:
            raise ExchangeError(
                f"{model.name} is not what was imported last of any model",
                "import it first, or give the file that was imported",
            )
        _log(connection, "ifc", len(rows))
    identities = {
        row["guid"]: {
            "Code": row["code"], "Number": row["number"], "Name": row["name"], "Use": row["use"],
            "System": row["system"], "Storey": row["storey"], "Building": row["building"],
        }
        for row in rows
        if row["code"] is not None
    }  # fmt: skip
    counts = _written(out, lambda draft: write_codes(model, draft, identities))
    _told(out, counts, as_json=as_json)


def xlsx(
    out: Out, site: Site = None, at: At = None, known: Known = None, as_json: Json = False
) -> None:
    """Write what the registry holds as a workbook, one sheet a kind."""
    from fangma.asset_registry.store import sites
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.bim_import.exchange.workbooks import write_inventory

    with connected() as connection:
        with reading(connection, OPERATOR, *moments(at, known)) as moment:
            where = sites.find_site(connection, site, moment)
            items = _items(connection, moment, None if where is None else where.id)
        _log(connection, "xlsx", sum(map(len, items.values())))
    rows = _written(out, lambda draft: write_inventory(draft, items))
    _told(out, {"rows": rows}, as_json=as_json)


def _items(connection: Connection, moment: Any, site_id: Any) -> dict[str, list[dict[str, Any]]]:  # noqa: ANN401
    from fangma.asset_registry.store.items import Filters, list_items

    return {
        kind: [
            item.as_dict()
            for item in list_items(connection, kind, moment=moment, filters=Filters(site=site_id))
        ]
        for kind in _KINDS
    }


def _log(connection: Connection, form: str, count: int) -> None:
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, recording

    with recording(connection, OPERATOR):
        audit_log.append(
            connection, actor=OPERATOR, action="export", detail={"format": form, "items": count}
        )


def _written(out: Path, write: Callable[[Path], Any]) -> Any:  # noqa: ANN401 - whatever it counts
    """Write a file whole or not at all."""
    draft = out.with_name(f".{out.stem}.draft{out.suffix}")
    try:
        counted = write(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return counted


def _told(out: Path, counts: dict[str, Any], *, as_json: bool) -> None:
    words = ", ".join(f"{value} {key}" for key, value in counts.items())
    answer(
        {"file": str(out), **counts},
        as_json=as_json,
        show=lambda console: console.print(plain(f"{out}: {words}"), markup=False),
    )
