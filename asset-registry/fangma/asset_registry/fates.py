"""What became of a thing, in sentences: for whoever reads an old label. Pure.

Made from the thing's dated file, so that it says what was known at the moment of the question.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.auditing.facts import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_Words = tuple[str, str]
"""A sentence in Chinese and in English."""

# By kind of step: of what ended, and of what came of it.
_BECAME: Final[dict[str, _Words]] = {
    "split": ("拆分为 {}", "it was divided into {}"),
    "merge": ("与其他合并为 {}", "it was joined with others into {}"),
    "replace": ("判定与 {} 为同一事物，由该编码继续", "it was found to be {}, whose code goes on"),
}
_CAME: Final[dict[str, _Words]] = {
    "split": ("由 {} 拆分而来", "it came of {}, which was divided"),
    "merge": ("由 {} 合并而成", "it was made of {}"),
    "replace": ("{} 判定与此为同一事物", "{} was found to be the same thing"),
}
_BACK_TO: Final = ("该决定被撤销，恢复为 {}", "that decision was taken back, and {} holds again")
_BACK_FROM: Final = (
    "该决定被撤销，{} 注销，本编码恢复",
    "that decision was taken back: {} ended and this code holds again",
)
_BACK: Final = ("前述记录被撤销，本编码恢复", "that was taken back, and this code holds again")
_TAKEN_BACK: Final = ("撤销决定：", "a decision was taken back: ")
_OTHER_BECAME: Final = ("由 {} 接替", "it was succeeded by {}")
_OTHER_CAME: Final = ("接替 {}", "it succeeded {}")
_COLUMNS: Final[dict[str, _Words]] = {
    "number": ("房号", "number"),
    "name": ("名称", "name"),
    "use": ("用途", "use"),
}
_GONE: Final[dict[str, _Words]] = {
    "import": ("新的模型中不再出现，编码注销", "a new model did not show it any more"),
    "rollback": ("导入被撤销，编码注销", "the import that brought it was taken back"),
}
_ENDED: Final = ("编码注销", "its code was retired")


def tell_fate(item: Mapping[str, Any]) -> dict[str, str]:
    """Tell what became of a thing, and of what it came; the words of models alone are left out.

    Parameters
    ----------
    item : mapping
        The thing's dated file (:func:`fangma.asset_registry.store.entries.show_item`).

    Returns
    -------
    words : dict of str to str
        ``zh`` and ``en``, oldest first; both empty where nothing happened to it.
    """
    told = [_dated(entries, words) for entries, words in _events(item)]
    return {"zh": "".join(zh for zh, _ in told), "en": " ".join(en for _, en in told)}


def _events(item: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], _Words]]:
    history: Sequence[Mapping[str, Any]] = item["history"]
    steps: dict[tuple[int, str, bool], list[Mapping[str, Any]]] = {}
    for entry in history:
        if entry["fact"] == "lineage":
            ends = entry["predecessor"] == item["code"]
            steps.setdefault((entry["revision"], entry["what"], ends), []).append(entry)
    ended = {revision for revision, _, ends in steps if ends}
    led_back = {revision for revision, _, ends in steps if not ends}
    is_gone = False
    for entry in history:
        if entry["fact"] == "lineage":
            ends = entry["predecessor"] == item["code"]
            together = steps.pop((entry["revision"], entry["what"], ends), None)
            if together is not None:
                yield entry, _step(together, ends=ends)
        elif entry["fact"] != "state":
            continue
        elif entry["what"] == "retired":
            is_gone = True
            if entry["revision"] not in ended:
                yield entry, _GONE.get(entry["action"], _ENDED)
        elif entry["action"] == "rollback" and is_gone:
            is_gone = False
            if entry["revision"] not in led_back:
                yield entry, _BACK
        elif entry["what"] in {"changed", "corrected"} and entry["action"] != "import":
            told_zh, told_en = _TAKEN_BACK if entry["action"] == "rollback" else ("", "")
            for column, (zh, en) in _COLUMNS.items():
                if column in entry["changes"]:
                    before, after = (entry["changes"][column][k] for k in ("before", "after"))
                    yield (
                        entry,
                        (
                            f"{told_zh}{zh}由 {before or '无'} 改为 {after or '无'}",
                            f"{told_en}its {en} {before or '(none)'} became {after or '(none)'}",
                        ),
                    )


def _step(together: Sequence[Mapping[str, Any]], *, ends: bool) -> _Words:
    known, other = (_BECAME, _OTHER_BECAME) if ends else (_CAME, _OTHER_CAME)
    zh, en = known.get(together[0]["what"], other)
    if together[0]["action"] == "rollback":
        zh, en = _BACK_TO if ends else _BACK_FROM
    codes = [_named(step, ends=ends) for step in together]
    return zh.format("、".join(codes)), en.format(" and ".join(codes))


def _named(step: Mapping[str, Any], *, ends: bool) -> str:
    """Name the other end of a step, with its share of the area where it got only a part."""
    code = step["successor" if ends else "predecessor"] or "?"
    share = step["area_share"]
    return f"{code} ({share:.0%})" if ends and share is not None and share < 1.0 else code


def _dated(entry: Mapping[str, Any], words: _Words) -> _Words:
    zh, en = words
    since = entry["valid_from"] or entry["recorded_at"]
    day = datetime.fromisoformat(since).astimezone(CHINA).date().isoformat()
    why = [
        (f"理由：{entry['reason']}", entry["reason"]) if entry["reason"] else None,
        (f"依据：{entry['document']}", entry["document"]) if entry["document"] else None,
        (f"记录人：{entry['actor']}", f"recorded by {entry['actor']}"),
    ]
    said = [pair for pair in why if pair is not None]
    return (
        f"{day} {zh}（{'；'.join(pair[0] for pair in said)}）。",
        f"On {day} {en} ({'; '.join(pair[1] for pair in said)}).",
    )
