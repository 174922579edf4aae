"""Fingerprints of all statements of a file, made in a process of their own while it is parsed.

Both take long and neither needs the other: the text is known to be sound when the parser begins.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

from fangma.bim_import.forking import Forked, can_fork
from fangma.bim_import.opening.graph import DIGEST_BYTES, fingerprints
from fangma.bim_import.opening.soundness import rooted_classes, unordered_attributes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fangma.bim_import.opening.statements import Statements

# Of fewer statements the fingerprints are made sooner than a process.
_WORTHWHILE: Final = 20_000


def digest(statements: Statements, order: NDArray[np.int64], schema: str) -> list[bytes]:
    """Fingerprint every statement with all that it rests on, by row.

    Parameters
    ----------
    order : (n,) int64
        Rows, referred ones first.
    schema : str
        Identifier of the schema, which tells what a set is.
    """
    return fingerprints(
        statements,
        order,
        rooted=rooted_classes(schema),
        unordered=unordered_attributes(schema),
    )


class Digesting:
    """Fingerprints on their way; see :func:`digest`."""

    def __init__(self, statements: Statements, order: NDArray[np.int64], schema: str) -> None:
        self._given = (statements, order, schema)
        self._process: Forked | None = None
        if len(statements.ids) >= _WORTHWHILE and can_fork():
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``stop``
            self._process = Forked(
                lambda pipe: pipe.send_bytes(b"".join(digest(*self._given))), self._log
            )

    def result(self) -> list[bytes]:
        """Wait for the fingerprints, by row; called once."""
        if self._process is None:
            return digest(*self._given)
        try:
            joined = self._process.pipe.recv_bytes()
        except (EOFError, ConnectionResetError):
            return digest(*self._given)  # says of what the process died, or does without it
        finally:
            self.stop()
        return [joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES)]

    def stop(self) -> None:
        """End the process if it still runs."""
        if self._process is not None:
            self._process.pipe.close()
            self._process.kill()
            self._process.wait()
            self._log.close()
            self._process = None
