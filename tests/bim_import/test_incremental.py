"""What is kept between imports saves time and changes nothing: with it and without it, the same.

A body that several things share is built from the first of them. Of a changed file that may be
another one, and kernels compute in single precision: what is built anew agrees to a millimetre,
and so do its tiles; what is taken over agrees to the last bit.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import ifcopenshell
import ifcopenshell.util.element
import ifcopenshell.util.unit
import psycopg
import pytest
from psycopg import conninfo, sql

from fangma.asset_registry.store.connection import connect
from fangma.bim_import.importing import import_models
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.perturbing.editing import copied, shifted_placement, take_out
from fangma.bim_import.reports import FileReport
from fangma.bim_import.sample import write_sample
from fangma.bim_import.tile_store import TileStore

pytestmark = [pytest.mark.db, pytest.mark.slow]

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
ARCHITECTURE, SERVICES = "A01-办公主楼-建筑.ifc", "A01-办公主楼-机电.ifc"
Model = ifcopenshell.file

# What the registry holds now; entries by their ordinals, since new ids are drawn by chance.
FACTS: dict[str, LiteralString] = {
    "entry": "SELECT ordinal, code, kind FROM fangma.entry",
    "state": "SELECT e.ordinal, s.name, s.number, b.ordinal, l.ordinal, s.use, s.system,"
    " s.ifc_class, s.predefined_type, s.elevation_m, s.inferred FROM fangma.state AS s"
    " JOIN fangma.entry AS e ON e.id = s.entry_id"
    " LEFT JOIN fangma.entry AS b ON b.id = s.building_id"
    " LEFT JOIN fangma.entry AS l ON l.id = s.storey_id"
    " WHERE upper_inf(s.valid) AND upper_inf(s.recorded)",
    "shape": "SELECT e.ordinal, ST_AsText(s.footprint, 3), ST_AsText(s.axis, 3),"
    " ST_AsText(s.extent, 3), round(s.floor_z::numeric, 3), round(s.ceiling_z::numeric, 3),"
    " round(s.area_m2::numeric, 3), round(s.volume_m3::numeric, 3), s.method, s.declared::text,"
    " round(s.inner_diameter_m::numeric, 3), round(s.outer_diameter_m::numeric, 3), s.kernel"
    " FROM fangma.shape AS s JOIN fangma.entry AS e ON e.id = s.entry_id"
    " WHERE upper_inf(s.valid) AND upper_inf(s.recorded)",
    "source": "SELECT e.ordinal, s.guid, s.fingerprint, s.properties::text FROM fangma.source AS s"
    " JOIN fangma.entry AS e ON e.id = s.entry_id WHERE s.until_id IS NULL",
    "join": "SELECT least(a.ordinal, b.ordinal), greatest(a.ordinal, b.ordinal), j.confidence,"
    " j.method, CASE WHEN a.ordinal < b.ordinal THEN j.flow ELSE -j.flow END, ST_AsText(j.point, 3)"
    " FROM fangma.pipe_join AS j JOIN fangma.entry AS a ON a.id = j.entry_id"
    " JOIN fangma.entry AS b ON b.id = j.other_id"
    " WHERE upper_inf(j.valid) AND upper_inf(j.recorded)",
    "tile": "SELECT b.ordinal, l.ordinal, t.discipline, t.level, t.part, t.visibility,"
    " t.elements, t.triangles, t.matrix::text FROM fangma.tile AS t"
    " LEFT JOIN fangma.entry AS b ON b.id = t.building_id"
    " LEFT JOIN fangma.entry AS l ON l.id = t.storey_id WHERE t.retired_by IS NULL",
}

# And to the last bit, where no body was built from another one of its kind.
EXACT: dict[str, LiteralString] = {
    "shape": "SELECT e.ordinal, s.footprint, s.axis, s.extent, s.area_m2, s.volume_m3, s.mesh_hash"
    " FROM fangma.shape AS s JOIN fangma.entry AS e ON e.id = s.entry_id"
    " WHERE upper_inf(s.valid) AND upper_inf(s.recorded)",
    "tile": "SELECT hash, plain_hash, box::text FROM fangma.tile WHERE retired_by IS NULL",
}


def reword(model: Model) -> Model:
    """Change names and properties alone."""
    for thing in model.by_type("IfcElement")[::50]:
        thing.Name = "改名 4711"
    for room in model.by_type("IfcSpace")[:1]:
        room.LongName = "资料室"
    for told in model.by_type("IfcPropertySingleValue")[:3]:
        if told.NominalValue and isinstance(told.NominalValue.wrappedValue, str):
            told.NominalValue.wrappedValue = "another"
    for material in model.by_type("IfcMaterial")[:1]:
        material.Name = "another material"
    return model


def scatter(model: Model) -> Model:
    """Change a little of everything, here and there, as a year of planning does."""
    unit = ifcopenshell.util.unit.calculate_unit_scale(model)
    things = [
        e for e in model.by_type("IfcElement")
        if e.Representation and e.ContainedInStructure and e.ObjectPlacement
        and len(model.get_inverse(e.ObjectPlacement)) == 1 and not getattr(e, "HasOpenings", ())
    ]  # fmt: skip
    spread = things[:: max(1, len(things) // 8)][:8]
    for moved in spread[:3]:
        offset = (0.4 / unit, 0.3 / unit, 0.0)
        moved.ObjectPlacement = shifted_placement(model, moved.ObjectPlacement, offset)
    take_out(model, spread[5])
    new = copied(model, spread[6])
    offset = (1.0 / unit, 0.0, 0.0)
    new.ObjectPlacement = shifted_placement(model, spread[6].ObjectPlacement, offset)
    for colour in model.by_type("IfcColourRgb")[:1]:  # of whatever wears it
        colour.Red = 1.0 - colour.Red
    return reword(model)


def raise_storey(model: Model) -> Model:
    """Lift one storey with all that is on it."""
    unit = ifcopenshell.util.unit.calculate_unit_scale(model)
    storey = model.by_type("IfcBuildingStorey")[1]
    storey.Elevation += 0.2 / unit
    place = storey.ObjectPlacement.RelativePlacement.Location
    x, y, z = place.Coordinates
    place.Coordinates = (x, y, z + 0.2 / unit)
    return model


def measure_in_metres(model: Model) -> Model:
    """Write every length in another unit."""
    return ifcopenshell.util.unit.convert_file_length_units(model, "METRE")


@contextmanager
def clone(dsn: str, name: str) -> Iterator[str]:
    """Copy a database, with its ids and clocks."""
    parts = conninfo.conninfo_to_dict(dsn)
    own = f"{parts['dbname']}_{name}"
    with psycopg.connect(conninfo.make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(own), sql.Identifier(str(parts["dbname"]))
            )
        )
        try:
            yield conninfo.make_conninfo(dsn, dbname=own)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(own)))


def bring(dsn: str, tiles: Path, *paths: Path) -> list[FileReport]:
    return import_models(
        paths,
        connection=lambda: connect(dsn),
        tiles=TileStore(root=tiles),
        options=ImportOptions(),
    )


def held(dsn: str, facts: dict[str, LiteralString]) -> dict[str, list[str]]:
    with psycopg.connect(dsn) as conn:
        return {what: sorted(map(repr, conn.execute(ask))) for what, ask in facts.items()}


def assert_alike(here: list[str], there: list[str], about: object) -> None:
    """Hold the words to be the same, and the numbers to a millimetre and a litre or two."""
    assert [_NUMBER.sub("", row) for row in here] == [_NUMBER.sub("", row) for row in there], about
    ours, theirs = ([float(n) for n in _NUMBER.findall("\n".join(rows))] for rows in (here, there))
    assert ours == pytest.approx(theirs, rel=0.0, abs=0.002), about


def told(report: FileReport) -> dict[str, Any]:
    """Say what a report says, times apart; findings and kernels in any order."""
    document = report.to_json()
    for timed in ("seconds", "stages", "fallbacks"):
        del document[timed]
    document["findings"].sort(key=repr)
    return document


@pytest.mark.alone
def test_an_import_from_what_was_kept_equals_one_from_nothing(tmp_path: Path, dsn: str):
    folder, base = tmp_path / "files", tmp_path / "base"
    folder.mkdir()
    write_sample(folder, seed=3, rooms=40)
    for report in bring(dsn, base / "tiles", folder / ARCHITECTURE, folder / SERVICES):
        assert report.status == "imported"
    edits: list[tuple[Callable[[Model], Model], str, bool]] = [
        (scatter, ARCHITECTURE, False), (scatter, SERVICES, False), (reword, ARCHITECTURE, True),
        (raise_storey, ARCHITECTURE, False), (measure_in_metres, SERVICES, True),
    ]  # fmt: skip
    for number, (edit, file, is_exact) in enumerate(edits):
        changed = tmp_path / str(number) / file
        changed.parent.mkdir()
        edit(ifcopenshell.open(str(folder / file))).write(str(changed))
        shutil.copytree(base, changed.parent / "kept")
        shutil.copytree(base / "tiles", changed.parent / "bare" / "tiles")
        with clone(dsn, "kept") as one, clone(dsn, "bare") as two:
            (quick,) = bring(one, changed.parent / "kept" / "tiles", changed)
            (whole,) = bring(two, changed.parent / "bare" / "tiles", changed)
            assert quick.status == whole.status == "imported"
            assert told(quick) == told(whole), (edit, file)
            here, there = held(one, FACTS), held(two, FACTS)
            for what in FACTS:
                assert_alike(here[what], there[what], (edit, file, what))
            if is_exact:
                assert held(one, EXACT) == held(two, EXACT), (edit, file)
        assert (changed.parent / "bare" / "geometry").is_dir()
