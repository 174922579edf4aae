"""Questions about pipes over HTTP: answers as on the command line, and only of what one may see."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import shapely

from fangma.asset_registry.changes import ChangeSet, ModelRevision, NewEntry, Shape, Source, State
from fangma.asset_registry.networks import Accuracy, Join, NetworkChanges
from fangma.asset_registry.store import sites
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording

pytestmark = pytest.mark.db
EAST, NORTH = 563_900.0, 3_099_500.0
SIGMA_M = 0.1


@dataclass(frozen=True, kw_only=True)
class Line:
    """Codes of a surveyed main: pipe, valve, pipe, hydrant, along x, ten metres each."""

    site: str
    codes: list[str]


@pytest.fixture
def line(dsn) -> Line:
    return lay_line(dsn, ("pipe", "valve", "pipe", "terminal"))


def lay_line(dsn, kinds: tuple[str, ...]) -> Line:
    """Write parts along x, ten metres each, each joined to the next."""
    ids = [uuid4() for _ in kinds]
    with connect(dsn) as conn:
        with recording(conn, OPERATOR):
            site = sites.add_site(
                conn, name="院", actor="test", division="330302", epsg=4549,
                origin=(EAST, NORTH, 0.0),
            )  # fmt: skip
        joins = []
        for i in range(len(ids) - 1):
            a, b = ids[i], ids[i + 1]
            joins.append(
                Join(
                    entry_id=min(a, b), other_id=max(a, b), flow=1 if a < b else -1,
                    point=(EAST + 10 * (i + 1), NORTH, 3.0), confidence=1.0, method="survey",
                )
            )  # fmt: skip
        shapes = []
        for i, (kind, id_) in enumerate(zip(kinds, ids, strict=True)):
            x0, x1 = EAST + 10 * i, EAST + 10 * (i + 1)
            axis = None
            if kind == "pipe":
                axis = shapely.to_wkb(
                    shapely.LineString([(x0, NORTH, 3.0), (x1, NORTH, 3.0)]), output_dimension=3
                )
            low = x0 if kind == "pipe" else x0 + 4.9
            high = x1 if kind == "pipe" else x0 + 5.1
            shapes.append(
                Shape(
                    entry_id=id_, axis=axis, outer_diameter_m=0.1,
                    extent=((low, NORTH - 0.05, 2.95), (high, NORTH + 0.05, 3.05)),
                )
            )  # fmt: skip
        model_id = uuid4()
        changes = ChangeSet(
            site_id=site.id,
            valid_from=None,
            new=tuple(
                NewEntry(id=id_, kind=kind, site_id=site.id, code_part="JS")
                for kind, id_ in zip(kinds, ids, strict=True)
            ),
            states=tuple(State(entry_id=id_, system="JS") for id_ in ids),
            shapes=tuple(shapes),
            sources=tuple(
                Source(entry_id=id_, guid=str(i), step_key=None, fingerprint=str(i))
                for i, id_ in enumerate(ids)
            ),
            model=ModelRevision(
                id=uuid4(), model_id=model_id, new_model=True, site_id=site.id, building_ids=(),
                kind="survey", discipline="survey", project_guid=None, building_guids=(),
                name="线.csv", file="线.csv", sha256="0", size=1, schema=None, application=None,
                written_at=None, report={},
            ),
            network=NetworkChanges(
                joins=tuple(joins),
                accuracies=tuple(
                    Accuracy(
                        entry_id=id_, plan_m=SIGMA_M, depth_m=SIGMA_M, basis="隐蔽点",
                        surveyed_on=datetime.now(UTC).date() - timedelta(days=30),
                    )
                    for id_ in ids
                ),
            ),
        )  # fmt: skip
        with recording(conn, OPERATOR):
            given = apply(conn, changes, actor="test", action="import").codes
    return Line(site=site.code, codes=[given[id_] for id_ in ids])


@pytest.fixture
def maintainer(sign_in) -> dict[str, str]:
    return sign_in("mei", "maintainer")


def place(x: float, y: float, z: float) -> str:
    return f"{EAST + x},{NORTH + y},{z}"


def ask(client, path: str, headers: dict[str, str], **params: object) -> dict:
    answer = client.get(f"/api/pipes/{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_nearest_pipe_is_told_by_the_distance_to_its_surface(client, line, maintainer) -> None:
    (item,) = ask(client, "near", maintainer, point=place(5, 1, 3), count=1)["items"]
    assert item["code"] == line.codes[0]
    assert item["distance_m"] == pytest.approx(0.95, abs=1e-6)
    assert item["uncertainty_m"] == SIGMA_M


@pytest.mark.parametrize(
    ("y", "verdict"), [(0.0, "red"), (0.25, "amber"), (1.0, "green"), (40.0, "unknown")]
)
def test_a_hole_is_judged_by_what_the_survey_knows(client, line, maintainer, y, verdict) -> None:
    found = ask(
        client, "drill", maintainer,
        **{"from": place(5, y, 4), "to": place(5, y, 2), "diameter": 0.02},
    )  # fmt: skip
    assert found["verdict"] == verdict
    assert found["data_age_days"] == (None if verdict == "unknown" else 30)
    if verdict == "red":
        assert found["instead"] is not None
        again = {"from": found["instead"]["from"], "to": found["instead"]["to"], "diameter": 0.02}
        for key in ("from", "to"):
            again[key] = ",".join(map(str, again[key]))
        assert ask(client, "drill", maintainer, **again)["verdict"] == "green"


def test_a_valve_that_is_stuck_is_skipped_from_then_on(client, line, maintainer) -> None:
    pipe, valve, behind, hydrant = line.codes
    found = ask(client, "isolation", maintainer, code=behind)
    assert (found["valves"], found["isolated"], found["possible"]) == (
        [valve], sorted([behind, hydrant]), True,
    )  # fmt: skip
    answer = client.put(
        f"/api/pipes/{valve}/position", json={"position": "stuck"}, headers=maintainer
    )
    assert answer.status_code == 200, answer.text
    found = ask(client, "isolation", maintainer, code=behind)
    assert (found["valves"], found["possible"]) == ([], False)
    assert [each["valve"] for each in found["skipped"]] == [valve]
    before = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert ask(client, "isolation", maintainer, code=behind, at=before)["valves"] == [valve]
    assert pipe not in found["isolated"] or not found["possible"]


def test_a_trace_runs_with_the_flow(client, line, maintainer) -> None:
    pipe, valve, behind, hydrant = line.codes
    up = ask(client, f"{behind}/trace", maintainer, direction="up")
    assert (up["codes"], up["sources"]) == (sorted([pipe, valve]), [pipe])
    down = ask(client, f"{valve}/trace", maintainer, direction="down")
    assert (down["codes"], down["terminals"]) == (sorted([behind, hydrant]), [hydrant])


def test_who_has_no_grant_is_told_of_no_pipe(client, line, sign_in) -> None:
    stranger = sign_in("lin", "maintainer", every_site=False)
    assert ask(client, "near", stranger, point=place(5, 1, 3))["items"] == []
    answer = client.get("/api/pipes/isolation", params={"code": line.codes[0]}, headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "registry:entry.notfound")
    answer = client.put(
        f"/api/pipes/{line.codes[1]}/position", json={"position": "open"}, headers=stranger
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("point", ["1,2", "a,b,c", "nan,0,0", "1,2,inf", ""])
def test_a_place_that_is_none_is_refused_in_words(client, line, maintainer, point) -> None:
    answer = client.get("/api/pipes/near", params={"point": point}, headers=maintainer)
    assert answer.status_code == 422
    assert answer.json()["remedy"]


def test_a_pit_is_judged_and_told_what_to_shut_first(client, line, maintainer) -> None:
    def dig(y: float, **more: object) -> dict:
        x0, x1 = EAST + 24.0, EAST + 26.0
        ring = [[x0, NORTH + y], [x1, NORTH + y], [x1, NORTH + y + 1], [x0, NORTH + y + 1],
                [x0, NORTH + y]]  # fmt: skip
        body = {"polygon": {"type": "Polygon", "coordinates": [ring]}, "depth": 2.0, **more}
        answer = client.post("/api/pipes/dig", json=body, headers=maintainer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    over = dig(-0.5, ground=4.5)
    assert over["verdict"] == "red"
    assert over["shut"][0]["valves"] == [line.codes[1]]
    assert set(over["shut"][0]["codes"]) == {line.codes[2]}
    beside = dig(2.0, ground=4.5)
    assert (beside["verdict"], beside["shut"], beside["data_age_days"]) == ("green", [], 30)
    assert dig(2.0)["verdict"] != "green"  # nobody knows where the ground is
    assert dig(80.0, ground=4.5)["verdict"] == "unknown"
    instead = shapely.from_wkt(over["instead"]["outline"])
    again = client.post(
        "/api/pipes/dig",
        json={"polygon": instead.wkt, "depth": 2.0, "ground": 4.5},
        headers=maintainer,
    )
    assert again.json()["verdict"] == "green"


@pytest.mark.parametrize(
    ("polygon", "depth"),
    [("POINT(1 2)", 1.0), ("nonsense", 1.0), ({"type": "FeatureCollection", "features": []}, 1.0),
     ("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))", 1.0),
     ("POLYGON((120.1 30, 120.2 30, 120.2 30.05, 120.1 30))", 1.0),
     ("POLYGON((0 0, 1e7 0, 1e7 1e7, 0 0))", 1.0), ("POLYGON EMPTY", 1.0),
     ("POLYGON((0 0, 1 0, 1 1, 0 0))", 0.0)],
)  # fmt: skip
def test_an_outline_that_is_none_is_refused(client, line, maintainer, polygon, depth) -> None:
    answer = client.post(
        "/api/pipes/dig", json={"polygon": polygon, "depth": depth}, headers=maintainer
    )
    assert 400 <= answer.status_code < 500
    assert answer.json()["remedy"]


def test_what_is_not_known_to_be_hidden_is_unknown(client, line, maintainer) -> None:
    found = ask(client, f"{line.codes[0]}/concealment", maintainer)
    assert (found["code"], found["hidden_by"]) == (line.codes[0], "unknown")
    assert sum(run["length_m"] for run in found["runs"]) == pytest.approx(10.0, abs=0.01)
    item = ask(client, "near", maintainer, point=place(5, 1, 3), concealment="true")["items"][0]
    assert (item["hidden_by"], item["reached_from"]) == ("unknown", [])


def test_near_a_labelled_thing_and_never_near_two_places(client, line, maintainer) -> None:
    found = ask(client, "near", maintainer, code=line.codes[3], count=2)["items"]
    assert found[0]["code"] == line.codes[3]
    assert found[0]["distance_m"] == 0.0
    for params in ({}, {"code": line.codes[0], "point": place(0, 0, 0)}, {"element": "none"}):
        answer = client.get("/api/pipes/near", params=params, headers=maintainer)
        assert 400 <= answer.status_code < 500
        assert answer.json()["remedy"]


def test_a_metered_main_that_loses_water_is_told_with_its_segment(client, line, maintainer) -> None:
    first, valve, behind, _ = line.codes

    def leak(**reading: object) -> dict:
        answer = client.post(
            "/api/pipes/leak",
            json={"readings": [{"code": first, "kind": "flow", "unit": "m3/h", **reading}]},
            headers=maintainer,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = leak(value=5.0, usual=1.0)
    (zone,) = [zone for zone in found["zones"] if zone["verdict"] == "loses"]
    assert (zone["inflow"], zone["loss_m3h"]) == ([first], 4.0)
    assert found["suspects"][0]["code"] == behind
    assert found["segments"][0]["valves"] == [valve]
    assert {z["verdict"] for z in leak(value=1.01, usual=1.0)["zones"]} == {"tight"}
    nothing = client.post("/api/pipes/leak", json={}, headers=maintainer).json()
    assert (nothing["zones"], nothing["suspects"]) == ([], [])
    bad = client.post(
        "/api/pipes/leak", json={"readings": [{"kind": "flow", "value": 1}]}, headers=maintainer
    )
    assert 400 <= bad.status_code < 500
    assert "row 1" in bad.json()["message"]


def test_the_way_to_another_part_and_the_order_of_reopening(client, line, maintainer) -> None:
    first, valve, behind, hydrant = line.codes
    found = ask(client, f"{first}/trace", maintainer, direction="down", to=hydrant)
    assert found["path"] == [first, valve, behind, hydrant]
    assert found["looped"] == found["cut_off"] == []
    closing = ask(client, "isolation", maintainer, code=behind)
    assert closing["reopening"] == [valve]
    assert closing["people"] == 0


def test_places_of_pipes_are_listed_by_pages_with_what_they_rest_on(
    client, line, maintainer
) -> None:
    first = ask(client, "places", maintainer, site=line.site, limit=1)
    second = ask(client, "places", maintainer, site=line.site, limit=1, next=first["next"])
    assert second["next"] is None
    pieces = first["items"] + second["items"]
    assert {piece["code"] for piece in pieces} == {line.codes[0], line.codes[2]}
    assert {(piece["plan_m"], piece["depth_m"]) for piece in pieces} == {(SIGMA_M, SIGMA_M)}
    assert {piece["source"] for piece in pieces} == {"surveyed"}


def test_places_are_listed_by_a_box_about_what_is_looked_at(client, line, maintainer) -> None:
    pieces = ask(client, "places", maintainer, site=line.site)["items"]
    (x, y, _) = pieces[0]["axis"][0]
    radius = pieces[0]["diameter_m"] / 2
    # It reaches into a box beside its axis by its radius, and the other one does not.
    beside = f"{x - 1},{y + 0.9 * radius},{x + 1},{y + 1}"
    found = ask(client, "places", maintainer, site=line.site, bbox=beside)
    assert [piece["code"] for piece in found["items"]] == [pieces[0]["code"]]
    far = f"{x - 1},{y + 1.1 * radius},{x + 1},{y + 1}"
    assert ask(client, "places", maintainer, site=line.site, bbox=far)["items"] == []
    whole = f"{x - 99},{y - 99},{x + 99},{y + 99}"
    first = ask(client, "places", maintainer, site=line.site, bbox=whole, limit=1)
    second = ask(client, "places", maintainer, bbox=whole, limit=1, next=first["next"])
    assert first["items"] + second["items"] == pieces
    assert second["next"] is None
    for wrong in ("1,2,3", "3,0,1,1", "a,b,c,d", "nan,0,1,1"):
        answer = client.get("/api/pipes/places", params={"bbox": wrong}, headers=maintainer)
        assert (answer.status_code, "expected four numbers" in answer.json()["message"]) == (
            422,
            True,
        )


def test_a_run_leads_on_through_valves_with_axes_end_to_end(client, line, maintainer) -> None:
    for code in (line.codes[0], line.codes[1], line.codes[2]):
        found = ask(client, f"{code}/run", maintainer)
        assert set(found["codes"]) == set(line.codes[:3])  # a terminal ends it
        assert found["length_m"] == pytest.approx(20.0)
        one, other = (piece["axis"] for piece in found["pieces"])
        # The valve between them has no axis of its own: ten metres.
        assert abs(other[0][0] - one[-1][0]) == pytest.approx(10.0)


def test_who_has_no_grant_is_told_of_no_place_and_no_run(client, line, sign_in) -> None:
    stranger = sign_in("bo", "maintainer", every_site=False)
    assert client.get("/api/pipes/places", headers=stranger).json()["items"] == []
    assert client.get(f"/api/pipes/{line.codes[0]}/run", headers=stranger).status_code == 404


def test_a_wet_sensor_is_a_reason_told_as_a_key_with_values_and_in_words(
    client, line, maintainer
) -> None:
    readings = [{"code": line.codes[3], "kind": "flood", "value": 1}]
    answer = client.post("/api/pipes/leak", json={"readings": readings}, headers=maintainer)
    assert answer.status_code == 200, answer.text
    first = answer.json()["suspects"][0]
    (reason,) = first["because"]
    assert (reason["why"], reason["of"]) == ("wet", line.codes[3])
    assert reason["distance_m"] == pytest.approx(4.85, abs=0.01)
    assert first["reasons"][0].startswith(f"{line.codes[3]} lies wet 4.")
    assert {zone["reason"] for zone in answer.json()["zones"]} == {"unbounded"}
