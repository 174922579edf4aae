"""Questions about pipes over HTTP against a real twin with many segments; CPU beside wall."""

from __future__ import annotations

import http.client
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import numpy as np
import shapely
from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script

from fangma.asset_registry.changes import ChangeSet, ModelRevision, NewEntry, Shape, Source, State
from fangma.asset_registry.networks import Accuracy, Join, NetworkChanges
from fangma.asset_registry.store import known
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

EAST, NORTH = 562_000.0, 3_098_000.0
PASSWORD = "Grey-heron-41"  # noqa: S105 - of the benchmark's own account
_AT_ONCE = 20_000


def measure_http(segments: int, questions: int = 300) -> list[dict[str, Any]]:
    """Lay a grid of streets with pipes, serve it, and ask one question after another."""
    with fresh_twin() as twin:
        os.environ.update(twin.environment)
        from fangma.twin.services import database
        from fangma.twin.settings import read_settings

        url = database.ensure(read_settings())
        started = time.perf_counter()
        codes, valves = _lay(url, segments)
        laid = time.perf_counter() - started
        with twin.serving("bench", PASSWORD) as address:
            rows = list(_ask_all(address, codes, valves, segments, questions, twin.home))
    return [{"segments": segments, "laid_s": round(laid, 1)}, *rows]


