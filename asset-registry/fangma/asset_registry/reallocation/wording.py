"""The grammar of a request: its keys and what each takes; the reader and the schema use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.reallocation.requirements import Within
from fangma.asset_registry.reallocation.situation import Aim, Ceilings, Sharing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a key takes.

    Attributes
    ----------
    form : str
        ``text``, ``texts``, ``day``, ``count``, ``number``, ``flag``, ``choice``, ``choices``,
        ``object``, ``objects`` (a list of them), ``tagged`` (a list of objects told apart by
        ``kind``), ``pairs`` (a list of two texts each), ``any`` (kept, never read).
    says : str
        What it means, for the schema.
    choices : tuple of str
        For ``choice`` and ``choices``.
    keys : mapping of str to Field
        For ``object`` and ``objects``.
    kinds : mapping of str to mapping of str to Field
        For ``tagged``.
    least, most : float or None
        Of numbers, or of the length of lists.
    """

    form: str
    says: str = ""
    is_required: bool = False
    is_nullable: bool = False
    choices: tuple[str, ...] = ()
    keys: Mapping[str, Field] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None


def _text(says: str, *, required: bool = False, nullable: bool = False) -> Field:
    return Field(form="text", says=says, is_required=required, is_nullable=nullable)


def _texts(says: str, *, required: bool = False) -> Field:
    return Field(form="texts", says=says, is_required=required, least=1 if required else None)


def _day(says: str) -> Field:
    return Field(form="day", says=says, is_nullable=True)


_PERSONS: Final = _texts("人员编号 of people")
_UNITS: Final = _texts("单位编码; a unit stands for everybody in it and below it")
_WHO: Final = {"persons": _PERSONS, "units": _UNITS}
_WHERE: Final = {
    "rooms": _texts("codes of rooms, or door numbers that occur once"),
    "storeys": _texts("codes of storeys"),
    "buildings": _texts("codes of buildings"),
}
_SAID: Final = {
    "id": _text("a name of your own; answers use it, else the path such as demands[0]"),
    "comment": _text("for people; never read"),
}
_RANKED: Final = {
    "rank": _text("职级 as in the table of ceilings"),
    "ceiling_m2": Field(
        form="number", least=0, is_nullable=True,
        says="instead of a rank: the ceiling; null = none is set",
    ),
}  # fmt: skip
_NEWCOMERS: Final = Field(
    form="objects",
    is_required=True,
    least=1,
    says="who is to come: so many of a rank, or somebody by name",
    keys={
        **_RANKED,
        "count": Field(form="count", least=1, most=5000, says="how many; 1 if left out"),
        "person": _text("人员编号, when it is known who; then count is 1"),
        "alone": Field(form="flag", says="has a room alone"),
    },
)
_BESIDE: Final = {
    "rooms": _texts("codes of rooms"),
    "units": _UNITS,
    "uses": _texts("uses of rooms, such as 机要保密室, 接待室"),
}

DEMANDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "move-in": {
        **_SAID,
        "unit": _text("单位编码; a new one, or one that is there", required=True),
        "name": _text("单位名称"),
        "parent": _text("单位编码 of the unit above"),
        "organ_class": _text("机关类别: 中央 省级 市级 县级 乡级"),
        "unit_rank": _text("机构规格"),
        "people": _NEWCOMERS,
        "on": _day("first day on which rooms are needed"),
    },
    "grow": {
        **_SAID,
        "unit": _text("单位编码", required=True),
        "people": _NEWCOMERS,
        "on": _day("first day on which rooms are needed"),
    },
    "post": {
        **_SAID,
        **_RANKED,
        "person": _text("人员编号 of somebody newly posted", required=True),
        "unit": _text("单位编码", required=True),
        "alone": Field(form="flag", says="has a room alone"),
        "on": _day("first day in the post"),
    },
    "place": {**_SAID, **_WHO},
    "merge": {
        **_SAID,
        "units": Field(form="texts", says="单位编码", is_required=True, least=2),
        "into": _text("单位编码 of the unit that they become", required=True),
        "name": _text("单位名称, when it is a new one"),
    },
    "leave": {**_SAID, **_WHO},
    "close": {
        **_SAID,
        **_WHERE,
        "from": _day("first day of the works; the plan's day if left out"),
        "to": _day("last day of the works; for good if left out"),
    },
}

