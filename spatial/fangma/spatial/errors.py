"""What can go wrong in pure geometry. Every error carries the data that caused it."""

from __future__ import annotations


class SpatialError(Exception):
    """Base of every error that this folder raises."""
