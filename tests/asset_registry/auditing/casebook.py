"""Read the labelled cases: small estates with the verdicts that a person worked out from the rules.

A case names its facts in few words; ``one`` stands for one person in one office. What a case
expects of a person is compared whole: a rule that is not listed must not be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    BuildingFact,
    LeaseFact,
    PersonFact,
    RoomFact,
    SecondPost,
    TitleFact,
    UnitFact,
)

FOLDER = Path(__file__).parent / "cases"
DAY = date(2026, 11, 21)

ROOM = {"m2": "measured_m2", "height": "height_m"}
UNIT = {"class": "organ_class", "rank": "unit_rank"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    facts: AuditFacts
    expect: dict[str, dict[str, dict[str, Any]]]
    sharing: str
    tolerance: str | None
    standard: str | None


def cases() -> list[Case]:
    found = [
        read(row, file.stem)
        for file in sorted(FOLDER.glob("*.yaml"))
        for row in yaml.safe_load(file.read_text("utf-8"))
    ]
    names = [case.name for case in found]
    assert len(names) == len(set(names)), "two cases have one name"
    return found


def read(row: dict[str, Any], chapter: str) -> Case:
    row = dict(row)
    assert row.pop("why"), "every case says from which rule it follows"
    expect = row.pop("expect", None)
    if "one" in row:
        row, expect = one(row)
    assert expect
    day = row.get("day", DAY)
    facts = AuditFacts(
        at=datetime.combine(day, time(9), CHINA),
        division=row.get("division", "330302"),
        rooms=tuple(made(RoomFact, item, ROOM, use="办公室") for item in row.get("rooms", [])),
        buildings=tuple(made(BuildingFact, item, {}) for item in row.get("buildings", [])),
        units=tuple(
            made(UnitFact, item, UNIT, organ_class="市级")
            for item in row.get("units", [{"code": "U"}])
        ),
        people=tuple(person(item) for item in row.get("people", [])),
        assignments=tuple(made(AssignmentFact, item, {}) for item in row.get("assign", [])),
        leases=tuple(made(LeaseFact, item, {}) for item in row.get("leases", [])),
        titles=tuple(made(TitleFact, item, {}) for item in row.get("titles", [])),
    )
    return Case(
        name=f"{chapter}: {row['case']}",
        facts=facts,
        expect=expect,
        sharing=row.get("sharing", "pro-rata"),
        tolerance=str(row["tolerance"]) if "tolerance" in row else None,
        standard=row.get("standard"),
    )


def one(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Spell out one person in one office."""
    short = dict(row.pop("one"))
    unit = {"code": "U", "class": short.pop("class", "市级"), "rank": short.pop("unit_rank", None)}
    if "unit_division" in short:
        unit["division"] = short.pop("unit_division")
    answer = {
        key: short.pop(key) for key in ("verdict", "allowed", "used", "excess") if key in short
    }
    answer["rules"] = short.pop("rules", ["over-ceiling"] if answer["verdict"] == "over" else [])
    room = {"code": "R", "m2": short.pop("m2")}
    row |= {
        "units": [unit],
        "people": [{"id": "P", **short}],
        "rooms": [room],
        "assign": [{"room": "R", "person": "P", "use": "办公室"}],
    }
    return row, {"persons": {"P": answer}}


def person(item: dict[str, Any]) -> PersonFact:
    second = tuple(SecondPost(**post) for post in item.get("second_posts", []))
    rest = {key: value for key, value in item.items() if key != "second_posts"}
    return PersonFact(**{"unit": "U", "rank": "局(处)级以下", **rest}, second_posts=second)


def made(kind: type[Any], item: dict[str, Any], names: dict[str, str], **defaults: Any) -> Any:
    fields = {names.get(key, key): value for key, value in item.items()}
    if "posts" in fields:
        fields["posts"] = tuple((rank, count) for rank, count in fields["posts"].items())
    return kind(**{**defaults, **fields})
