"""Decisions about lineage and reviews over HTTP: by planners, seen by whoever sees the rooms."""

import pytest
from tests.asset_registry.store.compound import found, source_of

from fangma.asset_registry.changes import Question
from fangma.asset_registry.store.connection import connect

pytestmark = pytest.mark.db


@pytest.fixture
def asked(dsn) -> dict[str, str]:
    """Two rooms of which an import asks whether they are one, and a third beside them."""
    with connect(dsn) as conn:
        compound = found(conn)
        old, new, other = (compound.new_room(n) for n in ("101", "102", "103"))
        codes = compound.add_rooms(old, other)
        model = compound.revision_of("a.ifc")
        compound.record(model=model, sources=(source_of(old.id, "O"),))
        codes |= compound.add_rooms(new)
        compound.record(
            model=compound.revision_of("b.ifc", model.model_id), sources=(source_of(new.id, "N"),),
            questions=(Question(old=(old.id,), new=(new.id,), why="alike"),),
        )  # fmt: skip
        return {"old": codes[old.id], "new": codes[new.id], "other": codes[other.id]}


def test_a_planner_decides_what_an_import_could_not_tell(client, sign_in, asked):
    planner = sign_in("wang", "planner")
    (item,) = client.get("/api/reviews", headers=planner).json()["items"]
    detail = client.get(f"/api/reviews/{item['id']}", headers=planner).json()
    assert [t["code"] for t in detail["old_things"]] == [asked["old"]]
    assert detail["new_things"][0]["outline"]["type"] == "Polygon"
    assert detail["allowed"] == ["same", "different"]
    assert isinstance(detail["old_things"][0]["findings"], int)
    path = f"/api/reviews/{item['id']}/decision"
    wrong = client.post(path, headers=planner, json={"decision": "split"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "registry:refused")
    reader = sign_in("li", "maintainer")
    seen = client.get(f"/api/reviews/{item['id']}", headers=reader).json()["old_things"][0]
    assert (seen["findings"], seen["ledger"]) == (None, 0), "who reads no audits is told of none"
    assert client.post(path, headers=reader, json={"decision": "same"}).status_code == 403
    body = {"decision": "same", "reason": "同一房间"}
    done = client.post(path, headers=planner, json=body)
    assert (done.status_code, done.json()["decided_by"]) == (200, "wang")
    assert client.get("/api/reviews", headers=planner).json()["items"] == []
    family = client.get(f"/api/items/{asked['new']}/lineage", headers=planner).json()
    assert [m["code"] for m in family["members"]] == [asked["new"], asked["old"]]


def test_a_split_over_http_is_drawn_and_shown_by_the_old_code(client, sign_in, asked):
    planner = sign_in("wang", "planner")
    body = {"code": asked["other"], "parts": [{"number": "103A", "size": 12}, {"number": "103B"}],
            "reason": "隔断", "document": "纪要 1 号"}  # fmt: skip
    done = client.post("/api/lineage/split", headers=planner, json=body)
    assert done.status_code == 200, done.text
    assert done.json()["retired"] == [asked["other"]]
    item = client.get(f"/api/items/{asked['other']}", headers=planner).json()
    assert set(item["successors"]) == set(done.json()["now"])
    drawing = client.get(f"/api/items/{asked['other']}/lineage.svg", headers=planner)
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert all(code in drawing.text for code in done.json()["now"])
    again = client.post("/api/lineage/split", headers=planner, json=body)
    assert again.status_code == 409


def test_a_split_that_misses_the_room_by_far_is_confirmed_with_a_reason(client, sign_in, asked):
    planner = sign_in("wang", "planner")
    parts = [{"number": "1", "size": 100}, {"number": "2", "size": 50}]
    body = {"code": asked["other"], "parts": parts}
    for more in ({}, {"accept_area": True}):
        refused = client.post("/api/lineage/split", headers=planner, json=body | more)
        assert (refused.status_code, refused.json()["code"]) == (409, "registry:refused")
    stands = body | {"accept_area": True, "reason": "原图面积有误"}
    done = client.post("/api/lineage/split", headers=planner, json=stands)
    assert {f["rule"] for f in done.json()["findings"]} == {"lineage-area"}


def test_a_planner_takes_a_decision_back_after_seeing_what_comes_back(client, sign_in, asked):
    planner, reader = sign_in("wang", "planner"), sign_in("li", "maintainer")
    body = {"code": asked["other"], "parts": [{"number": "103A", "size": 12}, {"number": "103B"}]}
    split = client.post("/api/lineage/split", headers=planner, json=body).json()
    history = client.get(f"/api/items/{asked['other']}", headers=planner).json()["history"]
    (told,) = {
        (e["revision"], e["undone"]) for e in history if e["decision"] == "split"
    }  # fmt: skip
    assert told == (split["revision"], False)
    undo = {"revision": split["revision"], "reason": "弄错了"}
    assert client.post("/api/lineage/undo", headers=reader, json=undo).status_code == 403
    mute = client.post("/api/lineage/undo", headers=planner, json={"revision": split["revision"]})
    assert (mute.status_code, mute.json()["code"]) == (422, "http:parameter.invalid")
    trial = client.post("/api/lineage/undo", headers=planner, json=undo | {"dry_run": True}).json()
    assert (trial["again"], set(trial["ended"])) == ([asked["other"]], set(split["now"]))
    item = client.get(f"/api/items/{asked['other']}", headers=planner).json()
    assert item["status"] == "retired"
    done = client.post("/api/lineage/undo", headers=planner, json=undo)
    assert (done.status_code, done.json()["dry_run"]) == (200, False)
    item = client.get(f"/api/items/{asked['other']}", headers=planner).json()
    assert (item["status"], item["successors"]) == ("current", [])
    assert {e["undone"] for e in item["history"] if e["decision"] == "split"} == {True}
    part = client.get(f"/api/items/{split['now'][0]}", headers=planner).json()
    assert part["successors"] == [asked["other"]]
    again = client.post("/api/lineage/undo", headers=planner, json=undo)
    assert (again.status_code, again.json()["code"]) == (409, "registry:refused")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("split", {"parts": [{"size": 1}]}),
        ("split", {"parts": [{"size": -1}, {}]}),
        ("split", {"parts": [{}, {}], "cut": [0, 0, 1]}),
        ("renumber", {"number": "1\n2"}),
        ("renumber", {"number": ""}),
        ("use", {"use": "x" * 201}),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(client, sign_in, asked, path, body):
    planner = sign_in("wang", "planner")
    answer = client.post(
        f"/api/lineage/{path}", headers=planner, json={"code": asked["other"], **body}
    )
    assert answer.status_code == 422
    assert answer.json()["remedy"]
