"""Administration over HTTP: who may, what is refused, and that the log keeps every change."""

import pytest

from fangma.asset_registry.standards.choosing import shipped_text
from fangma.sensors_bridge.bridge import _rules

CITY = """\
pack: wz-2026
title: 温州办公用房管理办法
document: 温政〔2026〕3号
level: city
division: "3303"
in_force: {from: 2026-07-01}
ceilings:
  basis: {clause: 第三条, flag: VERIFIED}
  市级:
    - {rank: 副局(处)级, m2: 16, leads: true}
"""
OLD = (shipped_text("cn-1999") or "").replace("to: 2014-11-23", "to: 2030-01-01")
REASON = "市机关事务局来文"
BASE_60 = "a: 1" + ":1" * 200 + ".0"  # YAML reads it to the base of 60


@pytest.fixture
def boss(sign_in):
    return sign_in("boss", "administrator")


def logged(admin, action):
    return admin.execute(
        "SELECT actor, subject, detail FROM fangma.audit_log WHERE action = %s ORDER BY id",
        [action],
    ).fetchall()


def test_nobody_but_the_administrator_gets_in(client, sign_in, admin):
    others = sign_in("wang", "planner", "maintainer", "auditor", "leader")
    officer = sign_in("an", "security")
    asked = [
        ("GET", "/api/settings", None),
        ("GET", "/api/services", None),
        ("GET", "/api/rejected", None),
        ("GET", "/api/bridge/files", None),
        ("PUT", "/api/bridge/files/alarms", {"text": None, "was": "0" * 64, "reason": REASON}),
        ("POST", "/api/rule-packs/check", {"text": CITY}),
        ("POST", "/api/rule-packs", {"text": CITY, "reason": REASON}),
        ("POST", "/api/rule-packs/wz-2026/withdrawal", {"reason": REASON}),
    ]
    for method, path, body in asked:
        for who in (others, officer):
            answer = client.request(method, path, json=body, headers=who)
            assert (answer.status_code, answer.json()["code"]) == (403, "access:forbidden"), path
    assert logged(admin, "rule-pack-add") == []


def test_settings_say_where_they_come_from_and_keep_secrets(client, boss, dsn):
    found = {
        each["name"]: each for each in client.get("/api/settings", headers=boss).json()["items"]
    }
    assert found["FANGMA_HOME"]["origin"] == "environment"
    assert found["FANGMA_PORT"] == found["FANGMA_PORT"] | {"value": "8450", "origin": "default"}
    assert found["FANGMA_AUDIT_PUSH_SECRET"]["secret"] is True
    assert found["FANGMA_AUDIT_PUSH_SECRET"]["value"] is None


def test_services_say_that_the_database_runs_and_the_broker_does_not(client, boss):
    told = client.get("/api/services", headers=boss).json()
    states = {each["name"]: each["state"] for each in told["services"]}
    assert states["database"] == "running"
    assert states["mqtt"] == "stopped"
    assert told["bridge"]["running"] is False
    assert told["freeBytes"] > 0
    assert {"disk", "fonts"} <= {each["name"] for each in told["checks"]}


def test_a_rule_pack_is_looked_at_laid_over_and_taken_away_again(client, boss, admin):
    looked = client.post("/api/rule-packs/check", json={"text": CITY}, headers=boss).json()
    assert looked["changes"] == [{"what": "市级 副局(处)级", "before": "18 m²", "after": "16 m²"}]
    assert "wz-2026" not in client.get("/api/rule-packs", headers=boss).text
    wish = {"text": CITY, "reason": REASON}
    assert client.post("/api/rule-packs", json=wish, headers=boss).status_code == 201
    again = client.post("/api/rule-packs", json=wish, headers=boss)
    assert (again.status_code, again.json()["code"]) == (422, "standards:pack.refused")
    listed = client.get("/api/rule-packs", headers=boss).json()
    origins = {each["name"]: each["origin"] for each in listed["items"]}
    assert origins["wz-2026"] == "own"
    assert origins["cn-2014"] == "shipped"
    assert client.get("/api/rule-packs/wz-2026", headers=boss).json()["text"] == CITY
    away = "/api/rule-packs/wz-2026/withdrawal"
    assert client.post(away, json={"reason": REASON}, headers=boss).status_code == 204
    assert client.post(away, json={"reason": REASON}, headers=boss).status_code == 422
    listed = client.get("/api/rule-packs", headers=boss).json()
    assert "wz-2026" not in {each["name"] for each in listed["items"]}
    assert [each["withdrawn"] for each in listed["versions"]] == [True, False]
    kept = client.get("/api/rule-packs/wz-2026", params={"version": 1}, headers=boss).json()
    assert kept["text"] == CITY
    ((actor, subject, detail),) = logged(admin, "rule-pack-add")
    assert (actor, subject, detail["reason"]) == ("boss", "wz-2026", REASON)
    assert len(logged(admin, "rule-pack-withdraw")) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [", "http:yaml.invalid"),
        ("a: &x [1]\nb: *x\n", "http:yaml.invalid"),
        ("[" * 60 + "]" * 60, "http:yaml.invalid"),
        (CITY.replace("2026-07-01", "2026-07-41"), "standards:pack.refused"),
        (CITY.replace("pack: wz-2026", "pack: ../../x"), "standards:pack.refused"),
        (CITY.replace("m2: 16", "m2: " + "9" * 5000), "standards:pack.refused"),
        (CITY.replace("m2: 16", "m2: " + BASE_60[3:]), "standards:pack.refused"),
        (CITY.replace("level: city", "level: national"), "standards:pack.refused"),
        (OLD, "standards:pack.refused"),
    ],
)  # fmt: skip
def test_a_pack_with_which_no_audit_could_be_held_is_refused(client, boss, admin, text, code):
    answer = client.post("/api/rule-packs", json={"text": text, "reason": REASON}, headers=boss)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert admin.execute("SELECT count(*) FROM fangma.rule_pack").fetchone() == (0,)


