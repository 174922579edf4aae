"""Open a model file, or refuse it: the first stage of an import."""

from fangma.bim_import.opening.model_file import OpenedModel, open_model
from fangma.bim_import.refusal import RefusedFile

__all__ = ["OpenedModel", "RefusedFile", "open_model"]
