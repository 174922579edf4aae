"""The states of an order: every way through them, and nobody where they do not belong."""

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.work_orders.facts import FAULTS, URGENCIES, Part, check_parts, clean_text
from fangma.asset_registry.work_orders.lifecycle import (
    DEEDS,
    OPERATOR_ROLE,
    OVER,
    STATES,
    STEPS,
    NotYoursError,
    Standing,
    WorkOrderError,
    after,
    possible,
)

ROLES = ["planner", "maintainer", "auditor", "leader", "administrator", "security"]


def walk(standing: Standing, *deeds: str) -> Standing:
    for deed in deeds:
        standing = after(
            deed, standing, actor="operator", roles=[OPERATOR_ROLE], note="why",
            person="mei" if deed == "assign" else None,
        )  # fmt: skip
    return standing


def test_every_state_can_be_reached_and_what_is_over_stays_over():
    reached = {"reported"}
    ways = [Standing(state="reported")]
    while ways:
        standing = ways.pop()
        for deed in possible(standing, actor="operator", roles=[OPERATOR_ROLE]):
            found = walk(standing, deed)
            if found.state not in reached:
                reached.add(found.state)
                ways.append(found)
    assert reached == set(STATES)
    for state in OVER:
        assert possible(Standing(state=state), actor="x", roles=ROLES) == ["note"]
        assert walk(Standing(state=state), "note").state == state


@given(
    st.lists(st.sampled_from(DEEDS), max_size=12),
    st.sampled_from(["mei", "wu", "boss"]),
    st.lists(st.sampled_from(ROLES), max_size=3),
)
def test_what_is_said_to_be_possible_is_and_nothing_else(deeds, actor, roles):
    standing = Standing(state="reported")
    for deed in deeds:
        allowed = deed in possible(standing, actor=actor, roles=roles)
        person = actor if deed == "assign" else None
        said = {"actor": actor, "roles": roles, "note": "why", "person": person}
        if not allowed:
            with pytest.raises(WorkOrderError) as caught:
                after(deed, standing, **said)
            assert caught.value.remedy
        else:
            standing = after(deed, standing, **said)
            assert standing.state in STATES
            # Somebody sees to whatever is under way.
            assert (standing.responsible is None) or standing.state != "reported"
            if standing.state in {"assigned", "accepted", "in_progress", "on_hold", "done"}:
                assert standing.responsible is not None


def test_whoever_did_the_work_does_not_check_it():
    done = Standing(state="done", responsible="mei")
    for deed in ("close", "send_back"):
        with pytest.raises(NotYoursError, match="may not check it"):
            after(deed, done, actor="mei", roles=["maintainer", "administrator"], note="x")
        assert after(deed, done, actor="wu", roles=["maintainer"], note="x").state != "done"


def test_a_deed_without_its_reason_or_person_is_refused():
    with pytest.raises(WorkOrderError, match="lacks its note"):
        after("reject", Standing(state="reported"), actor="b", roles=["administrator"], note="  ")
    with pytest.raises(WorkOrderError, match="who is to see to it"):
        after("assign", Standing(state="reported"), actor="b", roles=["administrator"])
    with pytest.raises(WorkOrderError, match="expected one of"):
        after("burn", Standing(state="reported"), actor="b", roles=["administrator"])


def test_the_documents_and_the_viewer_know_every_word_of_the_table():
    import json
    from pathlib import Path

    root = Path(__file__).parents[3]
    text = (root / "docs" / "field.md").read_text("utf-8")
    assert [deed for deed in STEPS if f"`{deed}`" not in text] == []
    for language in ("zh", "en"):
        file = root / "viewer" / "src" / "pages" / "field" / f"words.{language}.json"
        words = json.loads(file.read_text("utf-8"))
        assert set(words["state"]) == set(STATES)
        assert set(words["deed"]) == {*DEEDS, "report"}
        assert set(words["fault"]) == set(FAULTS)
        assert set(words["urgency"]) == set(URGENCIES)


@given(st.text())
def test_text_that_is_kept_cannot_steer_and_is_kept_the_second_time_as_it_is(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(ord(c) < 32 and c != "\n" for c in cleaned)
    assert "\x7f" not in cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("count", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_part_that_is_no_count_is_refused(count):
    with pytest.raises(WorkOrderError, match="expected a name and a count"):
        check_parts((Part(name="阀", count=count),))
