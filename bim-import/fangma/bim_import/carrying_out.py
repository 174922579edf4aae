"""Stages match, plan, apply and publish: a model that was read becomes entries and tiles."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fangma.asset_registry.store import known
from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.asset_registry.store.impact import impacts, with_findings
from fangma.bim_import.bodies import measure_bodies
from fangma.bim_import.element_facts import measured_as
from fangma.bim_import.geometry import Kept
from fangma.bim_import.health import examine
from fangma.bim_import.networks import box_of_networks, others_near, plan_networks
from fangma.bim_import.planning import plan_elements
from fangma.bim_import.publishing import Published, Publishing, shown_of
from fangma.bim_import.registering import Registering
from fangma.bim_import.telling import affected, differences_of
from fangma.bim_import.tile_cutter import TileCutter
from fangma.bim_import.unmeasured import tell_unmeasured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import ChangeSet, TileSwitch
    from fangma.asset_registry.networks import NetworkChanges
    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.bodies import Body
    from fangma.bim_import.earlier import Earlier
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.model import Model
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.plan import Plan
    from fangma.bim_import.reports import FileReport
    from fangma.bim_import.reshaping import Stage
    from fangma.bim_import.shaping import Shaped
    from fangma.bim_import.surroundings import Surroundings
    from fangma.bim_import.tile_store import TileStore


def register_model(
    conn: Connection,
    surroundings: Surroundings,
    opening: Sequence[Finding],
    model: Model,
    shaped: Shaped,
    earlier: Earlier | None,
    *,
    tiles: TileStore,
    options: ImportOptions,
    report: FileReport,
    stage: Stage,
) -> None:
    """Bring a model into the registry and publish its tiles, or with ``--dry-run`` say how.

    Parameters
    ----------
    conn : Connection
        Outside a transaction, with the site to itself.
    opening : sequence of Finding
        Of the stage open.
    earlier : Earlier or None
        Bodies of the revision before, where they were looked for.
    report : FileReport
        Filled in here.
    """
    model = replace(model, discipline=_discipline(model, shaped, options))
    report.rooms = model.declared_rooms
    report.elements = len(model.elements)
    report.kernels = shaped.count_by_kernel()
    report.fallbacks = shaped.fallbacks
    report.findings = [*opening, *model.findings, *shaped.findings]
    with TileCutter(
        shaped.placements,
        tiles,
        ahead=shaped.has_news and not options.dry_run,
        like=None if earlier is None else earlier.model_id,
    ) as cutter:
        with stage("match"):
            registering, bodies, plan, changes = _plan(
                conn, surroundings, model, shaped, earlier, options
            )
        _tell_plan(report, registering, plan)
        if options.dry_run:
            report.status = "planned"
            return
        report.status = "imported"
        change = registering.change_set(model, plan, changes, bodies, report, options.valid_from)
        fingerprints = {e.key: e.shape_fingerprint for e in model.elements}
        publishing: list[Publishing] = []
        published: list[Published] = []
        with stage("publish") as moved:

            def begin(_codes: Mapping[UUID, str]) -> None:
                publishing.append(
                    Publishing(
                        conn,
                        tiles,
                        cutter,
                        shaped.placements,
                        shown_of(model, plan.entry_of, registering.places),
                        model_id=registering.model_id,
                        discipline=model.discipline,
                        matrix_tileset_from_model=registering.matrix_tileset_from_model(),
                        fingerprints=fingerprints,
                        before=None
                        if earlier is None
                        else earlier.digests_of(registering.model_id),
                    )
                )

            def switch(_codes: Mapping[UUID, str]) -> TileSwitch:
                published.append(publishing[0].finish(moved))
                return published[0].switch

            applied = registering.carry_out(conn, change, begin, switch, actor=options.actor)
        report.codes = len(applied.codes)
    report.buildings = known.codes(conn, registering.places.buildings.values())
    _keep(tiles, registering, model, shaped, bodies, plan, published[0], change)


def _plan(
    conn: Connection,
    surroundings: Surroundings,
    model: Model,
    shaped: Shaped,
    earlier: Earlier | None,
    options: ImportOptions,
) -> tuple[Registering, dict[int, Body], Plan, NetworkChanges]:
    """Decide what the file is and what of it the registry has; the findings go into the plan."""
    registering = Registering.prepare(conn, surroundings, model, shaped, options)
    measured = partial(
        measure_bodies,
        shaped.placements,
        rooms=frozenset(e.key for e in model.elements if e.kind == "room"),
        axes=shaped.axes,
        pipes=frozenset(e.key for e in model.elements if e.kind == "pipe"),
    )
    matrix = registering.placing.matrix_site_from_model
    before = {} if earlier is None else earlier.kept.bodies_at(matrix)
    bodies = measured(
        matrix,
        known={
            e.key: body
            for e in model.elements
            if e.key in shaped.taken_over and (body := before.get(measured_as(e))) is not None
        },
    )
    laying = registering.matrix_known_from_model()
    known_before = registering.known_entries(conn, model)
    plan = plan_elements(
        model, bodies, known_before, registering.places,
        laid=None if laying is None else measured(laying),
    )  # fmt: skip
    if not registering.new_model:
        with reading(conn, OPERATOR) as moment:
            hanging = impacts(conn, affected(plan))
            if any(impact.code for impact in hanging.values()):
                hanging = with_findings(conn, registering.site.id, moment, hanging)
        plan.told = differences_of(plan, model.elements, known_before, hanging)
    plan.health = examine(model, bodies, registering.places.names, hidden=plan.hidden(model))
    networks = plan_networks(
        model,
        shaped.placements,
        bodies,
        plan,
        matrix,
        others_near(
            conn,
            registering.site.id,
            box_of_networks(model, bodies),
            besides={*plan.entry_of.values(), *plan.retired},
        ),
    )
    plan.findings += [*networks.findings, *tell_unmeasured(model.elements, bodies)]
    return registering, bodies, plan, networks.changes


def _tell_plan(report: FileReport, registering: Registering, plan: Plan) -> None:
    report.findings += [*registering.findings, *plan.findings]
    report.reasons = list(registering.recognition.reasons)
    report.review = plan.review + len(registering.recognition.doubts)
    report.differences = plan.told
    report.health = plan.health
    report.evidence, report.uncertain = plan.evidence(), plan.uncertain()
    report.added, report.changed, report.kept = plan.added, plan.changed, plan.kept
    report.retired, report.split, report.merged = len(plan.retired), plan.split, plan.merged


def _keep(
    tiles: TileStore,
    registering: Registering,
    model: Model,
    shaped: Shaped,
    bodies: Mapping[int, Body],
    plan: Plan,
    published: Published,
    change: ChangeSet,
) -> None:
    """Keep the bodies; the change is done, without them the next import is slower, not wrong."""
    with suppress(OSError):
        tiles.geometry.save(
            registering.model_id,
            Kept(
                placements=shaped.placements,
                fingerprint={e.key: e.shape_fingerprint for e in model.elements} | model.others,
                axes=shaped.axes,
                entry_of=plan.entry_of,
                digests=published.digests,
                revision=None if change.model is None else change.model.id,
                measured={
                    measured_as(e): bodies[e.key]
                    for e in model.elements
                    if e.shape_fingerprint and e.key in bodies
                },
                matrix_site_from_model=registering.placing.matrix_site_from_model,
                doubtful=shaped.doubtful,
                positions={
                    p.place_fingerprint: p.position
                    for p in model.ports
                    if p.place_fingerprint and p.position is not None
                },
                length_unit_m=model.length_unit_m,
            ),
        )


def _discipline(model: Model, shaped: Shaped, options: ImportOptions) -> str:
    """Say what a model is of; one without any body is a handover list, never a revision."""
    if options.discipline is not None:
        return options.discipline
    has_bodies = len(shaped.placements.element) > 0
    return model.discipline if has_bodies or not model.elements else "handover"
