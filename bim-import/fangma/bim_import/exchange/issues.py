"""Findings as BCF 2.1 topics: one a finding, with a viewpoint that looks at the element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from bcf.v2.bcfxml import BcfXml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_AUTHOR: Final = "fangma"
_TYPES: Final = {"error": "Error", "warning": "Warning", "info": "Info"}
#: BCF readers show a list; nobody reads more.
MOST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What becomes a topic.

    Attributes
    ----------
    place : (3,) float or None
        Centre of the element in the model's own frame, metres, as BCF wants it.
    """

    title: str
    severity: str
    description: str
    guid: str | None
    place: NDArray[np.float64] | None
    labels: tuple[str, ...] = ()


def issues_of(
    told: Mapping[str, Any],
    places: Mapping[str, NDArray[np.float64]],
    *,
    least: str = "warning",
) -> list[Issue]:
    """Turn the findings and the health of one import into issues.

    Parameters
    ----------
    told : mapping
        ``{"file", "findings", "health"}`` as the registry keeps them.
    places : mapping of str to (3,) float
        Centres of elements by GlobalId, the model's frame.
    least : str
        ``warning`` leaves what is only information out.
    """
    grave = {"error", "warning"} if least == "warning" else set(_TYPES)
    found = [
        Issue(
            title=f"{f['rule']}: {_first(f['message'])}",
            severity=f["severity"],
            description=f"{f['message']}\n{f['remedy']}",
            guid=f["element"] if _is_guid(f["element"]) else None,
            place=places.get(f["element"] or ""),
            labels=(f["rule"], told["file"]),
        )
        for f in told["findings"]
        if f["severity"] in grave
    ]
    for check in (told.get("health") or {}).get("checks", ()):
        if check["severity"] not in grave:
            continue
        found += [
            Issue(
                title=f"{check['zh']} {check['en']}: {_first(str(e['told']))}",
                severity=check["severity"],
                description=f"{e['told']}\n{check['remedy_zh']}\n{check['remedy_en']}",
                guid=e["element"] if _is_guid(e["element"]) else None,
                place=places.get(e["element"] or ""),
                labels=(check["rule"], told["file"]),
            )
            for e in check["elements"]
        ]
    return found[:MOST]


def write_bcf(path: Path, project: str, issues: Iterable[Issue]) -> int:
    """Write a BCF 2.1 file and return how many topics it has."""
    count = 0
    with BcfXml.create_new(_plain(project)) as file:
        for issue in issues:
            topic = file.add_topic(
                _plain(issue.title)[:200], _plain(issue.description), _AUTHOR,
                _TYPES[issue.severity], "Open",
            )  # fmt: skip
            topic.topic.labels = [_plain(label) for label in issue.labels]
            if issue.guid is not None:
                place = np.zeros(3) if issue.place is None else issue.place
                topic.add_viewpoint_from_point_and_guids(place, issue.guid)
            count += 1
        file.save(path)
    return count


def _first(text: str) -> str:
    return text.split("\n", maxsplit=1)[0][:140]


def _is_guid(text: str | None) -> bool:
    """Tell a GlobalId (22 characters of base 64) from a row or a statement number."""
    return text is not None and len(text) == 22 and text.replace("_", "").replace("$", "").isalnum()


def _plain(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe"
    )
