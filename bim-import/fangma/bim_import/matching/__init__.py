"""Finding in a new export what the registry already knows: pure over prepared features."""

from fangma.bim_import.matching.elements import match
from fangma.bim_import.matching.features import Doubt, Feature, Matching, Pair

__all__ = ["Doubt", "Feature", "Matching", "Pair", "match"]
