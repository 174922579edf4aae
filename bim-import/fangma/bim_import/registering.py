"""From a model to the rows of the registry: what it is, where it lies, which change it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import numpy as np
from shapely.geometry import box as box_polygon

from fangma.asset_registry.changes import (
    ChangeSet,
    ModelRevision,
    NewEntry,
    Shape,
    Source,
    State,
)
from fangma.asset_registry.codes import canonical
from fangma.asset_registry.store import known
from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.placing import Placing, SiteFrame, is_usable, place, place_beside
from fangma.bim_import.planning import Known, Places
from fangma.bim_import.recognition import (
    BuildingFeatures,
    KnownModel,
    Recognition,
    StoreyLevel,
    is_telling,
    recognise,
)
from fangma.bim_import.storeys import KnownStorey, match_storeys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.bodies import Body
    from fangma.bim_import.importing import ImportOptions
    from fangma.bim_import.model import Building, Model
    from fangma.bim_import.planning import Plan
    from fangma.bim_import.reports import FileReport
    from fangma.bim_import.shaping import Shaped
    from fangma.bim_import.surroundings import Surroundings

Box = tuple[float, float, float, float, float, float]
# Kinds that tell two exports of one model apart from two models of one building.
_PHYSICAL = ("pipe", "fitting", "valve", "device", "terminal", "sensor", "asset", "element")


class BuildingChoiceError(ImportModelError):
    """A building or model that the user named does not exist or does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """Everything that is decided about a file before its elements are matched."""

    site: known.Site
    recognition: Recognition
    model_id: UUID
    new_model: bool
    placing: Placing
    frame: SiteFrame
    settles: bool
    places: Places
    new: tuple[NewEntry, ...]
    states: tuple[State, ...]
    sources: tuple[Source, ...]
    superseded: tuple[UUID, ...]
    known_building_ids: tuple[UUID, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def prepare(
        cls,
        conn: Connection,
        surroundings: Surroundings,
        model: Model,
        shaped: Shaped,
        options: ImportOptions,
    ) -> Registering:
        """Recognise the file, place it, and find its buildings and storeys.

        Raises
        ------
        BuildingChoiceError
            When ``--building`` or ``--revises`` name something that is not there.
        """
        site = surroundings.site
        physical = [e for e in model.elements if e.kind != "room"]
        counted = physical or list(model.elements)
        kinds = _PHYSICAL if physical else ("room",)
        rows = known.models(
            conn,
            site.id,
            guids=[e.guid for e in counted if e.guid],
            fingerprints=[e.fingerprint for e in counted],
            kinds=kinds,
        )
        buildings = known.buildings(conn, site.id)
        storeys = known.storeys(conn, site.id)
        georeferenced = is_usable(model.georeference) and (site.epsg is not None or not rows)
        boxes = _boxes(model, shaped)
        settles = not rows and (georeferenced or model.georeference.latitude is not None)
        frame = _frame(site, model, boxes, settle=not rows)
        own_place = place(model.georeference, frame) if georeferenced else None
        recognition = _recognise(
            model, boxes, own_place, rows, buildings, storeys, len(counted), options
        )
        placing = own_place or _borrowed_place(recognition, rows) or _free_place(rows, boxes, frame)
        findings = [*surroundings.findings(), *placing.findings]
        findings += [_doubt(why) for why in recognition.doubts]
        model_id = recognition.revises or uuid4()
        parts = _places(conn, site, model, recognition, placing, storeys, model_id, options)
        return cls(
            site=site,
            recognition=recognition,
            model_id=model_id,
            new_model=recognition.revises is None,
            placing=placing,
            frame=frame,
            settles=settles,
            places=parts.places,
            new=tuple(parts.new),
            states=tuple(parts.states),
            sources=tuple(parts.sources),
            superseded=tuple(parts.superseded),
            known_building_ids=tuple(b for b in recognition.buildings if b is not None),
            findings=tuple(findings),
        )

    def known_entries(self, conn: Connection, model: Model) -> list[Known]:
        """Read what the registry holds that the file may speak of."""
        own = [] if self.new_model else known.entries_of_model(conn, self.model_id)
        guids = [e.guid for e in model.elements if e.kind == "room" and e.guid]
        others = (
            known.rooms_of_others(conn, self.known_building_ids, self.model_id, guids)
            if self.known_building_ids
            else []
        )
        return [_known(row, of_series=True) for row in own] + [
            _known(row, of_series=False) for row in others
        ]

    def change_set(
        self,
        model: Model,
        plan: Plan,
        bodies: Mapping[int, Body],
        report: FileReport,
        valid_from: datetime | None,
    ) -> ChangeSet:
        """Put the whole change together; tiles are added when codes are given."""
        if valid_from is None and not self.new_model:
            valid_from = datetime.now(UTC)
        buildings = tuple(dict.fromkeys(self.places.buildings.values()))
        return ChangeSet(
            site_id=self.site.id,
            valid_from=valid_from,
            new=(*self.new, *plan.new),
            states=(*self.states, *plan.states),
            shapes=tuple(plan.shapes),
            sources=(*self.sources, *plan.sources),
            retired=tuple(plan.retired),
            superseded=(*self.superseded, *plan.superseded),
            moved=tuple(plan.moved),
            lineage=tuple(plan.lineage),
            model=ModelRevision(
                id=uuid4(),
                model_id=self.model_id,
                new_model=self.new_model,
                site_id=self.site.id,
                building_ids=buildings,
                kind="ifc",
                discipline=model.discipline,
                project_guid=model.project_guid,
                building_guids=tuple(b.guid for b in model.buildings if b.guid),
                name=model.source.name,
                file=model.source.name,
                sha256=model.source.sha256,
                size=model.source.size,
                schema=model.source.schema,
                application=model.source.application,
                written_at=model.source.written_at,
                report=report.to_json(),
                project_name=model.project_name,
                placement=tuple(v for row in self.placing.matrix_site_from_model for v in row),
                georeferenced=self.placing.georeferenced,
                outlines=_outlines(model, self.places, bodies),
            ),
        )


@dataclass(slots=True, kw_only=True)
class _Parts:
    places: Places
    new: list[NewEntry]
    states: list[State]
    sources: list[Source]
    superseded: list[UUID]


def _doubt(why: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="review-file",
        element=None,
        message=f"It is not certain what this file is: {why}. It was taken for something new.",
        remedy="Say it with --revises, --building or --new-building, or decide in the review list.",
    )


def _boxes(model: Model, shaped: Shaped) -> dict[int | None, Box]:
    """Box of the elements of each building of the file, model frame; None = of no building."""
    placements = shaped.placements
    corners = []
    for mesh in placements.meshes:
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        pick = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=bool)
        corners.append(np.where(pick, high, low))
    building = {e.key: e.building for e in model.elements}
    found: dict[int | None, Box] = {}
    for row, key in enumerate(placements.element.tolist()):
        matrix = placements.matrix_model_from_local[row]
        points = corners[placements.mesh[row]] @ matrix[:3, :3].T + matrix[:3, 3]
        low, high = points.min(axis=0), points.max(axis=0)
        where = building.get(key)
        if where in found:
            low = np.minimum(low, found[where][:3])
            high = np.maximum(high, found[where][3:])
        found[where] = (*low.tolist(), *high.tolist())  # type: ignore[assignment]
    return found


