"""Find or make the registry's entries of a file's buildings and storeys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from fangma.asset_registry.changes import NewEntry, Source, State
from fangma.bim_import.plan import Places
from fangma.bim_import.recognition import is_telling
from fangma.bim_import.storeys import KnownStorey, match_storeys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.store import known
    from fangma.bim_import.model import Building, Model
    from fangma.bim_import.placing import Placing
    from fangma.bim_import.recognition import Recognition


@dataclass(slots=True, kw_only=True)
class PlaceChanges:
    """What an import adds of buildings and storeys, and where the file's keys lead."""

    places: Places
    new: list[NewEntry]
    states: list[State]
    sources: list[Source]
    superseded: list[UUID]


def _building_name(building: Building, model: Model) -> str:
    for name in (building.name, model.project_name, model.site_name or ""):
        if is_telling(name):
            return name.strip()
    return model.source.name.rsplit(".", 1)[0]


def find_places(
    site_id: UUID,
    model: Model,
    recognition: Recognition,
    placing: Placing,
    storeys: Sequence[known.StoreyRow],
    seen: Mapping[UUID, known.PlaceRow],
    *,
    rise_m: float = 0.0,
) -> PlaceChanges:
    """Match the file's buildings and storeys, and list what is new or renamed.

    Parameters
    ----------
    storeys : sequence of StoreyRow
        All that the site has.
    seen : mapping of UUID to PlaceRow
        Buildings and storeys that an earlier revision of this model spoke of.
    rise_m : float
        What lays the file's heights on the known ones, where the building moved as a whole.
    """
    height = placing.matrix_site_from_model[2][3]
    buildings: dict[int, UUID] = {}
    levels: dict[int, UUID] = {}
    parts = PlaceChanges(
        places=Places(
            buildings=buildings, storeys=levels, default_building=None, site_id=site_id,
            names={s.id: s.code for s in storeys},
        ),
        new=[], states=[], sources=[], superseded=[],
    )  # fmt: skip

    def tie(entry_id: UUID, guid: str | None, key: int, fingerprint: str) -> None:
        before = seen.get(entry_id)
        if before is not None and (before.guid, before.fingerprint) == (guid, fingerprint):
            return
        if before is not None:
            parts.superseded.append(entry_id)
        parts.sources.append(
            Source(entry_id=entry_id, guid=guid, step_key=key, fingerprint=fingerprint)
        )

    for building, found in zip(model.buildings, recognition.buildings, strict=True):
        entry_id = found or uuid4()
        buildings[building.key] = entry_id
        if found is None:
            parts.new.append(
                NewEntry(id=entry_id, kind="building", site_id=site_id, building_id=entry_id)
            )
            parts.states.append(
                State(
                    entry_id=entry_id,
                    name=_building_name(building, model),
                    building_id=entry_id,
                    ifc_class="IfcBuilding",
                    elevation_m=building.elevation_m + height,
                    inferred=building.inferred,
                )
            )
        tie(entry_id, building.guid, building.key, f"building {building.name}")
        of_building = [s for s in model.storeys if s.building == building.key]
        matched = match_storeys(
            of_building,
            [
                KnownStorey(
                    id=s.id, guids=frozenset(s.guids), name=s.name, elevation_m=s.elevation_m
                )
                for s in storeys
                if s.building_id == entry_id
            ],
            zero_m=height + rise_m,
        )
        before_of = {s.id: s for s in storeys}
        for storey in of_building:
            storey_id = matched.get(storey.key) or uuid4()
            levels[storey.key] = storey_id
            state = State(
                entry_id=storey_id,
                name=storey.name,
                building_id=entry_id,
                ifc_class="IfcBuildingStorey",
                elevation_m=round(storey.elevation_m + height, 4),
                inferred=storey.inferred,
            )
            if storey.key not in matched:
                parts.new.append(
                    NewEntry(
                        id=storey_id, kind="storey", site_id=site_id, building_id=entry_id,
                        storey_id=None,
                    )
                )  # fmt: skip
                parts.states.append(state)
            elif storey_id in seen:
                before = before_of[storey_id]
                moved = abs(before.elevation_m - (state.elevation_m or 0.0)) > 0.001
                if moved or before.name != storey.name:
                    parts.states.append(state)
            tie(
                storey_id, storey.guid, storey.key, f"storey {storey.name} {storey.elevation_m:.3f}"
            )
    names = dict(parts.places.names)
    for building in model.buildings:
        names.setdefault(buildings[building.key], building.name)
    for storey in model.storeys:
        if storey.key in levels:
            names.setdefault(levels[storey.key], storey.name)
    only = next(iter(buildings.values())) if len(buildings) == 1 else None
    parts.places = replace(parts.places, default_building=only, names=names)
    return parts
