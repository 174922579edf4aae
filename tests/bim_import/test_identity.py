"""Codes outlive the model: import, export again with everything renewed, import, compare."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely.geometry import LineString, shape

from fangma.asset_registry.dividing import Part
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.items import list_items
from fangma.asset_registry.store.lineage import Order, renumber, split
from fangma.asset_registry.store.reviews import ReviewError, decide, list_reviews
from fangma.asset_registry.store.rollback import RollbackError, roll_back
from fangma.asset_registry.store.verification import verify
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.perturbing import UNTOUCHED, Dose, Truth, perturb
from fangma.bim_import.reports import FileReport
from fangma.bim_import.sample import write_sample
from fangma.bim_import.tile_store import TileStore

pytestmark = [pytest.mark.db, pytest.mark.slow]

Import = Callable[..., FileReport]


@pytest.fixture(scope="session")
def architecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compound")
    write_sample(folder, seed=5, rooms=40)
    return folder / "A01-办公主楼-建筑.ifc"


@pytest.fixture
def imported(dsn: str, tmp_path: Path) -> Import:
    def run(path: Path, **options) -> FileReport:
        (report,) = import_files(
            [path], kind=None, connection=lambda: connect(dsn),
            tiles=TileStore(root=tmp_path / "tiles"), options=ImportOptions(**options),
        )  # fmt: skip
        return report

    return run


def entries(dsn: str, kind: str) -> dict[str, tuple[str, bool]]:
    """Entry id and whether it is current, by every GlobalId that it ever had."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT o.guid, e.id::text, EXISTS (SELECT FROM fangma.state AS t"
            "  WHERE t.entry_id = e.id AND upper_inf(t.valid) AND upper_inf(t.recorded))"
            "  FROM fangma.source AS o JOIN fangma.entry AS e ON e.id = o.entry_id"
            " WHERE e.kind = %s",
            [kind],
        ).fetchall()
    return {guid: (entry, current) for guid, entry, current in rows}


def check(dsn: str, truth: Truth) -> None:
    rooms = entries(dsn, "room")
    unmoved = {o: n for o, n in truth.unchanged().items() if o in rooms}
    assert unmoved
    assert {o for o, n in unmoved.items() if rooms[o][0] != rooms[n][0]} == set()
    others = {n: rooms[n][0] for n in rooms if n not in set(unmoved.values())}
    kept = {rooms[o][0] for o in unmoved}
    assert not kept & {others[n] for n in truth.added if n in others}
    for old, parts in truth.splits.items():
        assert rooms[old][1] is False
        assert all(rooms[part][0] != rooms[old][0] for part in parts)
    for new, olds in truth.merges.items():
        assert all(rooms[old][1] is False and rooms[old][0] != rooms[new][0] for old in olds)
    assert all(rooms[old][1] is False for old in truth.gone if old in rooms)


def test_codes_follow_the_rooms_when_everything_else_is_renewed(
    architecture: Path, imported: Import, dsn: str, tmp_path: Path
):
    first = imported(architecture)
    truth = perturb(architecture, tmp_path / "again.ifc", Dose(seed=4, shifted_storeys=1))
    second = imported(tmp_path / "again.ifc")
    assert second.status == "imported"
    assert second.buildings == first.buildings
    assert second.review <= 0.01 * second.elements
    assert (second.split, second.merged) == (len(truth.splits), len(truth.merges))
    check(dsn, truth)


def test_a_building_without_a_place_on_earth_is_laid_back_when_its_origin_changed(
    real_models: Path, imported: Import, dsn: str, tmp_path: Path
):
    first = imported(real_models / "duplex-A-20110907.ifc")
    dose = Dose(seed=2, turn=0.5, offset_m=(40.0, -25.0, 3.0))
    truth = perturb(real_models / "duplex-A-20110907.ifc", tmp_path / "moved.ifc", dose)
    second = imported(tmp_path / "moved.ifc")
    assert second.buildings == first.buildings
    assert "building-moved" in {f.rule for f in second.findings}
    check(dsn, truth)
    storeys = entries(dsn, "storey")
    assert len({entry for entry, _ in storeys.values()}) == 4


@pytest.fixture
def questioned(imported: Import, real_models: Path, dsn: str, tmp_path: Path) -> dict[str, Any]:
    """An export in which one room may or may not be another one's successor."""
    house = real_models / "AC20-FZK-Haus.ifc"
    imported(house)
    perturb(house, tmp_path / "doubtful.ifc", Dose(seed=1))
    report = imported(tmp_path / "doubtful.ifc")
    assert report.review == 1
    with connect(dsn) as conn, reading(conn, OPERATOR):
        (review,) = list_reviews(conn)
    assert (len(review.old_codes), len(review.new_codes)) == (1, 1)
    return {"review": review, "file": tmp_path / "doubtful.ifc"}


