"""Errors of writing files for other programs."""

from __future__ import annotations

from fangma.bim_import.errors import ImportModelError


class ExchangeError(ImportModelError):
    """A file that cannot be written as asked."""