def _whole(boxes: Mapping[int | None, Box]) -> Box | None:
    if not boxes:
        return None
    array = np.array(list(boxes.values()))
    return (*array[:, :3].min(axis=0).tolist(), *array[:, 3:].max(axis=0).tolist())  # type: ignore[return-value]


def _moved_box(matrix: Sequence[Sequence[float]] | np.ndarray, box: Box) -> Box:  # type: ignore[type-arg]
    m = np.asarray(matrix)
    corners = np.array([[x, y, z] for x in box[::3] for y in box[1::3] for z in box[2::3]])
    moved = corners @ m[:3, :3].T + m[:3, 3]
    return (*moved.min(axis=0).tolist(), *moved.max(axis=0).tolist())  # type: ignore[return-value]


def _frame(
    site: known.Site, model: Model, boxes: Mapping[int | None, Box], *, settle: bool
) -> SiteFrame:
    """Return the site's frame; the first model of a site chooses what was left open."""
    frame = SiteFrame(epsg=site.epsg, origin=(site.origin[0], site.origin[1], site.origin[2]))
    if not settle or not is_usable(model.georeference):
        return frame
    epsg = site.epsg or model.georeference.epsg
    placing = place(model.georeference, SiteFrame(epsg=epsg, origin=frame.origin))
    whole = _whole(boxes)
    if placing is None or whole is None:
        return SiteFrame(epsg=epsg, origin=frame.origin)
    x0, y0, z0, x1, y1, _ = _moved_box(placing.matrix_site_from_model, whole)
    # Round numbers, so that people recognise them; heights stay heights.
    origin = (round((x0 + x1) / 20) * 10.0, round((y0 + y1) / 20) * 10.0, float(round(z0)))
    return SiteFrame(epsg=epsg, origin=origin)


