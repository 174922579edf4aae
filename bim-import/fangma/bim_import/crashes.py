"""A model killed the process that it was read in; the import of the others goes on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Self

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.forking import last_words

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO


class ModelCrashedError(ImportModelError):
    """The process that imported a model died of it."""

    @classmethod
    def of(cls, path: Path, status: int, log: IO[bytes]) -> Self:
        """Say how it ended: with an exit code, or, negative, by a signal."""
        died = signal.Signals(-status).name if status < 0 else f"status {status}"
        return cls(
            f"The process that imported {path.name} ended with {died}: "
            f"{last_words(log)}. Nothing of the model was kept.",
            "Import it alone; SIGKILL often means that memory ran out. Otherwise report the file.",
        )
