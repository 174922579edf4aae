"""Matching held to the truth of perturbed exports: wrong, found, left to review, and how fast.

    python tests/benchmarks/matching.py MODEL.ifc ... [--seed 1 2 3] [--turn 0.4] [--json]

Each model is perturbed (see ``python -m fangma.bim_import.perturbing``), both files are opened,
read and shaped as an import does, and the matching is compared with the truth file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from fangma.bim_import.bodies import measure_bodies
from fangma.bim_import.comparable import feature_of
from fangma.bim_import.matching import Matching, find_motion, match
from fangma.bim_import.opening import open_model
from fangma.bim_import.perturbing import Dose, Truth, perturb
from fangma.bim_import.reading import read_model
from fangma.bim_import.shaping import shape_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.bim_import.matching import Feature

_SPACE = UUID(int=0)
_STILL = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a matching is worth; ``kept`` counts things that neither moved nor changed."""

    elements: int
    rooms: int
    kept: int
    kept_found: int
    kept_rooms: int
    kept_rooms_found: int
    moved: int
    moved_found: int
    wrong: int
    review: int
    splits: str
    merges: str
    seconds: float


class Export:
    """One file, prepared for matching; laid back when the building moved as a whole."""

    def __init__(self, path: Path) -> None:
        self.model = read_model(open_model(path))
        self.shaped = shape_model(path, workers=2)
        self.features = self.measured(_STILL)

    def measured(self, matrix: Any) -> list[Feature]:
        bodies = measure_bodies(
            self.shaped.placements,
            matrix,
            rooms=frozenset(e.key for e in self.model.elements if e.kind == "room"),
            axes=self.shaped.axes,
        )
        rise = matrix[2][3]
        storeys = {
            s.key: uuid5(_SPACE, f"{round((s.elevation_m + rise) * 5)}") for s in self.model.storeys
        }
        places: Any = SimpleNamespace(storeys=storeys)
        return [feature_of(e, bodies.get(e.key), places) for e in self.model.elements]


def judge(
    old: Sequence[Feature], new: Sequence[Feature], matching: Matching, truth: Truth, seconds: float
) -> tuple[Score, list[str]]:
    """Count, and list in words what is wrong or was not found."""
    notes: list[str] = []
    found: dict[str, str] = {}
    wrong = 0
    merged = (old for olds in truth.merges.values() for old in olds)
    told = {*truth.same, *truth.gone, *truth.splits, *merged}
    for pair in matching.pairs:
        a, b = old[pair.old], new[pair.new]
        if a.guid not in told:
            continue  # a GlobalId that the file repeats, or a port
        found[str(a.guid)] = str(b.guid)
        if truth.same.get(str(a.guid)) != b.guid:
            wrong += 1
            notes.append(f"wrong: {a.kind} {a.number} {a.name} -> {b.number} {b.name}: {pair}")
    room_guids = {f.guid for f in old if f.kind == "room"}
    read = {f.guid for f in old}
    kept = [g for g in truth.unchanged() if g in read]
    missed = [g for g in kept if g not in found]
    notes += [
        f"missed: {f.kind} {f.ifc_class} {f.number} {f.name} {f.box}"
        for f in old
        if f.guid in set(missed[:40])
    ]
    notes += [
        f"review: {[old[i].name for i in d.old]} {[new[j].name for j in d.new]} {d.why}"
        for d in matching.doubts
    ]
    splits = {str(old[i].guid): {new[j].guid for j in parts} for i, parts in matching.splits}
    merges = {str(new[j].guid): {old[i].guid for i in parts} for j, parts in matching.merges}
    right_splits = sum(splits.get(g) == set(parts) for g, parts in truth.splits.items())
    right_merges = sum(merges.get(g) == set(parts) for g, parts in truth.merges.items())
    wrong += len(splits) - sum(g in truth.splits for g in splits)
    wrong += len(merges) - sum(g in truth.merges for g in merges)
    kept_rooms = [g for g in kept if g in room_guids]
    return (
        Score(
            elements=len(old), rooms=len(room_guids), kept=len(kept),
            kept_found=len(kept) - len(missed),
            kept_rooms=len(kept_rooms), kept_rooms_found=sum(g in found for g in kept_rooms),
            moved=len(truth.moved), moved_found=sum(g in found for g in truth.moved),
            wrong=wrong, review=sum(max(len(d.old), len(d.new)) for d in matching.doubts),
            splits=f"{right_splits}/{len(truth.splits)}",
            merges=f"{right_merges}/{len(truth.merges)}", seconds=round(seconds, 2),
        ),
        notes,
    )  # fmt: skip


def run(old: Export, source: Path, dose: Dose, folder: Path) -> tuple[Score, list[str]]:
    """Perturb, read, match and judge one model with one seed."""
    target = folder / f"{source.stem}-{dose.seed}.ifc"
    truth = perturb(source, target, dose)
    new = Export(target)
    start = time.perf_counter()
    motion = find_motion(old.features, new.features)
    features = new.features
    if not motion.is_still:
        features = new.measured(motion.matrix_old_from_new)
    matching = match(old.features, features)
    seconds = time.perf_counter() - start
    score, notes = judge(old.features, features, matching, truth, seconds)
    if not motion.is_still:
        notes.insert(0, f"laid back: {motion}")
    return score, notes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--turn", type=float, default=0.0)
    parser.add_argument("--offset", type=float, nargs=3, default=(0.0, 0.0, 0.0))
    parser.add_argument("--shifted-storeys", type=int, default=0)
    parser.add_argument("--notes", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        for path in asked.models:
            old = Export(path)
            for seed in asked.seed:
                dose = Dose(
                    seed=seed, turn=asked.turn, offset_m=tuple(asked.offset),
                    shifted_storeys=asked.shifted_storeys,
                )  # fmt: skip
                score, notes = run(old, path, dose, Path(name))
                rows.append({"model": path.name, "seed": seed, **asdict(score)})
                if not asked.json:
                    if len(rows) == 1:
                        print(" | ".join(rows[0]))
                    print(" | ".join(str(v) for v in rows[-1].values()), flush=True)
                if asked.notes:
                    print("\n".join(f"    {n}" for n in notes), file=sys.stderr)
    if asked.json:
        print(json.dumps(rows, indent=1))
    return 1 if any(row["wrong"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
