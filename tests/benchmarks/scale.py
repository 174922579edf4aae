"""How an import grows: the generated compound from 2,000 to 60,000 rooms.

    python tests/benchmarks/scale.py [--rooms 2000 10000 60000] [--json]

Every size is written anew and imported by one ``fangma import`` into a new twin: seconds of wall
and CPU (the database server apart), peak memory of the largest process, growth of the database's
tables and indexes, bytes of the tiles. ``exponent`` is how the time grows from the size before:
1 = in proportion. At 60,000 rooms reckon with gigabytes under the folder for temporary files.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script

from fangma.bim_import.sample import write_sample

MB = 1024**2
SIZES = (2_000, 10_000, 60_000)


def measure(rooms: int) -> dict[str, Any]:
    """Write and import a compound of about so many rooms."""
    with tempfile.TemporaryDirectory() as folder, fresh_twin() as twin:
        started = time.perf_counter()
        summary = write_sample(Path(folder), rooms=rooms)
        written_s = time.perf_counter() - started
        models = [path for path in summary.files if path.suffix == ".ifc"]
        empty = twin.bytes_of_database()
        measured = twin.run("import", *map(str, models))
        reports = measured.answer["files"]
        refused = [report["file"] for report in reports if report["status"] != "imported"]
        if refused:
            raise SystemExit(f"not imported: {', '.join(refused)}")
        return {
            "rooms": sum(report["rooms"] for report in reports),
            "elements": sum(report["elements"] for report in reports),
            "files": len(models),
            "ifc_mb": round(sum(path.stat().st_size for path in models) / MB, 1),
            "written_s": round(written_s, 1),
            "wall_s": round(measured.wall_s, 1),
            "cpu_s": round(measured.cpu_s, 1),
            "peak_mb": measured.peak_mb,
            "database_mb": round((twin.bytes_of_database() - empty) / MB, 1),
            "tiles_mb": round(twin.bytes_of_tiles() / MB, 1),
            "review": sum(report["review"] for report in reports),
        }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", nargs="+", type=int, default=SIZES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table: list[dict[str, Any]] = []
    for rooms in options.rooms:
        row = measure(rooms)
        if table:
            before = table[-1]
            row["exponent"] = round(
                math.log(row["wall_s"] / before["wall_s"])
                / math.log(row["rooms"] / before["rooms"]),
                2,
            )
        table.append(row)
        if not options.json:
            sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")
            sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
