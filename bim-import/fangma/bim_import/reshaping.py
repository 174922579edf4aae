"""Read and shape a model, taking over from its last revision every body that did not change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fangma.bim_import.element_facts import measured_as
from fangma.bim_import.geometry import doubted_again, reused, united
from fangma.bim_import.reading import read_length_unit_m, read_model
from fangma.bim_import.reading.attributes import guid
from fangma.bim_import.shaping import Shaped, start_shaping
from fangma.bim_import.shaping.reading import called
from fangma.bim_import.shaping.selection import with_bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fangma.bim_import.earlier import Earlier
    from fangma.bim_import.model import Model
    from fangma.bim_import.opening import OpenedModel

    Stage = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


def read_and_shape(
    opened: OpenedModel,
    path: Path,
    digests: Mapping[int, bytes],
    earlier: Earlier | None,
    *,
    workers: int,
    stage: Stage,
) -> tuple[Model, Shaped]:
    """Read a model and build its bodies.

    Parameters
    ----------
    path : Path
        What kernels read: the file itself, or a mended copy.
    digests : mapping of int to bytes
        From `fangma.bim_import.reading.read_digests`.
    earlier : Earlier or None
        Bodies from before. Without them shaping runs beside reading, since neither needs the other.
    stage : callable
        Gives the context of a named stage.
    """
    unit_m = read_length_unit_m(opened)
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
        model = read_model(opened, digests, earlier.kept.positions_in(unit_m))
    with stage("shape") as moved:
        wanted = {e.key: e.shape_fingerprint for e in model.elements} | model.others
        # What stood there with the same shape had a body then: only the others are looked at.
        known = {e.key for e in model.elements if measured_as(e) in earlier.kept.measured}
        bodied = known | with_bodies(opened.file, (key for key in wanted if key not in known))
        again, axes = reused(
            earlier.kept, {key: mark for key, mark in wanted.items() if key in bodied}
        )
        taken = frozenset(again.element.tolist())
        rest = [key for key in wanted if key in bodied and key not in taken]
        doubtful = doubted_again(
            earlier.kept,
            {
                key: (mark, guid(opened.file.by_id(key)), called(opened.file, key))
                for key, mark in wanted.items()
                if key in taken
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
