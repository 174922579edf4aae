"""Bytes of the tiles of a model against ThatOpen's .frag of the same model.

    python tests/benchmarks/tile_bytes.py MODEL.ifc ... [--fragments NODE_MODULES] [--json]

Ours is the sum over all tiles that a client may ever load, coarse parents included, each gzipped
by itself, with a made-up code for every room; theirs is one file, with the properties that their
viewer shows. ``contents`` leaves the coarse parents out; ``plain`` is the form without instances.
``--fragments`` names a node_modules with @thatopen/fragments and web-ifc and runs their importer
beside ours; without it the figures of the models that we know are those measured with 3.4.7.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fangma.bim_import.opening import open_model
from fangma.bim_import.reading import read_model
from fangma.bim_import.shaping import shape_model
from fangma.spatial.tiles.cutting import Belonging, Tile, cut_tiles
from fangma.spatial.tiles.features import Features

if TYPE_CHECKING:
    from fangma.bim_import.model import Model
    from fangma.spatial.mesh import Placements

# gzip bytes of .frag, fragments 3.4.7 with web-ifc 0.0.78, where the importer was run before.
MEASURED = {"duplex-A-20110907.ifc": 224_988, "janesville-restaurant-revit2012.ifc": 1_570_000}
TARGET = 0.7


def cut(model: Model, placements: Placements) -> list[Tile]:
    """Cut a model as an import does, with codes made up."""
    drawn = set(np.unique(placements.element).tolist())
    elements = [e for e in model.elements if e.key in drawn]
    features = Features(
        element=np.array([e.key for e in elements], np.int64),
        ordinal=np.arange(1, len(elements) + 1),
        code=tuple(
            f"330302-001-A02-F01-{number:04d}-C" if e.kind == "room" else ""
            for number, e in enumerate(elements)
        ),
        categories={
            "ifcClass": tuple(e.ifc_class for e in elements),
            "kind": tuple(e.kind for e in elements),
        },
    )
    belonging = Belonging(
        building=("330302-001-A02-X",) * len(elements),
        storey=tuple(str(e.storey) for e in elements),
        discipline=tuple("rooms" if e.kind == "room" else model.discipline for e in elements),
        secret=np.zeros(len(elements), np.bool_),
    )
    return list(
        cut_tiles(placements, features, belonging, model="bench", matrix_site_from_model=np.eye(4))
    )


def squeezed(data: bytes) -> int:
    """Bytes as a web server sends them."""
    return len(gzip.compress(data, 6, mtime=0))


def measure(path: Path, fragments: Path | None) -> dict[str, Any]:
    """Measure one model."""
    model = read_model(open_model(path))
    placements = shape_model(path).placements
    started = time.perf_counter()
    tiles = cut(model, placements)
    seconds = time.perf_counter() - started
    row: dict[str, Any] = {
        "model": path.name,
        "elements": len(np.unique(placements.element)),
        "triangles": sum(len(placements.meshes[m].triangles) for m in placements.mesh),
        "tiles": len(tiles),
        "seconds": round(seconds, 2),
        "raw": sum(t.row.byte_length for t in tiles),
        "gzip": sum(squeezed(t.contents[t.row.sha256]) for t in tiles),
        "contents": sum(
            squeezed(t.contents[t.row.sha256]) for t in tiles if t.row.level == "content"
        ),
        "plain": sum(squeezed(t.contents[t.row.plain_sha256]) for t in tiles),
        "draws": sum(t.row.draws for t in tiles if t.row.level == "content"),
        "storey_triangles": sum(t.row.triangles for t in tiles if t.row.level == "storey"),
        "envelope_triangles": sum(t.row.triangles for t in tiles if t.row.level == "envelope"),
    }
    theirs = MEASURED.get(path.name)
    if fragments is not None:
        script = Path(__file__).with_name("fragments.mjs")
        done = subprocess.run(
            ["node", str(script), str(fragments.resolve()), str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        theirs = json.loads(done.stdout)["gzip"]
    row["fragments_gzip"] = theirs
    row["ratio"] = None if theirs is None else round(row["gzip"] / theirs, 2)
    row["met"] = None if theirs is None else row["ratio"] <= TARGET
    return row


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--fragments", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = []
    for path in options.models:
        row = measure(path, options.fragments)
        table.append(row)
        if not options.json:
            sys.stdout.write("  ".join(f"{k} {v}" for k, v in row.items()) + "\n")
            sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
