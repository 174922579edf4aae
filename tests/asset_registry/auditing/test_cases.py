"""Every labelled case gets the verdict that was worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.asset_registry.auditing.casebook import Case, cases

from fangma.asset_registry.auditing.engine import audit
from fangma.asset_registry.auditing.settings import AuditSettings
from fangma.asset_registry.standards.pack import Sharing

CASES = cases()
FIELDS = {
    "allowed": "allowed_m2",
    "used": "used_m2",
    "excess": "excess_m2",
    "persons_excess": "persons_excess_m2",
}
KEYS = {"persons": "person", "units": "unit", "rooms": "room", "buildings": "building"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_gets_its_verdict(case: Case) -> None:
    tolerance = Decimal(case.tolerance) if case.tolerance is not None else None
    settings = AuditSettings(sharing=Sharing(case.sharing), tolerance_m2=tolerance)
    document = audit(case.facts, standard=case.standard, settings=settings).to_dict()
    for section, rows in case.expect.items():
        found = {row[KEYS.get(section, "room")]: row for row in document[section]}
        if section == "idle":
            assert {key: row["kind"] for key, row in found.items()} == rows
            continue
        for key, expected in rows.items():
            assert answer(found[key], expected, section) == expected, key


def answer(row: dict[str, Any], expected: dict[str, Any], section: str) -> dict[str, Any]:
    """Return what was found, in the words of the case."""
    names = set(expected) | ({"rules"} if section == "persons" else set())
    found: dict[str, Any] = {}
    for name in names:
        if name == "rules":
            found[name] = sorted({finding["rule"] for finding in row["findings"]})
        elif name == "shares":
            found[name] = {part["room"]: part["share_m2"] for part in row["rooms"]}
        else:
            found[name] = row[FIELDS.get(name, name)]
    if "rules" not in expected and section == "persons":
        assert found.pop("rules") == [], "a finding that the case does not name"
    return found


def test_there_are_at_least_two_hundred_cases() -> None:
    assert len(CASES) >= 200
