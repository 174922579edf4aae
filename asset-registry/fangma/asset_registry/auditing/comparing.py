"""Two audits side by side: whose verdict or area changed, and by which facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.auditing.results import PersonResult, RoomResult

_FIGURES: Final = ("verdict", "allowed_m2", "used_m2", "excess_m2")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A fact that is another one than before."""

    what: str
    before: str | None
    after: str | None
    message: str
    message_en: str

    def to_dict(self) -> Json:
        """Return the cause as JSON holds it."""
        return {
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "message": self.message,
            "message_en": self.message_en,
        }


def compare(before: Audit, after: Audit) -> Json:
    """Say what changed from one audit to the other, and why.

    Returns
    -------
    document : dict
        ``from``, ``to``: moment and standard of each. ``persons``, ``units``, ``rooms``: rows that
        are new, gone or changed, each with figures before and after and ``causes``. ``idle``: rooms
        that became idle, and that no longer are. The same audits give the same bytes.
    """
    first, second = before.report().to_dict(), after.report().to_dict()
    causes = _Causes(before, after)
    document: Json = {
        "from": {key: first[key] for key in ("at", "known", "standard", "layers")},
        "to": {key: second[key] for key in ("at", "known", "standard", "layers")},
    }
    for section, key, why in (
        ("persons", "person", causes.of_person),
        ("units", "unit", causes.of_unit),
        ("rooms", "room", causes.of_room),
    ):
        old = {row[key]: row for row in first[section]}
        new = {row[key]: row for row in second[section]}
        document[section] = [
            {
                key: code,
                "change": "changed" if code in old and code in new else _side(code in new),
                "before": _figures(old.get(code)),
                "after": _figures(new.get(code)),
                "causes": [cause.to_dict() for cause in why(code)],
            }
            for code in sorted(old.keys() | new.keys())
            if _told(old.get(code)) != _told(new.get(code))
        ]
    was = {row["room"] for row in first["idle"]}
    now = {row["room"] for row in second["idle"]}
    document["idle"] = {"new": sorted(now - was), "gone": sorted(was - now)}
    document["summary"] = {
        section: {
            verdict: {
                "before": sum(row["verdict"] == verdict for row in first[section]),
                "after": sum(row["verdict"] == verdict for row in second[section]),
            }
            for verdict in ("over", "within", "unknown")
        }
        for section in ("persons", "units", "rooms")
    }
    return document


