"""Everything that is no room: same place first, then GlobalIds, axes and names that prove stable.

What can't be told apart at one place is left to a person where it carries a code of ours; where it
carries none (a door that was drawn twice) it is gone and new, rather than guessed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.matching.ledger import Ledger, once

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.matching.features import Feature

_SAME_PLACE_M = 0.05  # exporters move bodies by millimetres, people by more
_NUDGED_M = 0.3
_SAME_SIZE_M = 0.02
# People push furniture about within a room: from so far away a rival may have come.
_RIVAL_M = 6.0
# Among several at one place the nearest counts only when the next is this much farther.
_CLEARLY_NEARER_M = 0.02
_RESIZED_M = 1.5  # beyond it a name must stand with the same size


def _is_thing(feature: Feature) -> bool:
    return feature.kind != "room"


def _is_body(feature: Feature) -> bool:
    return feature.kind != "room" and feature.box is not None


def class_of(feature: Feature) -> str:
    """Return the class without IFC2X3's special cases, which later schemas dropped."""
    return plain_class(feature.ifc_class)


def plain_class(ifc_class: str) -> str:
    """Do the same for the class alone."""
    return ifc_class.removesuffix("StandardCase").removesuffix("ElementedCase")


def match_in_place(ledger: Ledger) -> None:
    """Match what is no room and stayed where it was."""
    _match_identical(ledger)
    strangers = _match_in_place(ledger, class_of)
    _match_in_place(ledger, lambda f: f.kind, needs_name=True)
    _match_strangers(ledger, strangers)


def match_changed(ledger: Ledger) -> None:
    """Match what is no room and was pushed, resized or moved."""
    nudged = _match_nudged(ledger)
    _match_stretched(ledger)
    _match_by_guid(ledger)
    for i, j in nudged:
        if i in ledger.free_old and j in ledger.free_new and ledger.old[i].is_coded:
            ledger.doubt([i], [j], "pushed a little, or another one of its kind put there")


def _size(feature: Feature) -> NDArray[np.float64]:
    box = np.array(feature.box, dtype=np.float64)
    size: NDArray[np.float64] = box[3:] - box[:3]
    return size


def apart(a: Feature, b: Feature) -> float | None:
    """Return the greatest difference between the boxes' six coordinates, metres."""
    if a.box is None or b.box is None:
        return None
    return float(np.abs(np.subtract(a.box, b.box)).max())


def _match_identical(ledger: Ledger) -> None:
    """Match the same GlobalId at the same place, or without a body."""

    def identified(f: Feature) -> Hashable | None:
        return (f.kind, f.guid) if _is_thing(f) and f.guid else None

    old, new = once(ledger.old, identified), once(ledger.new, identified)
    for key in [k for k in old if k in new]:
        i, j = old[key], new[key]
        if i not in ledger.free_old or j not in ledger.free_new:
            continue
        a, b = ledger.old[i], ledger.new[j]
        distance = apart(a, b)
        if distance is None and (a.box is None or b.box is None):
            ledger.pair(i, j, "GlobalId; without a body", 0.97)
        elif distance is not None and distance <= _SAME_PLACE_M:
            ledger.pair(i, j, "GlobalId, place and size", 1.0)


def _match_in_place(
    ledger: Ledger, grouped: Callable[[Feature], Hashable], *, needs_name: bool = False
) -> list[tuple[int, int]]:
    """Match bodies of one group whose boxes agree, one crowd of candidates at a time.

    Returns
    -------
    strangers : list of (old, new)
        Alone at one place, but one of them is called what another thing is called on the other
        side: rafter 28 may have been put where rafter 30 was.
    """
    left, right = once(ledger.old, _called), once(ledger.new, _called)
    strangers: list[tuple[int, int]] = []
    olds: dict[Hashable, list[int]] = defaultdict(list)
    news: dict[Hashable, list[int]] = defaultdict(list)
    for i in ledger.free_olds(_is_body):
        olds[grouped(ledger.old[i])].append(i)
    for j in ledger.free_news(_is_body):
        news[grouped(ledger.new[j])].append(j)
    for group, here in olds.items():
        there = news.get(group)
        if there is None:
            continue
        a = np.array([ledger.old[i].box for i in here])
        b = np.array([ledger.new[j].box for j in there])
        near = _near(a, b, _SAME_PLACE_M)
        links = [(i, j) for j, found in enumerate(near) for i in found]
        for mine, yours in _crowds(links):
            i_s, j_s = [here[i] for i in mine], [there[j] for j in yours]
            if len(i_s) == len(j_s) == 1:
                was, now = _called(ledger.old[i_s[0]]), _called(ledger.new[j_s[0]])
                if was != now and (left.get(now) is not None or right.get(was) is not None):
                    strangers.append((i_s[0], j_s[0]))
                    continue
            _resolve(ledger, i_s, j_s, needs_name=needs_name)
    return strangers


def _called(feature: Feature) -> Hashable | None:
    return (class_of(feature), feature.name) if feature.name and _is_thing(feature) else None


