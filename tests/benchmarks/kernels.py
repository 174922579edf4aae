"""Compare every kernel with OpenCASCADE, element by element: box, volume, colours, time.

    python tests/benchmarks/kernels.py MODEL.ifc ... [--json]

Each kernel is run alone, then the chain as the stage uses it. A row tells how many bodies came out,
how many agree with OpenCASCADE (box within 5 mm + 0.5 % of the diagonal; volume within 3 % where
the surface is closed), and names those that don't.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from fangma.bim_import.shaping import KERNELS, Shaped, shape_model
from fangma.bim_import.shaping.plausibility import enclosed_volume, is_closed

CHAINS = {
    "opencascade": [KERNELS[2]],
    "hybrid": [KERNELS[1]],
    "ifclite": [KERNELS[3]],
    "chain": list(KERNELS),
}


def measure(shaped: Shaped) -> dict[int, dict[str, Any]]:
    """Measure each element's first body; boxes of last resort are left out."""
    placements = shaped.placements
    meshes = [(enclosed_volume(mesh), is_closed(mesh)) for mesh in placements.meshes]
    found = {}
    for row, element in enumerate(placements.element.tolist()):
        if placements.kernels[placements.kernel[row]] == "box":
            continue
        mesh = placements.meshes[placements.mesh[row]]
        points = placements.placed(row)[np.unique(mesh.triangles)]
        volume, closed = meshes[placements.mesh[row]]
        found[element] = {
            "low": points.min(axis=0),
            "high": points.max(axis=0),
            "volume": abs(volume),
            "closed": closed,
            "triangles": len(mesh.triangles),
            "colours": {int(colour) >> 8 for colour in np.unique(mesh.colours)},
        }
    return found


def compare(ours: dict[int, dict[str, Any]], truth: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Count agreement, and list what disagrees."""
    different = []
    colours = 0
    for key, other in truth.items():
        mine = ours.get(key)
        if mine is None:
            different.append((key, "missing"))
            continue
        colours += mine["colours"] == other["colours"]
        size = float(np.linalg.norm(other["high"] - other["low"]))
        off = max(
            float(np.abs(mine["low"] - other["low"]).max()),
            float(np.abs(mine["high"] - other["high"]).max()),
        )
        if off > 0.005 + 0.005 * size:
            different.append((key, f"box off by {off:.3f} m"))
        elif other["closed"] and abs(mine["volume"] - other["volume"]) > 0.03 * other["volume"]:
            text = f"volume {mine['volume']:.4g} m3, OpenCASCADE {other['volume']:.4g}"
            different.append((key, text))
    return {
        "bodies": len(ours),
        "agree": len(truth) - len(different),
        "same_colours": colours,
        "only_here": len(ours.keys() - truth.keys()),
        "triangles": sum(entry["triangles"] for entry in ours.values()),
        "different": different,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = []
    for path in options.models:
        truth: dict[int, dict[str, Any]] | None = None
        for name, chain in CHAINS.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = time.perf_counter()
            shaped = shape_model(path, kernels=chain, budget_s=60.0)
            wall = time.perf_counter() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            found = measure(shaped)
            truth = found if truth is None else truth
            row = {
                "model": path.name,
                "kernel": name,
                "wall_s": round(wall, 2),
                "cpu_s": round(
                    after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2
                ),
                **compare(found, truth),
            }
            table.append(row)
            if not options.json:
                numbers = "  ".join(f"{k} {v}" for k, v in row.items() if k != "different")
                sys.stdout.write(numbers + "\n")
                for key, text in row["different"][:8]:
                    sys.stdout.write(f"    #{key} {text}\n")
                sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
