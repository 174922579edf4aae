"""Large answers in lines: put together they are the document, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, strategies as st
from tests.asset_registry.store.compound import found
from tests.twin.http.test_live_routes import NOW

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.twin.http import in_lines
from fangma.twin.http.derived_bodies import EnergyBook
from fangma.twin.http.in_lines import LINES, lines_of
from fangma.twin.http.live_bodies import MomentAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.testclient import TestClient

ROWS = st.lists(st.integers(0, 9), max_size=7)
LEAVES = ROWS | st.integers(-9, 9) | st.text(max_size=3)
NAMES = st.text("ab", min_size=1, max_size=2)
DOCUMENTS = st.dictionaries(NAMES, st.recursive(LEAVES, lambda part: st.dictionaries(NAMES, part)))


def together(text: bytes) -> Any:
    """Put a document together as a client does."""
    first, *parts = [orjson.loads(line) for line in text.splitlines()]
    for part in parts:
        into = first
        for name in part["into"]:
            into = into[name]
        into += part["rows"]
    return first


@given(document=DOCUMENTS)
def test_lines_put_together_are_the_document(document: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_lines, "_ROWS", 2)  # as if five rows were thousands
        lines = list(lines_of(document))
    assert together(b"".join(lines)) == document
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)


@pytest.mark.db
def test_a_client_that_takes_lines_gets_the_same_answer(
    client: TestClient,
    dsn: str,
    sign_in: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connect(dsn) as conn:
        compound = found(conn)
        rooms = [compound.new_room(f"{number}") for number in range(101, 108)]
        codes = compound.add_rooms(*rooms)
        with recording(conn, OPERATOR):
            declare(
                conn,
                [
                    Declaration(sensor=f"{word}{i}", observed_property=word, unit=unit, code=code)
                    for word, unit in (("energy", "kW.h"), ("presence", None))
                    for i, code in enumerate(codes.values())
                ],
                actor="t",
            )
        Recorder(conn, "b").record(
            [Observation(f"presence{i}", NOW + timedelta(minutes=25), True) for i in range(7)]
        )
    monkeypatch.setattr(in_lines, "_ROWS", 3)
    header = sign_in("zhao", "auditor")
    for path, schema in (
        ("/api/moment?at=2090-01-01&part=rooms", MomentAnswer),
        (f"/api/moment?at={NOW.date()}T23:59:59Z", MomentAnswer),
        ("/api/energy?by=room&by=site", EnergyBook),
        ("/api/audit", None),
    ):
        whole = client.get(path, headers=header)
        lines = client.get(path, headers={**header, "Accept": f"{LINES}, */*;q=0.1"})
        assert whole.headers["Content-Type"] == "application/json", path
        assert lines.headers["Content-Type"] == LINES, path
        assert "Accept" in lines.headers["Vary"]
        assert len(lines.content.splitlines()) > 2, path
        told, asked = whole.json(), together(lines.content)
        told.pop("at", None), asked.pop("at", None)  # the moment of asking
        assert asked == told, path
        if schema is not None:
            schema.model_validate(whole.json())
    audit = client.get("/api/audit", headers=header)
    tagged = {**header, "If-None-Match": audit.headers["ETag"]}
    assert client.get("/api/audit", headers=tagged).status_code == 304
    assert client.get("/api/audit", headers={**tagged, "Accept": LINES}).status_code == 200


@pytest.mark.db
def test_of_a_moment_only_what_was_asked_for_is_told(
    client: TestClient, dsn: str, sign_in: Callable[..., dict[str, str]]
) -> None:
    with connect(dsn) as conn:
        compound = found(conn)
        (code,) = compound.add_rooms(compound.new_room("101")).values()
        with recording(conn, OPERATOR):
            declare(
                conn, [Declaration(sensor="P", observed_property="occupancy", code=code)], actor="t"
            )
        Recorder(conn, "b").record([Observation("P", NOW, True)])
    header = sign_in("wei", "maintainer")
    at = (NOW + timedelta(minutes=1)).isoformat()
    whole = client.get("/api/moment", params={"at": at}, headers=header).json()
    assert [len(whole[name]) for name in ("values", "occupancy", "rooms")] == [1, 1, 1]
    for part in whole["parts"]:
        told = client.get("/api/moment", params={"at": at, "part": part}, headers=header).json()
        assert told["parts"] == [part]
        for name in whole["parts"]:
            assert told[name] == (whole[name] if name == part else []), (part, name)
    two = client.get("/api/moment", params={"at": at, "part": ["rooms", "values"]}, headers=header)
    assert two.json()["parts"] == ["values", "rooms"]
    assert client.get("/api/moment", params={"part": "all"}, headers=header).status_code == 422
