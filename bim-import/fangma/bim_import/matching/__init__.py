"""Finding in a new export what the registry already knows: pure over prepared features."""

from fangma.bim_import.matching.features import Doubt, Feature, Matching, Pair
from fangma.bim_import.matching.matcher import match
from fangma.bim_import.matching.motion import Motion, find_motion

__all__ = ["Doubt", "Feature", "Matching", "Motion", "Pair", "find_motion", "match"]