def _recognise(
    model: Model,
    boxes: Mapping[int | None, Box],
    own_place: Placing | None,
    rows: Sequence[known.ModelRow],
    buildings: Sequence[known.BuildingRow],
    storeys: Sequence[known.StoreyRow],
    counted: int,
    options: ImportOptions,
) -> Recognition:
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
            shared=row.shared / max(1, min(row.elements, counted)),
        )
        for row in rows
    ]
    recognition = recognise(
        discipline=model.discipline,
        project_guid=model.project_guid,
        buildings=features,
        known_models=models,
        known_buildings=old,
    )
    return _overridden(recognition, model, rows, buildings, options)


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
    code = canonical(chosen)
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
    box = boxes.get(building.key) or (_whole(boxes) if len(model.buildings) == 1 else None)
    if box is not None and own_place is not None:
        box = _moved_box(own_place.matrix_site_from_model, box)
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
    georeferenced: bool,  # noqa: FBT001 - which frame to compare in
) -> list[BuildingFeatures]:
    """Describe a building once for each of its models, in the frame that can be compared."""
    of_building = [r for r in rows if building.id in r.building_ids]
    disciplines = frozenset(r.discipline for r in of_building)
    found = []
    for row in of_building or [None]:
        box: Box | None = None
        height = 0.0
        in_site = row is not None and row.georeferenced and georeferenced
        if row is not None:
            outline = row.outlines.get(str(building.id))
            box = None if outline is None else tuple(outline)  # type: ignore[assignment]
            matrix = np.array(row.placement).reshape(4, 4)
            if not in_site:
                height = float(matrix[2, 3])
                box = None if box is None else _moved_box(np.linalg.inv(matrix), box)
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


def _borrowed_place(recognition: Recognition, rows: Sequence[known.ModelRow]) -> Placing | None:
    """Take the place of the model that is revised, or of another discipline of the building."""
    ids = {b for b in recognition.buildings if b is not None}
    akin = [r for r in rows if r.id == recognition.revises]
    akin += sorted(
        (r for r in rows if ids & set(r.building_ids)), key=lambda r: not r.georeferenced
    )
    if not akin:
        return None
    m = np.array(akin[0].placement).reshape(4, 4).tolist()
    return Placing(
        matrix_site_from_model=tuple(tuple(row) for row in m),  # type: ignore[misc]
        georeferenced=akin[0].georeferenced,
        findings=(
            Finding(
                severity=Severity.INFO,
                rule="georeference-borrowed",
                element=None,
                message=f"The model does not say where it lies; it was placed like {akin[0].file}.",
                remedy="Nothing, if both were drawn on one origin.",
            ),
        ),
    )