@pytest.mark.parametrize("name", ["topics", "alarms", "cameras", "indicators"])
@pytest.mark.parametrize("text", ["a: 2026-13-45", "a: 1" + "0" * 5000, "{[]: 1}", BASE_60])
def test_a_file_whose_values_cannot_be_built_is_refused(client, boss, name, text):
    body = {"text": text, "was": "0" * 64, "reason": REASON}
    answer = client.put(f"/api/bridge/files/{name}", json=body, headers=boss)
    assert answer.status_code == 422, answer.text
    assert answer.json()["remedy"]


def test_alarm_rules_are_changed_once_they_can_be_read(client, boss, admin, home):
    files = {
        each["name"]: each for each in client.get("/api/bridge/files", headers=boss).json()["items"]
    }
    rules = files["alarms"]
    assert rules["own"] is False
    assert "archive-too-damp" in rules["text"]
    path = "/api/bridge/files/alarms"
    wrong = {"text": "- {name: x, property: y, severity: high}", "was": rules["sha256"]}
    answer = client.put(path, json=wrong | {"reason": REASON}, headers=boss)
    assert (answer.status_code, answer.json()["code"]) == (422, "bridge:file.refused")
    right = {"text": "- {name: gas, property: gas, severity: critical, above: 5}\n"}
    stale = client.put(path, json=right | {"was": "0" * 64, "reason": REASON}, headers=boss)
    assert (stale.status_code, stale.json()["code"]) == (409, "bridge:file.stale")
    assert not (home / "bridge" / "alarms.yaml").exists()
    done = client.put(path, json=right | {"was": rules["sha256"], "reason": REASON}, headers=boss)
    assert done.json()["own"] is True
    assert [rule.above for rule in _rules(home / "bridge")] == [5.0]
    back = {"text": None, "was": done.json()["sha256"], "reason": REASON}
    assert client.put(path, json=back, headers=boss).json()["sha256"] == rules["sha256"]
    kept = logged(admin, "bridge-file-change")
    assert [(who, what, detail["own"]) for who, what, detail in kept] == [
        ("boss", "alarms.yaml", True),
        ("boss", "alarms.yaml", False),
    ]


def test_the_index_board_is_edited_once_it_can_be_reckoned(client, boss, sign_in, admin, home):
    path = "/api/bridge/files/indicators"
    files = client.get("/api/bridge/files", headers=boss).json()["items"]
    (board,) = (each for each in files if each["name"] == "indicators")
    assert (board["own"], board["changeable"]) == (False, True)
    asked = {"was": board["sha256"], "reason": REASON}
    wrong = board["text"].replace("formula: ", "formula: 7 * nobody + ", 1)
    answer = client.put(path, json=asked | {"text": wrong}, headers=boss)
    assert (answer.status_code, answer.json()["code"]) == (422, "indicators:pack.refused")
    (home / "indicators").mkdir(parents=True)
    (home / "indicators" / "city.yaml").write_text(board["text"], "utf-8")
    mine = board["text"].replace("办公用房综合指标", "本市办公用房指标")
    twice = client.put(path, json=asked | {"text": mine}, headers=boss)
    assert (twice.status_code, twice.json()["code"]) == (422, "bridge:file.refused")
    (home / "indicators" / "city.yaml").unlink()
    assert client.put(path, json=asked | {"text": mine}, headers=boss).json()["own"] is True
    assert (home / "indicators" / "office.yaml").read_text("utf-8") == mine
    ((who, what, detail),) = logged(admin, "bridge-file-change")
    assert (who, what, detail["reason"]) == ("boss", "indicators.yaml", REASON)


def test_which_devices_are_asked_is_changed_on_the_machine_only(client, boss, home):
    body = {"text": "adapters: []\n", "was": "0" * 64, "reason": REASON}
    answer = client.put("/api/bridge/files/adapters", json=body, headers=boss)
    assert (answer.status_code, answer.json()["code"]) == (422, "bridge:file.refused")
    assert not (home / "bridge").exists()


def test_accounts_of_devices_are_not_shown(client, boss, home):
    (home / "bridge").mkdir(mode=0o700, parents=True)
    address = "opc.tcp://reader:s@cret@10.0.0.7:4840/x@y"
    (home / "bridge" / "adapters.yaml").write_text(f"# {address}\nadapters: []\n")
    told = client.get("/api/bridge/files", headers=boss).json()["items"]
    (shown,) = (each["text"] for each in told if each["name"] == "adapters")
    assert shown == "# opc.tcp://***@10.0.0.7:4840/x@y\nadapters: []\n"


def test_the_log_is_read_by_person_day_and_subject(client, boss, sign_in):
    client.post("/api/rule-packs", json={"text": CITY, "reason": REASON}, headers=boss)
    officer = sign_in("an", "security")
    read = lambda **asked: [  # noqa: E731
        each["action"]
        for each in client.get("/api/audit-log", params=asked, headers=officer).json()["items"]
    ]
    assert read(subject="WZ-20", actor="boss") == ["rule-pack-add"]
    assert read(subject="%") == []
    assert read(actor="boss", until="2020-01-01") == []
    assert client.get("/api/audit-log", headers=boss).status_code == 403


def test_the_security_officer_sees_accounts_and_changes_none(client, boss, sign_in):
    officer = sign_in("an", "security")
    assert client.get("/api/accounts", headers=officer).status_code == 200
    answer = client.patch("/api/accounts/boss", json={"disabled": True}, headers=officer)
    assert answer.status_code == 403
