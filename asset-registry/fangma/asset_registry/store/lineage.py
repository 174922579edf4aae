"""Splits, merges, new numbers and swaps as decisions of people, and the families they make.

What hangs on a thing follows by the rules of :mod:`fangma.asset_registry.following`. The model that
shows the thing is not touched: until a new export shows it too, imports keep to the decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import shapely
from psycopg.rows import class_row, dict_row

from fangma.asset_registry.changes import Applied, ChangeSet, Lineage, NewEntry, Shape, State
from fangma.asset_registry.dividing import (
    GROSS_SHARE,
    LOST_M2,
    LOST_SHARE,
    Part,
    is_conserved,
    is_gross,
    shapes_of_parts,
    shares_of,
    united_shape,
)
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.kinds import code_letters
from fangma.asset_registry.networks import Join, NetworkChanges
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.audit_log import append
from fangma.asset_registry.store.connection import moment_of
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shapely.geometry import LineString

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "lineage"
DIVISIBLE: Final = frozenset({"room", "zone", "pipe"})
"""Kinds that are divided and thrown together; a valve or a device is one thing."""


class LineageError(RegistryError):
    """A decision that does not fit what is there at that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who decided, when it holds, why, and where it is written.

    Attributes
    ----------
    accepts_sizes : bool
        Parts that miss the whole by far were looked at and are right; needs a reason.
    size_limit : float
        Share of the whole beyond which they are refused unless accepted.
    """

    actor: str
    at: datetime
    reason: str | None = None
    document: str | None = None
    accepts_sizes: bool = False
    size_limit: float = GROSS_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision did.

    Attributes
    ----------
    revision : int
        By which ``fangma lineage undo`` takes it back.
    retired, now : tuple of str
        Codes that ended, and codes that go on or are new.
    followed : dict of str to int
        Facts that went over, by table.
    findings : tuple of dict
        As an import tells them.
    """

    kind: str
    revision: int
    at: datetime
    retired: tuple[str, ...]
    now: tuple[str, ...]
    followed: dict[str, int]
    findings: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Turn into what JSON carries."""
        return {
            "decision": self.kind, "revision": self.revision, "at": self.at.isoformat(),
            "retired": list(self.retired), "now": list(self.now),
            "followed": self.followed, "findings": list(self.findings),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    id: UUID
    code: str
    kind: str
    site_id: UUID
    scope_building: UUID | None
    secret: bool
    name: str | None
    number: str | None
    building_id: UUID | None
    storey_id: UUID | None
    use: str | None
    system: str | None
    ifc_class: str | None
    predefined_type: str | None
    elevation_m: float | None
    inferred: bool
    area_m2: float | None
    floor_z: float | None
    ceiling_z: float | None
    method: str | None
    volume_m3: float | None
    inner_diameter_m: float | None
    outer_diameter_m: float | None
    footprint: bytes | None
    axis: bytes | None
    extent: list[float] | None
    ends: datetime | None

    def state(self, entry_id: UUID, **changes: str | None) -> State:
        fields = ("name", "number", "building_id", "storey_id", "use", "system", "ifc_class",
                  "predefined_type", "elevation_m", "inferred")  # fmt: skip
        return State(entry_id=entry_id, **{f: getattr(self, f) for f in fields} | changes)

    @property
    def shape(self) -> Shape:
        e = self.extent
        return Shape(
            entry_id=self.id, footprint=self.footprint, axis=self.axis,
            extent=None if e is None else ((e[0], e[1], e[2]), (e[3], e[4], e[5])),
            floor_z=self.floor_z, ceiling_z=self.ceiling_z, area_m2=self.area_m2,
            volume_m3=self.volume_m3, method=self.method, inner_diameter_m=self.inner_diameter_m,
            outer_diameter_m=self.outer_diameter_m,
        )  # fmt: skip

    def heir(self, id_: UUID, number: str | None) -> NewEntry:
        part = number if self.kind == "room" else code_letters(self.kind, self.system)
        return NewEntry(
            id=id_, kind=self.kind, site_id=self.site_id, building_id=self.building_id,
            storey_id=self.storey_id, code_part=part, secret=self.secret,
        )  # fmt: skip


def split(
    conn: Connection,
    code: str,
    parts: Sequence[Part],
    order: Order,
    *,
    sizes: Sequence[float | None] = (),
    cut: LineString | None = None,
) -> Decided:
    """Divide a room or a run of pipe; its code ends, the parts get codes of their own.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`; so for all of these.
    sizes : sequence of float or None
        Area (m²) or length (m) of each part as measured; None = what the others leave.
    cut : LineString or None
        Along which a room is cut in two, site's CRS; the part on its left comes first.

    Raises
    ------
    LineageError, DivideError, ApplyError
    """
    (thing,) = _things(conn, [code], order)
    _expect_divisible([thing])
    whole = thing.area_m2 if thing.axis is None else _length(thing)
    given = list(sizes) or [None] * len(parts)
    shared = shares_of(parts, whole, given)
    if cut is None:
        _expect_sizes(thing, whole, given, order)
    ids = [uuid4() for _ in shared]
    shapes = shapes_of_parts(thing.shape, ids, shared, cut)
    if thing.axis is None:
        areas = [s.area_m2 if g is None or cut else g for s, g in zip(shapes, given, strict=True)]
        shapes = [replace(s, area_m2=a) for s, a in zip(shapes, areas, strict=True)]
        known = [a for a in areas if a is not None]
        if len(known) == len(areas) and sum(known) > 0.0:
            shared = [replace(p, share=a / sum(known)) for p, a in zip(shared, known, strict=True)]
    changes = ChangeSet(
        site_id=thing.site_id,
        valid_from=order.at,
        new=tuple(thing.heir(i, p.number) for i, p in zip(ids, shared, strict=True)),
        states=tuple(
            thing.state(i, number=p.number, name=p.name if p.name is not None else thing.name)
            for i, p in zip(ids, shared, strict=True)
        ),
        shapes=tuple(shapes),
        retired=(thing.id,),
        network=_rejoined(conn, [thing], shapes, order),
        lineage=tuple(
            Lineage(predecessor_id=thing.id, successor_id=i, kind="split", area_share=p.share)
            for i, p in zip(ids, shared, strict=True)
        ),
    )
    applied = _carry_out(conn, changes, order, "split", thing.code)
    new = tuple(applied.codes[i] for i in ids)
    return _decided("split", order, (thing,), new, applied, [s.area_m2 for s in shapes])


def _expect_sizes(
    thing: _Thing, whole: float | None, given: Sequence[float | None], order: Order
) -> None:
    """Refuse figures that can't be parts of the whole, unless somebody stands for them.

    Raises
    ------
    LineageError
    """
    told = [size for size in given if size is not None]
    if whole is None or len(told) < len(given) or not is_gross(whole, sum(told), order.size_limit):
        return
    if order.accepts_sizes and order.reason:
        return
    unit = "m²" if thing.axis is None else "m"
    raise LineageError(
        f"{thing.code} has {whole:.2f} {unit}, its parts make {sum(told):.2f} {unit}; more than "
        f"{order.size_limit:.0%} of the whole is missing or too much",
        "correct the figures, or leave one out to let it take the rest; where they are right, say "
        "so with --accept-area (accept_area) and a reason",
    )


def merge(
    conn: Connection,
    codes: Sequence[str],
    order: Order,
    *,
    number: str | None = None,
    name: str | None = None,
) -> Decided:
    """Throw rooms or runs of pipe together; their codes end, the new thing gets one of its own.

    Raises
    ------
    LineageError, ApplyError
    """
    things = _things(conn, codes, order)
    _expect_divisible(things)
    if len(things) < 2:
        raise LineageError(f"found {len(things)} things to merge, expected two", "name two or more")
    first = max(things, key=lambda t: t.area_m2 or 0.0)
    for what in ("kind", "site_id", "building_id", "storey_id", "system"):
        if len({getattr(t, what) for t in things}) > 1:
            raise LineageError(
                f"{', '.join(t.code for t in things)} differ in {what.removesuffix('_id')}, "
                "expected things of one kind in one place",
                "merge only what became one thing",
            )
    id_ = uuid4()
    shape = united_shape(id_, [t.shape for t in things])
    changes = ChangeSet(
        site_id=first.site_id,
        valid_from=order.at,
        new=(
            replace(first.heir(id_, number or first.number), secret=any(t.secret for t in things)),
        ),
        states=(first.state(id_, number=number or first.number, name=name or first.name),),
        shapes=(shape,),
        retired=tuple(t.id for t in things),
        network=_rejoined(conn, things, [shape], order),
        lineage=tuple(
            Lineage(predecessor_id=t.id, successor_id=id_, kind="merge", area_share=1.0)
            for t in things
        ),
    )
    applied = _carry_out(conn, changes, order, "merge", ", ".join(t.code for t in things))
    return _decided("merge", order, things, (applied.codes[id_],), applied, [shape.area_m2])


def renumber(conn: Connection, code: str, number: str, order: Order) -> Decided:
    """Put another number on a door; the code stays.

    Raises
    ------
    LineageError, ApplyError
    """
    (thing,) = _things(conn, [code], order)
    return _amended(conn, "renumber", [thing], [{"number": number}], order)


def swap(conn: Connection, one: str, other: str, order: Order) -> Decided:
    """Let two things exchange their numbers and names: the doors were relabelled, not the rooms.

    Raises
    ------
    LineageError, ApplyError
    """
    a, b = _things(conn, [one, other], order)
    if a.kind != b.kind:
        raise LineageError(
            f"{a.code} is a {a.kind} and {b.code} a {b.kind}, expected two of one kind",
            "swap things of one kind",
        )
    return _amended(
        conn, "renumber", [a, b],
        [{"number": b.number, "name": b.name}, {"number": a.number, "name": a.name}], order,
        kind="swap",
    )  # fmt: skip


def change_use(conn: Connection, code: str, use: str, order: Order) -> Decided:
    """Record that a room is used for something else from a day on; the code stays.

    Raises
    ------
    LineageError, ApplyError
    """
    (thing,) = _things(conn, [code], order)
    return _amended(conn, "edit", [thing], [{"use": use}], order, kind="use")


def family(conn: Connection, code: str, moment: Moment) -> dict[str, Any]:
    """Return the ancestors and descendants of a code, and the steps between them.

    Returns
    -------
    family : dict
        ``{"code", "members": [{"code", "kind", "generation", "name", "number", "area_m2",
        "status"}], "steps": [{"kind", "predecessor", "successor", "at", ...}]}``; generations of
        ancestors are negative. What the reader may not see is left out.

    Raises
    ------
    CodeError, UnknownCodeError
    """
    entry_id, _, own = find_entry(conn, code, moment)
    asked = {
        "id": entry_id, "at": moment.at, "known": moment.known, "revision": moment.revision,
    }  # fmt: skip
    sql = load(_FILE)
    with conn.cursor(row_factory=dict_row) as cursor:
        members = cursor.execute(sql["family"], asked).fetchall()
        steps = cursor.execute(
            sql["steps"], {"ids": [m["id"] for m in members], "revision": moment.revision}
        ).fetchall()
    return {
        "code": own,
        "members": [
            {
                "code": m["code"], "kind": m["kind"], "generation": m["generation"],
                "name": m["name"], "number": m["number"], "area_m2": m["area_m2"],
                "status": "current" if m["is_current"] else "retired",
            }
            for m in members
        ],
        "steps": [
            {**s, "at": s["at"].isoformat(), "recorded_at": s["recorded_at"].isoformat()}
            for s in steps
        ],
    }  # fmt: skip


def _things(conn: Connection, codes: Sequence[str], order: Order) -> list[_Thing]:
    """Lock out other recordings, then read what is decided about."""
    conn.execute(load("applying")["lock_recording"])
    moment = moment_of(conn)
    found = [find_entry(conn, code, moment) for code in codes]
    if len({own for _, _, own in found}) < len(found):
        raise LineageError("one thing is named twice, expected different ones", "name each once")
    with conn.cursor(row_factory=class_row(_Thing)) as cursor:
        rows = cursor.execute(
            load(_FILE)["held_now"], {"ids": [id_ for id_, _, _ in found], "at": order.at}
        ).fetchall()
    by_id = {row.id: row for row in rows}
    gone = [own for id_, _, own in found if id_ not in by_id]
    if gone:
        raise LineageError(
            f"{', '.join(gone)} is not there on {order.at.isoformat()}",
            "fangma lineage show tells what became of it; choose a time within its life",
        )
    for row in rows:
        if row.ends is not None:
            raise LineageError(
                f"{row.code} ends on {row.ends.isoformat()} by a later decision, which one from "
                f"{order.at.isoformat()} would contradict",
                "fangma lineage show names that decision; take it back first, or decide about what "
                "became of it",
            )
    return [by_id[id_] for id_, _, _ in found]


def _expect_divisible(things: Sequence[_Thing]) -> None:
    for thing in things:
        if thing.kind not in DIVISIBLE:
            raise LineageError(
                f"{thing.code} is a {thing.kind}, expected a room or a pipe",
                "retire it and import what replaced it",
            )


def _rejoined(
    conn: Connection, old: Sequence[_Thing], new: Sequence[Shape], order: Order
) -> NetworkChanges | None:
    """Join what runs were joined to with the nearest of the runs that they became."""
    if old[0].kind != "pipe":
        return None
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            load(_FILE)["joins_held"], {"ids": [t.id for t in old], "at": order.at}
        ).fetchall()
    axes = [(s.entry_id, None if s.axis is None else shapely.from_wkb(s.axis)) for s in new]
    gone = {t.id for t in old}
    joins: list[Join] = []
    for (before, axis), (after, _) in pairwise(axes):
        if axis is not None:
            joins.append(_join(before, after, 0, tuple(axis.coords[-1]), 1.0, "end"))
    for row in rows:
        if {row["entry_id"], row["other_id"]} <= gone:
            continue
        place = shapely.Point(row["x"], row["y"])
        heir = min(axes, key=lambda one: 0.0 if one[1] is None else float(one[1].distance(place)))[
            0
        ]
        first, second = (
            heir if row[side] in gone else row[side] for side in ("entry_id", "other_id")
        )
        point = (row["x"], row["y"], row["z"])
        joins.append(_join(first, second, row["flow"], point, row["confidence"], row["method"]))
    once = {(j.entry_id, j.other_id): j for j in joins}
    return NetworkChanges(joins=tuple(once.values()), rejoined=tuple(gone))


def _join(
    a: UUID,
    b: UUID,
    flow: int,
    point: tuple[float, float, float],
    confidence: float,
    method: str,
) -> Join:
    """Put a join into the order that the registry keeps."""
    turned = a > b
    return Join(
        entry_id=b if turned else a, other_id=a if turned else b, flow=-flow if turned else flow,
        point=point, confidence=confidence, method=method,
    )  # fmt: skip


def _length(thing: _Thing) -> float:
    return float(shapely.length(shapely.from_wkb(thing.axis)))


def _amended(
    conn: Connection,
    action: str,
    things: Sequence[_Thing],
    changes: Sequence[dict[str, str | None]],
    order: Order,
    *,
    kind: str | None = None,
) -> Decided:
    applied = _carry_out(
        conn,
        ChangeSet(
            site_id=things[0].site_id,
            valid_from=order.at,
            states=tuple(t.state(t.id, **c) for t, c in zip(things, changes, strict=True)),
        ),
        order,
        action,
        ", ".join(t.code for t in things),
        kind,
    )
    now = tuple(t.code for t in things)
    return Decided(
        kind=kind or action, revision=applied.revision_id, at=order.at, retired=(), now=now,
        followed=applied.followed, findings=(),
    )  # fmt: skip


def _carry_out(
    conn: Connection,
    changes: ChangeSet,
    order: Order,
    action: str,
    subject: str,
    kind: str | None = None,
) -> Applied:
    applied = apply(
        conn, changes, actor=order.actor, action=action, reason=order.reason,
        document=order.document, detail={"decision": kind or action},
    )  # fmt: skip
    append(
        conn, actor=order.actor, action=action, subject=subject,
        detail={"reason": order.reason, "document": order.document,
                "now": sorted(applied.codes.values())},
    )  # fmt: skip
    return applied


def _decided(
    kind: str,
    order: Order,
    old: Sequence[_Thing],
    new: tuple[str, ...],
    applied: Applied,
    areas: Sequence[float | None],
) -> Decided:
    findings: list[dict[str, Any]] = []
    before, after = [t.area_m2 for t in old], list(areas)
    codes = ", ".join(t.code for t in old)
    if None not in before and None not in after:
        old_m2, new_m2 = sum(filter(None, before)), sum(filter(None, after))
        if not is_conserved(old_m2, new_m2):
            findings.append(
                {
                    "severity": "warning", "rule": "lineage-area", "element": new[0],
                    "message": f"The {kind} of {codes} had {old_m2:.2f} m² before and has "
                    f"{new_m2:.2f} m² after it; {LOST_SHARE:.0%} or {LOST_M2:g} m² may go into "
                    "walls.",
                    "remedy": "Check the areas, or correct the lineage.",
                }
            )  # fmt: skip
    new = _principal_first(new, areas)
    people = applied.followed.get("assignment", 0)
    if kind == "split" and people:
        findings.append(
            {
                "severity": "info", "rule": "lineage-followed", "element": new[0],
                "message": f"{people} assignments of {codes} went to {new[0]}, its largest part: "
                "who sits in which part is not known.",
                "remedy": "Assign the other parts.",
            }
        )  # fmt: skip
    return Decided(
        kind=kind, revision=applied.revision_id, at=order.at,
        retired=tuple(t.code for t in old), now=new, followed=applied.followed,
        findings=tuple(findings),
    )  # fmt: skip


def _principal_first(codes: tuple[str, ...], areas: Sequence[float | None]) -> tuple[str, ...]:
    """Order parts as their heirs are: the largest first, equal ones as they were named."""
    if None in areas or len(areas) != len(codes):
        return codes
    order = sorted(range(len(codes)), key=lambda i: -(areas[i] or 0.0))
    return tuple(codes[i] for i in order)
