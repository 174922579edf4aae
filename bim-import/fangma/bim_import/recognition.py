"""What a file is: a revision of a known model, another discipline of a known building, or new.

Decided on evidence that survives a new export: GlobalIds of project and building, shared elements
(by GlobalId or by fingerprint, which does not depend on GlobalIds), storeys and outlines. Empty and
default names never decide. Doubt is said, not hidden (DESIGN 4, "What a file is").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from shapely.geometry import Polygon

# Names that exporters and templates give; compared lower-case, without blanks.
_DEFAULT_NAMES = frozenset(
    {
        "", "-", "building", "default", "defaultbuilding", "mybuilding", "gebäude", "house", "haus",
        "project", "myproject", "projectname", "projectnumber", "0001", "1", "xyz", "unnamed",
        "untitled", "none", "test", "buildingname", "site", "defaultsite", "建筑", "建筑物", "项目",
        "项目名称", "项目编号", "未命名", "默认", "默认建筑", "楼栋",
    }
)  # fmt: skip

# Two exports of one model share at least this part of their elements ...
_REVISION_SHARE = 0.5
# ... or this one, where the building's GlobalId is shared too.
_AKIN_SHARE = 0.1
# Another name and another place: a copy that was made to draw another building.
_ANOTHER_BUILDING = 2
# An export of one discipline with this part of its elements in their places is the same model.
_LIKENESS = 0.7
# Where telling names agree too, half of them are enough.
_NAMED_LIKENESS = 0.5
_STOREYS = 0.8
_STOREY_TOLERANCE_M = 0.15
_OUTLINE_SHARE = 0.5
_IN_PLACE = 0.8


def is_telling(name: str | None) -> bool:
    """Tell whether a name can tell one building from another.

    Examples
    --------
    >>> is_telling("// BUILDING/NAME //"), is_telling("Building 1"), is_telling("A01 办公主楼")
    (False, False, True)
    """
    if name is None or "//" in name:
        return False
    plain = re.sub(r"[\s_\-#]+", "", name).lower()
    return plain not in _DEFAULT_NAMES and re.sub(r"\d+$", "", plain) not in _DEFAULT_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyLevel:
    """A storey as names and heights, height in metres above the building's own zero."""

    guid: str | None
    name: str
    elevation_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingFeatures:
    """What is compared of a building, known or new.

    Attributes
    ----------
    id : UUID or None
        None in the new file.
    name : str
        The building's own name.
    project_names : frozenset of str
        Names of the projects that it came in.
    disciplines : frozenset of str
        What is known of it already; of the new file, its discipline.
    outline : shapely Polygon or None
        Footprint in the site's frame when georeferenced, else in the model's own.
    georeferenced : bool
        Which frame ``outline`` is in.
    """

    id: UUID | None
    guids: frozenset[str]
    name: str
    project_names: frozenset[str]
    disciplines: frozenset[str]
    storeys: tuple[StoreyLevel, ...]
    outline: Polygon | None
    georeferenced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model of the registry, with what it shares with the new file.

    Attributes
    ----------
    shared_guids, shared : float
        Part of the smaller of both element sets that the other holds too, by GlobalId; by GlobalId
        or fingerprint. 0 to 1. Fingerprints are weak evidence: two buildings of one designer share
        every standard door.
    likeness : float
        Part of the smaller set's elements that have a partner of their class at their place, after
        a motion of the whole building is undone; 0 where it was not asked.
    rise_m : float
        What that motion adds to heights of the new file, to be those of the known one.
    """

    id: UUID
    file: str
    discipline: str
    project_guid: str | None
    building_guids: frozenset[str]
    building_ids: tuple[UUID, ...]
    shared_guids: float
    shared: float
    likeness: float = 0.0
    rise_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The answer, with its reasons in words.

    Attributes
    ----------
    revises : UUID or None
        The model that the file is a revision of.
    buildings : tuple of (UUID or None)
        For each building of the file its registry id; None for a building not seen before.
    doubts : tuple of str
        What spoke against the decision: becomes review items.
    cautions : tuple of str
        Where the decision hangs on one kind of evidence alone: somebody should look.
    """

    revises: UUID | None
    buildings: tuple[UUID | None, ...]
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    cautions: tuple[str, ...] = ()


