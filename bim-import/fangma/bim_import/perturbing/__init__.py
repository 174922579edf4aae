"""Make of any IFC file another export of the same building, and the truth of what changed."""

from fangma.bim_import.perturbing.dose import UNTOUCHED, Dose
from fangma.bim_import.perturbing.export import perturb
from fangma.bim_import.perturbing.truth import Truth

__all__ = ["UNTOUCHED", "Dose", "Truth", "perturb"]
