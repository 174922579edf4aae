"""Rooms whose area could not be measured, told to whoever imports the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Element


def tell_unmeasured(elements: Sequence[Element], bodies: Mapping[int, Body]) -> list[Finding]:
    """Find rooms without any body, and rooms whose body encloses no floor.

    Returns
    -------
    findings : list of Finding
        Rules ``room-without-body`` and ``room-unmeasurable``, at most one of each; ``fangma
        health`` lists every room.
    """
    rooms = [element for element in elements if element.kind == "room"]
    absent = [room for room in rooms if room.key not in bodies]
    flawed = [room for room in rooms if room.key in bodies and bodies[room.key].area_m2 is None]
    findings: list[Finding] = []
    if absent:
        findings.append(
            _warning(
                "room-without-body",
                absent[0],
                f"{len(absent)} of {len(rooms)} rooms have neither a body nor an outline; their "
                f"areas were not measured, {_declaring(absent)}.",
                "Place and close the rooms in the model, export their bodies, and import it anew.",
            )
        )
    if flawed:
        findings.append(
            _warning(
                "room-unmeasurable",
                flawed[0],
                f"The bodies of {len(flawed)} of {len(rooms)} rooms enclose no floor; their areas "
                f"were not measured, {_declaring(flawed)}.",
                "Draw the boundaries of these rooms anew in the model, and import it anew.",
            )
        )
    return findings


def _declaring(rooms: Sequence[Element]) -> str:
    declaring = sum(bool(room.declared_areas) for room in rooms)
    return f"{declaring} of them declare one" if declaring else "and none of them declares one"


def _warning(rule: str, room: Element, message: str, remedy: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule=rule,
        element=room.guid or f"#{room.key}",
        message=message,
        remedy=remedy,
    )
