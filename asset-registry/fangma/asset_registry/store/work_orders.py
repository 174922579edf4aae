"""Work orders in the registry: reported, moved on, read as of a moment; nothing is ever changed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fangma.asset_registry.store.connection import moment_of
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.recording import lock, revision
from fangma.asset_registry.work_orders.facts import check_parts, check_report, clean_text
from fangma.asset_registry.work_orders.lifecycle import Standing, WorkOrderError, after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.work_orders.facts import Deed, Report

_FILE: Final = "work_orders"
MOST_PHOTOS: Final = 12


class UnknownOrderError(WorkOrderError):
    """There is no such order, or the reader may not see its place; the two are not told apart."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no work order {name[:40]} that you may see", "list them, or scan its place"
        )


class KeyTakenError(WorkOrderError):
    """A key that a client made names something else already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step of an order as it was taken."""

    key: UUID
    deed: str
    state: str
    responsible: str | None
    actor: str
    note: str | None
    due: datetime | None
    parts: list[dict[str, Any]]
    minutes: int | None
    cost: Decimal | None
    at: datetime
    recorded_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma orders show``."""
        return {
            "key": str(self.key),
            "deed": self.deed,
            "state": self.state,
            "responsible": self.responsible,
            "actor": self.actor,
            "note": self.note,
            "due": _text(self.due),
            "parts": self.parts,
            "minutes": self.minutes,
            "cost": None if self.cost is None else float(self.cost),
            "at": self.at.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo of an order; its file is named by the hash."""

    sha256: str
    width: int
    height: int
    bytes: int
    actor: str | None
    recorded_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma orders show``."""
        return {**asdict(self), "recorded_at": self.recorded_at.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A work order as of a moment."""

    id: UUID
    number: int
    code: str
    kind: str
    entry_id: UUID
    site_id: UUID
    secret: bool
    name: str | None
    door: str | None
    system: str | None
    building: str | None
    storey: str | None
    fault: str
    urgency: str
    text: str
    origin: str
    reporter: str | None
    at: datetime
    recorded_at: datetime
    point: list[float] | None
    state: str
    responsible: str | None
    since: datetime
    due: datetime | None
    minutes: int | None
    cost: Decimal | None
    steps: int
    photos: int
    history: tuple[Taken, ...] = field(default=())
    pictures: tuple[Photo, ...] = field(default=())

    @property
    def standing(self) -> Standing:
        """Where it stands, for the next step."""
        return Standing(state=self.state, responsible=self.responsible)  # type: ignore[arg-type]  # checked by the table

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma orders list``."""
        return {
            "id": str(self.id),
            "number": self.number,
            "code": self.code,
            "kind": self.kind,
            "name": self.name,
            "door": self.door,
            "system": self.system,
            "building": self.building,
            "storey": self.storey,
            "fault": self.fault,
            "urgency": self.urgency,
            "text": self.text,
            "origin": self.origin,
            "reporter": self.reporter,
            "at": self.at.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
            "point": self.point,
            "state": self.state,
            "responsible": self.responsible,
            "since": self.since.isoformat(),
            "due": _text(self.due),
            "minutes": self.minutes,
            "cost": None if self.cost is None else float(self.cost),
            "photos": self.photos,
        }

    def as_file(self) -> dict[str, Any]:
        """Return the form of ``fangma orders show``: with every step and photo."""
        return {
            **self.as_dict(),
            "steps": [each.as_dict() for each in self.history],
            "pictures": [each.as_dict() for each in self.pictures],
        }


def report(conn: Connection, told: Report, *, actor: str) -> tuple[Order, bool]:
    """Record a fault, inside a recording transaction of the caller's.

    Returns
    -------
    order : Order
    is_new : bool
        False when the same report came before; nothing is written then.

    Raises
    ------
    CodeError, UnknownCodeError
        When the code is none, or names nothing that the reader sees.
    KeyTakenError
        When the id names another report.
    WorkOrderError
        When kind, urgency or text is not as it should be.
    """
    words = check_report(told.fault, told.urgency, told.text)
    sql = load(_FILE)
    entry_id, _, code = find_entry(conn, told.code, moment_of(conn))
    lock(conn)
    before = conn.execute(sql["head"], {"id": told.id}).fetchone()
    if before is None:
        x, y, z = told.point or (None, None, None)
        with revision(conn, actor=actor, detail={"order": str(told.id), "deed": "report"}) as stamp:
            row = {
                "id": told.id, "entry_id": entry_id, "fault": told.fault, "urgency": told.urgency,
                "words": words, "origin": told.origin, "reporter": told.reporter, "x": x, "y": y,
                "z": z, "at": _so_far(told.at, stamp.recorded_at), "recorded_at": stamp.recorded_at,
                "revision": stamp.revision,
            }  # fmt: skip
            with _own_keys(told.id):
                conn.execute(sql["add"], row)
            _add_step(
                conn, told.id, Standing(state="reported"),
                stamp=(stamp.revision, stamp.recorded_at), key=told.id, deed="report",
                actor=actor, at=_so_far(told.at, stamp.recorded_at),
            )  # fmt: skip
    elif before[1:] != (code, told.fault, told.urgency, words, told.reporter):
        raise KeyTakenError(
            f"the id {told.id} names another report, expected one of its own for each",
            "make a new id for a new report",
        )
    return find_order(conn, told.id, moment_of(conn)), before is None


def take_step(
    conn: Connection, order: UUID | int, deed: Deed, *, actor: str, roles: Iterable[str]
) -> tuple[Order, bool]:
    """Move an order on, inside a recording transaction of the caller's.

    Returns
    -------
    order : Order
    is_new : bool
        False when the same step came before.

    Raises
    ------
    UnknownOrderError, KeyTakenError, NotYoursError, WorkOrderError
    """
    sql = load(_FILE)
    note = clean_text(deed.note) if deed.note else None
    parts = check_parts(deed.parts)
    lock(conn)  # nobody moves the order between looking and stepping
    found = find_order(conn, order, moment_of(conn))
    before = conn.execute(sql["step_of_key"], {"key": deed.key}).fetchone()
    if before is not None:
        if before != (found.id, deed.name):
            raise KeyTakenError(
                f"the key {deed.key} names another step, expected one of its own for each",
                "make a new key for a new step",
            )
        return found, False
    standing = after(
        deed.name, found.standing, actor=actor, roles=roles, note=note, person=deed.person
    )
    if deed.person is not None:
        _check_worker(conn, deed.person, found)
    about = {"order": str(found.id), "deed": deed.name}
    with revision(conn, actor=actor, detail=about) as stamp:
        _add_step(
            conn, found.id, standing, stamp=(stamp.revision, stamp.recorded_at), key=deed.key,
            deed=deed.name, actor=actor, at=_so_far(deed.at, stamp.recorded_at), note=note,
            due=deed.due, parts=[asdict(part) for part in parts], minutes=deed.minutes,
            cost=deed.cost,
        )  # fmt: skip
    return find_order(conn, found.id, moment_of(conn)), True


def add_photo(
    conn: Connection,
    order_id: UUID,
    *,
    sha256: str,
    size: tuple[int, int],
    length: int,
    actor: str | None,
) -> bool:
    """Record a photo whose file is on disk already; the same one twice is one.

    Returns
    -------
    is_new : bool

    Raises
    ------
    UnknownOrderError, WorkOrderError
        The latter when the order has :data:`MOST_PHOTOS`.
    """
    sql = load(_FILE)
    lock(conn)
    find_order(conn, order_id, moment_of(conn))
    if has_photo(conn, order_id, sha256):
        return False
    count = conn.execute(sql["photo_count"], {"id": order_id}).fetchone()
    if count and count[0] >= MOST_PHOTOS:
        raise WorkOrderError(
            f"the order has {count[0]} photos, expected at most {MOST_PHOTOS}",
            "choose the ones that show the fault",
        )
    with revision(conn, actor=actor or "link", detail={"order": str(order_id)}) as stamp:
        conn.execute(
            sql["add_photo"],
            {
                "order_id": order_id, "sha256": sha256, "width": size[0], "height": size[1],
                "bytes": length, "actor": actor, "recorded_at": stamp.recorded_at,
                "revision": stamp.revision,
            },
        )  # fmt: skip
    return True


def find_order(conn: Connection, order: UUID | int, moment: Moment) -> Order:
    """Return an order with all its steps and photos, by id or number.

    Raises
    ------
    UnknownOrderError
    """
    asked = {"number": order} if isinstance(order, int) else {"id": order}
    found = _orders(conn, moment, {**asked, "limit": 1})
    if not found:
        raise UnknownOrderError(str(order))
    return _with_history(conn, found[0], moment)


def list_orders(
    conn: Connection,
    moment: Moment,
    *,
    entries: Sequence[UUID] | None = None,
    site_id: UUID | None = None,
    states: Sequence[str] | None = None,
    responsible: str | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[Order]:
    """Return orders that the reader may see, the newest first; what is None is not asked for.

    Parameters
    ----------
    before : int or None
        Number of the last order of the page before.
    """
    return _orders(
        conn,
        moment,
        {
            "entries": None if entries is None else list(entries),
            "site_id": site_id,
            "states": None if states is None else list(states),
            "responsible": responsible,
            "before": before,
            "limit": limit,
        },
    )


def entries_within(conn: Connection, entry_id: UUID, moment: Moment) -> list[UUID]:
    """Return the entry and the things in it that ever had an order."""
    asked = {"id": entry_id, "at": moment.at, "known": moment.known}
    return [row[0] for row in conn.execute(load(_FILE)["entries_within"], asked)]


def has_photo(conn: Connection, order_id: UUID, sha256: str) -> bool:
    """Tell whether a photo belongs to an order that the reader may see."""
    row = conn.execute(load(_FILE)["has_photo"], {"id": order_id, "sha256": sha256}).fetchone()
    return bool(row and row[0])


def photo_files(conn: Connection) -> list[str]:
    """Return the hashes of all photos that the reader may see."""
    return [row[0] for row in conn.execute(load(_FILE)["photo_files"])]


def workers(conn: Connection) -> list[tuple[str, str]]:
    """Return names and display names of the accounts that an order can be given to."""
    return [(row[0], row[1]) for row in conn.execute(load(_FILE)["workers"])]


def _orders(conn: Connection, moment: Moment, asked: dict[str, Any]) -> list[Order]:
    nothing = dict.fromkeys(
        ("id", "number", "entries", "site_id", "states", "responsible", "before", "limit")
    )
    parameters = {**nothing, **asked, "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=class_row(Order)) as cursor:
        return cursor.execute(load(_FILE)["orders"], parameters).fetchall()


def _with_history(conn: Connection, order: Order, moment: Moment) -> Order:
    asked = {"id": order.id, "at": moment.at, "known": moment.known}
    sql = load(_FILE)
    with conn.cursor(row_factory=class_row(Taken)) as cursor:
        steps = cursor.execute(sql["steps"], asked).fetchall()
    with conn.cursor(row_factory=class_row(Photo)) as cursor:
        pictures = cursor.execute(sql["photos"], asked).fetchall()
    return replace(order, history=tuple(steps), pictures=tuple(pictures))


def _add_step(
    conn: Connection,
    order_id: UUID,
    standing: Standing,
    *,
    stamp: tuple[int, datetime],
    key: UUID,
    deed: str,
    actor: str,
    at: datetime,
    note: str | None = None,
    due: datetime | None = None,
    parts: Sequence[dict[str, Any]] = (),
    minutes: int | None = None,
    cost: Decimal | None = None,
) -> None:
    row = {
        "key": key, "order_id": order_id, "deed": deed, "state": standing.state,
        "responsible": standing.responsible, "actor": actor, "note": note, "due": due,
        "parts": Jsonb(list(parts)), "minutes": minutes, "cost": cost, "at": at,
        "revision": stamp[0], "recorded_at": stamp[1],
    }  # fmt: skip
    with _own_keys(key):
        conn.execute(load(_FILE)["add_step"], row)


def _so_far(at: datetime, recorded_at: datetime) -> datetime:
    """Take the time of a clock that is ahead for now: what is to come is seen by nobody yet."""
    return min(at, recorded_at)


@contextmanager
def _own_keys(key: UUID) -> Iterator[None]:
    """Say in words that a key is taken by something that the reader does not see."""
    try:
        yield
    except UniqueViolation:
        raise KeyTakenError(
            f"the id {key} is taken, expected one of its own for each", "make a new one"
        ) from None


def _check_worker(conn: Connection, name: str, order: Order) -> None:
    """Refuse somebody who cannot see to the order, because they would never see it."""
    sql = load(_FILE)
    worker = conn.execute(sql["worker"], {"name": name}).fetchone()
    if worker is None:
        raise WorkOrderError(
            f"found no account {name[:40]!r} with the role maintainer, expected one",
            "assign it to somebody who can sign in and work",
        )
    set_reader = load("connection")["set_reader"]
    asker = conn.execute(sql["reader"]).fetchone()
    conn.execute(set_reader, {"reader": str(worker[0])})
    sees = conn.execute(sql["sees_entry"], {"id": order.entry_id}).fetchone()
    conn.execute(set_reader, {"reader": asker[0] if asker else ""})
    if not (sees and sees[0]):
        raise WorkOrderError(
            f"{name} may not see {order.code}, expected somebody who may",
            "give the account a grant of the building, or assign it to another",
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
