"""What can go wrong with an audit."""

from __future__ import annotations

from fangma.asset_registry.errors import RegistryError


class AuditError(RegistryError):
    """The facts handed over cannot be judged at all, such as a negative area."""


class NotRevisableError(AuditError):
    """An audit cannot be brought up to date by what changed: make a new one."""
