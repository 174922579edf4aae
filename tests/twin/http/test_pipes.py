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
    kinds = ("pipe", "valve", "pipe", "terminal")
    ids = [uuid4() for _ in kinds]
    with connect(dsn) as conn:
        with recording(conn, OPERATOR):
            site = sites.add_site(
                conn, name="院", actor="test", division="330302", epsg=4549,
                origin=(EAST, NORTH, 0.0),
            )  # fmt: skip
        joins = []
        for i in range(3):
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
