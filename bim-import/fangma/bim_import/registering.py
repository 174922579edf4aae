"""From a model to the rows of the registry: what it is, where it lies, which change it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import numpy as np

from fangma.asset_registry.changes import (
    ChangeSet,
    ModelRevision,
    NewEntry,
    Shape,
    Source,
    State,
)
from fangma.asset_registry.store import known, reviews
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.audit_log import append
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.bim_import.comparing import recognise_file
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.laying import (
    LEAST_BODIES,
    called_alike,
    laid_on,
    marks_of_file,
    marks_of_model,
    models_to_compare,
    names_of_file,
    names_of_model,
    placed,
    replaced,
    stood_on,
    told,
)
from fangma.bim_import.outlines import Box, boxes_of, moved_box, outlines_of, whole_box
from fangma.bim_import.places import find_places
from fangma.bim_import.placing import (
    Matrix,
    Placing,
    SiteFrame,
    is_usable,
    place,
    place_as_drawn,
    place_beside,
)
from fangma.bim_import.plan import Known, Places
from fangma.bim_import.succession import check_succession

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.changes import Applied, TileSwitch
    from fangma.asset_registry.networks import NetworkChanges
    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.bodies import Body
    from fangma.bim_import.matching import Motion
    from fangma.bim_import.matching.motion import Marks
    from fangma.bim_import.model import Model
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.plan import Plan
    from fangma.bim_import.recognition import Recognition
    from fangma.bim_import.reports import FileReport
    from fangma.bim_import.shaping import Shaped
    from fangma.bim_import.surroundings import Surroundings

# Kinds that tell two exports of one model apart from two models of one building.
_PHYSICAL = ("pipe", "fitting", "valve", "device", "terminal", "sensor", "asset", "element")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """Everything that is decided about a file before its elements are matched.

    Attributes
    ----------
    own : tuple of EntryRow
        What the registry holds of the model that the file revises.
    laying : Motion or None
        The motion that lays the file, once placed, on what the registry has; None = it lies there.
    """

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
    latitude: float | None
    longitude: float | None
    known_building_ids: tuple[UUID, ...]
    own: tuple[known.EntryRow, ...]
    laying: Motion | None
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
        OlderRevisionError
            When the file looks older than what is held of its model, and nobody said so.
        """
        site = surroundings.site
        physical = [e for e in model.elements if e.kind != "room"]
        counted = physical or list(model.elements)
        rows = known.models(
            conn,
            site.id,
            discipline=model.discipline,
            guids=[e.guid for e in counted if e.guid],
            fingerprints=[e.fingerprint for e in counted],
            uncounted=(*known.PLACES, *(("room",) if physical else _PHYSICAL)),
        )
        buildings = known.buildings(conn, site.id)
        storeys = known.storeys(conn, site.id)
        boxes = boxes_of(model, shaped)
        frame = _frame(site, model, boxes, settle=not rows)
        own_place = _own_place(model, boxes, frame, rows)
        settles = not rows and (own_place is not None or model.georeference.latitude is not None)
        marks = marks_of_file(model, shaped)
        compare = partial(
            recognise_file, model, boxes, own_place, rows, buildings, storeys, len(counted), options
        )
        recognition = compare()
        if recognition.revises is None and not options.new_building:
            motions = _motions(conn, rows, model, marks, own_place, len(counted))
            recognition = compare(motions) if motions else recognition
        placing = (
            own_place
            or _borrowed_place(recognition, rows)
            or _free_place(model, rows, boxes, frame)
        )
        findings = [*surroundings.findings(), *placing.findings]
        findings += [_doubt(why) for why in recognition.doubts]
        findings += [_caution(why) for why in recognition.cautions]
        model_id = recognition.revises or uuid4()
        seen = {}
        own: list[known.EntryRow] = []
        motion: Motion | None = None
        if recognition.revises is not None:
            if not options.older_revision:
                check_succession(model.source, known.revisions_of_model(conn, model_id))
            seen = {p.entry_id: p for p in known.places_of_model(conn, model_id)}
            own = known.entries_of_model(conn, model_id)
            old = marks_of_model(known.boxes_of_model(conn, model_id))
            motion = laid_on(old, placed(marks, placing))
        if motion is not None and not motion.is_still:
            findings.append(told(motion, follows=own_place is not None))
            if own_place is None:
                placing, motion = replaced(placing, motion), None
        laying = None if motion is None or motion.is_still else motion
        parts = find_places(
            site.id, model, recognition, placing, storeys, seen,
            rise_m=0.0 if laying is None else laying.offset_m[2],
        )  # fmt: skip
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
            latitude=model.georeference.latitude,
            longitude=model.georeference.longitude,
            known_building_ids=tuple(b for b in recognition.buildings if b is not None),
            own=tuple(own),
            laying=laying,
            findings=tuple(findings),
        )

    def known_entries(self, conn: Connection, model: Model) -> list[Known]:
        """Read what the registry holds that the file may speak of."""
        guids = [e.guid for e in model.elements if e.guid]
        others = (
            known.entries_of_others(conn, self.known_building_ids, self.model_id, guids)
            if self.known_building_ids
            else []
        )
        with recording(conn, OPERATOR):
            secret = known.secrets(conn, [r.entry_id for r in self.own if r.kind == "room"])
            questioned = reviews.waiting(conn, self.site.id)
        gone, heirs = known.decided(conn, self.model_id)
        inherited = {row.entry_id for row in heirs}
        return [
            *(
                _known(
                    row,
                    of_series=True,
                    secret=row.entry_id in secret,
                    is_questioned=row.entry_id in questioned,
                )
                for row in self.own
            ),
            *(_known(row, of_series=True, is_decided=True) for row in gone),
            *(_known(row, of_series=True, is_heir=True) for row in heirs),
            *(_known(row, of_series=False) for row in others if row.entry_id not in inherited),
        ]

    def change_set(
        self,
        model: Model,
        plan: Plan,
        network: NetworkChanges,
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
            questions=tuple(plan.questions),
            network=network,
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
                outlines=outlines_of(model, self.places, bodies),
            ),
        )

    def matrix_known_from_model(self) -> Matrix | None:
        """Return the 4 x 4 matrix that lays the model on what is known; None = as it is placed."""
        if self.laying is None:
            return None
        return replaced(self.placing, self.laying).matrix_site_from_model

    def matrix_tileset_from_model(self) -> NDArray[np.float64]:
        """Return the 4 x 4 matrix from the model's frame to the tileset's local one, metres."""
        matrix = np.array(self.placing.matrix_site_from_model)
        matrix[:3, 3] -= self.frame.origin
        return matrix

    def carry_out(
        self,
        conn: Connection,
        changes: ChangeSet,
        begin: Callable[[Mapping[UUID, str]], None],
        publish: Callable[[Mapping[UUID, str]], TileSwitch],
        *,
        actor: str,
    ) -> Applied:
        """Write everything in one transaction: the change, the tiles' rows, the audit log.

        ``begin`` and ``publish`` are those of `fangma.asset_registry.store.applying.apply`.
        """
        with recording(conn, OPERATOR):
            if self.settles:
                known.settle_site(
                    conn,
                    self.site.id,
                    epsg=self.frame.epsg,
                    origin=self.frame.origin,
                    latitude=self.latitude,
                    longitude=self.longitude,
                )
            applied = apply(
                conn, changes, actor=actor, action="import", begin=begin, publish=publish
            )
            model = changes.model
            append(
                conn,
                actor=actor,
                action="import",
                subject=self.site.code,
                outcome="done",
                detail={} if model is None else {"file": model.file, "sha256": model.sha256},
            )
        return applied


