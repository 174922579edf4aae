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
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from fangma.bim_import.opening.digest_store import FindStore
    from fangma.bim_import.opening.statements import Statements

# Of fewer statements the fingerprints are made sooner than a process.
_WORTHWHILE: Final = 20_000


def digest(
    statements: Statements, order: NDArray[np.int64], schema: str, known: Sequence[bytes] = ()
) -> list[bytes]:
    """Fingerprint every statement with all that it rests on, by row.

    Parameters
    ----------
    order : (n,) int64
        Rows, referred ones first.
    schema : str
        Identifier of the schema, which tells what a set is.
    known : sequence of bytes, optional
        Those that are known already, ``b""`` for the others.
    """
    return fingerprints(
        statements,
        order,
        rooted=rooted_classes(schema),
        unordered=unordered_attributes(schema),
        known=known,
    )


class Digesting:
    """Fingerprints on their way; see :func:`digest`.

    Parameters
    ----------
    find_store : callable, optional
        Says what has those of the last export and takes these, if anything does; asked where it
        is worthwhile.
    """

    def __init__(
        self,
        statements: Statements,
        order: NDArray[np.int64],
        schema: str,
        find_store: FindStore | None = None,
    ) -> None:
        self._given = (statements, order, schema)
        is_worthwhile = len(statements.ids) >= _WORTHWHILE
        self._store = find_store() if is_worthwhile and find_store is not None else None
        self._process: Forked | None = None
        self._is_taken = False
        if is_worthwhile and can_fork():
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``stop``
            self._process = Forked(
                lambda pipe: self._make(lambda made: pipe.send_bytes(b"".join(made))), self._log
            )

    def _make(self, give: Callable[[list[bytes]], None]) -> None:
        """Make them, give them, and only then keep them."""
        statements, _order, schema = self._given
        known = [] if self._store is None else self._store.known(statements, schema)
        made = digest(*self._given, known)
        give(made)
        if self._store is not None and not (known and all(known)):
            self._store.save(statements, schema, made)

    def result(self) -> list[bytes]:
        """Wait for the fingerprints, by row; called once."""
        found: list[bytes] = []
        if self._process is None:
            self._make(found.extend)
            return found
        try:
            joined = self._process.pipe.recv_bytes()
            self._is_taken = True
        except (EOFError, ConnectionResetError):
            return digest(*self._given)  # says of what the process died, or does without it
        finally:
            if not self._is_taken or self._store is None:
                self.stop()
        return [joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES)]

    def stop(self) -> None:
        """End the process; one that has given its fingerprints may keep them first."""
        if self._process is not None:
            self._process.pipe.close()
            if not self._is_taken:
                self._process.kill()
            self._process.wait()
            self._log.close()
            self._process = None
