"""``python -m fangma.bim_import.perturbing SOURCE.ifc TARGET.ifc --seed 7``."""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import fields
from pathlib import Path

from fangma.bim_import.perturbing.dose import Dose
from fangma.bim_import.perturbing.export import perturb


def main() -> int:
    """Perturb one file and print how much was changed."""
    parser = argparse.ArgumentParser(prog="perturbing", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    for field in fields(Dose):
        name = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=field.default)
        elif isinstance(field.default, tuple):
            parser.add_argument(name, type=float, nargs=3, default=field.default)
        else:
            parser.add_argument(name, type=type(field.default), default=field.default)
    values = vars(parser.parse_args())
    source, target = values.pop("source"), values.pop("target")
    values["offset_m"] = tuple(values["offset_m"])
    values["turn"] = math.remainder(values["turn"], 2 * math.pi)
    truth = perturb(source, target, Dose(**values))
    sys.stdout.write(
        f"{len(truth.same)} same ({len(truth.renamed)} renamed, {len(truth.moved)} moved), "
        f"{len(truth.gone)} gone, {len(truth.added)} added, {len(truth.splits)} split, "
        f"{len(truth.merges)} merged\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