def _motions(
    conn: Connection,
    rows: Sequence[known.ModelRow],
    model: Model,
    marks: Marks,
    own_place: Placing | None,
    counted: int,
) -> dict[UUID, Motion]:
    """Lay a file on every model of the site that it could be an export of."""
    found: dict[UUID, Motion] = {}
    here = placed(marks, own_place)
    for row in models_to_compare(rows, model.discipline, counted):
        held = known.boxes_of_model(conn, row.id)
        old = marks_of_model(held)
        motion = laid_on(old, here)
        if motion is None and min(len(old.points), len(here.points)) < LEAST_BODIES:
            motion = called_alike(names_of_model(held), names_of_file(model))
            motion = motion or stood_on(old, marks, row)
        if motion is not None:
            found[row.id] = motion
    return found


def _doubt(why: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="review-file",
        element=None,
        message=f"It is not certain what this file is: {why}. It was taken for something new.",
        remedy="Nothing if it is something new; else undo it with fangma rollback and import it "
        "again with --revises or --building.",
    )


def _caution(why: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="revision-by-likeness",
        element=None,
        message="The file was taken for a new export of a known building, for one reason only: "
        f"{why}. It has no GlobalId of it, no telling name and no place on earth, so that a twin "
        "of the same design would look the same.",
        remedy="Nothing if it is that building; else undo it with fangma rollback and import it "
        "again with --new-building.",
    )


