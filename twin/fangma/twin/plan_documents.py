"""What plans hold, as data: places, the rooms that they name, two requests made one. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.requirements import Arrive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.reallocation.situation import Situation
    from fangma.asset_registry.store.plans import Plan


def places_of(answer: Mapping[str, Any]) -> dict[str, str | None]:
    """Return whom an answer of the solver places, and who gives a room back."""
    places: dict[str, str | None] = {
        row["id"]: row["room"] for row in answer.get("assignments", ())
    }
    places.update({row["id"]: None for row in answer.get("releases", ()) if "id" in row})
    return places


def pinned(document: Mapping[str, Any], site: str, situation: Situation) -> dict[str, Any]:
    """Keep a request with the site and the day that it was read for."""
    return {**document, "site": site, "on": situation.settings.on.isoformat()}


def origins_of(plan: Plan) -> dict[str, str | None]:
    """Return where those whom a plan places were when it was last written."""
    return {id_: room for id_, room in plan.origins.items() if id_ in plan.places}


def rooms_now(situation: Situation, places: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return where those whom a plan places are."""
    return {id_: situation.people[id_].room for id_ in places if id_ in situation.people}


def rooms_named(
    situation: Situation, places: Mapping[str, str | None], document: Mapping[str, Any]
) -> frozenset[str]:
    """Return every room that a plan names, so that it is seen only by who sees them all."""
    said = json.dumps(document, ensure_ascii=False)
    named = {code for code in situation.rooms if code in said}
    named |= {code for code in places.values() if code is not None}
    named |= {
        room
        for id_ in places
        if id_ in situation.people and (room := situation.people[id_].room) is not None
    }
    for each in situation.requirements:
        named |= getattr(each, "rooms", frozenset()) if each.path.startswith("demands") else set()
    return frozenset(named)


def joined(one: Plan, other: Plan) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Return the request of two plans together, and what their demands are called in it.

    The left's aims and settings hold; what both ask in the same words is asked once.
    """
    document = {**other.request, **one.request}
    called: dict[str, dict[str, str]] = {"left": {}, "right": {}}
    for key in ("demands", "wishes"):
        rows: list[dict[str, Any]] = []
        for side, plan in (("left", one), ("right", other)):
            for n, row in enumerate(plan.request.get(key, [])):
                id_ = row.get("id", f"{key}[{n}]")
                bare = {k: v for k, v in row.items() if k != "id"}
                same = [r for r in rows if {k: v for k, v in r.items() if k != "id"} == bare]
                if not same:
                    rows.append({**row, "id": f"{side}:{id_}"})
                called[side][id_] = same[0]["id"] if same else f"{side}:{id_}"
        document[key] = rows
    scopes = [plan.request.get("scope") for plan in (one, other)]
    if scopes[0] != scopes[1]:
        document.pop("scope", None)
    document["on"] = max(one.planned_on, other.planned_on).isoformat()
    document["site"] = one.site
    document.pop("title", None)
    document.pop("present", None)
    return document, called


def renamed(
    places: Mapping[str, str | None], own: Situation, joined: Situation, called: Mapping[str, str]
) -> dict[str, str | None]:
    """Return places with those to come, who have no names, as the joint plan has them."""
    theirs = {each.id: each for each in joined.requirements if isinstance(each, Arrive)}
    names: dict[str, str] = {}
    for each in own.requirements:
        if isinstance(each, Arrive) and called.get(each.id) in theirs:
            names.update(
                zip(_coming(own, each), _coming(joined, theirs[called[each.id]]), strict=False)
            )
    return {names.get(id_, id_): room for id_, room in places.items()}


def _coming(situation: Situation, each: Arrive) -> list[str]:
    """Return those of a demand whom nobody knows yet, in the order in which they were counted."""
    unnamed = [id_ for id_ in each.people if situation.people[id_].is_newcomer and "+" in id_]
    return sorted(unnamed, key=lambda id_: (len(id_), id_))


def figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan is compared by."""
    check = document["check"] or {}
    return {
        **{key: document[key] for key in ("plan", "title", "status", "version", "on", "author")},
        "ok": check.get("ok"),
        "violations": check.get("violations", []),
        "before": check.get("before"),
        "objective": check.get("objective"),
        "units": check.get("units", []),
        "rooms": check.get("rooms", []),
        "moves": len(check.get("moves", [])),
        "cost_yuan": check.get("cost_yuan"),
    }


def dated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times as text."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in row.items()
    }
