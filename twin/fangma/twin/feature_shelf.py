"""What has a body, kept ready as the bytes that go out: a large site is packed once a revision."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from fangma.asset_registry.store import scene
from fangma.asset_registry.store.scene import EVERYTHING, Slice
from fangma.twin.revision_shelf import RevisionShelf

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_MOST_BYTES: Final = 128 * 2**20
_LEAST_WEIGHT: Final = 1000  # of an empty slice, which anybody may ask for
# The first reader waits for it: level 5 takes twice the time for a twentieth fewer bytes.
_LEVEL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFeatures:
    """The answer of ``GET /api/features``.

    Attributes
    ----------
    tag : str
        Strong ETag of the body.
    packed : bytes
        The body, gzip.
    """

    tag: str
    packed: bytes

    @property
    def body(self) -> bytes:
        """The body as it is."""
        return gzip.decompress(self.packed)


class FeatureShelf:
    """The newest answers, packed."""

    def __init__(self) -> None:
        self._answers = RevisionShelf[PackedFeatures](
            most=_MOST_BYTES, weigh=lambda answer: _LEAST_WEIGHT + len(answer.packed)
        )

    def features(
        self, conn: Connection, site: Site, moment: Moment, part: Slice = EVERYTHING
    ) -> PackedFeatures:
        """Return the answer of a moment, of everything or of a slice.

        Parameters
        ----------
        conn : Connection
            Inside :func:`fangma.asset_registry.store.connection.reading`.
        """
        about = (site.id, *site.origin, part)
        return self._answers.of(conn, moment, about, lambda: _packed(conn, site, moment, part))


def _packed(conn: Connection, site: Site, moment: Moment, part: Slice) -> PackedFeatures:
    found = scene.features(conn, site, moment, part)
    # NaN (not measured) becomes null.
    body = orjson.dumps(found.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY)
    return PackedFeatures(
        tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        packed=gzip.compress(body, _LEVEL, mtime=0),
    )