def current_codes(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as conn:
        return {
            code
            for (code,) in conn.execute(
                "SELECT e.code FROM fangma.entry AS e JOIN fangma.state AS t ON t.entry_id = e.id"
                " WHERE e.kind = 'room' AND upper_inf(t.valid) AND upper_inf(t.recorded)"
            )
        }


def again(file: Path, seed: int) -> Path:
    """Export once more without changing anything."""
    dose = replace(UNTOUCHED, seed=seed, new_guids=True, shuffled=True)
    perturb(file, file.with_name("later.ifc"), dose)
    return file.with_name("later.ifc")


@pytest.mark.parametrize("decision", ["same", "different"])
def test_a_review_is_decided_once_and_the_next_import_keeps_to_it(
    questioned: dict[str, Any], imported: Import, dsn: str, decision: Any
):
    review = questioned["review"]
    (old,), (new,) = review.old_codes, review.new_codes
    assert {old, new} <= current_codes(dsn)
    with connect(dsn) as conn, recording(conn, OPERATOR):
        decide(conn, review.id, decision, actor="test", at=datetime.now(UTC), reason="seen there")
    kept, left = (old, new) if decision == "same" else (new, old)
    assert kept in current_codes(dsn)
    assert left not in current_codes(dsn)
    with (
        connect(dsn) as conn,
        recording(conn, OPERATOR),
        pytest.raises(ReviewError, match="was decided"),
    ):
        decide(conn, review.id, "same", actor="test", at=datetime.now(UTC))
    report = imported(again(questioned["file"], 9))
    assert (report.added, report.retired, report.review) == (0, 0, 0)
    assert kept in current_codes(dsn)
    assert left not in current_codes(dsn)
    with connect(dsn) as conn, reading(conn, OPERATOR):
        assert [c.name for c in verify(conn, lambda _name: None) if not c.ok] == []


def test_no_import_retires_what_waits_for_a_decision(
    questioned: dict[str, Any], imported: Import, dsn: str
):
    report = imported(again(questioned["file"], 8))
    assert (report.added, report.retired) == (0, 0)
    assert questioned["review"].old_codes[0] in current_codes(dsn)


def test_a_room_divided_by_hand_stays_divided_until_the_model_shows_its_parts(
    architecture: Path, imported: Import, dsn: str, tmp_path: Path
):
    imported(architecture)
    with connect(dsn) as conn:
        with reading(conn, OPERATOR) as moment:
            room = max(list_items(conn, "room", moment=moment), key=lambda r: r.area_m2 or 0.0)
            outline = shape(show_item(conn, room.code or "", moment)["place"]["footprint"])
        x0, y0, x1, y1 = outline.bounds
        middle = LineString([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)])
        order = Order(actor="wang", at=datetime.now(UTC), reason="隔断")
        with recording(conn, OPERATOR):
            parts = split(conn, room.code or "", [Part(number="1"), Part(number="2")], order,
                          cut=middle).now  # fmt: skip
    truth = perturb(architecture, tmp_path / "again.ifc", replace(UNTOUCHED, new_guids=True))
    again = imported(tmp_path / "again.ifc")
    assert (again.split, again.merged, again.review) == (0, 0, 0)
    assert "decided-otherwise" in {f.rule for f in again.findings}
    assert set(parts) <= current_codes(dsn)
    assert room.code not in current_codes(dsn)
    check(dsn, replace(truth, same={o: n for o, n in truth.same.items()
                                    if o != room.sources[0].guid}))  # fmt: skip


FACTS = """
SELECT e.code, s.name, s.number, s.use, s.storey_id, h.mesh_hash, h.area_m2
  FROM fangma.entry AS e
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND upper_inf(s.valid)
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
 ORDER BY e.ordinal
"""
NAMES = """
SELECT entry_id, guid, fingerprint FROM fangma.source WHERE until_id IS NULL ORDER BY 1, 2, 3
"""
TILES = "SELECT hash, level, visibility FROM fangma.tile WHERE retired_by IS NULL ORDER BY 1, 2, 3"


def held(dsn: str) -> list[Any]:
    """Everything that the registry holds now: facts, names in files, tiles."""
    with psycopg.connect(dsn) as conn:
        return [conn.execute(query).fetchall() for query in (FACTS, NAMES, TILES)]


def test_an_import_is_taken_back_with_all_that_it_did_and_may_come_again(
    architecture: Path, imported: Import, dsn: str, tmp_path: Path
):
    imported(architecture)
    before = held(dsn)
    with connect(dsn) as conn, reading(conn, OPERATOR) as moment:
        then, codes = moment, {i.code for i in list_items(conn, "room", moment=moment)}
    perturb(architecture, tmp_path / "again.ifc", Dose(seed=4))
    imported(tmp_path / "again.ifc")
    after = held(dsn)
    with connect(dsn) as conn, reading(conn, OPERATOR) as moment:
        later = moment
    assert after != before
    with connect(dsn) as conn, recording(conn, OPERATOR):
        done = roll_back(conn, "again.ifc", actor="wang", reason="wrong file")
    assert done.now == architecture.name
    assert held(dsn) == before
    with connect(dsn) as conn:
        with reading(conn, OPERATOR, None, then.known) as moment:
            assert {i.code for i in list_items(conn, "room", moment=moment)} == codes
        with reading(conn, OPERATOR, None, later.known) as moment:
            assert {i.code for i in list_items(conn, "room", moment=moment)} != codes
        with recording(conn, OPERATOR):
            assert all(check.ok for check in verify(conn, lambda _: None))
    assert imported(architecture).status == "unchanged"
    again = imported(tmp_path / "again.ifc", older_revision=True)
    assert again.status == "imported"
    with connect(dsn) as conn, recording(conn, OPERATOR), pytest.raises(RollbackError):
        roll_back(conn, done.undone, actor="wang")


