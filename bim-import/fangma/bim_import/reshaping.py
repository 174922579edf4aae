"""Read and shape a model, taking over from its last revision every body that did not change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import known
from fangma.bim_import.element_facts import measured_as
from fangma.bim_import.geometry import doubted_again, reused, united
from fangma.bim_import.reading import read_digests, read_length_unit_m, read_model
from fangma.bim_import.shaping import Shaped, start_shaping, with_bodies
from fangma.bim_import.shaping.reading import called

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.geometry import GeometryStore, Kept
    from fangma.bim_import.model import Model
    from fangma.bim_import.opening import OpenedModel
    from fangma.spatial.tiles.cutting import Group

    Stage = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]

# Below this share of GlobalIds the last revision of some model has little to give.
_WORTHWHILE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The bodies of an earlier revision.

    Attributes
    ----------
    is_current : bool
        They are those of the newest revision, whose tiles the tileset shows.
    """

    model_id: UUID
    kept: Kept
    is_current: bool

    def digests_of(self, model_id: UUID) -> Mapping[Group, str]:
        """Say what the tiles of a model were made of; nothing where that is not certain."""
        return self.kept.digests if self.is_current and self.model_id == model_id else {}


def find_kept(
    conn: Connection, site_id: UUID, opened: OpenedModel, geometry: GeometryStore
) -> Earlier | None:
    """Find the bodies of the model that a file is probably a new export of.

    A guess is good enough: a body is only taken over where its fingerprint is the same.
    """
    if not known.has_models(conn, site_id):
        return None
    guids = [e.GlobalId for e in opened.file.by_type("IfcProduct") if e.GlobalId]
    best = known.model_sharing(conn, site_id, guids)
    if best is None or best.guids < _WORTHWHILE * max(1, min(best.elements, len(guids))):
        return None
    kept = geometry.load(best.model_id)
    if kept is None:
        return None
    return Earlier(model_id=best.model_id, kept=kept, is_current=kept.revision == best.revision)


def read_and_shape(
    opened: OpenedModel, path: Path, earlier: Earlier | None, *, workers: int, stage: Stage
) -> tuple[Model, Shaped]:
    """Read a model and build its bodies.

    Parameters
    ----------
    path : Path
        What kernels read: the file itself, or a mended copy.
    earlier : Earlier or None
        Bodies from before. Without them shaping runs beside reading, since neither needs the other.
    stage : callable
        Gives the context of a named stage.
    """
    unit_m = read_length_unit_m(opened)
    with stage("read"):
        digests = read_digests(opened)
    if earlier is None:
        shaping = start_shaping(
            path, workers=workers, unit_m=unit_m, model=opened.file, digests=digests
        )
        try:
            with stage("read"):
                model = read_model(opened, digests)
            with stage("shape") as moved:
                return model, shaping.result(moved)
        finally:
            shaping.stop()
    with stage("read"):
        model = read_model(opened, digests)
    with stage("shape") as moved:
        # What stood there with the same shape had a body then: only the others are looked at.
        known = {e.key for e in model.elements if measured_as(e) in earlier.kept.measured}
        bodied = known | with_bodies(
            opened.file, (e.key for e in model.elements if e.key not in known)
        )
        again, axes = reused(
            earlier.kept,
            {e.key: e.shape_fingerprint for e in model.elements if e.key in bodied},
        )
        taken = frozenset(again.element.tolist())
        rest = [e.key for e in model.elements if e.key in bodied and e.key not in taken]
        doubtful = doubted_again(
            earlier.kept,
            {
                e.key: (e.shape_fingerprint, e.guid, called(opened.file, e.key))
                for e in model.elements
                if e.key in taken
            }
            if earlier.kept.doubtful
            else {},
        )
        told = tuple(each.finding for each in doubtful.values())
        if not rest:
            return model, Shaped(
                placements=again, findings=told, fallbacks=0, axes=axes, skipped={},
                taken_over=taken, doubtful=doubtful,
            )  # fmt: skip
        shaping = start_shaping(
            path, rest, workers=workers, unit_m=unit_m, model=opened.file, digests=digests
        )
        try:
            fresh = shaping.result(moved)
        finally:
            shaping.stop()
        return model, replace(
            fresh,
            placements=united(again, fresh.placements) if taken else fresh.placements,
            axes=axes | fresh.axes,
            taken_over=taken,
            findings=(*told, *fresh.findings),
            doubtful=doubtful | fresh.doubtful,
        )
