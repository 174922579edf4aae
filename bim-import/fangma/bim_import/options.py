"""What a user may say about the files that he imports; see CONTRACTS, ``fangma import``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The words of the command line.

    Attributes
    ----------
    revises, building : str or None
        Code of the building whose model this is a new export of; of the building it belongs to.
    valid_from : datetime or None
        When what the file shows became true; None = since ever for a new model, now for a revision.
    older_revision : bool
        The user knows that the file is older than what the registry holds of its model.
    ids : tuple of Path
        IDS files that every model is checked against.
    workers : int
        Kernel processes at a time.
    """

    site: str | None = None
    discipline: str | None = None
    revises: str | None = None
    building: str | None = None
    new_building: bool = False
    valid_from: datetime | None = None
    dry_run: bool = False
    older_revision: bool = False
    ids: tuple[Path, ...] = ()
    actor: str = "operator"
    workers: int = field(default_factory=lambda: min(8, os.cpu_count() or 1))
