"""What a new export of a model costs beside its first import: unchanged, and 1 % of it changed.

    python tests/benchmarks/reimport.py [MODEL.ifc] [--rooms 2000] [--share 0.01] [--renumber]
        [--json]

Without a model: the services of an office building of a generated compound. Of the share every
other thing is moved by half a metre, and the rest renamed, all over the building; ``--renumber``
also shuffles and renumbers the statements, as another export does. All is imported by one warm
process (a small model went before) into a private database; seconds of the processor are told
apart: this process, its children (kernels, the cutter of tiles), and the database server. Wall
seconds mean something on an idle machine only.

DESIGN 8 asks for <= 0.05x unchanged and <= 0.2x with 1 % changed, where the first import takes
>= 20 s.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit
from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script

from fangma.asset_registry.store.connection import connect
from fangma.bim_import.importing import import_models
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.perturbing.editing import shifted_placement
from fangma.bim_import.perturbing.shuffling import shuffle
from fangma.bim_import.sample import write_sample
from fangma.bim_import.tile_store import TileStore
from fangma.twin.services import database
from fangma.twin.settings import read_settings

TICK = os.sysconf("SC_CLK_TCK")
# The server counts what a connection took when it has seen its end.
REAPED_S = 1.0


def change(source: Path, target: Path, share: float, *, renumber: bool) -> int:
    """Move and rename a share of a model's things; say how many."""
    model = ifcopenshell.open(source)
    unit = ifcopenshell.util.unit.calculate_unit_scale(model)
    things = [
        e
        for e in model.by_type("IfcElement")
        if not e.is_a("IfcFeatureElement") and e.ObjectPlacement
    ]
    spread = things[:: max(1, round(1 / share))]
    for place, thing in enumerate(spread):
        if place % 2:
            thing.Name = f"{thing.Name or ''} 改"
        else:
            thing.ObjectPlacement = shifted_placement(
                model, thing.ObjectPlacement, (0.5 / unit, 0.0, 0.0)
            )
    model.write(str(target))
    if renumber:
        shuffle(target, random.Random(1))  # noqa: S311 - to be run again
    return len(spread)


def processor_of(pid: int) -> float:
    """Seconds of a process and of its children, living or waited for; 0 where it has just ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, stat[11:15])) / TICK + sum(processor_of(int(c)) for c in children)


def main() -> None:
    """Run it and print a table, or JSON."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("model", type=Path, nargs="?")
    arguments.add_argument("--rooms", type=int, default=2000)
    arguments.add_argument("--share", type=float, default=0.01)
    arguments.add_argument("--renumber", action="store_true")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name, fresh_twin() as twin:
        folder = Path(name)
        if asked.model is None:
            write_sample(folder, rooms=asked.rooms)
            asked.model = max(folder.glob("*.ifc"), key=lambda p: p.stat().st_size)
        small = folder / "warm"
        small.mkdir()
        write_sample(small, rooms=40)
        changed = folder / "changed" / asked.model.name
        changed.parent.mkdir()
        count = change(asked.model, changed, asked.share, renumber=asked.renumber)
        os.environ.update({k: v for k, v in twin.environment.items() if k.startswith("FANGMA_")})
        url = database.ensure(read_settings())
        server = int(next(twin.home.rglob("postmaster.pid")).read_text().split()[0])

        def bring(path: Path) -> dict[str, Any]:
            own, kin = (
                resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            base, start = processor_of(server), time.perf_counter()
            (report,) = import_models(
                [path], connection=lambda: connect(url),
                tiles=TileStore(root=twin.home / "tiles"), options=ImportOptions(),
            )  # fmt: skip
            wall = time.perf_counter() - start
            time.sleep(REAPED_S)
            own_after, kin_after = (
                resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            spent = {
                "here": own_after.ru_utime + own_after.ru_stime - own.ru_utime - own.ru_stime,
                "children": kin_after.ru_utime + kin_after.ru_stime - kin.ru_utime - kin.ru_stime,
                "database": processor_of(server) - base,
            }
            return {
                "status": report.status, "elements": report.elements, "added": report.added,
                "changed": report.changed, "kept": report.kept, "cpu_s": sum(spent.values()),
                **spent, "wall_s": wall, "stages": report.stages,
                "peak_mb": own_after.ru_maxrss // 1024,
            }  # fmt: skip

        bring(max(small.glob("*.ifc"), key=lambda p: p.stat().st_size))
        runs = {
            "first": bring(asked.model),
            "unchanged": bring(asked.model),
            "changed": bring(changed),
        }
    first = runs["first"]["cpu_s"]
    for run in runs.values():
        run["ratio"] = run["cpu_s"] / first
        run["wall_ratio"] = run["wall_s"] / runs["first"]["wall_s"]
    if asked.json:
        print(json.dumps({"model": asked.model.name, "altered": count, "runs": runs}, indent=1))
        return
    print(f"{asked.model.name}: {runs['first']['elements']} elements, {count} altered")
    columns = ("cpu_s", "here", "children", "database", "wall_s", "ratio", "wall_ratio", "peak_mb")
    print(f"{'':10}" + "".join(f"{c:>11}" for c in columns))
    for label, run in runs.items():
        print(f"{label:10}" + "".join(f"{run[c]:11.2f}" for c in columns))
        print(" " * 10, {k: round(v, 2) for k, v in run["stages"].items()}, run["status"],
              run["added"], run["changed"], run["kept"])  # fmt: skip


if __name__ == "__main__":
    main()
