"""Who is matched already, and how far names and GlobalIds can be trusted between two exports."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from fangma.bim_import.matching.features import Doubt, Feature, Matching, Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

# Below this part of agreement among what geometry has matched, a property says nothing.
_STABLE = 0.8
_ENOUGH = 3
# More things than this are asked about in one question.
_NAMESAKES = 4


class Ledger:
    """The state of one matching: each feature is free, paired, doubted or tied by lineage."""

    def __init__(self, old: Sequence[Feature], new: Sequence[Feature]) -> None:
        self.old, self.new = old, new
        self.free_old = dict.fromkeys(range(len(old)))
        self.free_new = dict.fromkeys(range(len(new)))
        self.pairs: list[Pair] = []
        self.doubts: list[Doubt] = []
        self.splits: list[tuple[int, tuple[int, ...]]] = []
        self.merges: list[tuple[int, tuple[int, ...]]] = []

    @property
    def is_open(self) -> bool:
        """Whether either side still has something that the other could be."""
        return bool(self.free_old and self.free_new)

    def pair(self, old: int, new: int, evidence: str, confidence: float) -> None:
        """Match two features that are both free."""
        del self.free_old[old], self.free_new[new]
        self.pairs.append(
            Pair(old=old, new=new, evidence=evidence, confidence=round(confidence, 3))
        )

    def doubt(self, old: Iterable[int], new: Iterable[int], why: str) -> None:
        """Leave features to a person."""
        olds, news = tuple(old), tuple(new)
        for i in olds:
            self.free_old.pop(i, None)
        for j in news:
            self.free_new.pop(j, None)
        self.doubts.append(Doubt(old=olds, new=news, why=why))

    def doubt_namesakes(self, value: Callable[[Feature], Hashable | None], why: str) -> None:
        """Leave to a person the coded ones that share a value; what is over is gone or born."""
        olds: dict[Hashable, list[int]] = defaultdict(list)
        news: dict[Hashable, list[int]] = defaultdict(list)
        for i in self.free_olds(lambda f: f.is_coded):
            olds[value(self.old[i])].append(i)
        for j in self.free_new:
            news[value(self.new[j])].append(j)
        for key, mine in olds.items():
            yours = news.get(key, [])
            if key is not None and yours and max(len(mine), len(yours)) > 1:
                self.doubt_couples(list(zip(mine, yours, strict=False)), why)

    def doubt_couples(self, couples: Sequence[tuple[int, int]], why: str) -> None:
        """Ask about likely pairs: each for itself where they are few, else all in one question.

        Both can be answered with "the same", of many with the first for the first and so on: a
        hundred diffusers of one name are a hundred codes, and no hundred questions.
        """
        if len(couples) <= _NAMESAKES:
            for i, j in couples:
                self.doubt([i], [j], why)
        else:
            self.doubt([i for i, _ in couples], [j for _, j in couples], f"{why}; in this order")

    def split(self, old: int, parts: Sequence[int]) -> None:
        """Say that a room became several."""
        del self.free_old[old]
        for j in parts:
            del self.free_new[j]
        self.splits.append((old, tuple(parts)))

    def merge(self, new: int, parts: Sequence[int]) -> None:
        """Say that several rooms became one."""
        del self.free_new[new]
        for i in parts:
            del self.free_old[i]
        self.merges.append((new, tuple(parts)))

    def free_olds(self, wanted: Callable[[Feature], bool]) -> list[int]:
        """List free old features of a sort."""
        return [i for i in self.free_old if wanted(self.old[i])]

    def free_news(self, wanted: Callable[[Feature], bool]) -> list[int]:
        """List free new features of a sort."""
        return [j for j in self.free_new if wanted(self.new[j])]

    def result(self) -> Matching:
        """Close the ledger: what is still free is gone or born."""
        return Matching(
            pairs=tuple(self.pairs),
            gone=tuple(self.free_old),
            born=tuple(self.free_new),
            doubts=tuple(self.doubts),
            splits=tuple(self.splits),
            merges=tuple(self.merges),
        )

    def keeps(
        self,
        value: Callable[[Feature], Hashable | None],
        wanted: Callable[[Feature], bool],
    ) -> bool | None:
        """Tell whether a property outlived the export, judged by what is matched by now.

        Only features whose value stands once on its side are asked: a hundred rooms called
        "Office" prove nothing. None when fewer than three can be asked.
        """
        old, new = ({i: v for v, i in once(side, value).items()} for side in (self.old, self.new))
        asked = [
            (old[p.old], new[p.new])
            for p in self.pairs
            if p.old in old and p.new in new and wanted(self.old[p.old])
        ]
        same = sum(a == b for a, b in asked)
        return None if len(asked) < _ENOUGH else same >= _STABLE * len(asked)


def once(
    features: Sequence[Feature], value: Callable[[Feature], Hashable | None]
) -> dict[Hashable, int]:
    """Index the features by a value that stands only once among them; None counts as nothing."""
    values = [value(f) for f in features]
    counts = Counter(values)
    return {v: i for i, v in enumerate(values) if v is not None and counts[v] == 1}
