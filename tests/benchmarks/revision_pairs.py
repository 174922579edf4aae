"""The real revision pairs, room by room: writes docs/revision-pairs.md.

python tests/benchmarks/revision_pairs.py FOLDER_OF_MODELS [--to docs/revision-pairs.md]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from matching import Export  # type: ignore[import-not-found]  # beside this script

from fangma.bim_import.matching import Matching, find_motion, match
from fangma.bim_import.matching.overlap import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.bim_import.matching import Feature

PAIRS = (
    ("duplex-A-20110505.ifc", "duplex-A-20110907.ifc", "Four months of design."),
    ("duplex-rev-baseline.ifc", "duplex-rev-movedoor.ifc", "One door was moved."),
    ("duplex-rev-baseline.ifc", "duplex-rev-delslab.ifc", "One slab was deleted."),
)


def area(feature: Feature) -> str:
    plan = plan_of(feature)
    return "–" if plan is None else f"{plan.area:.2f}"


def called(feature: Feature) -> str:
    return f"{feature.number or '–'} {feature.name or ''}".strip()


def rows_of_rooms(old: Sequence[Feature], new: Sequence[Feature], found: Matching) -> Iterable[str]:
    """One table row for every room of either side."""
    lines: list[tuple[str, str]] = []

    def add(olds: Sequence[int], news: Sequence[int], outcome: str, why: str) -> None:
        was = "; ".join(called(old[i]) for i in olds) or "–"
        now = "; ".join(called(new[j]) for j in news) or "–"
        areas = [" + ".join(area(f) for f in fs) or "–" for fs in (
            [old[i] for i in olds], [new[j] for j in news])]  # fmt: skip
        lines.append(
            (
                was if olds else f"~{now}",
                f"| {was} | {now} | {outcome} | {why} | {areas[0]} | {areas[1]} |",
            )
        )

    for p in found.pairs:
        if old[p.old].kind == "room":
            a, b = old[p.old], new[p.new]
            outcome = "same" if (a.number, a.name) == (b.number, b.name) else "same, renamed"
            add([p.old], [p.new], outcome, f"{p.evidence} ({p.confidence:.2f})")
    for i, parts in found.splits:
        add([i], parts, "split", "the new rooms tile the old one")
    for j, parts in found.merges:
        add(parts, [j], "merged", "the old rooms tile the new one")
    for doubt in found.doubts:
        if any(old[i].kind == "room" for i in doubt.old):
            add(doubt.old, doubt.new, "review", doubt.why)
    for i in found.gone:
        if old[i].kind == "room":
            add([i], [], "gone", "no later room is like it")
    for j in found.born:
        if new[j].kind == "room":
            add([], [j], "new", "no earlier room is like it")
    return [text for _, text in sorted(lines)]


def things_in_words(
    old: Sequence[Feature], new: Sequence[Feature], found: Matching
) -> Iterable[str]:
    """What became of everything else."""
    pairs = [p for p in found.pairs if old[p.old].kind != "room"]
    renewed = sum(old[p.old].guid != new[p.new].guid for p in pairs)
    yield f"Other elements: {len(pairs)} matched, {renewed} of them under another GlobalId."
    for title, features, indices in (
        ("Gone", old, found.gone), ("New", new, found.born),
    ):  # fmt: skip
        classes = Counter(features[i].ifc_class for i in indices if features[i].kind != "room")
        words = ", ".join(f"{n} {c}" for c, n in sorted(classes.items())) or "none"
        yield f"{title}: {words}."
    moved = [p for p in pairs if "moved" in p.evidence or "pushed" in p.evidence]
    for p in moved:
        yield f"- {old[p.old].ifc_class} “{old[p.old].name}”: {p.evidence}."
    for doubt in found.doubts:
        if old[doubt.old[0]].kind != "room":
            names = ", ".join(f"“{old[i].name}”" for i in doubt.old)
            yield f"- To review: {names}: {doubt.why}."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path("docs/revision-pairs.md"))
    asked = parser.parse_args()
    text = [
        "# Real revision pairs, room by room",
        "",
        "What matching makes of pairs of exports of one building (written by",
        "`python tests/benchmarks/revision_pairs.py FOLDER`; the files are named as in the",
        "development set). Areas are those of the outlines, m². Confidence in brackets.",
    ]
    exports: dict[str, Export] = {}
    for before, after, story in PAIRS:
        for name in (before, after):
            exports.setdefault(name, Export(asked.folder / name))
        old, new = exports[before].features, exports[after].features
        motion = find_motion(old, new)
        found = match(old, new)
        text += [
            "", f"## {before} → {after}", "",
            f"{story} {motion.share_still:.0%} of the elements stand where they stood.", "",
            "| before | after | outcome | evidence | area before | after |",
            "|---|---|---|---|---|---|", *rows_of_rooms(old, new, found), "",
            *things_in_words(old, new, found),
        ]  # fmt: skip
    asked.to.write_text("\n".join(text) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
