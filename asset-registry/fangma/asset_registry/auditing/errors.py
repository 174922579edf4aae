"""What can go wrong with an audit."""

from __future__ import annotations

from fangma.asset_registry.errors import RegistryError


class AuditError(RegistryError):
    """The facts handed over cannot be judged at all, such as a negative area."""