def test_the_first_import_of_a_model_taken_back_leaves_an_empty_site(
    real_models: Path, imported: Import, dsn: str
):
    imported(real_models / "AC20-FZK-Haus.ifc")
    with connect(dsn) as conn, recording(conn, OPERATOR):
        assert roll_back(conn, "AC20-FZK-Haus.ifc", actor="wang").now is None
    assert held(dsn)[1:] == [[], []]
    assert imported(real_models / "AC20-FZK-Haus.ifc").status == "imported"
    with connect(dsn) as conn, recording(conn, OPERATOR):
        assert roll_back(conn, "AC20-FZK-Haus.ifc", actor="wang").now is None
    assert held(dsn)[1:] == [[], []]


def test_imports_are_taken_back_one_after_the_other_down_to_the_first(
    real_models: Path, imported: Import, dsn: str, tmp_path: Path
):
    first = real_models / "domestic-hot-water.ifc"
    second, third = tmp_path / "second.ifc", tmp_path / "third.ifc"
    perturb(first, second, Dose(seed=4))
    perturb(second, third, Dose(seed=5))
    states, revisions = [], []

    def back(which: int | str) -> str | None:
        with connect(dsn) as conn, recording(conn, OPERATOR):
            return roll_back(conn, which, actor="wang").now

    for path in (first, second, third):
        assert imported(path).status == "imported"
        states.append(held(dsn))
        with connect(dsn) as conn, reading(conn, OPERATOR) as moment:
            revisions.append(moment.revision)
    assert back(revisions[2]) == second.name
    with pytest.raises(RollbackError, match="taken back already"):
        back(revisions[2])
    with pytest.raises(RollbackError, match="is a rollback itself"):
        back(revisions[2] + 1)
    with pytest.raises(RollbackError, match=f"revision {revisions[1]} is"):
        back(revisions[0])
    assert back(revisions[1]) == first.name
    assert held(dsn) == states[0]
    # Up again by another way, and down by the names of the files.
    assert imported(third, older_revision=True).status == "imported"
    assert imported(second, older_revision=True).status == "imported"
    assert back(second.name) == third.name
    assert back(third.name) == first.name
    assert held(dsn) == states[0]
    assert back(first.name) is None
    assert held(dsn)[1:] == [[], []]
    with pytest.raises(RollbackError, match="taken back already"):
        back(first.name)
    with connect(dsn) as conn, recording(conn, OPERATOR):
        assert all(check.ok for check in verify(conn, lambda _: None))


def test_an_import_on_which_later_decisions_rest_is_not_taken_back(
    real_models: Path, imported: Import, dsn: str
):
    imported(real_models / "AC20-FZK-Haus.ifc")
    before = held(dsn)
    with connect(dsn) as conn:
        with reading(conn, OPERATOR) as moment:
            room = list_items(conn, "room", moment=moment)[0]
        with recording(conn, OPERATOR):
            renumber(conn, room.code or "", "77", Order(actor="li", at=datetime.now(UTC)))
        with (
            recording(conn, OPERATOR),
            pytest.raises(RollbackError, match="renumber by li") as told,
        ):
            roll_back(conn, "AC20-FZK-Haus.ifc", actor="wang")
    assert [d["actor"] for d in told.value.dependents] == ["li"]
    assert held(dsn)[1:] == before[1:]


def test_a_handful_of_fittings_without_names_is_known_again_by_where_it_stands(
    real_models: Path, imported: Import, dsn: str, tmp_path: Path
):
    source = real_models / "magicad-duct-fittings.ifc"
    imported(source)
    truth = perturb(source, tmp_path / "again.ifc", Dose(seed=4))
    report = imported(tmp_path / "again.ifc")
    fittings = entries(dsn, "fitting")
    assert len(truth.unchanged()) >= 3
    assert all(fittings[old][0] == fittings[new][0] for old, new in truth.unchanged().items())
    assert report.review == 0


def test_an_older_revision_after_a_newer_one_is_asked_about(
    real_models: Path, imported: Import, dsn: str
):
    imported(real_models / "duplex-A-20110907.ifc")
    before = held(dsn)
    older = real_models / "duplex-A-20110505.ifc"
    refused = imported(older)
    assert (refused.status, {f.rule for f in refused.findings if f.severity == "error"}) == (
        "refused", {"older-revision"},
    )  # fmt: skip
    assert held(dsn) == before
    assert imported(older, older_revision=True).status == "imported"
    back = imported(real_models / "duplex-A-20110907.ifc")
    assert "superseded" in " ".join(f.message for f in back.findings)
