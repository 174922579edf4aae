"""The planted stuck valve and leak: which pipe, which valves must then be closed, who goes dry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample.drafting import global_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.bim_import.sample.network import Network, Part
    from fangma.bim_import.sample.plan import Building


def water_cases(building: Building, networks: Sequence[Network], seed: int) -> list[dict[str, Any]]:
    """Plant a leak behind a storey's branch valve, and that valve stuck.

    With the valve working, closing it alone shuts off the storey. When it is stuck the segment
    widens to the riser, which its base valve shuts: every wet room of the building goes dry.
    """
    water = next(network for network in networks if network.system == "JS")
    parts = {part.key: part for part in water.assemble()}
    served = [storey for storey in building.storeys[1:] if not storey.is_roof]
    storey = served[min(1, len(served) - 1)]

    def guid(part: Part) -> str:
        return global_id(f"{seed}/{building.code}/services/{part.key}")

    branch = parts[f"JS/valve/{storey.name}"]
    base = parts["JS/valve/riser"]
    level = storey.elevation + 2550
    pipe = max(
        (
            part
            for part in parts.values()
            if part.section is not None and part.at[2] == level and part.section.nominal == 40
        ),
        key=lambda part: (part.length, part.key),
    )
    wet = {"toilet-m", "toilet-f", "boiling"}
    here = [room.number for room in storey.rooms if room.use in wet]
    everywhere = [room.number for s in served for room in s.rooms if room.use in wet]
    return [
        {
            "id": "stuck-valve-1",
            "kind": "stuck-valve",
            "rule": None,
            "building": building.name,
            "valve_guid": guid(branch),
            "valve": branch.name,
            "state": "stuck",
            "target_guid": guid(pipe),
            "expected_valves_working": [guid(branch)],
            "expected_dry_working": here,
            "expected_valves_stuck": [guid(base)],
            "expected_dry_stuck": everywhere,
        },
        {
            "id": "leak-1",
            "kind": "leak",
            "rule": None,
            "building": building.name,
            "system": "JS",
            "pipe_guid": guid(pipe),
            "storey": storey.name,
            "sensor": f"{building.code}-{here[0]}-leak",
            "expected": "the leak lies in the valve segment of this pipe",
        },
    ]
