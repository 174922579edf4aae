"""The answer to a request, as ``fangma plan solve --json`` gives it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.accounts import moving_cost, units_of
from fangma.asset_registry.reallocation.aims import figures, unit_of_measure
from fangma.asset_registry.reallocation.checking import check_places, check_steps
from fangma.asset_registry.reallocation.conflict import Conflict
from fangma.asset_registry.reallocation.errors import NoTimeError, SolverError
from fangma.asset_registry.reallocation.ordering import order_moves
from fangma.asset_registry.reallocation.situation import Aim
from fangma.asset_registry.reallocation.solving import places_before, solve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.checking import Violation
    from fangma.asset_registry.reallocation.ordering import Step
    from fangma.asset_registry.reallocation.situation import Situation
    from fangma.asset_registry.reallocation.solving import Level, Solution

NAMES: Final = {
    Aim.MOVES: "moves",
    Aim.EXCESS: "excess_m2",
    Aim.SCATTER: "scatter",
    Aim.DISTANCE: "distance_m",
    Aim.FRAGMENTS: "fragments_m2",
}
"""How an answer calls the figure of each aim."""

_RELIEF: Final = {
    "ceilings": (
        "放宽面积标准约束(settings.ceilings: aim)后可行",
        'possible if the ceilings were an aim only (settings.ceilings: "aim")',
    ),
    "sharing": (
        "允许不同单位合用房间(settings.sharing: any)后可行",
        'possible if organisations shared rooms (settings.sharing: "any")',
    ),
}


def answer_request(situation: Situation, given: Assumptions) -> dict[str, Any]:
    """Solve, order, check and write down.

    Parameters
    ----------
    situation : Situation
    given : Assumptions
        For what moving costs; the answer repeats them.

    Raises
    ------
    SolverError
        When the checker does not accept what the solver found: then there is no answer.
    NoTimeError
        When time ran out before there was a plan or a proof that there is none.
    """
    before = figures(situation, places_before(situation))
    document: dict[str, Any] = {
        "status": "infeasible",
        "objective": {},
        "bound": {},
        "gap": 0.0,
        "moves": [],
        "conflict": [],
        "before": figures_told(before),
        "on": situation.settings.on.isoformat(),
        "standard": situation.standard,
        "settings": {
            key: [str(aim) for aim in value] if key == "aims" else value
            for key, value in asdict(situation.settings).items()
        },
        "scope": {"rooms": len(situation.rooms), "people": len(situation.people)},
        "assumptions": {name: each.as_dict() for name, each in sorted(given.items())},
        "notes": [{"zh": zh, "en": en} for zh, en in situation.notes],
    }
    document["settings"]["on"] = document["on"]
    solved = solve(situation)
    if isinstance(solved, Conflict):
        return document | _conflict(solved)
    steps = order_moves(situation, solved.places)
    prove(situation, solved.places, steps)
    return document | _plan(situation, solved, steps, given, before)


def prove(situation: Situation, places: Mapping[str, str | None], steps: Sequence[Step]) -> None:
    """Have the checker replay a plan.

    Raises
    ------
    SolverError
        When it finds a rule broken.
    """
    wrong = (*check_places(situation, places), *check_steps(situation, places, steps))
    if wrong:
        raise SolverError(
            f"the checker does not accept the plan that was found: {wrong[0].en}",
            "report this with the request; nothing was written",
        )


def violation_dict(violation: Violation) -> dict[str, Any]:
    """Return a violation as JSON carries it."""
    return {
        "rule": violation.rule,
        "zh": violation.zh,
        "en": violation.en,
        "people": list(violation.people),
        "rooms": list(violation.rooms),
        "requirement": violation.requirement,
        "step": violation.step,
    }


def step_dict(situation: Situation, step: Step) -> dict[str, Any]:
    """Return a step as CONTRACTS has it, with what else is known of it."""
    person = situation.people[step.person]
    return {
        "step": step.number,
        **({} if person.is_block else {"person": person.id}),
        "unit": person.unit,
        "from": step.from_,
        "to": step.to,
        "on": step.on.isoformat(),
        "newcomer": person.is_newcomer,
        "temporary": step.is_temporary,
        "simultaneous": step.is_swap,
    }


def _plan(
    situation: Situation,
    solved: Solution,
    steps: Sequence[Step],
    given: Assumptions,
    before: Mapping[Aim, int],
) -> dict[str, Any]:
    after = figures(situation, solved.places)
    units_before = units_of(situation, places_before(situation))
    units_after = units_of(situation, solved.places)
    return {
        "status": "optimal" if solved.is_optimal else "feasible",
        "objective": figures_told(after),
        "bound": {NAMES[level.aim]: _measure(level.aim, level.bound) for level in solved.levels},
        "gap": round(solved.gap, 6),
        "levels": _levels(situation, solved, before),
        "reproducible": all(level.is_reproducible for level in solved.levels),
        "moves": [step_dict(situation, step) for step in steps if step.to is not None],
        "releases": [
            *(
                {
                    "id": step.person,
                    "person": step.person,
                    "room": step.from_,
                    "on": step.on.isoformat(),
                }
                for step in steps
                if step.to is None
            ),
            *(
                {"person": person, "room": room, "on": situation.settings.on.isoformat()}
                for person, room in situation.released
            ),
        ],
        "assignments": [
            {
                "id": id_,
                **({} if situation.people[id_].is_block else {"person": id_}),
                "unit": situation.people[id_].unit,
                "room": code,
            }
            for id_, code in sorted(solved.places.items())
            if code is not None
            and (code != situation.people[id_].room or situation.people[id_].is_newcomer)
        ],
        "cost": {"before_yuan": 0.0, "after_yuan": moving_cost(situation, steps, given)},
        "units": [
            {
                "unit": unit,
                "name": situation.unit_names.get(unit),
                "before": units_before.get(unit),
                "after": units_after.get(unit),
            }
            for unit in sorted(units_before.keys() | units_after.keys())
        ],
        "alternatives": _alternatives(situation, solved, given),
        "checked": {"ok": True, "steps": len({step.number for step in steps}), "violations": []},
    }


def _levels(
    situation: Situation, solved: Solution, before: Mapping[Aim, int]
) -> list[dict[str, Any]]:
    """Tell what each level reached, and what keeping the earlier ones first cost it."""
    told = []
    for number, level in enumerate(solved.levels):
        alone = level.bound if number == 0 else _alone(situation, level)
        told.append(
            {
                "aim": str(level.aim),
                "name": NAMES[level.aim],
                "value": _measure(level.aim, level.value),
                "bound": _measure(level.aim, level.bound),
                "gap": round(level.gap, 6),
                "proved": level.value == level.bound,
                "seconds": round(level.seconds, 3),
                "before": _measure(level.aim, before[level.aim]),
                "least_if_first": None if alone is None else _measure(level.aim, alone),
                "cost_of_order": None
                if alone is None
                else _measure(level.aim, max(0, level.value - alone)),
            }
        )
    return told


def _alone(situation: Situation, level: Level) -> int | None:
    """Return what was proved to be the least of an aim, were it the first one."""
    if not situation.settings.alternatives:
        return None
    if level.value == 0:
        return 0
    settings = situation.settings
    shorter = replace(
        settings, aims=(level.aim,), time_limit_s=max(1.0, settings.time_limit_s / 12)
    )
    try:
        solved = solve(replace(situation, settings=shorter))
    except NoTimeError:
        return None
    return None if isinstance(solved, Conflict) else solved.levels[0].bound


def _alternatives(
    situation: Situation, solved: Solution, given: Assumptions
) -> list[dict[str, Any]]:
    """Weigh other orders of the aims, and doing as little as possible."""
    aims = situation.settings.aims
    if not situation.settings.alternatives:
        return []
    first = Aim.EXCESS if aims[0] is not Aim.EXCESS else Aim.MOVES
    orders = {
        "least-excess-first" if first is Aim.EXCESS else "fewest-moves-first": (
            first, *(aim for aim in aims if aim is not first),
        ),
        "fewest-moves-only": (Aim.MOVES,),
    }  # fmt: skip
    told = []
    for name, order in orders.items():
        settings = situation.settings
        limit = max(1.0, settings.time_limit_s / 4)
        weighed = replace(situation, settings=replace(settings, aims=order, time_limit_s=limit))
        try:
            found = solve(weighed)
        except NoTimeError:
            continue
        if isinstance(found, Conflict):
            continue
        steps = order_moves(weighed, found.places)
        prove(weighed, found.places, steps)
        told.append(
            {
                "name": name,
                "aims": [str(aim) for aim in order],
                "status": "optimal" if found.is_optimal else "feasible",
                "gap": round(found.gap, 6),
                "objective": figures_told(figures(situation, found.places)),
                "steps": len(steps),
                "cost_yuan": moving_cost(situation, steps, given),
                "same_plan": found.places == solved.places,
            }
        )
    return told


def _conflict(conflict: Conflict) -> dict[str, Any]:
    said = [
        {
            "id": each.id,
            "path": each.path,
            "kind": type(each).__name__.lower(),
            "zh": each.zh,
            "en": each.en,
        }
        for each in conflict.requirements
    ]
    if not conflict.requirements:
        said = [
            {
                "id": "settings.ceilings", "path": "settings.ceilings", "kind": "setting",
                "zh": "现有房间和人员无法全部符合面积标准",
                "en": "the rooms and people there cannot all obey the ceilings",
            }
        ]  # fmt: skip
    zh = "；".join(each["zh"] for each in said)
    en = "; ".join(each["en"] for each in said)
    joined = len(said) > 1
    return {
        "conflict": said,
        "conflict_is_minimal": conflict.is_minimal,
        "relief": [
            {"setting": name, "zh": _RELIEF[name][0], "en": _RELIEF[name][1]}
            for name in conflict.relief
        ],
        "message": {
            "zh": f"无可行方案：{zh}，"
            + ("不能同时满足，去掉任何一项即可行" if joined else "无法满足"),
            "en": f"no plan is possible: {en} cannot be had"
            + (" together; without any one of them there is a plan" if joined else ""),
        },
    }


def figures_told(values: Mapping[Aim, int]) -> dict[str, float]:
    """Return the figures of the aims by the names that answers use."""
    return {NAMES[aim]: _measure(aim, value) for aim, value in values.items()}


def _measure(aim: Aim, value: int) -> float:
    units = unit_of_measure(aim)
    return value if units == 1 else round(value / units, 2)
