"""What stops the whole stage; what goes wrong with one element is a finding instead."""

from __future__ import annotations

from fangma.bim_import.errors import ImportModelError


class ShapingError(ImportModelError):
    """The stage could not run at all: its process died, or the file can't be opened."""
