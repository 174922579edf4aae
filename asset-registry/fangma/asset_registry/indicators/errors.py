"""What can be wrong with a pack of indicators."""

from __future__ import annotations

from fangma.asset_registry.errors import RegistryError


class IndicatorError(RegistryError):
    """A pack of indicators that is not well formed; says where, in the words of its editor."""


class UnknownIndicatorsError(RegistryError):
    """A pack that is not there."""


class UnknownFigureError(RegistryError):
    """A figure that is none, or that has no rooms behind it."""
