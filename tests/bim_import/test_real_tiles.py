"""The tiles of real models, judged by the schema of 3D Tiles 1.1 and Khronos' glTF validator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import psycopg
import pytest
from tests.bim_import.conftest import REAL_MODELS
from tests.node_program import find_node

from fangma.asset_registry.store import ogc, tiles as rows
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.tile_store import TileStore
from fangma.spatial.tiles.tileset import compose_tileset
from fangma.twin.http.earth import ecef_from_site

pytestmark = [pytest.mark.db, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "tests" / "spatial" / "tiles"
SCHEMA = json.loads((CHECKS / "tileset.schema.json").read_text("utf-8"))
NODE_MODULES = ROOT / "viewer" / "node_modules"
# Those that are imported within seconds.
QUICK = (
    "15#梁柱.0001.ifc",
    "AC20-FZK-Haus.ifc",
    "acad2010-objects.ifc",
    "air-terminal-constructivity.ifc",
    "bimwhale-large-building.ifc",
    "domestic-hot-water.ifc",
    "duplex-A-20110907-georeferenced.ifc",
    "magicad-duct-fittings.ifc",
    "office-A-20110811.ifc",
    "pcert-infra-plumbing-ifc4x3.ifc",
    "revit2019-zh-testmodel-ifc4.ifc",
)


@pytest.mark.parametrize("name", QUICK)
def test_the_tiles_of_a_real_model_are_valid(name: str, dsn: str, tmp_path: Path) -> None:
    model = REAL_MODELS / name
    if not model.is_file():
        pytest.skip(f"{name} is not here: the real models are no part of the repository")
    if not (NODE_MODULES / "gltf-validator").is_dir():
        pytest.skip("gltf-validator is not installed: run npm ci in viewer/")
    store = TileStore(root=tmp_path / "tiles")
    (report,) = import_files(
        [model],
        kind=None,
        connection=lambda: connect(dsn),
        tiles=store,
        options=ImportOptions(),
    )
    assert report.status == "imported"
    with psycopg.connect(dsn) as conn:
        (site,) = conn.execute("SELECT code FROM fangma.entry WHERE kind = 'site'").fetchall()[0]
    with connect(dsn) as conn, reading(conn, OPERATOR):
        place = ogc.find_place(conn, site)
        assert place is not None
        found = rows.tiles(conn, place.id)
    assert found
    earth = ecef_from_site(
        epsg=place.epsg, origin=place.origin, latitude=place.latitude, longitude=place.longitude
    )
    for plain in (False, True):
        jsonschema.validate(
            compose_tileset(found, earth, plain=plain, version=str(1)),
            SCHEMA,
            cls=jsonschema.Draft202012Validator,
        )
    files = sorted({store.path(n) for row in found for n in (row.sha256, row.plain_sha256)})
    done = subprocess.run(
        [find_node(), str(CHECKS / "validate.mjs"), str(NODE_MODULES), *map(str, files)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    problems = {
        file.name: issues["messages"][:5]
        for file, issues in zip(files, json.loads(done.stdout), strict=True)
        if issues["numErrors"] or issues["numWarnings"]
    }
    assert problems == {}
