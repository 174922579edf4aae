"""Prepare what the registry knows for recognition, and let the user's word stand above it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import box as box_polygon

from fangma.asset_registry.codes import parse
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.outlines import Box, moved_box, whole_box
from fangma.bim_import.recognition import (
    BuildingFeatures,
    KnownModel,
    Recognition,
    StoreyLevel,
    recognise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.store import known
    from fangma.bim_import.matching import Motion
    from fangma.bim_import.model import Building, Model
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.placing import Placing


class BuildingChoiceError(ImportModelError):
    """A building or model that the user named does not exist or does not fit."""


def recognise_file(
    model: Model,
    boxes: Mapping[int | None, Box],
    own_place: Placing | None,
    rows: Sequence[known.ModelRow],
    buildings: Sequence[known.BuildingRow],
    storeys: Sequence[known.StoreyRow],
    counted: int,
    options: ImportOptions,
    motions: Mapping[UUID, Motion] = MappingProxyType({}),
) -> Recognition:
    """Decide what a file is, in the frame that can be compared with what the registry has.

    Parameters
    ----------
    boxes : mapping
        Of the file's buildings, model frame.
    own_place : Placing or None
        Where the file itself says that it lies.
    counted : int
        Elements of the file that could be shared with a known model.
    motions : mapping of UUID to Motion
        How the file lies on known models, by model, where it was asked.
    """
    features = [_features(b, model, boxes, own_place) for b in model.buildings]
    old = [f for b in buildings for f in _known_features(b, rows, storeys, own_place is not None)]
    models = [
        KnownModel(
            id=row.id,
            file=row.file,
            discipline=row.discipline,
            project_guid=row.project_guid,
            building_guids=frozenset(row.building_guids),
            building_ids=tuple(row.building_ids),
            shared_guids=row.shared_guids / max(1, min(row.elements, counted)),
            shared=row.shared / max(1, min(row.elements, counted)),
            likeness=motions[row.id].share if row.id in motions else 0.0,
            rise_m=_rise(motions[row.id], row, own_place) if row.id in motions else 0.0,
        )
        for row in rows
    ]
    recognition = recognise(
        discipline=model.discipline,
        buildings=features,
        known_models=models,
        known_buildings=old,
    )
    return _overridden(recognition, model, rows, buildings, options)


def _rise(motion: Motion, row: known.ModelRow, own_place: Placing | None) -> float:
    """Say what to add to the file's storey heights to compare them with the model's."""
    rise = motion.offset_m[2]
    if row.georeferenced and own_place is not None:
        return rise
    return rise - float(np.array(row.placement).reshape(4, 4)[2, 3])


def _overridden(
    recognition: Recognition,
    model: Model,
    rows: Sequence[known.ModelRow],
    buildings: Sequence[known.BuildingRow],
    options: ImportOptions,
) -> Recognition:
    """Let the user's word stand above the evidence."""
    if options.new_building:
        return Recognition(
            revises=None, buildings=(None,) * len(model.buildings),
            reasons=("--new-building",), doubts=(),
        )  # fmt: skip
    chosen = options.building or options.revises
    if chosen is None:
        return recognition
    code = str(parse(chosen))
    building = next((b for b in buildings if b.code == code), None)
    if building is None:
        raise BuildingChoiceError(
            f"There is no building {chosen} on this site.", "fangma list building names them."
        )
    ids: tuple[UUID | None, ...] = (building.id,) * min(1, len(model.buildings))
    ids += recognition.buildings[1:]
    if options.revises is None:
        return replace(recognition, buildings=ids, reasons=("--building",), doubts=())
    series = [r for r in rows if building.id in r.building_ids and r.discipline == model.discipline]
    if len(series) != 1:
        names = ", ".join(r.file for r in series) or "none"
        raise BuildingChoiceError(
            f"--revises {chosen}: the building has {len(series)} {model.discipline} models "
            f"({names}), expected one.",
            "Name the discipline with --discipline, or leave --revises out.",
        )
    return Recognition(revises=series[0].id, buildings=ids, reasons=("--revises",), doubts=())


def _features(
    building: Building, model: Model, boxes: Mapping[int | None, Box], own_place: Placing | None
) -> BuildingFeatures:
    box = boxes.get(building.key) or (whole_box(boxes) if len(model.buildings) == 1 else None)
    if box is not None and own_place is not None:
        box = moved_box(own_place.matrix_site_from_model, box)
    height = own_place.matrix_site_from_model[2][3] if own_place is not None else 0.0
    return BuildingFeatures(
        id=None,
        guids=frozenset({building.guid} if building.guid else ()),
        name=building.name,
        project_names=frozenset({model.project_name}),
        disciplines=frozenset({model.discipline}),
        storeys=tuple(
            StoreyLevel(guid=s.guid, name=s.name, elevation_m=s.elevation_m + height)
            for s in model.storeys
            if s.building == building.key and not s.inferred
        ),
        outline=None if box is None else box_polygon(box[0], box[1], box[3], box[4]),
        georeferenced=own_place is not None,
    )


def _known_features(
    building: known.BuildingRow,
    rows: Sequence[known.ModelRow],
    storeys: Sequence[known.StoreyRow],
    georeferenced: bool,
) -> list[BuildingFeatures]:
    """Describe a building once for each of its models, in the frame that can be compared."""
    of_building = [r for r in rows if building.id in r.building_ids]
    disciplines = frozenset(r.discipline for r in of_building)
    found = []
    candidates: list[known.ModelRow | None] = [*of_building] or [None]
    for row in candidates:
        box: Box | None = None
        height = 0.0
        in_site = row is not None and row.georeferenced and georeferenced
        if row is not None:
            outline = row.outlines.get(str(building.id))
            box = None if outline is None else tuple(outline)  # type: ignore[assignment]
            matrix = np.array(row.placement).reshape(4, 4)
            if not in_site:
                height = float(matrix[2, 3])
                box = None if box is None else moved_box(np.linalg.inv(matrix), box)
        found.append(
            BuildingFeatures(
                id=building.id,
                guids=frozenset(building.guids),
                name=building.name,
                project_names=frozenset(
                    r.project_name for r in of_building if r.project_name is not None
                ),
                disciplines=disciplines,
                storeys=tuple(
                    StoreyLevel(
                        guid=s.guids[0] if s.guids else None,
                        name=s.name,
                        elevation_m=s.elevation_m - height,
                    )
                    for s in storeys
                    if s.building_id == building.id
                ),
                outline=None if box is None else box_polygon(box[0], box[1], box[3], box[4]),
                georeferenced=in_site,
            )
        )
    return found
