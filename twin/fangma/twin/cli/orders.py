"""``fangma orders``: faults, who sees to them, and the sheet that one takes along."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from fangma.twin.cli.output import Json, Language, answer, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.asset_registry.work_orders.facts import Part

Order = Annotated[str, typer.Argument(help="Number or id of the order.")]
Note = Annotated[str | None, typer.Option(help="Why, or what was done.")]
_COLUMNS = (
    "number", "state", "urgency", "fault", "code", "door", "name", "responsible", "at", "text",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    orders = typer.Typer(help="Work orders: faults, who sees to them, what became of them.")
    for command in (report, list_, show, assign, advance, photo, sheet):
        orders.command(command.__name__.rstrip("_"))(command)
    app.add_typer(orders, name="orders")


def report(
    code: Annotated[str, typer.Argument(help="Where: a room, pipe, valve, device ...")],
    fault: Annotated[str, typer.Option(help="leak, blocked, power ...")] = "other",
    urgency: Annotated[str, typer.Option(help="emergency, urgent, normal or low.")] = "normal",
    text: Annotated[str, typer.Option(help="What one sees.")] = "",
    photo: Annotated[
        list[Path] | None, typer.Option(help="JPEG, PNG or WebP.", exists=True, dir_okay=False)
    ] = None,
    point: Annotated[
        str | None, typer.Option(help="Where exactly: X,Y,Z in metres, the site's CRS.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="When it was seen; else now.")] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="A UUID of your own: sent twice, it is one order.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Report a fault."""
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.asset_registry.work_orders.facts import Report
    from fangma.twin.cli.pipes import read_point
    from fangma.twin.field import orders

    place = None
    if point is not None:
        x, y, z = read_point(point, "--point").tolist()
        place = (x, y, z)
    told = Report(
        id=_uuid(id_) if id_ else uuid4(),
        code=code,
        fault=fault,
        urgency=urgency,
        text=text,
        origin="operator",
        reporter=OPERATOR,
        at=moments(at, None)[0] or datetime.now(UTC),
        point=place,
    )
    with connected() as connection:
        order, _ = orders.report(connection, OPERATOR, told)
        for file in photo or ():
            orders.attach(
                connection, OPERATOR, _photos(), order.id, file.read_bytes(), actor=OPERATOR
            )
        document = _found(str(order.id))
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def list_(
    code: Annotated[
        str | None, typer.Option(help="Of a thing, or of a room with all in it.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="reported, assigned, done ...; again for several.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    responsible: Annotated[str | None, typer.Option(help="Name of an account.")] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """List work orders, the newest first."""
    from fangma.asset_registry.store import work_orders
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.entries import find_entry
    from fangma.asset_registry.work_orders.lifecycle import OPEN, check_states

    states = check_states(state) if state else list(OPEN) if open_ else None
    with connected() as connection, reading(connection, OPERATOR, *moments(at, known)) as moment:
        entries = None
        if code is not None:
            entry_id, kind, _ = find_entry(connection, code, moment)
            entries = [entry_id]
            if kind == "room":
                entries = work_orders.entries_within(connection, entry_id, moment)
        found = work_orders.list_orders(
            connection, moment, entries=entries, states=states, responsible=responsible
        )
    items = [order.as_dict() for order in found]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, _COLUMNS, [[item[column] for column in _COLUMNS] for item in items]
        ),
    )


def show(order: Order, at: At = None, known: Known = None, as_json: Json = False) -> None:
    """Show an order with all its steps and photos."""
    document = _found(order, at, known)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def assign(
    order: Order,
    person: Annotated[str, typer.Argument(help="Account with the role maintainer.")],
    due: Annotated[str | None, typer.Option(help="Until when.")] = None,
    note: Note = None,
    as_json: Json = False,
) -> None:
    """Give an order to somebody."""
    _take(order, "assign", as_json=as_json, note=note, person=person, due=moments(due, None)[0])


def advance(
    order: Order,
    deed: Annotated[
        str,
        typer.Argument(
            help="accept, decline, start, hold, finish, send_back, close, reject or note."
        ),
    ],
    note: Note = None,
    part: Annotated[
        list[str] | None, typer.Option(help="NAME=COUNT of a part that was used; again for more.")
    ] = None,
    minutes: Annotated[int | None, typer.Option(min=0, max=100_000, help="Worked.")] = None,
    cost: Annotated[str | None, typer.Option(help="Yuan.")] = None,
    at: Annotated[str | None, typer.Option(help="When it was done; else now.")] = None,
    key: Annotated[
        str | None, typer.Option(help="A UUID of your own: sent twice, it is one step.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take an order one step on."""
    _take(
        order,
        deed,
        as_json=as_json,
        note=note,
        parts=tuple(_part(each) for each in part or ()),
        minutes=minutes,
        cost=_money(cost),
        at=moments(at, None)[0],
        key=_uuid(key) if key else None,
    )


def photo(
    order: Order,
    file: Annotated[Path, typer.Argument(help="JPEG, PNG or WebP.", exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Keep a photo with an order; whatever else the file holds (such as a place) is dropped."""
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.field import orders

    with connected() as connection:
        sha256, is_new = orders.attach(
            connection, OPERATOR, _photos(), _ref(order), file.read_bytes(), actor=OPERATOR
        )
    answer(
        {"sha256": sha256, "new": is_new},
        as_json=as_json,
        show=lambda console: console.print(sha256),
    )


def sheet(
    order: Order,
    pdf: Annotated[Path, typer.Option("--pdf", "-o", help="File to write.", dir_okay=False)],
    base_url: Annotated[
        str | None, typer.Option(help="Public address of this twin, which the QR code carries.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Of the sheet.")] = Language.ZH,
    as_json: Json = False,
) -> None:
    """Write the sheet that one takes along: picture, plan, distances, valves to close."""
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, reading, recording
    from fangma.twin.cli.papers import public_url, write_whole
    from fangma.twin.field.sheets import draft_sheet, finish_sheet
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    settings = read_settings()
    with connected() as connection:
        with reading(connection, OPERATOR) as moment:
            draft = draft_sheet(
                connection,
                moment,
                _ref(order),
                home=open_home(settings),
                base_url=base_url or public_url(settings),
                language="zh" if lang is Language.ZH else "en",
            )
        made = finish_sheet(draft)
        with recording(connection, OPERATOR):
            audit_log.append(
                connection,
                actor=OPERATOR,
                action="order-sheet",
                subject=made.code,
                detail={"order": made.number},
            )
    write_whole(pdf, made.pdf)
    document = {
        "file": str(pdf),
        "order": made.number,
        "code": made.code,
        "picture": made.picture_problem is None,
        "problem": made.picture_problem,
    }
    answer(
        document,
        as_json=as_json,
        show=lambda console: console.print(
            f"{pdf}"
            + (f" (without picture: {made.picture_problem})" if document["problem"] else "")
        ),
    )


def _take(order: str, deed: str, *, as_json: bool, **said: Any) -> None:  # noqa: ANN401
    """Take a step as the operator and answer with the order."""
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.asset_registry.work_orders.facts import Deed
    from fangma.asset_registry.work_orders.lifecycle import OPERATOR_ROLE
    from fangma.twin.field import orders

    taken = Deed(
        name=deed,
        key=said.pop("key", None) or uuid4(),
        at=said.pop("at", None) or datetime.now(UTC),
        **said,
    )
    with connected() as connection:
        orders.advance(
            connection, OPERATOR, _ref(order), taken, actor=OPERATOR, roles=[OPERATOR_ROLE]
        )
    document = _found(order)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def _found(order: str, at: str | None = None, known: str | None = None) -> dict[str, Any]:
    from fangma.asset_registry.store import work_orders
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.work_orders.lifecycle import OPERATOR_ROLE
    from fangma.twin.field import orders

    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        found = work_orders.find_order(connection, _ref(order), moment)
        return orders.told(found, actor=OPERATOR, roles=[OPERATOR_ROLE])


def _ref(text: str) -> UUID | int:
    return int(text) if text.isdecimal() and len(text) < 16 else _uuid(text)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"found {text[:60]!r}, expected a number or a UUID") from None


def _part(text: str) -> Part:
    from fangma.asset_registry.work_orders.facts import Part

    name, _, count = text.rpartition("=")
    try:
        return Part(name=name, count=float(count))
    except ValueError:
        raise typer.BadParameter(f"found --part {text[:60]}, expected NAME=COUNT") from None


def _money(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 10**10:
        raise typer.BadParameter(f"found --cost {text[:40]}, expected yuan such as 120.50")
    return value.quantize(Decimal("0.01"))


def _photos() -> Any:  # noqa: ANN401 - a late import keeps Pillow out of other commands
    from fangma.twin.field.photos import PhotoStore
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    return PhotoStore(root=open_home(read_settings()).photos)


def _show(console: Console, order: dict[str, Any]) -> None:
    shown = (
        "number", "state", "urgency", "fault", "code", "name", "building", "storey",
        "responsible", "due", "text", "at", "reporter", "minutes", "cost", "photos",
    )  # fmt: skip
    rows(console, ("fact", "value"), [(key, order[key]) for key in shown if order[key]])
    console.print()
    rows(
        console,
        ("at", "deed", "state", "by", "responsible", "note"),
        [
            (s["at"][:19], s["deed"], s["state"], s["actor"], s["responsible"], s["note"])
            for s in order["steps"]
        ],
    )
    if order["deeds"]:
        console.print(f"possible now: {', '.join(order['deeds'])}", markup=False)