WISHES: Final[Mapping[str, Mapping[str, Field]]] = {
    "accessible": {**_SAID, **_WHO},
    "secrecy": {
        **_SAID,
        **_WHO,
        **_WHERE,
        "beside": Field(
            form="object",
            keys={key: each for key, each in _BESIDE.items() if key != "units"},
            says="the room is beside one of these",
        ),
        "not_beside": Field(form="object", keys=_BESIDE, says="the room is beside none of these"),
        "alone": Field(form="flag", says="nobody else is in the room"),
    },
    "together": {
        **_SAID,
        **_WHO,
        "within": Field(form="choice", choices=tuple(Within), says="storey if left out"),
    },
    "stay": {**_SAID, **_WHO},
    "pin": {
        **_SAID,
        "person": _text("人员编号", required=True),
        "room": _text("code of the room", required=True),
    },
    "allow": {**_SAID, **_WHO, **_WHERE},
    "forbid": {**_SAID, **_WHO, **_WHERE},
    "alone": {**_SAID, **_WHO},
}

_ROOM: Final[Mapping[str, Field]] = {
    "room": _text("code", required=True),
    "area_m2": Field(form="number", least=0.01, most=100_000, is_required=True, says="usable area"),
    "capacity": Field(
        form="count", least=0, most=5000,
        says="people at most; area over settings.area_per_person_m2 if left out",
    ),
    "building": _text("code"),
    "storey": _text("code"),
    "level": Field(form="count", least=-20, most=300, says="storeys above the ground"),
    "accessible": Field(form="flag", says="level or by lift; true if left out"),
    "usable": Field(form="flag", says="people may be placed here; true if left out"),
    "number": _text("door number", nullable=True),
    "use": _text("use", nullable=True),
    "x_m": Field(form="number", is_nullable=True, says="middle of the room, metres east"),
    "y_m": Field(form="number", is_nullable=True, says="middle of the room, metres north"),
    "beside": _texts("codes of rooms through one wall"),
    "doors": _texts("codes of rooms through one door"),
}  # fmt: skip
_PERSON: Final[Mapping[str, Field]] = {
    "person": _text("人员编号", required=True),
    "unit": _text("单位编码"),
    **_RANKED,
    "room": _text("code of the room; null = none yet", nullable=True),
    "further_rooms": _texts("codes of rooms held beside it"),
    "alone": Field(form="flag", says="has a room alone"),
}
_UNIT: Final[Mapping[str, Field]] = {
    "unit": _text("单位编码", required=True),
    "name": _text("单位名称", nullable=True),
    "parent": _text("单位编码 of the unit above", nullable=True),
    "organ_class": _text("机关类别", nullable=True),
    "unit_rank": _text("机构规格", nullable=True),
    "rooms": _texts("rooms that it holds whole, without names"),
}

REQUEST: Final[Mapping[str, Field]] = {
    "title": _text("what the plan is called"),
    "comment": _text("for people; never read"),
    "site": _text("any code on the site; the only one if left out"),
    "on": _day("day from which the plan holds; today if left out"),
    "scope": Field(
        form="object", keys={**_WHERE, "units": _UNITS},
        says="where people may be placed and who may move; the whole site if left out",
    ),
    "rooms": Field(form="objects", keys=_ROOM, says="instead of a registry: the rooms"),
    "persons": Field(form="objects", keys=_PERSON, says="instead of a registry: the people"),
    "units": Field(form="objects", keys=_UNIT, says="instead of a registry: the units"),
    "demands": Field(form="tagged", kinds=DEMANDS, says="what must come about"),
    "wishes": Field(form="tagged", kinds=WISHES, says="what must be kept"),
    "aims": Field(form="choices", choices=tuple(Aim), least=1, says="what to keep small, in order"),
    "near": Field(form="pairs", says="teams that belong together; sisters of one unit if left out"),
    "settings": Field(
        form="object",
        says="how it is reckoned",
        keys={
            "ceilings": Field(form="choice", choices=tuple(Ceilings), says="whom they bind"),
            "sharing": Field(form="choice", choices=tuple(Sharing), says="who may share a room"),
            "leaders_alone": Field(form="flag", says="leaders have rooms alone"),
            "least_share": Field(
                form="number", least=0, most=1, says="smallest area as a share of the ceiling"
            ),
            "area_per_person_m2": Field(
                form="number", least=1, most=100, says="capacity = area over this"
            ),
            "standard": _text("rule pack, e.g. cn-2014"),
            "time_limit_s": Field(form="number", least=1, most=3600, says="seconds for the plan"),
            "seed": Field(form="count", least=0, most=2**31 - 1, says="same seed, same plan"),
            "workers": Field(
                form="count", least=0, most=64,
                says="threads of the solver; 0 = one, or two for a large problem",
            ),
            "alternatives": Field(form="flag", says="weigh other orders of aims too"),
        },
    ),
    "present": Field(form="any", says="what a template tells of the present; never read"),
}  # fmt: skip
