"""Read an opened model: the second stage of an import."""

from fangma.bim_import.reading.identity import read_digests
from fangma.bim_import.reading.model_reader import read_length_unit_m, read_model

__all__ = ["read_digests", "read_length_unit_m", "read_model"]
