"""Decisions of people about what became of a room or a pipe, and what follows them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, box
from tests.asset_registry.store.compound import source_of

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.changes import NewEntry, Shape
from fangma.asset_registry.dividing import DivideError, Part
from fangma.asset_registry.fates import tell_fate
from fangma.asset_registry.networks import Join, NetworkChanges
from fangma.asset_registry.occupation.facts import Assignment, LedgerEntry, Named, OccupationChanges
from fangma.asset_registry.store import lineage, streams
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.impact import impacts, sides, with_findings
from fangma.asset_registry.store.lineage import LineageError, Order
from fangma.asset_registry.store.rule_packs import packs_of
from fangma.asset_registry.store.scene import features, find_by_ordinal
from fangma.asset_registry.store.sites import find_site
from fangma.asset_registry.store.verification import verify

if TYPE_CHECKING:
    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
DAY = datetime(2026, 5, 1, tzinfo=UTC)
ORDER = Order(actor="wang", at=DAY, reason="隔断改造", document="纪要 12 号")


def a_room(compound: Compound, number: str, x0: float = 0.0, width: float = 6.0) -> str:
    room = compound.new_room(number)
    plan = box(x0, 0, x0 + width, 5)
    codes = compound.record(
        new=(room,), states=(compound.room_state(room.id, number=number),),
        shapes=(Shape(entry_id=room.id, area_m2=plan.area, floor_z=0.0, ceiling_z=3.0,
                      footprint=shapely.to_wkb(MultiPolygon([plan])),
                      extent=((x0, 0, 0), (x0 + width, 5, 3))),),
    ).codes  # fmt: skip
    return codes[room.id]


def furnish(compound: Compound, code: str, sensor: str) -> UUID:
    """Give a room a person, a page in the ledger and a sensor; return the person."""
    with reading(compound.conn, OPERATOR):
        (entry,) = compound.conn.execute(
            "SELECT id FROM fangma.entry WHERE code = %s", [code]
        ).fetchone() or (None,)
    person, unit = uuid4(), uuid4()
    compound.record(
        occupation=OccupationChanges(
            people=(Named(id=person, code=f"P-{number_of(code)}"),),
            units=(Named(id=unit, code=f"U-{number_of(code)}"),),
            added=(
                Assignment(entry_id=entry, person_id=person),
                LedgerEntry(entry_id=entry, area_m2=33.0, unit_id=unit, certificate="证-1"),
            ),
        )
    )
    with recording(compound.conn, OPERATOR):
        told = streams.Declaration(sensor=sensor, observed_property="temperature", code=code)
        streams.declare(
            compound.conn, [told],
            actor="tester", action="import",
        )  # fmt: skip
    return person


def number_of(code: str) -> str:
    return code.split("-")[4]


def decide(compound: Compound, how: Any, *arguments: Any, **options: Any) -> lineage.Decided:
    with recording(compound.conn, OPERATOR):
        return how(compound.conn, *arguments, ORDER, **options)


def shown(compound: Compound, code: str, at: datetime | None = None) -> dict[str, Any]:
    with reading(compound.conn, OPERATOR, at) as moment:
        return show_item(compound.conn, code, moment)


def hanging(compound: Compound) -> list[tuple[Any, ...]]:
    """Facts and sensors of now that belong to something that is no longer."""
    with reading(compound.conn, OPERATOR):
        return compound.conn.execute(
            """
            WITH gone AS (
              SELECT id FROM fangma.entry AS e
               WHERE NOT EXISTS (SELECT FROM fangma.state AS s WHERE s.entry_id = e.id
                                   AND upper_inf(s.recorded) AND upper_inf(s.valid))
                 AND e.kind <> 'site')
            SELECT 'assignment', entry_id FROM fangma.assignment
             WHERE upper_inf(recorded) AND upper_inf(valid) AND entry_id IN (SELECT id FROM gone)
            UNION ALL
            SELECT 'ledger', entry_id FROM fangma.ledger
             WHERE upper_inf(recorded) AND upper_inf(valid)
               AND (entry_id IN (SELECT id FROM gone) OR annex_of IN (SELECT id FROM gone))
            UNION ALL
            SELECT 'binding', entry_id FROM fangma.binding
             WHERE upper_inf(recorded) AND upper_inf(valid) AND entry_id IN (SELECT id FROM gone)
            UNION ALL
            SELECT 'stream', entry_id FROM fangma.stream WHERE entry_id IN (SELECT id FROM gone)
            """
        ).fetchall()


def is_whole(compound: Compound) -> bool:
    with recording(compound.conn, OPERATOR):
        return all(check.ok for check in verify(compound.conn, lambda _: None))


def test_a_room_cut_in_two_hands_on_people_ledger_and_sensor(compound: Compound) -> None:
    code = a_room(compound, "501")
    furnish(compound, code, "T-1")
    done = decide(
        compound, lineage.split, code, [Part(number="501A"), Part(number="501B")],
        cut=LineString([(2.0, 0.0), (2.0, 5.0)]),
    )  # fmt: skip
    small, large = sorted((shown(compound, c) for c in done.now), key=lambda i: i["area_m2"])
    assert (small["area_m2"], large["area_m2"]) == (pytest.approx(10.0), pytest.approx(20.0))
    assert [o["person"] for o in large["occupants"]] == ["P-0501"]
    assert not small["occupants"]
    assert small["area"]["ledger_m2"] + large["area"]["ledger_m2"] == pytest.approx(33.0)
    assert hanging(compound) == []
    old = shown(compound, code)
    assert (old["status"], set(old["successors"])) == ("retired", set(done.now))
    told = tell_fate(old)
    assert told["zh"].startswith("2026-05-01 拆分为 ")
    assert all(part in told["en"] for part in (*done.now, "隔断改造", "纪要 12 号", "wang"))
    before = shown(compound, code, DAY - timedelta(days=1))
    assert before["status"] == "current"
    assert len(before["occupants"]) == 1
    assert done.followed == {"assignment": 1, "ledger": 1, "binding": 1}
    assert {f["rule"] for f in done.findings} == {"lineage-followed"}
    assert is_whole(compound)


def test_what_hangs_on_a_room_is_counted_but_for_few_people(compound: Compound) -> None:
    code, plain = a_room(compound, "0512"), a_room(compound, "0513", 6.0)
    furnish(compound, code, "T-1")
    with reading(compound.conn, OPERATOR) as moment:
        ids = [
            row[0]
            for each in (code, plain)
            for row in compound.conn.execute("SELECT id FROM fangma.entry WHERE code = %s", [each])
        ]
        counted = with_findings(compound.conn, compound.site, moment, impacts(compound.conn, ids))
        (unaudited, _) = sides(compound.conn, ids)
        audited = Audit(
            audit_facts(compound.conn, compound.site, moment), packs=packs_of(compound.conn, moment)
        )
        (side, bare) = sides(compound.conn, ids, audited)
    told = counted[ids[0]].as_dict()
    assert (side["findings"], unaudited["findings"]) == (told["findings"], None)
    assert (side["ledger"], side["alarms"], bare["findings"], bare["ledger"]) == (1, 0, 0, 0)
    # 33 m² in the ledger, 30 m² measured, and a person whose rank nobody knows.
    assert (told.pop("findings") or 0) >= 1
    assert told == {"people": None, "sensors": 1, "ledger": 1}
    assert side["people"] is None
    assert counted[ids[1]].as_dict() == {}


def test_rooms_thrown_together_keep_everybody_and_the_sum_of_the_books(compound: Compound) -> None:
    codes = [a_room(compound, "501"), a_room(compound, "502", 6.2)]
    for i, code in enumerate(codes):
        furnish(compound, code, f"T-{i}")
    done = decide(compound, lineage.merge, codes, number="501", name="会议室")
    (code,) = done.now
    whole = shown(compound, code)
    assert whole["area_m2"] == pytest.approx(60.0)
    assert len(whole["occupants"]) == 2
    assert whole["area"]["ledger_m2"] == pytest.approx(66.0)
    assert (whole["number"], whole["name"]) == ("501", "会议室")
    assert set(whole["predecessors"]) == set(codes)
    assert hanging(compound) == []
    assert is_whole(compound)


def test_the_oldest_label_leads_through_all_generations(compound: Compound) -> None:
    first = a_room(compound, "501")
    parts = decide(compound, lineage.split, first, [Part(number="1"), Part(number="2")]).now
    (last,) = decide(compound, lineage.merge, list(parts)).now
    with reading(compound.conn, OPERATOR) as moment:
        tree = lineage.family(compound.conn, first, moment)
        back = lineage.family(compound.conn, last, moment)
    assert [m["generation"] for m in tree["members"]] == [0, 1, 1, 2]
    assert tree["members"][-1]["code"] == last
    assert back["members"][0]["code"] == first
    assert {s["kind"] for s in tree["steps"]} == {"split", "merge"}
    assert {s["document"] for s in tree["steps"]} == {"纪要 12 号"}


def test_parts_that_lose_a_tenth_of_the_area_are_told(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(
        compound, lineage.split, code, [Part(number="1"), Part(number="2")], sizes=[15.0, 12.0]
    )
    assert {f["rule"] for f in done.findings} == {"lineage-area"}


def test_parts_that_can_not_come_out_of_the_room_need_somebody_who_stands_for_them(
    compound: Compound,
) -> None:
    code = a_room(compound, "501")
    parts = [Part(number="1"), Part(number="2")]
    for sizes in ([140.0, 10.0], [10.0, 5.0]):
        with pytest.raises(LineageError, match="m², its parts make"):
            decide(compound, lineage.split, code, parts, sizes=sizes)
    stands = replace(ORDER, accepts_sizes=True)
    with recording(compound.conn, OPERATOR), pytest.raises(LineageError):
        lineage.split(compound.conn, code, parts, replace(stands, reason=None), sizes=[140.0, 10.0])
    strict = replace(ORDER, size_limit=0.05)
    with recording(compound.conn, OPERATOR), pytest.raises(LineageError, match="5% of the whole"):
        lineage.split(compound.conn, code, parts, strict, sizes=[15.0, 12.0])
    assert shown(compound, code)["status"] == "current"
    with recording(compound.conn, OPERATOR):
        done = lineage.split(compound.conn, code, parts, stands, sizes=[140.0, 10.0])
    assert {f["rule"] for f in done.findings} == {"lineage-area"}


def test_lengths_of_runs_are_held_to_the_pipe(compound: Compound) -> None:
    pipe = NewEntry(id=uuid4(), kind="pipe", site_id=compound.site, building_id=compound.building,
                    code_part="JS")  # fmt: skip
    axis = LineString([(0, 0, 2.5), (10, 0, 2.5)])
    code = compound.record(
        new=(pipe,), states=(compound.room_state(pipe.id, system="JS", storey_id=None, use=None),),
        shapes=(Shape(entry_id=pipe.id, axis=shapely.to_wkb(axis, output_dimension=3),
                      outer_diameter_m=0.1, extent=((0, -0.05, 2.45), (10, 0.05, 2.55))),),
    ).codes[pipe.id]  # fmt: skip
    with pytest.raises(LineageError, match="m, its parts make 90"):
        decide(compound, lineage.split, code, [Part(), Part()], sizes=[40.0, 50.0])


def test_doors_relabelled_crosswise_keep_their_codes(compound: Compound) -> None:
    a, b = a_room(compound, "501"), a_room(compound, "502", 7.0)
    done = decide(compound, lineage.swap, a, b)
    assert (shown(compound, a)["number"], shown(compound, b)["number"]) == ("502", "501")
    assert set(done.now) == {a, b}
    assert shown(compound, a, DAY - timedelta(days=1))["number"] == "501"
    decide(compound, lineage.renumber, a, "599")
    assert shown(compound, a)["number"] == "599"
    with recording(compound.conn, OPERATOR):
        lineage.change_use(compound.conn, a, "meeting", ORDER)
    assert shown(compound, a)["use"] == "meeting"


def test_a_run_of_pipe_is_cut_along_its_axis_and_joined_again(compound: Compound) -> None:
    pipe = NewEntry(id=uuid4(), kind="pipe", site_id=compound.site, building_id=compound.building,
                    code_part="JS")  # fmt: skip
    axis = LineString([(0, 0, 2.5), (10, 0, 2.6)])
    code = compound.record(
        new=(pipe,), states=(compound.room_state(pipe.id, system="JS", storey_id=None, use=None),),
        shapes=(Shape(entry_id=pipe.id, axis=shapely.to_wkb(axis, output_dimension=3),
                      outer_diameter_m=0.1, extent=((0, -0.05, 2.45), (10, 0.05, 2.65))),),
    ).codes[pipe.id]  # fmt: skip
    done = decide(compound, lineage.split, code, [Part(), Part()], sizes=[4.0, None])
    axes = [json.dumps(shown(compound, c)["place"]["axis"]) for c in done.now]
    lengths = [shapely.from_geojson(axis).length for axis in axes]
    assert sorted(lengths) == pytest.approx([4.0, 6.0], abs=0.01)
    (whole,) = decide(compound, lineage.merge, list(done.now)).now
    assert "-JS-" in whole
    assert is_whole(compound)


def test_what_can_not_be_done_is_told_and_changes_nothing(compound: Compound) -> None:
    code = a_room(compound, "501")
    cases: list[tuple[type[Exception], Any, tuple[Any, ...], dict[str, Any]]] = [
        (DivideError, lineage.split, (code, [Part()]), {}),
        (DivideError, lineage.split, (code, [Part(), Part()]),
         {"cut": LineString([(50, 0), (50, 5)])}),
        (DivideError, lineage.split, (code, [Part(), Part()]), {"sizes": [0.0, 1.0]}),
        (LineageError, lineage.merge, ([code, code],), {}),
        (LineageError, lineage.merge, ([code],), {}),
    ]  # fmt: skip
    for error, how, arguments, options in cases:
        with pytest.raises(error):
            decide(compound, how, *arguments, **options)
    done = decide(compound, lineage.split, code, [Part(number="1"), Part(number="2")])
    with pytest.raises(LineageError, match="not there"):
        decide(compound, lineage.renumber, code, "7")
    assert shown(compound, done.now[0])["status"] == "current"


def test_a_body_of_the_last_export_is_told_as_what_its_room_became(compound: Compound) -> None:
    rooms = [compound.new_room(n) for n in ("501", "502", "503")]
    codes = list(compound.add_rooms(*rooms).values())
    compound.record(
        model=compound.revision_of("a.ifc"),
        sources=tuple(source_of(r.id, f"G{r.id}") for r in rooms),
    )
    (whole,) = decide(compound, lineage.merge, codes[:2], number="501").now
    with reading(compound.conn, OPERATOR) as moment:
        site = find_site(compound.conn, compound.site_code, moment)
        assert site is not None
        columns = features(compound.conn, site, moment)
        told = dict(zip(columns.ordinal.tolist(), columns.code, strict=True))
        ordinals = {
            code: ordinal
            for ordinal, code in compound.conn.execute("SELECT ordinal, code FROM fangma.entry")
        }
        assert [told[ordinals[code]] for code in codes] == [whole, whole, codes[2]]
        picked = find_by_ordinal(compound.conn, site, ordinals[codes[0]], moment)
        assert picked is not None
        assert picked.code == whole
    with reading(compound.conn, OPERATOR, DAY - timedelta(days=1)) as moment:
        columns = features(compound.conn, site, moment)
        told = dict(zip(columns.ordinal.tolist(), columns.code, strict=True))
        assert told[ordinals[codes[0]]] == codes[0]


def test_a_valve_stays_joined_to_the_nearer_part_of_a_run_that_was_cut(compound: Compound) -> None:
    ids = [uuid4(), uuid4(), uuid4()]
    kinds = ("pipe", "valve", "valve")
    axis = shapely.to_wkb(LineString([(0, 0, 2), (10, 0, 2)]), output_dimension=3)
    joins = [
        Join(entry_id=min(ids[0], v), other_id=max(ids[0], v), flow=0, point=(x, 0.0, 2.0),
             confidence=1.0, method="port")
        for v, x in ((ids[1], 0.0), (ids[2], 10.0))
    ]  # fmt: skip
    codes = compound.record(
        new=tuple(
            NewEntry(id=i, kind=k, site_id=compound.site, building_id=compound.building,
                     code_part="JS")
            for i, k in zip(ids, kinds, strict=True)
        ),
        states=tuple(compound.room_state(i, system="JS", use=None) for i in ids),
        shapes=(Shape(entry_id=ids[0], axis=axis, outer_diameter_m=0.1,
                      extent=((0, -0.05, 1.95), (10, 0.05, 2.05))),),
        network=NetworkChanges(joins=tuple(joins), rejoined=(ids[0],)),
    ).codes  # fmt: skip
    first, second = decide(
        compound, lineage.split, codes[ids[0]], [Part(), Part()], sizes=[4.0, None]
    ).now
    with reading(compound.conn, OPERATOR):
        found = {
            frozenset(row)
            for row in compound.conn.execute(
                "SELECT a.code, b.code FROM fangma.pipe_join AS j"
                "  JOIN fangma.entry AS a ON a.id = j.entry_id"
                "  JOIN fangma.entry AS b ON b.id = j.other_id"
                " WHERE upper_inf(j.recorded) AND upper_inf(j.valid)"
            )
        }
    assert found == {
        frozenset((first, second)), frozenset((first, codes[ids[1]])),
        frozenset((second, codes[ids[2]])),
    }  # fmt: skip


def test_heirs_of_a_secret_room_are_secret(compound: Compound) -> None:
    room = compound.new_room("509", secret=True)
    code = compound.add_rooms(room)[room.id]
    done = decide(compound, lineage.split, code, [Part(number="1"), Part(number="2")])
    with reading(compound.conn, OPERATOR):
        rows = compound.conn.execute(
            "SELECT c.secret FROM fangma.entry AS e JOIN fangma.scope AS c ON c.id = e.scope_id"
            " WHERE e.code = ANY (%s)",
            [list(done.now)],
        ).fetchall()
    assert rows == [(True,), (True,)]
