"""What a perturbed file's elements were before: the answer that a matcher is held to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Truth:
    """Rooms and elements by their GlobalIds in the old and in the new file.

    Attributes
    ----------
    same : dict of str to str
        Old to new GlobalId of everything that is still there, renamed and moved ones included.
    renamed, moved : list of str
        Old GlobalIds.
    gone, added : list of str
        Old GlobalIds; new ones.
    splits : dict of str to list of str
        Old room to its new parts.
    merges : dict of str to list of str
        New room to its old parts.
    """

    source: str
    seed: int
    same: dict[str, str] = field(default_factory=dict)
    renamed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    splits: dict[str, list[str]] = field(default_factory=dict)
    merges: dict[str, list[str]] = field(default_factory=dict)

    def unchanged(self) -> dict[str, str]:
        """Return what neither moved nor changed otherwise, old to new; renamed ones included."""
        moved = set(self.moved)
        return {old: new for old, new in self.same.items() if old not in moved}

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read what :meth:`write` wrote."""
        return cls(**json.loads(path.read_text("utf-8")))