def _free_place(
    rows: Sequence[known.ModelRow], boxes: Mapping[int | None, Box], frame: SiteFrame
) -> Placing:
    east = [outline[3] for row in rows for outline in row.outlines.values()]
    whole = _whole(boxes)
    return place_beside(max(east) if east else None, whole[0] if whole else 0.0, frame)


def _building_name(building: Building, model: Model) -> str:
    for name in (building.name, model.project_name, model.site_name or ""):
        if is_telling(name):
            return name.strip()
    return model.source.name.rsplit(".", 1)[0]


def _places(
    conn: Connection,
    site: known.Site,
    model: Model,
    recognition: Recognition,
    placing: Placing,
    storeys: Sequence[known.StoreyRow],
    model_id: UUID,
    options: ImportOptions,
) -> _Parts:
    """Find or make the entries of the file's buildings and storeys."""
    height = placing.matrix_site_from_model[2][3]
    seen = (
        {p.entry_id: p for p in known.places_of_model(conn, model_id)}
        if recognition.revises is not None
        else {}
    )
    buildings: dict[int, UUID] = {}
    levels: dict[int, UUID] = {}
    parts = _Parts(
        places=Places(
            buildings=buildings, storeys=levels, default_building=None, site_id=site.id
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
                NewEntry(id=entry_id, kind="building", site_id=site.id, building_id=entry_id)
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
            zero_m=height,
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
                        id=storey_id, kind="storey", site_id=site.id, building_id=entry_id,
                        storey_id=None,
                    )
                )  # fmt: skip
                parts.states.append(state)
            elif storey_id in seen:
                before = before_of[storey_id]
                moved = abs(before.elevation_m - (state.elevation_m or 0.0)) > 0.001
                if moved or before.name != storey.name:
                    parts.states.append(state)
            tie(storey_id, storey.guid, storey.key, f"storey {storey.name} {storey.elevation_m:.3f}")
    if len(buildings) == 1:
        parts.places = replace(parts.places, default_building=next(iter(buildings.values())))
    return parts


def _outlines(
    model: Model, places: Places, bodies: Mapping[int, Body]
) -> dict[str, tuple[float, ...]]:
    """Box of the file's elements by building, site frame: how later files recognise the place."""
    found: dict[str, tuple[float, ...]] = {}
    for element in model.elements:
        body = bodies.get(element.key)
        if body is None:
            continue
        where = places.default_building
        if element.building is not None:
            where = places.buildings.get(element.building, where)
        name = str(where)
        old = found.get(name, body.box)
        found[name] = tuple(
            min(a, b) if i < 3 else max(a, b)
            for i, (a, b) in enumerate(zip(old, body.box, strict=True))
        )
    return found


def _known(row: known.EntryRow, *, of_series: bool) -> Known:
    extent = None
    if row.x0 is not None:
        extent = ((row.x0, row.y0, row.z0), (row.x1, row.y1, row.z1))
    return Known(
        entry_id=row.entry_id,
        code=row.code,
        guid=row.guid,
        fingerprint=row.fingerprint,
        kind=row.kind,
        state=State(
            entry_id=row.entry_id,
            name=row.name,
            number=row.number,
            building_id=row.building_id,
            storey_id=row.storey_id,
            use=row.use,
            system=row.system,
            ifc_class=row.ifc_class,
            predefined_type=row.predefined_type,
            elevation_m=row.elevation_m,
            inferred=row.inferred,
        ),
        shape=Shape(
            entry_id=row.entry_id,
            footprint=row.footprint,
            axis=row.axis,
            extent=extent,  # type: ignore[arg-type]
            area_m2=row.area_m2,
            declared=tuple(row.declared or ()),
            outer_diameter_m=row.outer_diameter_m,
            mesh_hash=row.mesh_hash,
        ),
        of_series=of_series,
    )
