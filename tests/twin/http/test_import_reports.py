"""Health and differences of one import over HTTP, without what the reader may not see."""

from dataclasses import replace

import pytest
from tests.asset_registry.store.compound import found, source_of

from fangma.asset_registry.store.connection import connect

pytestmark = pytest.mark.db


def told(guid: str | None, name: str) -> dict:
    return {"outcome": "changed", "code": None, "element": guid, "kind": "room",
            "class": "IfcSpace", "name": name, "number": "1", "became": [],
            "impact": {"people": 2, "findings": 3},
            "changes": [{"what": "area", "before": 20.0, "after": 24.0, "by": 4.0}]}  # fmt: skip


@pytest.fixture
def revision(dsn) -> int:
    """An import that changed an open room and a secret one."""
    with connect(dsn) as conn:
        compound = found(conn)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        compound.add_rooms(open_)
        secret_code = compound.add_rooms(secret, name="机要室", number="102")[secret.id]
        check = {"rule": "rooms-overlap", "severity": "warning", "count": 1, "zh": "重叠",
                 "en": "Overlap", "remedy_zh": "修正", "remedy_en": "Mend",
                 "elements": [
                     {"element": "OPEN", "kind": "room", "beside": "OPEN", "told": "101"},
                     {"element": "SECRET", "kind": "room", "told": "102 机要室"},
                     {"element": "OPEN", "kind": "room", "told": "101 / 9: of an old report"},
                     {"element": "OPEN", "kind": "room", "beside": "SECRET",
                      "told": "101 / 102 机要室: 0.5 m²"},
                     {"element": None, "kind": "room", "told": "103 机要室"},
                 ]}  # fmt: skip
        storeys = check | {"rule": "storey-height", "elements": [
            {"element": None, "kind": None, "told": "1F +0.00 m, 2F +1.00 m"},
            {"element": None, "kind": None, "told": "beside 机要室"}]}  # fmt: skip
        numbers = ["102, 7", "1024 rooms", "no number", f"the merge of {secret_code}"]
        findings = [
            {"severity": "info", "rule": "no-name", "element": element, "message": message,
             "remedy": "Mend."}
            for message, element in zip(numbers, [None, None, None, "OPEN"], strict=True)
        ]  # fmt: skip
        parted = told("OPEN", "办公室") | {"became": ["OPEN", "SECRET"]}
        report = {"schema": "IFC4", "changed": 2, "findings": findings,
                  "uncertain": [{"code": secret_code, "element": "SECRET", "confidence": 0.9}],
                  "health": {"counts": {"rooms": 2}, "checks": [check, storeys]},
                  "differences": [parted, told("SECRET", "机要室"),
                                  told(None, "办公室") | {"code": secret_code}]}  # fmt: skip
        model = replace(compound.revision_of("a.ifc"), report=report)
        return compound.record(
            model=model, sources=(source_of(open_.id, "OPEN"), source_of(secret.id, "SECRET"))
        ).revision_id


def test_the_differences_of_an_import_are_told_to_whoever_may_see_the_rooms(
    client, sign_in, revision
):
    path = f"/api/imports/{revision}/differences"
    plain = client.get(path, headers=sign_in("li", "planner")).json()
    assert [(i["element"], i["changes"][0]["by"], i["became"]) for i in plain["items"]] == [
        ("OPEN", 4.0, ["OPEN"])
    ]
    assert plain["counts"]["changed"] == 2
    entitled = client.get(path, headers=sign_in("wu", "planner", sees_secret=True)).json()
    assert [i["element"] for i in entitled["items"]] == ["OPEN", "SECRET", None]
    assert entitled["items"][0]["became"] == ["OPEN", "SECRET"]


def test_few_people_are_not_counted_and_audit_findings_are_for_those_who_read_audits(
    client, sign_in, revision
):
    path = f"/api/imports/{revision}/differences"
    (item,) = client.get(path, headers=sign_in("li", "planner")).json()["items"]
    assert item["impact"] == {"people": None, "findings": 3}
    (item,) = client.get(path, headers=sign_in("ma", "maintainer")).json()["items"]
    assert item["impact"] == {"people": None}


def test_the_health_of_an_import_is_data_or_a_page_that_runs_nothing(client, sign_in, revision):
    reader = sign_in("li", "maintainer")
    path = f"/api/imports/{revision}/health"
    document = client.get(path, headers=reader).json()
    assert (document["schema"], document["health"]["checks"][0]["rule"]) == (
        "IFC4", "rooms-overlap",
    )  # fmt: skip
    page = client.get(path, params={"format": "html"}, headers=reader)
    assert page.headers["content-type"].startswith("text/html")
    assert "script" not in page.headers["content-security-policy"].replace("script-src 'none'", "")
    assert "重叠" in page.text
    listed = client.get("/api/imports", headers=reader).json()["items"]
    assert all("health" not in item["report"] for item in listed)


def test_the_health_of_an_import_names_no_room_that_became_secret_since(client, sign_in, revision):
    path = f"/api/imports/{revision}/health"
    reader = sign_in("li", "planner")
    document = client.get(path, headers=reader).json()
    check, storeys = document["health"]["checks"]
    assert [e["told"] for e in check["elements"]] == ["101"]
    assert [e["told"] for e in storeys["elements"]] == ["1F +0.00 m, 2F +1.00 m"]
    assert [f["message"] for f in document["findings"]] == ["1024 rooms", "no number"]
    listed = client.get("/api/imports", headers=reader).json()["items"]
    report = next(item["report"] for item in listed if item["revision"] == revision)
    assert [f["message"] for f in report["findings"]] == ["1024 rooms", "no number"]
    assert report["uncertain"] == []
    assert "机要室" not in client.get(path, params={"format": "html"}, headers=reader).text
    entitled = sign_in("wu", "planner", sees_secret=True)
    document = client.get(path, headers=entitled).json()
    assert [len(c["elements"]) for c in document["health"]["checks"]] == [5, 2]
    assert len(document["findings"]) == 4


def test_an_import_that_is_not_there_is_told_as_that(client, sign_in, revision):
    reader = sign_in("li", "planner")
    assert client.get(f"/api/imports/{revision + 99}/health", headers=reader).status_code == 404
    assert client.get("/api/imports/0/differences", headers=reader).status_code == 422
