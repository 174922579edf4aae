"""What has a body, kept ready as the bytes that go out: a large site is packed once a revision."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import orjson

from fangma.asset_registry.store import networks, scene
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_MOST_BYTES: Final = 128 * 2**20
# The first reader waits for it: level 5 takes twice the time for a twentieth fewer bytes.
_LEVEL: Final = 4
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFeatures:
    """The answer of ``GET /api/features``.

    Attributes
    ----------
    tag : str
        Strong ETag of the body.
    packed : bytes
        The body, gzip.
    since, until : datetime
        The answer is the same for every time from the first to before the second; None = for ever.
    """

    tag: str
    packed: bytes
    since: datetime
    until: datetime | None

    @property
    def body(self) -> bytes:
        """The body as it is."""
        return gzip.decompress(self.packed)


class FeatureShelf:
    """The newest answers by site, revision and what their readers may see.

    An answer is shared only by readers who see exactly the same scopes, which the database says
    anew for every question; so a grant that was taken away counts at once. Whatever is recorded,
    marks of secrecy too, makes a new revision. A fact may begin or end in the future: an answer
    holds until the first one does. Of several who ask at once one packs, and the others wait.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: OrderedDict[_Key, PackedFeatures] = OrderedDict()
        self._turns = Turns()

    def features(self, conn: Connection, site: Site, moment: Moment) -> PackedFeatures:
        """Return the answer of a moment.

        Parameters
        ----------
        conn : Connection
            Inside :func:`fangma.asset_registry.store.connection.reading`.
        """
        seen = hashlib.sha256(networks.scopes_seen(conn).encode()).digest()
        key = (site.id, *site.origin, moment.revision, seen)
        found = self._find(key, moment)
        if found is not None:
            return found
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found
            found = _packed(conn, site, moment)
            with self._lock:
                self._answers[key] = found
                self._answers.move_to_end(key)
                while len(self._answers) > 1 and self._bytes() > _MOST_BYTES:
                    self._answers.popitem(last=False)
        return found

    def _find(self, key: _Key, moment: Moment) -> PackedFeatures | None:
        with self._lock:
            found = self._answers.get(key)
            if found is None or moment.at < found.since:
                return None
            if found.until is not None and moment.at >= found.until:
                return None
            self._answers.move_to_end(key)
            return found

    def _bytes(self) -> int:
        return sum(len(answer.packed) for answer in self._answers.values())


def _packed(conn: Connection, site: Site, moment: Moment) -> PackedFeatures:
    until = scene.holds_until(conn, moment)
    found = scene.features(conn, site, moment)
    # NaN (not measured) becomes null.
    body = orjson.dumps(found.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY)
    return PackedFeatures(
        tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        packed=gzip.compress(body, _LEVEL, mtime=0),
        since=moment.at,
        until=until,
    )