def _frame(
    site: known.Site, model: Model, boxes: Mapping[int | None, Box], *, settle: bool
) -> SiteFrame:
    """Return the site's frame; the first model of a site chooses what was left open."""
    frame = SiteFrame(epsg=site.epsg, origin=(site.origin[0], site.origin[1], site.origin[2]))
    if not settle:
        return frame
    if is_usable(model.georeference):
        frame = replace(frame, epsg=site.epsg or model.georeference.epsg)
    placing, whole = _own_place(model, boxes, frame, ()), whole_box(boxes)
    if placing is None or whole is None:
        return frame
    x0, y0, z0, x1, y1, _ = moved_box(placing.matrix_site_from_model, whole)
    # Round numbers, so that people recognise them; heights stay heights.
    origin = (round((x0 + x1) / 20) * 10.0, round((y0 + y1) / 20) * 10.0, float(round(z0)))
    return replace(frame, origin=origin)


def _own_place(
    model: Model,
    boxes: Mapping[int | None, Box],
    frame: SiteFrame,
    rows: Sequence[known.ModelRow],
) -> Placing | None:
    """Place a model by what it says itself; None where that is nothing that fits the site."""
    if is_usable(model.georeference):
        # Into a site without a CRS that holds something already it cannot be fitted.
        return None if frame.epsg is None else place(model.georeference, frame)
    whole = whole_box(boxes)
    if whole is None or model.georeference.origin is not None:
        return None
    standing = [outline for row in rows for outline in row.outlines.values()]
    return place_as_drawn(whole, frame, standing)


def _borrowed_place(recognition: Recognition, rows: Sequence[known.ModelRow]) -> Placing | None:
    """Take the place of the model that is revised, or of another discipline of the building."""
    revised = next((r for r in rows if r.id == recognition.revises), None)
    if revised is not None:
        return _placed_like(revised)
    ids = {b for b in recognition.buildings if b is not None}
    akin = [r for r in rows if ids & set(r.building_ids)]
    if not akin:
        return None
    like = min(akin, key=lambda r: not r.georeferenced)
    return _placed_like(
        like,
        Finding(
            severity=Severity.INFO,
            rule="georeference-borrowed",
            element=None,
            message=f"The model does not say where it lies; it was placed like {like.file}.",
            remedy="Nothing, if both were drawn on one origin.",
        ),
    )


def _placed_like(row: known.ModelRow, *findings: Finding) -> Placing:
    return Placing(
        matrix_site_from_model=tuple(
            tuple(line) for line in np.array(row.placement).reshape(4, 4).tolist()
        ),
        georeferenced=row.georeferenced,
        findings=findings,
    )


def _free_place(
    model: Model, rows: Sequence[known.ModelRow], boxes: Mapping[int | None, Box], frame: SiteFrame
) -> Placing:
    east = [outline[3] for row in rows for outline in row.outlines.values()]
    whole = whole_box(boxes)
    unused = model.georeference if is_usable(model.georeference) else None
    return place_beside(max(east) if east else None, whole[0] if whole else 0.0, frame, unused)


def _known(
    row: known.EntryRow,
    *,
    of_series: bool,
    secret: bool = False,
    is_questioned: bool = False,
    is_decided: bool = False,
    is_heir: bool = False,
) -> Known:
    extent = None
    if row.extent is not None:
        x0, y0, z0, x1, y1, z1 = row.extent
        extent = ((x0, y0, z0), (x1, y1, z1))
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
            extent=extent,
            area_m2=row.area_m2,
            volume_m3=row.volume_m3,
            declared=tuple(row.declared or ()),
            outer_diameter_m=row.outer_diameter_m,
            mesh_hash=row.mesh_hash,
        ),
        of_series=of_series,
        secret=secret,
        is_questioned=is_questioned,
        is_decided=is_decided,
        is_heir=is_heir,
    )
