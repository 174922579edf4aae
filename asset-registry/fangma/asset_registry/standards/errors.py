"""What can go wrong with rule packs."""

from __future__ import annotations

from fangma.asset_registry.errors import RegistryError


class StandardError(RegistryError):
    """Base of the errors of this package."""


class PackError(StandardError):
    """A rule pack is not well formed, or holds the figures of another standard."""


class UnknownStandardError(StandardError):
    """No pack has that name."""


class NotInForceError(StandardError):
    """The standard asked for was not in force on the day of the audit."""