def to_json(document: Json) -> bytes:
    """Return a comparison as UTF-8, byte for byte the same for the same audits."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _side(is_new: bool) -> str:
    return "new" if is_new else "gone"


def _figures(row: Mapping[str, Any] | None) -> Json | None:
    return None if row is None else {key: row.get(key) for key in _FIGURES} | {"rules": _rules(row)}


def _told(row: Mapping[str, Any] | None) -> object:
    """Return what makes a row another one; messages with running days do not."""
    if row is None:
        return None
    return (
        tuple(row.get(key) for key in (*_FIGURES, "area_m2")),
        _rules(row),
        tuple((part["room"], part["share_m2"]) for part in row.get("rooms", ())),
    )


def _rules(row: Mapping[str, Any]) -> list[str]:
    return sorted({finding["rule"] for finding in row["findings"]})


class _Causes:
    def __init__(self, before: Audit, after: Audit) -> None:
        self.before, self.after = before, after
        self.has_other_standard = before.estate.standard().layers != after.estate.standard().layers

    # ---- people ----

    def of_person(self, code: str) -> Iterator[Cause]:
        old = self.before.estate.people.get(code)
        new = self.after.estate.people.get(code)
        for what, zh in (
            ("unit", "主职单位"), ("rank", "职级"), ("post", "职务"), ("status", "在职状态"),
            ("left_on", "离任日期"),
        ):  # fmt: skip
            yield from _changed(what, zh, _of(old, what), _of(new, what))
        if _of(old, "second_posts") != _of(new, "second_posts"):
            yield from _changed(
                "second_posts", "兼职", _posts(_of(old, "second_posts")),
                _posts(_of(new, "second_posts")),
            )  # fmt: skip
        yield from self._rooms_held(self.before.persons.get(code), self.after.persons.get(code))
        if old is not None and new is not None and old.unit == new.unit:
            yield from self._unit_itself(new.unit)
        yield from self._standard()
        if self.before.estate.day != self.after.estate.day and old is not None and old.left_on:
            yield from _changed(
                "day", "核查日", str(self.before.estate.day), str(self.after.estate.day)
            )

    def _rooms_held(self, old: PersonResult | None, new: PersonResult | None) -> Iterator[Cause]:
        had = {holding.room for holding in old.holdings} if old is not None else set()
        has = {holding.room for holding in new.holdings} if new is not None else set()
        for room in sorted(has - had):
            yield _cause("room", None, room, f"新占用{room}", f"now holds {room}")
        for room in sorted(had - has):
            yield _cause("room", room, None, f"不再占用{room}", f"no longer holds {room}")
        for room in sorted(had & has):
            yield from self._room_itself(room)

    def _room_itself(self, room: str) -> Iterator[Cause]:
        yield from _changed(
            "area", f"{room}实测面积", _text(self.before.estate.areas.get(room)),
            _text(self.after.estate.areas.get(room)),
        )  # fmt: skip
        was, now = (set(audit.estate.holders(room)) for audit in (self.before, self.after))
        yield from _changed("sharers", f"{room}使用人", _list(was), _list(now))
        for person in sorted(was & now):
            old, new = (audit.estate.people[person].rank for audit in (self.before, self.after))
            yield from _changed("rank", f"同室{person}职级", old, new)

    # ---- units ----

    def of_unit(self, code: str) -> Iterator[Cause]:
        yield from self._unit_itself(code)
        was, now = (set(audit.estate.staff.get(code, ())) for audit in (self.before, self.after))
        yield from _came_and_went("staff", "人员", was, now)
        was, now = (
            set(audit.estate.unit_rooms.get(code, ())) for audit in (self.before, self.after)
        )
        yield from _came_and_went("rooms", "房间", was, now)
        people = self.before.estate.staff.get(code, set()) & self.after.estate.staff.get(
            code, set()
        )
        for person in sorted(people):
            old, new = (audit.persons[person] for audit in (self.before, self.after))
            if (old.used_m2, old.allowed_m2) != (new.used_m2, new.allowed_m2):
                yield from _changed(
                    "person", f"{person}使用/标准", f"{old.used_m2}/{old.allowed_m2}",
                    f"{new.used_m2}/{new.allowed_m2}",
                )  # fmt: skip
        yield from self._standard()

    def _unit_itself(self, code: str) -> Iterator[Cause]:
        old = self.before.estate.units.get(code)
        new = self.after.estate.units.get(code)
        for what, zh in (
            ("organ_class", "机关类别"), ("unit_rank", "机构规格"), ("authorised", "编制定员"),
            ("parent", "上级单位"), ("posts", "核定职数"), ("division", "行政区划"),
        ):  # fmt: skip
            yield from _changed(what, f"{code}{zh}", _of(old, what), _of(new, what))

    # ---- rooms ----

    def of_room(self, code: str) -> Iterator[Cause]:
        yield from self._room_itself(code)
        old = self.before.estate.rooms.get(code)
        new = self.after.estate.rooms.get(code)
        for what, zh in (
            ("use", "用途"), ("ledger_m2", "台账面积"), ("registered_use", "登记用途"),
            ("certificate", "证号"), ("certificate_m2", "证载面积"), ("annex_of", "所属办公室"),
            ("rest_room_m2", "其中休息室"), ("toilet_m2", "其中卫生间"), ("sealed_on", "封存日期"),
        ):  # fmt: skip
            yield from _changed(what, zh, _of(old, what), _of(new, what))
        was, now = (_result_units(audit.rooms.get(code)) for audit in (self.before, self.after))
        yield from _changed("unit", "使用单位", _list(was), _list(now))
        if self.before.estate.leases.get(code) != self.after.estate.leases.get(code):
            yield _cause("lease", None, None, "租约变化", "its leases changed")
        yield from self._standard()

    def _standard(self) -> Iterator[Cause]:
        if self.has_other_standard:
            yield from _changed(
                "standard", "标准", " → ".join(self.before.estate.standard().layers),
                " → ".join(self.after.estate.standard().layers),
            )  # fmt: skip


def _result_units(row: RoomResult | None) -> set[str]:
    return set(row.units) if row is not None else set()


def _changed(what: str, zh: str, before: object, after: object) -> Iterator[Cause]:
    if before == after:
        return
    old, new = _text(before), _text(after)
    yield _cause(
        what, old, new, f"{zh}由{old or '无'}变为{new or '无'}",
        f"{what} was {old or 'none'}, is {new or 'none'}",
    )  # fmt: skip


def _came_and_went(what: str, zh: str, was: set[str], now: set[str]) -> Iterator[Cause]:
    if now - was:
        words = _list(now - was)
        yield _cause(what, None, words, f"新增{zh}{words}", f"{what} added: {words}")
    if was - now:
        words = _list(was - now)
        yield _cause(what, words, None, f"减少{zh}{words}", f"{what} gone: {words}")


def _cause(what: str, before: str | None, after: str | None, zh: str, en: str) -> Cause:
    return Cause(what=what, before=before, after=after, message=zh, message_en=en)


def _of(fact: object, name: str) -> object:
    return getattr(fact, name, None)


def _text(value: object) -> str | None:
    match value:
        case None | () | "":
            return None
        case tuple():
            return "；".join(":".join(map(str, each)) for each in value)
        case _:
            return str(value)


def _list(codes: set[str]) -> str | None:
    return "、".join(sorted(codes)) or None


def _posts(posts: object) -> str | None:
    if not isinstance(posts, tuple):
        return None
    return (
        "；".join(
            f"{post.unit}({'已批准' if post.approved else '未批准'}"
            f"{'，止于' + str(post.ended_on) if post.ended_on else ''})"
            for post in posts
        )
        or None
    )
