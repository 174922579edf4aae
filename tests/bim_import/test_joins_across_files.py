"""Joins between files: ends, ports and bodies of the one with what the registry holds of others."""

from __future__ import annotations

from uuid import uuid4

import numpy as np

from fangma.bim_import.networks import Other, join_across
from fangma.spatial.networks.parts import Part, PortEnd, box_triangles


def pipe(x0: float, x1: float, system: str = "JS") -> Part:
    return Part(kind="pipe", system=system, axis=np.array([[x0, 0, 0], [x1, 0, 0.0]]), radius=0.03)


def held(part: Part) -> Other:
    return Other(entry_id=uuid4(), part=part, joined=())


def box(kind: str, x0: float, x1: float, system: str = "JS", *, group: int = 1) -> Part:
    return Part(
        kind=kind,
        system=system,
        triangles=box_triangles((x0, -0.05, -0.05, x1, 0.05, 0.05)),
        is_rough=True,
        group=group,
    )


def partners(parts: list[Part], others: list[Other]) -> list[int]:
    """Return the rows of the others that something was joined to."""
    found = join_across(parts, [uuid4() for _ in parts], [], others)
    rows = {other.entry_id: row for row, other in enumerate(others)}
    return sorted(rows.get(j.entry_id, rows.get(j.other_id, -1)) for j in found)


def test_a_pipe_is_joined_to_the_valve_and_the_pump_that_other_files_hold() -> None:
    others = [held(box("valve", 1.0, 1.2)), held(box("device", -0.5, 0.0))]
    assert partners([pipe(0.0, 1.0)], others) == [0, 1]


def test_a_valve_of_another_system_in_another_file_is_not_joined() -> None:
    assert partners([pipe(0.0, 1.0)], [held(box("valve", 1.0, 1.2, "RS"))]) == []


def test_a_valve_is_joined_to_the_pipe_that_another_file_holds_by_port_and_by_body() -> None:
    by_body = box("valve", 1.0, 1.2, group=0)
    by_port = Part(kind="valve", system="JS", ports=(PortEnd(position=np.array([1.0, 0, 0])),))
    for valve in (by_body, by_port):
        other = Part(
            kind="pipe", system="JS", axis=np.array([[0, 0, 0], [1, 0, 0.0]]), radius=0.03, group=1
        )
        assert partners([valve], [held(other)]) == [0]


def test_an_end_that_has_its_partner_in_its_own_file_is_not_joined_again() -> None:
    other = Other(
        entry_id=uuid4(),
        part=Part(
            kind="pipe", system="JS", axis=np.array([[0, 0, 0], [1, 0, 0.0]]), radius=0.03, group=1
        ),
        joined=((uuid4(), (1.0, 0.0, 0.0)),),
    )
    assert partners([box("valve", 1.0, 1.2, group=0)], [other]) == []
