"""The life of plans: drawn up, edited, compared, merged, approved, carried out, taken back.

Reading and solving come first, in a snapshot of their own; then one recording transaction writes
the plan, the event that says who did it, and the line of the audit log.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.assumptions import shipped_assumptions
from fangma.asset_registry.reallocation.comparing import differences, merge
from fangma.asset_registry.reallocation.drafting import check_draft, faults_of, steps_of
from fangma.asset_registry.reallocation.life import (
    MOST_APPROVALS,
    ApproverError,
    Status,
    after,
    approvers,
    check_approver,
)
from fangma.asset_registry.reallocation.request import read_request
from fangma.asset_registry.store import accounts, audit_log, plans
from fangma.asset_registry.store.connection import OPERATOR, moment_of, reading, recording
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.plan_applying import carry_out, take_back
from fangma.asset_registry.store.queries import load
from fangma.twin.errors import TwinError
from fangma.twin.lending import Lent
from fangma.twin.plan_documents import (
    dated,
    figures,
    joined,
    origins_of,
    pinned,
    places_of,
    renamed,
    rooms_named,
    rooms_now,
)
from fangma.twin.planning import registry_situation, site_to_plan, today
from fangma.twin.solving_apart import solve_apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.reallocation.request import Request
    from fangma.asset_registry.reallocation.situation import Situation
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.plans import Plan

APPROVER_ROLES: Final = frozenset({"planner", "auditor", "leader"})


class PlanError(TwinError):
    """Something that a plan does not take."""


class NotYetError(PlanError):
    """A plan is carried out before its day."""


class FaultyPlanError(PlanError):
    """A plan that breaks rules is submitted or carried out."""


class Desk:
    """What one person does to plans.

    Parameters
    ----------
    conn : Connection or Lent
        Outside a transaction; what is lent is given back while a plan is solved.
    reader : str or UUID
        As whom the registry is read and written.
    actor : str
        The name that events and the log keep.
    now : datetime
        Decides which day it is.
    """

    def __init__(
        self,
        conn: Connection | Lent,
        reader: str | UUID,
        actor: str,
        now: datetime,
        roles: frozenset[str] = frozenset(),
    ) -> None:
        self.roles = roles
        self._lent = conn
        self._reader = reader
        self._actor = actor
        self._now = now

    @property
    def _conn(self) -> Connection:
        return self._lent.conn if isinstance(self._lent, Lent) else self._lent

    def _solved(self, situation: Situation) -> dict[str, Any]:
        """Solve without a connection: it takes minutes, and others need one meanwhile."""
        with self._lent.away() if isinstance(self._lent, Lent) else nullcontext():
            return solve_apart(situation)

    # ---- looking ----

    def list(self, *, site: str | None = None, status: str | None = None) -> list[dict[str, Any]]:
        """List plans, newest first."""
        with reading(self._conn, self._reader) as moment:
            site_id = None if site is None else site_to_plan(self._conn, moment, site).id
            return [
                dated(row) for row in plans.list_plans(self._conn, site_id=site_id, status=status)
            ]

    def show(self, number: int) -> dict[str, Any]:
        """Return a plan with everything that is told of it."""
        with reading(self._conn, self._reader) as moment:
            plan = plans.find_plan(self._conn, number)
            return self._document(plan, moment)

    def check(self, number: int) -> dict[str, Any]:
        """Judge a plan as things stand."""
        with reading(self._conn, self._reader) as moment:
            plan = plans.find_plan(self._conn, number)
            situation = self._situation(plan, moment)
        return {
            "plan": number,
            "version": plan.version,
            **check_draft(situation, plan.places, shipped_assumptions(), origins_of(plan)),
        }

    def compare(self, left: int, right: int) -> dict[str, Any]:
        """Put two plans side by side."""
        with reading(self._conn, self._reader) as moment:
            one, other = plans.find_plan(self._conn, left), plans.find_plan(self._conn, right)
            _expect_one_site(one, other)
            documents = [self._document(plan, moment) for plan in (one, other)]
            present = self._present(one, moment) | self._present(other, moment)
        return {
            "left": figures(documents[0]),
            "right": figures(documents[1]),
            "differences": [
                {
                    "person": each.person, "present": each.present, "left": each.left,
                    "right": each.right,
                }
                for each in differences(present, one.places, other.places)
            ],
        }  # fmt: skip

    # ---- drafting ----

    def draft(
        self, document: Mapping[str, Any], *, title: str | None = None, solve: bool = True
    ) -> dict[str, Any]:
        """Keep a new draft of a request; solved unless told not to."""
        request = _read(document)
        with reading(self._conn, self._reader) as moment:
            situation = registry_situation(self._conn, moment, request)
            site = site_to_plan(self._conn, moment, request.site)
        answer = self._solved(situation) if solve else {}
        places = places_of(answer)
        new = plans.NewPlan(
            site_id=site.id,
            title=title or request.title or f"{situation.settings.on.isoformat()} 调配方案",
            author=self._actor,
            planned_on=situation.settings.on,
            request=pinned(document, site.code, situation),
            answer=answer,
            places=places,
            origins=rooms_now(situation, places),
            rooms=rooms_named(situation, places, document),
        )
        return self._keep(new, "create", {"status": answer.get("status")})

    def edit(
        self,
        number: int,
        version: int | None,
        *,
        title: str | None = None,
        request: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Change title or request of a draft; what it places stays and is judged anew."""
        situation: Situation | None = None
        site: str | None = None
        if request is not None:
            asked = _read(request)
            with reading(self._conn, self._reader) as moment:
                situation = registry_situation(self._conn, moment, asked)
                site = site_to_plan(self._conn, moment, asked.site).code
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            after(Status(plan.status), "edit")
            if site not in {None, plan.site}:
                raise PlanError(
                    f"Plan {number} is of {plan.site}, the request of {site}.",
                    "Draw up another plan for the other site.",
                )
            changed, rooms = plan, frozenset[str]()
            if title is not None:
                changed = replace(changed, title=title)
            if request is not None and situation is not None:
                changed = replace(
                    changed,
                    request=pinned(request, plan.site, situation),
                    planned_on=situation.settings.on,
                )
                rooms = rooms_named(situation, plan.places, request)
            self._write(changed, "edit", rooms, {"title": title, "request": request is not None})
        return self.show(number)

    def solve(self, number: int, version: int | None, *, keep: bool = False) -> dict[str, Any]:
        """Solve a draft anew; with ``keep`` those whom it places now are pinned there."""
        with reading(self._conn, self._reader) as moment:
            plan = plans.find_plan(self._conn, number)
            after(Status(plan.status), "solve")
            document = plan.request
            if keep:
                pins = [
                    {"kind": "pin", "person": id_, "room": room, "id": f"kept:{id_}"}
                    for id_, room in sorted(plan.places.items())
                    if room is not None and "@" not in id_
                ]
                document = {**document, "wishes": [*document.get("wishes", []), *pins]}
            situation = registry_situation(self._conn, moment, _read(document))
        answer = self._solved(situation)
        places = places_of(answer)
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version or plan.version)
            after(Status(plan.status), "solve")
            changed = replace(
                plan, answer=answer, places=places, origins=rooms_now(situation, places)
            )
            rooms = rooms_named(situation, places, plan.request)
            self._write(changed, "solve", rooms, {"status": answer["status"], "keep": keep})
        return self.show(number)

    def assign(
        self,
        number: int,
        version: int | None,
        person: str,
        room: str | None,
        *,
        forget: bool = False,
    ) -> dict[str, Any]:
        """Place somebody by hand; the answer judges the draft at once.

        Parameters
        ----------
        room : str or None
            Code; None = gives the room back.
        forget : bool
            Takes the draft's word about this person away: stays where they are.
        """
        with recording(self._conn, self._reader):
            moment = moment_of(self._conn)
            plan = plans.lock_plan(self._conn, number, version)
            after(Status(plan.status), "edit")
            situation = self._situation(plan, moment)
            occupant = situation.people.get(person)
            if occupant is None and person not in plan.places:
                raise plans.UnknownPersonError(person)
            if room is not None:
                _, kind, room = find_entry(self._conn, room, moment)
                if kind != "room":
                    raise PlanError(f"{room} is a {kind}.", "Name a room.")
            places, origins = dict(plan.places), dict(plan.origins)
            now = None if occupant is None else occupant.room
            if forget or (room == now and occupant is not None):
                places.pop(person, None)
                origins.pop(person, None)
            else:
                places[person], origins[person] = room, now
            rooms = frozenset(code for code in (room, now) if code is not None)
            detail = {"person": person, "room": None if forget else room, "forget": forget}
            self._write(replace(plan, places=places, origins=origins), "edit", rooms, detail)
        return self.show(number)

    def merge(
        self,
        left: int,
        right: int,
        *,
        title: str | None = None,
        chosen: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make a new draft of two plans; whom both place differently is told as a conflict."""
        with reading(self._conn, self._reader) as moment:
            one, other = plans.find_plan(self._conn, left), plans.find_plan(self._conn, right)
            _expect_one_site(one, other)
            document, ids = joined(one, other)
            situation = registry_situation(self._conn, moment, _read(document))
            sides = [
                renamed(plan.places, self._situation(plan, moment), situation, ids[side])
                for side, plan in (("left", one), ("right", other))
            ]
        present = {id_: person.room for id_, person in situation.people.items()}
        merged = merge(present, sides[0], sides[1], chosen or {})
        conflicts = [
            {"person": c.person, "present": c.present, "left": c.left, "right": c.right}
            for c in merged.conflicts
        ]
        new = plans.NewPlan(
            site_id=one.site_id,
            title=title or f"{one.title} + {other.title}",
            author=self._actor,
            planned_on=situation.settings.on,
            request=document,
            answer={"merged": [left, right], "conflicts": conflicts},
            places=merged.places,
            origins=rooms_now(situation, merged.places),
            rooms=rooms_named(situation, merged.places, document),
            parents=(left, right),
        )
        kept = self._keep(new, "merge", {"left": left, "right": right, "conflicts": len(conflicts)})
        return {**kept, "conflicts": conflicts}

    # ---- deciding ----

    def submit(
        self, number: int, version: int | None, *, approvals: int = 1, comment: str | None = None
    ) -> dict[str, Any]:
        """Hand a draft in; it must break no rule as things stand."""
        if not 1 <= approvals <= MOST_APPROVALS:
            raise PlanError(
                f"A plan cannot take {approvals} approvals.",
                f"Ask for 1 to {MOST_APPROVALS}, each by another person.",
            )
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            status = after(Status(plan.status), "submit")
            self._expect_sound(plan)
            changed = replace(plan, status=status, approvals=approvals)
            self._write(changed, "submit", (), {"approvals": approvals}, comment)
        return self.show(number)

    def decide(
        self,
        number: int,
        version: int | None,
        *,
        decision: str,
        roles: frozenset[str],
        comment: str | None = None,
    ) -> dict[str, Any]:
        """Approve or reject a plan, as somebody who has had no hand in it."""
        if not roles & APPROVER_ROLES:
            raise ApproverError(
                f"found {self._actor} with the roles {', '.join(sorted(roles)) or 'none'}, "
                f"expected one of {', '.join(sorted(APPROVER_ROLES))}",
                "ask somebody who has such a role",
            )
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            status = after(Status(plan.status), decision)
            deeds = plans.deeds_of(self._conn, number)
            check_approver(plan.author, deeds, self._actor)
            if decision == "approve":
                self._expect_sound(plan)
                done = len(approvers(deeds)) + 1
                status = Status.APPROVED if done >= (plan.approvals or 1) else status
            self._write(replace(plan, status=status), decision, (), {}, comment)
        return self.show(number)

    def withdraw(
        self, number: int, version: int | None, *, comment: str | None = None
    ) -> dict[str, Any]:
        """Take a submitted or approved plan back to a draft; a draft is laid aside for good."""
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            status = after(Status(plan.status), "withdraw")
            self._write(replace(plan, status=status), "withdraw", (), {}, comment)
        return self.show(number)

    def apply(self, number: int, version: int | None) -> dict[str, Any]:
        """Write the plan into the registry, on its day or later."""
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            status = after(Status(plan.status), "apply")
            if today(self._now) < plan.planned_on:
                raise NotYetError(
                    f"Plan {number} holds from {plan.planned_on}; today is {today(self._now)}.",
                    "Carry it out on that day, or draw up a plan for an earlier one.",
                )
            self._conn.execute(load("applying")["lock_recording"])
            situation = self._expect_sound(plan)
            steps = steps_of(situation, plan.places)
            applied = carry_out(
                self._conn, plan, situation, steps, situation.released, actor=self._actor
            )
            changed = replace(plan, status=status, applied_by=applied.revision_id)
            self._write(changed, "apply", (), {"revision": applied.revision_id})
        return self.show(number)

    def revert(self, number: int, version: int | None, *, reason: str) -> dict[str, Any]:
        """Put everybody back where they were before the plan, from today on."""
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, version)
            status = after(Status(plan.status), "revert")
            self._conn.execute(load("applying")["lock_recording"])
            applied = take_back(
                self._conn, plan, on=today(self._now), actor=self._actor, reason=reason
            )
            changed = replace(plan, status=status, reverted_by=applied.revision_id)
            self._write(changed, "revert", (), {"revision": applied.revision_id}, reason)
        return self.show(number)

    def comment(self, number: int, text: str) -> dict[str, Any]:
        """Say something about a plan, in any state."""
        with recording(self._conn, self._reader):
            plan = plans.lock_plan(self._conn, number, None)
            plans.add_event(
                self._conn, number, actor=self._actor, action="comment", version=plan.version,
                comment=text,
            )  # fmt: skip
            self._log("plan-comment", number, {})
        return self.show(number)

    def note(
        self,
        code: str,
        text: str,
        *,
        sketch: Mapping[str, Any] | None = None,
        plan: int | None = None,
    ) -> dict[str, Any]:
        """Keep a comment or sketch in a room's file, with the plan that it belongs to."""
        with recording(self._conn, self._reader):
            entry_id, kind, own = find_entry(self._conn, code, moment_of(self._conn))
            if kind != "room":
                raise PlanError(f"{own} is a {kind}.", "Notes are kept in the files of rooms.")
            if plan is not None:
                plans.find_plan(self._conn, plan)
            kept = plans.add_note(
                self._conn, entry_id, author=self._actor, text=text, sketch=sketch, plan=plan
            )
            audit_log.append(
                self._conn, actor=self._actor, action="room-note", subject=own,
                detail={"plan": plan},
            )  # fmt: skip
        return {"room": own, **dated(kept)}

    # ---- pieces ----

    def _situation(self, plan: Plan, moment: Moment) -> Situation:
        return registry_situation(self._conn, moment, _read(plan.request))

    def _present(self, plan: Plan, moment: Moment) -> dict[str, str | None]:
        people = self._situation(plan, moment).people
        return {id_: person.room for id_, person in people.items()}

    def _expect_sound(self, plan: Plan) -> Situation:
        """Judge a plan as things stand, inside the transaction that decides about it."""
        situation = self._situation(plan, moment_of(self._conn))
        faults = faults_of(situation, plan.places, origins_of(plan))
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            raise FaultyPlanError(
                f"Plan {plan.number} breaks a rule: {faults[0].zh} / {faults[0].en}{more}.",
                "fangma plan check names them all; mend the draft, or solve it again.",
            )
        return situation

    def _keep(self, new: plans.NewPlan, action: str, detail: Mapping[str, Any]) -> dict[str, Any]:
        with recording(self._conn, self._reader):
            number = plans.add_plan(self._conn, new)
            plans.add_event(
                self._conn, number, actor=self._actor, action=action, version=1, detail=detail
            )
            self._log(f"plan-{action}", number, detail)
        return self.show(number)

    def _write(
        self,
        plan: Plan,
        action: str,
        rooms: frozenset[str] | tuple[str, ...],
        detail: Mapping[str, Any],
        comment: str | None = None,
    ) -> None:
        version = plans.write_plan(self._conn, plan, rooms)
        plans.add_event(
            self._conn, plan.number, actor=self._actor, action=action, version=version,
            comment=comment, detail=detail,
        )  # fmt: skip
        self._log(f"plan-{action}", plan.number, detail)

    def _log(self, action: str, number: int, detail: Mapping[str, Any]) -> None:
        audit_log.append(
            self._conn, actor=self._actor, action=action, subject=f"plan {number}", detail=detail
        )

    def _document(self, plan: Plan, moment: Moment) -> dict[str, Any]:
        events = plans.events_of(self._conn, plan.number)
        deeds = plans.deeds_of(self._conn, plan.number)
        document: dict[str, Any] = {
            "plan": plan.number,
            "site": plan.site,
            "title": plan.title,
            "status": plan.status,
            "version": plan.version,
            "author": plan.author,
            "on": plan.planned_on.isoformat(),
            "approvals_needed": plan.approvals,
            "approved_by": list(approvers(deeds)),
            "parents": plan.parents,
            "created_at": plan.created_at.isoformat(),
            "changed_at": plan.changed_at.isoformat(),
            "request": plan.request,
            "answer": plan.answer,
            "assignments": [
                {"person": id_, "from": plan.origins.get(id_), "to": room}
                for id_, room in sorted(plan.places.items())
            ],
            "events": [dated(row) for row in events],
            "notes": [dated(row) for row in plans.notes_of_plan(self._conn, plan.number)],
            "conflicts": plan.answer.get("conflicts", []),
        }
        is_live = plan.status in {Status.DRAFT, Status.SUBMITTED, Status.APPROVED}
        document["check"] = None
        if is_live:
            situation = self._situation(plan, moment)
            document["check"] = check_draft(
                situation, plan.places, shipped_assumptions(), origins_of(plan)
            )
        return document


def desk_of(conn: Connection, name: str, now: datetime) -> Desk:
    """Return the desk of an account, with what it may see and do; for the command line.

    Raises
    ------
    PlanError
        When there is no such account, or it is disabled.
    """
    with recording(conn, OPERATOR):
        found = accounts.find(conn, name)
    if found is None or found.disabled:
        raise PlanError(f"There is no account {name}.", "fangma user list names those there are.")
    return Desk(conn, found.id, name, now, frozenset(found.roles))


def _read(document: Mapping[str, Any]) -> Request:
    request = read_request(dict(document))
    if request.is_whole:
        raise PlanError(
            "The request brings its own rooms; a plan that is kept is about the registry's.",
            "Leave rooms, persons and units out, or solve it without keeping a draft.",
        )
    return request


def _expect_one_site(one: Plan, other: Plan) -> None:
    if one.site_id != other.site_id or one.number == other.number:
        raise PlanError(
            f"Plans {one.number} ({one.site}) and {other.number} ({other.site}) cannot be put "
            "together.",
            "Name two different plans of one site.",
        )
