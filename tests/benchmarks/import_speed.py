"""The shape stage against OpenCASCADE's iterator in world coordinates, same file, same threads.

    python tests/benchmarks/import_speed.py MODEL.ifc ... [--threads 2] [--cap 150] [--json]

The iterator is stopped at ``--cap`` seconds: its figure is then a lower bound, and so our ratio an
upper one. Wall and CPU seconds include starting Python, opening the file and all child processes;
peak memory is that of the largest process on either side.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ITERATOR = """
import json, resource, sys, time
started = time.perf_counter()
import ifcopenshell, ifcopenshell.geom
path, threads, cap = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
settings = ifcopenshell.geom.settings()
settings.set("use-world-coords", True)
model = ifcopenshell.open(path)
opened = time.perf_counter()
iterator = ifcopenshell.geom.iterator(settings, model, threads, geometry_library="opencascade")
shapes, finished = 0, True
if iterator.initialize():
    while True:
        iterator.get()
        shapes += 1
        if not iterator.next():
            break
        if time.perf_counter() - opened > cap:
            finished = False
            break
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"elements": shapes, "finished": finished,
    "wall_s": time.perf_counter() - started, "cpu_s": used.ru_utime + used.ru_stime,
    "tessellation_s": time.perf_counter() - opened, "peak_mb": used.ru_maxrss // 1024}), flush=True)
import os
os._exit(0)
"""

STAGE = """
import json, resource, sys, time
started = time.perf_counter()
from pathlib import Path
from fangma.bim_import.shaping import shape_model
shaped = shape_model(Path(sys.argv[1]), workers=int(sys.argv[2]))
wall = time.perf_counter() - started
own, children = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({"elements": len(shaped.placements.element), "finished": True, "wall_s": wall,
    "cpu_s": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
    "peak_mb": max(own.ru_maxrss, children.ru_maxrss) // 1024,
    "meshes": len(shaped.placements.meshes), "kernels": shaped.count_by_kernel(),
    "fallbacks": shaped.fallbacks, "findings": len(shaped.findings)}))
"""


def run(script: str, *arguments: str) -> dict[str, Any]:
    """Run a script in a fresh interpreter and read the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cap", type=float, default=150.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = []
    for path in options.models:
        peer = run(ITERATOR, str(path), str(options.threads), str(options.cap))
        ours = run(STAGE, str(path), str(options.threads))
        row = {
            "model": path.name,
            "iterator": peer,
            "stage": ours,
            "wall_ratio": round(ours["wall_s"] / peer["wall_s"], 3),
            "cpu_ratio": round(ours["cpu_s"] / peer["cpu_s"], 3),
            "is_upper_bound": not peer["finished"],
        }
        table.append(row)
        if not options.json:
            bound = "<= " if row["is_upper_bound"] else ""
            sys.stdout.write(
                f"{path.name}: iterator {peer['wall_s']:.2f} s wall, {peer['cpu_s']:.2f} s CPU, "
                f"{peer['peak_mb']} MB, {peer['elements']} shapes"
                f"{'' if peer['finished'] else ' (stopped)'}; "
                f"stage {ours['wall_s']:.2f} s wall, {ours['cpu_s']:.2f} s CPU, "
                f"{ours['peak_mb']} MB, {ours['elements']} rows of {ours['meshes']} meshes, "
                f"{ours['kernels']}, {ours['fallbacks']} fallbacks; "
                f"ratio {bound}{row['wall_ratio']} wall, {bound}{row['cpu_ratio']} CPU\n"
            )
            sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
