"""Read an opened model: the second stage of an import."""

from fangma.bim_import.reading.model_reader import read_length_unit_m, read_model

__all__ = ["read_length_unit_m", "read_model"]