def _match_strangers(ledger: Ledger, strangers: Sequence[tuple[int, int]]) -> None:
    """Match by place what is called otherwise, where names did not outlive the export anyway."""
    if not strangers or ledger.keeps(_called, _is_thing):
        return
    for i, j in strangers:
        if i in ledger.free_old and j in ledger.free_new:
            _resolve(ledger, [i], [j], needs_name=False)


def _near(
    olds: NDArray[np.float64], news: NDArray[np.float64], within_m: float
) -> Sequence[list[int]]:
    """List for each new box the old ones no side of which lies farther off."""
    from scipy.spatial import cKDTree  # slow to load; a first import has no old side

    found: Sequence[list[int]] = cKDTree(olds).query_ball_point(news, within_m, p=np.inf)
    return found


def _crowds(links: Sequence[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """Collect what hangs together."""
    of_old: dict[int, list[int]] = defaultdict(list)
    of_new: dict[int, list[int]] = defaultdict(list)
    for i, j in links:
        of_old[i].append(j)
        of_new[j].append(i)
    seen: set[int] = set()
    crowds = []
    for start in of_old:
        if start in seen:
            continue
        mine, yours, pending = [start], dict[int, None](), [start]
        seen.add(start)
        while pending:
            for j in of_old[pending.pop()]:
                if j in yours:
                    continue
                yours[j] = None
                for i in of_new[j]:
                    if i not in seen:
                        seen.add(i)
                        mine.append(i)
                        pending.append(i)
        crowds.append((mine, list(yours)))
    return crowds


def _alike(a: Feature, b: Feature) -> bool:
    """Tell whether nothing contradicts that two things at one place are one."""
    if a.system is not None and b.system is not None and a.system != b.system:
        return False
    if a.diameter_m is not None and b.diameter_m is not None:
        return abs(a.diameter_m - b.diameter_m) <= _SAME_SIZE_M
    return True


def _traits(feature: Feature) -> tuple[Hashable, ...]:
    return (
        feature.name, feature.number, feature.system, feature.predefined_type,
        None if feature.diameter_m is None else round(feature.diameter_m, 3),
    )  # fmt: skip


def _resolve(ledger: Ledger, olds: list[int], news: list[int], *, needs_name: bool) -> None:
    """Match a crowd at one place: one of each, else by names, else by nearness."""
    if len(olds) == len(news) == 1:
        a, b = ledger.old[olds[0]], ledger.new[news[0]]
        if needs_name and (a.name is None or a.name != b.name):
            return
        if _alike(a, b):
            named = ", name" if a.name is not None and a.name == b.name else ""
            ledger.pair(olds[0], news[0], f"class, place, size{named}", 0.98 if named else 0.95)
        return
    by_traits: dict[tuple[Hashable, ...], tuple[list[int], list[int]]] = defaultdict(
        lambda: ([], [])
    )
    for i in olds:
        by_traits[_traits(ledger.old[i])][0].append(i)
    for j in news:
        by_traits[_traits(ledger.new[j])][1].append(j)
    for mine, yours in by_traits.values():
        if len(mine) == len(yours) == 1:
            distance = apart(ledger.old[mine[0]], ledger.new[yours[0]])
            if distance is not None and distance <= _SAME_PLACE_M:
                ledger.pair(mine[0], yours[0], "place, size and traits of its own", 0.96)
    if needs_name:
        return
    olds = [i for i in olds if i in ledger.free_old]
    news = [j for j in news if j in ledger.free_new]
    _pair_nearest(ledger, olds, news)
    for mine, yours in by_traits.values():
        left = [i for i in mine if i in ledger.free_old], [j for j in yours if j in ledger.free_new]
        if not left[0] or not left[1]:
            continue
        if len(left[0]) == len(left[1]) and not any(ledger.old[i].is_coded for i in left[0]):
            _pair_copies(ledger, *left)
        else:
            ledger.doubt(
                left[0], left[1], f"{max(map(len, left))} that nothing tells apart at one place"
            )


def _pair_copies(ledger: Ledger, olds: list[int], news: list[int]) -> None:
    """Match what a file drew twice under one GlobalId, as it comes; others are gone and born."""
    for i in olds:
        guid = ledger.old[i].guid
        j = next((j for j in news if j in ledger.free_new and ledger.new[j].guid == guid), None)
        if guid is not None and j is not None:
            ledger.pair(i, j, f"one of {len(olds)} alike at one place, GlobalId", 0.9)


def _pair_nearest(ledger: Ledger, olds: list[int], news: list[int]) -> None:
    """Match those whose nearest is clearly nearer than the next, seen from both sides."""
    if not olds or not news:
        return
    a = np.array([ledger.old[i].box for i in olds])
    b = np.array([ledger.new[j].box for j in news])
    gaps = np.abs(a[:, None, :] - b[None, :, :]).max(axis=2)
    for row, i in enumerate(olds):
        column = int(gaps[row].argmin())
        least = gaps[row, column]
        others = [*np.delete(gaps[row], column), *np.delete(gaps[:, column], row)]
        clear = min(others, default=np.inf) - least >= _CLEARLY_NEARER_M
        if least <= _SAME_PLACE_M and clear and _alike(ledger.old[i], ledger.new[news[column]]):
            ledger.pair(i, news[column], "class, nearest place, size", 0.93)


def _match_nudged(ledger: Ledger) -> list[tuple[int, int]]:
    """Match what was pushed by less than 0.3 m and has no other candidate.

    Returns
    -------
    doubtful : list of (old, new)
        The same where others of its kind are missing or new nearby: of a row of filing cabinets one
        may be gone and its neighbour stand almost where it stood.
    """
    doubtful: list[tuple[int, int]] = []
    olds, news = ledger.free_olds(_is_body), ledger.free_news(_is_body)
    if not olds or not news:
        return doubtful
    a = np.array([ledger.old[i].box for i in olds])
    b = np.array([ledger.new[j].box for j in news])
    near = _near(a, b, _NUDGED_M)
    links = [
        (i, j)
        for j, found in enumerate(near)
        for i in found
        if class_of(ledger.old[olds[i]]) == class_of(ledger.new[news[j]])
        and np.abs(_size(ledger.old[olds[i]]) - _size(ledger.new[news[j]])).max() <= _SAME_SIZE_M
    ]
    couples = [
        (mine[0], yours[0])
        for mine, yours in _crowds(links)
        if len(mine) == len(yours) == 1
        and _alike(x := ledger.old[olds[mine[0]]], y := ledger.new[news[yours[0]]])
        and x.name == y.name
    ]
    if not couples:
        return doubtful
    around = _near(a, a[[row for row, _ in couples]], _RIVAL_M)
    beside = _near(b, b[[column for _, column in couples]], _RIVAL_M)
    for (row, column), here, there in zip(couples, around, beside, strict=True):
        i, j = olds[row], news[column]
        if _has_rivals(ledger.old, [olds[k] for k in here], i) or _has_rivals(
            ledger.new, [news[k] for k in there], j
        ):
            doubtful.append((i, j))
        else:
            pushed = apart(ledger.old[i], ledger.new[j])
            ledger.pair(i, j, f"class, size, name; pushed by {pushed:.2f} m", 0.92)
    return doubtful


def _has_rivals(features: Sequence[Feature], near: Sequence[int], index: int) -> bool:
    """Tell whether another free thing of the same kind, name and size stands within reach."""
    mine = features[index]
    return any(
        k != index
        and features[k].name == mine.name
        and class_of(features[k]) == class_of(mine)
        and np.abs(_size(features[k]) - _size(mine)).max() <= _SAME_SIZE_M
        for k in near
    )


def _match_stretched(ledger: Ledger) -> None:
    """Match what kept five of its six sides: a wall lengthened, or cut otherwise by the roof."""
    olds, news = ledger.free_olds(_is_body), ledger.free_news(_is_body)
    if not olds or not news:
        return
    a = np.array([ledger.old[i].box for i in olds])
    b = np.array([ledger.new[j].box for j in news])
    links: set[tuple[int, int]] = set()
    for side in range(6):
        five = [s for s in range(6) if s != side]
        near = _near(a[:, five], b[:, five], _SAME_PLACE_M)
        links |= {(row, column) for column, found in enumerate(near) for row in found}
    links = {
        (row, column)
        for row, column in links
        if class_of(ledger.old[olds[row]]) == class_of(ledger.new[news[column]])
        and (np.minimum(a[row, 3:], b[column, 3:]) > np.maximum(a[row, :3], b[column, :3])).all()
    }
    for mine, yours in _crowds(sorted(links)):
        if len(mine) == len(yours) == 1:
            i, j = olds[mine[0]], news[yours[0]]
            x, y = ledger.old[i], ledger.new[j]
            if _alike(x, y) and x.name == y.name:
                ledger.pair(i, j, "class, name and five of six sides", 0.92)


def _match_by_guid(ledger: Ledger) -> None:
    """Trust a GlobalId elsewhere where GlobalIds outlived the export and size or name agree."""

    def identified(f: Feature) -> Hashable | None:
        return (class_of(f), f.guid) if _is_thing(f) and f.guid else None

    if not ledger.is_open or ledger.keeps(identified, _is_thing) is False:
        return
    old, new = once(ledger.old, identified), once(ledger.new, identified)
    for i in ledger.free_olds(_is_thing):
        key = identified(ledger.old[i])
        if key is None or old.get(key) != i or new.get(key) not in ledger.free_new:
            continue
        a, b = ledger.old[i], ledger.new[new[key]]
        if is_akin(a, b):
            ledger.pair(i, new[key], "GlobalId; moved or changed", 0.95)


def is_akin(a: Feature, b: Feature) -> bool:
    """Tell whether two things could be one that moved (same size) or was changed (same place)."""
    if a.box is None or b.box is None:
        return True
    if not _alike(a, b):
        return False
    if np.abs(_size(a) - _size(b)).max() <= _SAME_SIZE_M:
        return True
    low = np.maximum(a.box[:3], b.box[:3])
    high = np.minimum(a.box[3:], b.box[3:])
    distance = apart(a, b)
    touching = bool((high - low > -_SAME_PLACE_M).all())
    return touching and distance is not None and distance <= _RESIZED_M
