"""Whether a file is newer than what the registry holds of its model."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from fangma.bim_import.errors import ImportModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.store.known import RevisionRow
    from fangma.bim_import.model import SourceFile

# Variants of one sitting are exported within minutes of each other, in any order.
_ONE_SITTING: Final = timedelta(hours=1)
# Clocks that were never set say 1970 or 2000.
_FIRST_YEAR: Final = 2003
_VERSION: Final = re.compile(
    r"(?i)(?:^|[ _.\-(（第])(?:v|ver|version|rev|r|版本|版)[ _.\-]?(\d+(?:\.\d+)*)"
)


class OlderRevisionError(ImportModelError):
    """The file is older than what was imported of its model already."""


def check_succession(source: SourceFile, revisions: Sequence[RevisionRow]) -> None:
    """Refuse a file that looks older than the newest revision of its model.

    Asked of the content (the bytes of a revision that was superseded), the time stamp of the header
    (ISO 10303-21, 9.2.3), and a version number in the names of the files, in this order.

    Raises
    ------
    OlderRevisionError
    """
    newest = next((r for r in revisions if r.current), None)
    if newest is None:
        return
    same = next((r for r in revisions if not r.current and r.sha256 == source.sha256), None)
    if same is not None and newest.sha256 != source.sha256:
        raise _older(source, f"its bytes are those of {same.file}, which {newest.file} superseded")
    written, before = _time(source.written_at), _time(newest.written_at)
    if written is not None and before is not None and before - written > _ONE_SITTING:
        raise _older(
            source,
            f"it was written {source.written_at}, and {newest.file} of {newest.written_at} was "
            "imported already",
        )
    version, known = _version(source.name), _version(newest.file)
    dated = written is not None and before is not None and written > before
    if version and known and version[0] == known[0] and version[1] < known[1] and not dated:
        raise _older(source, f"{newest.file} with a higher number was imported already")


def _older(source: SourceFile, why: str) -> OlderRevisionError:
    return OlderRevisionError(
        f"{source.name} looks older than what the registry holds of its model: {why}. Nothing was "
        "changed.",
        "Import it with --older-revision if the registry is to go back to it; fangma rollback "
        "takes an import back without the file.",
    )


def _time(text: str | None) -> datetime | None:
    """Read a time stamp of a header; None where it says nothing."""
    try:
        found = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    return found if _FIRST_YEAR <= found.year <= 9000 else None


def _version(name: str) -> tuple[str, tuple[int, ...]] | None:
    """Cut a version number out of a file name: what is left, and the number."""
    found = _VERSION.search(name)
    if found is None:
        return None
    number = tuple(int(part[:9]) for part in found.group(1).split("."))
    return name[: found.start(1)] + name[found.end(1) :], number