def storey_agreement(a: Sequence[StoreyLevel], b: Sequence[StoreyLevel]) -> float:
    """Measure which part of the shorter list of storeys has a partner in the other, 0..1.

    A partner lies within 0.15 m; an equal telling name alone does not make one, since every house
    has a "Level 1".
    """
    short, long = sorted((a, b), key=len)
    if not short:
        return 0.0
    found = sum(
        any(abs(s.elevation_m - t.elevation_m) <= _STOREY_TOLERANCE_M for t in long) for s in short
    )
    return found / len(short)


def outline_agreement(a: BuildingFeatures, b: BuildingFeatures) -> float | None:
    """Measure the overlap of two outlines against the smaller; None when they can't be compared."""
    if a.outline is None or b.outline is None or a.georeferenced != b.georeferenced:
        return None
    smaller = min(a.outline.area, b.outline.area)
    if smaller <= 0.0:
        return None
    return float(a.outline.intersection(b.outline).area / smaller)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    same: bool
    why: str = ""
    doubtful: bool = False


def _compare_names(new: BuildingFeatures, known: BuildingFeatures) -> bool | None:
    """Tell whether names agree (True), contradict (False) or say nothing (None)."""
    if is_telling(new.name) and is_telling(known.name):
        return new.name.strip() == known.name.strip()
    shared = {n.strip() for n in new.project_names if is_telling(n)} & {
        n.strip() for n in known.project_names if is_telling(n)
    }
    return True if shared else None


def _likeness(new: BuildingFeatures, known: BuildingFeatures) -> float | None:
    """Measure intersection over union of the outlines; None when they can't be compared."""
    if new.outline is None or known.outline is None or new.georeferenced != known.georeferenced:
        return None
    union = new.outline.union(known.outline).area
    return float(new.outline.intersection(known.outline).area / union) if union > 0.0 else None


def _compare_buildings(new: BuildingFeatures, known: BuildingFeatures) -> _Verdict:
    """Weigh GlobalIds, names, storeys and outlines, the strongest first."""
    storeys = storey_agreement(new.storeys, known.storeys)
    outlines = outline_agreement(new, known)
    if new.guids & known.guids:
        if outlines is not None and outlines < 0.05 and storeys < 0.5:
            return _Verdict(
                same=False,
                why="same GlobalId, but neither storeys nor outline agree",
                doubtful=True,
            )
        return _Verdict(same=True, why="same building GlobalId")
    guids = {s.guid for s in new.storeys if s.guid} & {s.guid for s in known.storeys if s.guid}
    if guids and storeys >= 0.5:
        return _Verdict(same=True, why="same storey GlobalIds")
    named = _compare_names(new, known)
    fits = outlines is None or outlines >= _OUTLINE_SHARE
    if named and storeys >= 0.5 and fits:
        return _Verdict(same=True, why="same name, storeys and outline")
    if named and new.storeys and known.storeys:
        return _Verdict(same=False, why="same name, but storeys or outline disagree", doubtful=True)
    if named is False:
        return _Verdict(same=False)
    alike = outlines is not None and outlines >= _IN_PLACE and storeys >= 0.8
    if not alike:
        return _Verdict(same=False)
    if new.disciplines & known.disciplines:
        # A second model of the same discipline that shares no element is another building drawn at
        # the same origin as often as it is the same one drawn again.
        return _Verdict(same=False, why="storeys and outline agree, elements do not", doubtful=True)
    likeness = _likeness(new, known) or 0.0
    if new.georeferenced or (len(new.storeys) >= 3 and likeness >= 0.6):
        return _Verdict(same=True, why="same place and same storeys, another discipline")
    return _Verdict(
        same=False, why="storeys and outline agree, but too little to be sure", doubtful=True
    )


def _contradictions(
    new: Sequence[BuildingFeatures], known: Sequence[BuildingFeatures], *, laid: bool = False
) -> int:
    """Count what speaks against the buildings of a model being those of the file, 0 to 2.

    Parameters
    ----------
    laid : bool
        A motion was found that lays the one on the other: then only a place on earth speaks
        against it, and only where the names don't agree, since origins of models are arbitrary.
    """
    names = places = False
    for building in new:
        in_place = False
        for other in known:
            agreement = outline_agreement(building, other)
            elsewhere = agreement is not None and agreement < _OUTLINE_SHARE
            if laid:
                elsewhere &= building.georeferenced and not _compare_names(building, other)
            places |= elsewhere
            in_place |= building.georeferenced and agreement is not None and agreement >= _IN_PLACE
            names |= _compare_names(building, other) is False and not in_place
    return names + places


