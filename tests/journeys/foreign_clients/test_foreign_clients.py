"""CesiumJS and loaders.gl read a real twin's tiles, with a token and what 3D Tiles 1.1 says."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np
import pytest
from ifcopenshell.util.geolocation import auto_xyz2enh
from ifcopenshell.util.unit import calculate_unit_scale
from pyproj import CRS, Transformer
from selenium.webdriver.support.ui import WebDriverWait
from tests.node_program import find_node

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from selenium import webdriver

pytestmark = [pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[2] / "output" / "foreign_clients"
EPSG = 4549
TOLERANCE_M = 1.0  # of a place on the earth


class Api:
    """The twin as a program with a bearer token meets it."""

    def __init__(self, twin: Any) -> None:
        self.address, self.site = twin.address, twin.site
        signed_in = self._ask(
            "/api/session", json.dumps({"user": twin.user, "password": twin.password}).encode()
        )
        self.token: str = signed_in["token"]

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        asked = urllib.request.Request(self.address + path, data=body)  # noqa: S310 - our own
        if body is None:
            asked.add_header("authorization", f"Bearer {self.token}")
        else:
            asked.add_header("content-type", "application/json")
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def item(self, code: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(f"/api/items/{urllib.parse.quote(code)}")
        return found

    def codes(self, kind: str) -> set[str]:
        found, more = set(), ""
        while True:
            page = self._ask(f"/api/items?kind={kind}&site={self.site}&limit=500{more}")
            found |= {item["code"] for item in page["items"]}
            if page["next"] is None:
                return found
            more = f"&next={page['next']}"


@pytest.fixture(scope="module")
def api(twin: Any) -> Api:
    return Api(twin)


class Drawings:
    """Where the IFC files themselves say that an element is, by OpenCASCADE and pyproj."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models: dict[str, Any] = {}
        settings = ifcopenshell.geom.settings()
        settings.set("use-world-coords", True)
        self.settings = settings
        self.to_grid = Transformer.from_crs(
            CRS.from_epsg(4978), CRS.from_epsg(EPSG).to_3d(), always_xy=True
        )

    def box(self, file: str, guid: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lower and upper corner, easting, northing and height in metres."""
        if file not in self.models:
            self.models[file] = ifcopenshell.open(str(self.folder / file))
        model = self.models[file]
        shape: Any = ifcopenshell.geom.create_shape(self.settings, model.by_guid(guid))
        scale = calculate_unit_scale(model)
        local = np.array(shape.geometry.verts).reshape(-1, 3) / scale
        placed = np.array([auto_xyz2enh(model, *point) for point in local])
        return placed.min(axis=0), placed.max(axis=0)

    def on_grid(self, ecef: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn earth-centred points, (n, 3) metres, into easting, northing and height."""
        return np.column_stack(self.to_grid.transform(*ecef.T))


@pytest.fixture(scope="module")
def drawings(twin: Any) -> Drawings:
    return Drawings(twin.models)


def read_with_loaders_gl(api: Api, query: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [
            find_node(),
            str(Path(__file__).with_name("loaders_gl.mjs")),
            f"{api.address}/tiles/{api.site}/tileset.json{query}",
        ],
        env=os.environ | {"TOKEN": api.token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_loaders_gl_decodes_every_tile_and_finds_every_room(
    api: Api, drawings: Drawings, node_modules: Path
) -> None:
    read = read_with_loaders_gl(api, "?plain=true")
    assert {tile["level"] for tile in read["contents"]} >= {"content", "envelope"}
    for tile in read["contents"]:
        assert tile["triangles"] > 0
        assert tile["features"] == list(range(tile["rows"])), "an id a row, none beyond"
    finest = [tile for tile in read["contents"] if tile["level"] == "content"]
    codes = [code for tile in finest for code in tile["codes"]]
    assert len(codes) == len(set(codes))
    rooms = api.codes("room")
    assert rooms
    assert rooms <= set(codes)
    ordinals = [number for tile in finest for number in tile["ordinals"]]
    assert len(ordinals) == len(set(ordinals)), "an element is in one content"
    assert read["points"]
    for code, points in read["points"].items():
        (source,) = api.item(code)["sources"]
        low, high = drawings.box(source["file"], source["guid"])
        seen = drawings.on_grid(np.array(points))
        np.testing.assert_allclose(seen.min(axis=0), low, atol=TOLERANCE_M)
        np.testing.assert_allclose(seen.max(axis=0), high, atol=TOLERANCE_M)


@pytest.mark.browser
def test_cesium_draws_the_tiles_and_picks_what_the_registry_knows(
    api: Api, drawings: Drawings, pages: str, browser: webdriver.Chrome
) -> None:
    query = urllib.parse.urlencode(
        {"tileset": f"/twin/tiles/{api.site}/tileset.json", "token": api.token}
    )
    browser.get(f"{pages}/cesium.html?{query}")
    WebDriverWait(browser, 120).until(
        lambda page: page.execute_script(
            "return !!window.report && (report.settled || report.failures.length > 0)"
        )
    )
    assert browser.execute_script("return report.failures") == []
    assert browser.execute_script("return report.loaded") > 3
    PICTURES.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(PICTURES / "cesium.png"))

    shown = browser.execute_script("return pickGrid(9, 7)")
    assert len(shown) > 5, "the model is in sight"
    assert all(feature["ordinal"] for feature in shown)
    browser.execute_script("showCoded()")
    WebDriverWait(browser, 60).until(
        lambda page: page.execute_script("return pickGrid(5, 5).some(f => f.code)")
    )
    browser.save_screenshot(str(PICTURES / "cesium-coded.png"))
    coded = browser.execute_script("return pickGrid(10, 8)")
    assert len(coded) > 5
    for feature in coded:
        item = api.item(feature["code"])
        assert (item["ordinal"], item["kind"]) == (feature["ordinal"], feature["kind"])
        (source,) = item["sources"]
        low, high = drawings.box(source["file"], source["guid"])
        (seen,) = drawings.on_grid(np.array([feature["ecef"]]))
        assert (seen > low - TOLERANCE_M).all(), (feature, low, high)
        assert (seen < high + TOLERANCE_M).all(), (feature, low, high)

    assert browser.execute_script("return report.failures") == []
    strangers = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
        ".filter(name => !name.startsWith(location.origin) && !name.startsWith('blob:'))"
    )
    assert strangers == [], "nothing but the twin was asked"


def test_without_a_token_a_client_gets_no_tile(twin: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(  # noqa: S310 - our own
            f"{twin.address}/tiles/{twin.site}/tileset.json", timeout=30
        )
