"""What became of a thing is told in Chinese and English, with day, reason, document and hand."""

from typing import Any

from fangma.asset_registry.fates import tell_fate


def entry(fact: str, what: str, revision: int = 5, **more: Any) -> dict[str, Any]:
    usual = {
        "fact": fact, "what": what, "revision": revision, "actor": "wang", "action": "edit",
        "valid_from": "2026-05-01T00:00:00+08:00", "recorded_at": "2026-05-02T09:00:00+08:00",
        "reason": None, "document": None, "changes": {}, "area_share": None,
    }  # fmt: skip
    return usual | more


def fate(*history: dict[str, Any]) -> dict[str, str]:
    return tell_fate({"code": "A", "history": history})


def step(what: str, predecessor: str, successor: str, **more: Any) -> dict[str, Any]:
    return entry("lineage", what, predecessor=predecessor, successor=successor, **more)


def test_a_divided_room_names_its_parts_their_shares_and_why_and_is_not_told_gone_as_well():
    told = fate(
        entry("state", "created", 1, action="import", actor="import"),
        entry("state", "retired"),
        step("split", "A", "B", area_share=0.6667, reason="隔断改造", document="纪要12号"),
        step("split", "A", "C", area_share=0.3333, reason="隔断改造", document="纪要12号"),
    )
    assert told == {
        "zh": "2026-05-01 拆分为 B (67%)、C (33%)"
        "（理由：隔断改造；依据：纪要12号；记录人：wang）。",
        "en": "On 2026-05-01 it was divided into B (67%) and C (33%) "
        "(隔断改造; 纪要12号; recorded by wang).",
    }


def test_each_act_has_its_words_from_both_ends():
    assert "与其他合并为 C" in fate(step("merge", "A", "C"))["zh"]
    made = fate(step("merge", "X", "A", area_share=1.0), step("merge", "Y", "A", area_share=1.0))
    assert made["en"] == "On 2026-05-01 it was made of X and Y (recorded by wang)."
    assert "由该编码继续" in fate(step("replace", "A", "B"))["zh"]
    assert "X 判定与此为同一事物" in fate(step("replace", "X", "A"))["zh"]
    assert "由 X 拆分而来" in fate(step("split", "X", "A"))["zh"]
    assert "succeeded by B" in fate(step("unheard-of", "A", "B"))["en"]


def test_a_new_number_or_use_by_a_person_is_told_and_what_a_model_calls_it_is_not():
    renumbered = entry("state", "changed", changes={"number": {"before": "512", "after": "513"}})
    used = entry("state", "changed", 6, changes={"use": {"before": None, "after": "会议室"}})
    told = fate(renumbered, used)
    assert "房号由 512 改为 513" in told["zh"]
    assert "its use (none) became 会议室" in told["en"]
    assert fate(renumbered | {"action": "import"}) == {"zh": "", "en": ""}


def test_what_no_model_shows_any_more_is_told_with_the_day_on_which_that_was_so():
    told = fate(entry("state", "retired", action="import", valid_from=None))
    assert told["zh"].startswith("2026-05-02 新的模型中不再出现")
    assert "was taken back" in fate(entry("state", "retired", action="rollback"))["en"]