def _lay(url: str, segments: int) -> tuple[list[str], list[str]]:
    """Write pipes in rows, each joined to the next, and a tenth valves; codes of all, of valves."""
    rng = np.random.default_rng(3)
    side = int(segments**0.5)
    codes: list[str] = []
    valves: list[str] = []
    with connect(url) as conn:
        (site,) = known.sites(conn)
        before: UUID | None = None
        for first in range(0, segments, _AT_ONCE):
            rows = range(first, min(first + _AT_ONCE, segments))
            ids = [uuid4() for _ in rows]
            kinds = ["valve" if rng.random() < 0.1 else "pipe" for _ in rows]
            shapes, joins = [], []
            for row, id_, kind in zip(rows, ids, kinds, strict=True):
                x, y = EAST + 2.0 * (row % side), NORTH + 3.0 * (row // side)
                z = float(rng.uniform(0.0, 4.0))
                line = shapely.LineString([(x, y, z), (x + 2.0, y, z)])
                shapes.append(
                    Shape(
                        entry_id=id_,
                        axis=shapely.to_wkb(line, output_dimension=3) if kind == "pipe" else None,
                        extent=((x, y - 0.05, z - 0.05), (x + 2.0, y + 0.05, z + 0.05)),
                        outer_diameter_m=0.1,
                    )
                )
                if before is not None and row % side:
                    a, b = min(before, id_), max(before, id_)
                    joins.append(
                        Join(entry_id=a, other_id=b, flow=1 if a == before else -1,
                             point=(x, y, z), confidence=1.0, method="survey")
                    )  # fmt: skip
                before = id_
            changes = ChangeSet(
                site_id=site.id,
                valid_from=None,
                new=tuple(
                    NewEntry(id=i, kind=k, site_id=site.id, code_part="JS")
                    for i, k in zip(ids, kinds, strict=True)
                ),
                states=tuple(State(entry_id=i, system="JS") for i in ids),
                shapes=tuple(shapes),
                sources=tuple(
                    Source(entry_id=i, guid=str(i), step_key=None, fingerprint="x") for i in ids
                ),
                model=ModelRevision(
                    id=uuid4(), model_id=uuid4(), new_model=True, site_id=site.id,
                    building_ids=(), kind="survey", discipline="survey", project_guid=None,
                    building_guids=(), name=f"{first}.csv", file=f"{first}.csv", sha256="0",
                    size=1, schema=None, application=None, written_at="2026-05-18", report={},
                ),
                network=NetworkChanges(
                    joins=tuple(joins),
                    accuracies=tuple(
                        Accuracy(entry_id=i, plan_m=0.08, depth_m=0.1, basis="隐蔽点") for i in ids
                    ),
                ),
            )  # fmt: skip
            with recording(conn, OPERATOR):
                given = apply(conn, changes, actor="bench", action="import").codes
            codes += [given[i] for i in ids]
            valves += [given[i] for i, kind in zip(ids, kinds, strict=True) if kind == "valve"]
    return codes, valves


def _cpu_s(home: Path) -> tuple[float, float]:
    """Return the CPU that the server's and the database's processes have taken, seconds."""
    tick = os.sysconf("SC_CLK_TCK")
    taken = [0.0, 0.0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text().rpartition(")")[2].split()
            ours = f"FANGMA_HOME={home}".encode() in (process / "environ").read_bytes()
            data = str((process / "cwd").readlink()).startswith(str(home))
        except OSError:  # it has ended meanwhile
            continue
        if ours or data:
            taken[bool(data)] += (int(stat[11]) + int(stat[12])) / tick
    return taken[0], taken[1]


def _ask_all(
    address: str, codes: list[str], valves: list[str], segments: int, questions: int, home: Path
) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(4)
    side = int(segments**0.5)
    host = urlsplit(address).netloc
    client = http.client.HTTPConnection(host, timeout=300)
    client.request(
        "POST", "/api/session", json.dumps({"user": "bench", "password": PASSWORD}),
        {"Content-Type": "application/json", "X-Fangma-Request": "1"},
    )  # fmt: skip
    token = json.loads(client.getresponse().read())["token"]

    def get(path: str) -> tuple[Any, float]:
        start = time.perf_counter()
        client.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        body = client.getresponse().read()
        return json.loads(body), (time.perf_counter() - start) * 1000

    def place() -> list[float]:
        x = EAST + rng.uniform(0, 2.0 * side)
        return [float(x), float(NORTH + rng.uniform(0, 3.0 * side)), float(rng.uniform(0, 4))]

    def near() -> str:
        return "/api/pipes/near?" + urlencode({"point": ",".join(map(str, place()))})

    def drill() -> str:
        start = place()
        end = [start[0], start[1], start[2] - 1.0]
        holes = {"from": start, "to": end}
        asked = {name: ",".join(map(str, point)) for name, point in holes.items()}
        return "/api/pipes/drill?" + urlencode({**asked, "diameter": 0.02})

    def isolation() -> str:
        return f"/api/pipes/isolation?code={quote(codes[int(rng.integers(len(codes)))])}"

    def first(name: str) -> dict[str, Any]:
        before = _cpu_s(home)
        _, taken = get(isolation())
        server, database = (b - a for a, b in zip(before, _cpu_s(home), strict=True))
        return {
            "question": name,
            "ms": round(taken),
            "server_cpu_ms": round(1000 * server),
            "database_cpu_ms": round(1000 * database),
        }

    yield first("the first of all")
    for valve in valves[:3]:
        client.request(
            "PUT", f"/api/pipes/{quote(valve)}/position", json.dumps({"position": "closed"}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )  # fmt: skip
        answer = client.getresponse()
        if answer.status != 200:
            raise RuntimeError(answer.read().decode())
        answer.read()
        yield first("the first after a valve was turned")
    for name, make in (("near", near), ("drill", drill), ("isolation", isolation)):
        for _ in range(10):
            get(make())
        before = _cpu_s(home)
        times = [get(make())[1] for _ in range(questions if name != "isolation" else 60)]
        server, database = (b - a for a, b in zip(before, _cpu_s(home), strict=True))
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        yield {
            "question": name,
            "asked": len(times),
            "p50_ms": round(float(p50), 2),
            "p95_ms": round(float(p95), 2),
            "p99_ms": round(float(p99), 2),
            "server_cpu_ms": round(1000 * server / len(times), 2),
            "database_cpu_ms": round(1000 * database / len(times), 2),
        }
    client.close()