def _looks_like(
    model: KnownModel, new: Sequence[BuildingFeatures], known: Sequence[BuildingFeatures]
) -> bool:
    """Tell whether elements and storeys are where the known model has them."""
    named = any(_compare_names(b, k) for b in new for k in known)
    if model.likeness < (_NAMED_LIKENESS if named else _LIKENESS):
        return False
    return all(
        not b.storeys
        or any(
            not k.storeys
            or storey_agreement(_raised(b.storeys, model.rise_m), k.storeys) >= _STOREYS
            for k in known
        )
        for b in new
    )


def _is_told_apart(new: Sequence[BuildingFeatures], known: Sequence[BuildingFeatures]) -> bool:
    """Tell whether a twin of the building would have differed: in its name, or on earth."""
    return any(
        b.guids & k.guids
        or _compare_names(b, k)
        or (b.georeferenced and (outline_agreement(b, k) or 0.0) >= _OUTLINE_SHARE)
        for b in new
        for k in known
    )


def _raised(storeys: Sequence[StoreyLevel], by_m: float) -> list[StoreyLevel]:
    return [replace(s, elevation_m=s.elevation_m + by_m) for s in storeys]


def recognise(
    *,
    discipline: str,
    buildings: Sequence[BuildingFeatures],
    known_models: Sequence[KnownModel],
    known_buildings: Sequence[BuildingFeatures],
) -> Recognition:
    """Decide what a file is.

    Returns
    -------
    recognition : Recognition
        ``revises`` is set where the discipline is the same and at least half of the elements are
        shared by GlobalId, or a tenth and the building's GlobalId too, unless name and place both
        say another building; and where half are shared by content, or 70 % stand in their places on
        storeys that agree, and nothing speaks against it.
    """
    reasons: list[str] = []
    doubts: list[str] = []
    cautions: list[str] = []
    guids = frozenset().union(*(b.guids for b in buildings)) if buildings else frozenset()
    revises: KnownModel | None = None
    for model in sorted(known_models, key=lambda m: (-m.shared_guids, -m.shared, -m.likeness)):
        if model.discipline != discipline:
            continue
        own = [k for k in known_buildings if k.id in model.building_ids]
        against = _contradictions(buildings, own)
        akin = bool(model.building_guids & guids)
        told = model.shared_guids >= _REVISION_SHARE or (akin and model.shared_guids >= _AKIN_SHARE)
        alike = model.shared >= _REVISION_SHARE
        looks = _looks_like(model, buildings, own)
        against_looks = _contradictions(buildings, own, laid=True)
        share = f"{max(model.shared, model.shared_guids):.0%} of its elements with {model.file}"
        if (told and against < _ANOTHER_BUILDING) or (alike and not against):
            revises = model
            reasons.append(f"shares {share}")
            if not told and not _is_told_apart(buildings, own):
                cautions.append(f"it shares the content of {model.file}")
            break
        if looks and not against_looks:
            revises = model
            reasons.append(f"has {model.likeness:.0%} of its elements where {model.file} has them")
            if not _is_told_apart(buildings, own):
                cautions.append(
                    f"{model.likeness:.0%} of its elements stand where {model.file} has them"
                )
            break
        if looks:
            doubts.append(
                f"it has {model.likeness:.0%} of its elements where {model.file} has them, but "
                "another building's name or place"
            )
        if told:
            doubts.append(f"it shares {share}, but another building's name and place")
        elif akin:
            doubts.append(
                f"it has the same building GlobalId as {model.file}, but shares only {share}"
            )
    ids: list[UUID | None] = []
    for building in buildings:
        found: UUID | None = None
        likely: list[str] = []
        for known in known_buildings:
            verdict = _compare_buildings(building, known)
            if verdict.same and known.id not in ids:
                found = known.id
                reasons.append(f"building “{building.name}”: {verdict.why}")
                break
            if verdict.doubtful:
                likely.append(f"building “{building.name}” and “{known.name}”: {verdict.why}")
        if found is None:
            doubts += dict.fromkeys(likely)
        ids.append(found)
    if (
        revises is not None
        and len(buildings) == 1
        and ids == [None]
        and len(revises.building_ids) == 1
    ):
        ids = [revises.building_ids[0]]
        reasons.append("the only building of the model that it revises")
        doubts.clear()
    return Recognition(
        revises=None if revises is None else revises.id,
        buildings=tuple(ids),
        reasons=tuple(reasons),
        doubts=tuple(doubts),
        cautions=tuple(cautions),
    )
