"""Read an opened model: the second stage of an import."""

from fangma.bim_import.reading.model_reader import read_model

__all__ = ["read_model"]
