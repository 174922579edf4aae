"""Codes outlive the model: import, export again with everything renewed, import, compare."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from fangma.asset_registry.store.connection import connect
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.perturbing import Dose, Truth, perturb
from fangma.bim_import.publishing import TileStore
from fangma.bim_import.reports import FileReport
from fangma.bim_import.sample import write_sample

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
