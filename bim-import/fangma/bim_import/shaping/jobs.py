"""The work list: which bodies are to be built once, and where each stands.

Products whose representation or map says the same, of one material and style, and from which
nothing is cut, share a job; only the first of them is built. That is what makes large models cheap:
world coordinates would throw the sharing away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.shaping.matrices import Places, UnreadablePlacementError, is_rigid, mapping
from fangma.bim_import.shaping.reading import READ_ERRORS
from fangma.bim_import.shaping.selection import Skipped, choose, products
from fangma.bim_import.shaping.styles import Colours, material_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ifcopenshell
    from numpy.typing import NDArray

    from fangma.bim_import.shaping.selection import Selected

_CLOSED_ITEMS = ("IfcExtrudedAreaSolid", "IfcFacetedBrep")


@dataclass(slots=True, kw_only=True)
class Job:
    """One body to build, and the products that wear it.

    Attributes
    ----------
    key : int
        ``#`` number of the product that is built.
    body : int
        ``#`` number of its representation.
    matrix : (4, 4) float64 or None
        From the product's frame to the model's, metres; None when the kernel has to say.
    source_from_local : (4, 4) float64
        From the product's frame to that of the representation map which the members share.
    members : list of (key, matrix)
        All products of the job; each matrix leads from the frame of the product that is built
        to the model's, metres.
    is_cut : bool
        Openings or booleans take something away.
    should_close : bool
        A solid: its surface must be closed when it was computed.
    colour : int or None
        The one colour of the body; None when it has several, or a material decides.
    simple : bool
        Made of nothing but extrusions, their clippings and faceted B-reps.
    is_outline : bool
        No body but the lines around a room's floor.
    weight : float
        Rough cost; heavy ones start first.
    """

    key: int
    body: int
    matrix: NDArray[np.float64] | None
    source_from_local: NDArray[np.float64]
    members: list[tuple[int, NDArray[np.float64]]] = field(default_factory=list)
    is_cut: bool = False
    should_close: bool = False
    colour: int | None = None
    simple: bool = False
    is_outline: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A product whose representation could not even be read."""

    key: int
    guid: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Jobs in the order of the file, and the products that are none."""

    jobs: list[Job]
    skipped: dict[int, str]
    unreadable: list[Unreadable]


def _openings(product: ifcopenshell.entity_instance) -> int:
    """Count what is cut from a product, or from the whole that it is part of."""
    if not product.is_a("IfcElement"):
        return 0
    count = len(product.HasOpenings)
    for relation in product.Decomposes:
        if relation.is_a("IfcRelAggregates") and relation.RelatingObject.is_a("IfcElement"):
            count += len(relation.RelatingObject.HasOpenings)
    return count


@dataclass(slots=True)
class _Nature:
    simple: bool = True
    is_cut: bool = False
    weight: float = 1.0


def _examine(item: ifcopenshell.entity_instance, nature: _Nature, depth: int = 0) -> None:
    if depth > 8:
        nature.simple = False
    elif item.is_a("IfcMappedItem"):
        for inner in item.MappingSource.MappedRepresentation.Items:
            _examine(inner, nature, depth + 1)
    elif item.is_a("IfcBooleanResult"):
        nature.is_cut = True
        nature.weight += 4.0
        second = item.SecondOperand
        # Half-spaces are cut as planes; a boolean of solids is where the kernels differ.
        nature.simple &= second.is_a("IfcHalfSpaceSolid") and item.Operator == "DIFFERENCE"
        _examine(item.FirstOperand, nature, depth + 1)
    elif item.is_a("IfcFacetedBrep"):
        nature.weight += 0.05 * len(item.Outer.CfsFaces)
    elif item.is_a() in _CLOSED_ITEMS:
        nature.weight += 1.0
    else:
        nature.simple = False
        nature.weight += 10.0


class _Reader:
    """Turns selected products into jobs."""

    def __init__(self, unit_m: float, digests: Mapping[int, bytes]) -> None:
        self._digests = digests
        self._places = Places()
        self._colours = Colours()
        self._shared: dict[tuple[object, ...], Job] = {}
        self._contents: dict[int, tuple[object, ...]] = {}
        self._natures: dict[int, _Nature] = {}
        self._unit_m = unit_m

    def _metres(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn a matrix of file units into one of metres: only what it moves has a length."""
        metres = matrix.copy()
        metres[:3, 3] *= self._unit_m
        return metres

    def _nature(self, body: ifcopenshell.entity_instance) -> _Nature:
        key = body.id()
        if len(body.Items) == 1 and body.Items[0].is_a("IfcMappedItem"):
            key = body.Items[0].MappingSource.id()
        nature = self._natures.get(key)
        if nature is None:
            nature = self._natures[key] = _Nature()
            for item in body.Items:
                _examine(item, nature)
        return nature

    def _content(
        self, shape: ifcopenshell.entity_instance, items: Sequence[ifcopenshell.entity_instance]
    ) -> tuple[object, ...]:
        """Name a representation or map so that equal names mean equal bodies and colours."""
        number = shape.id()
        found = self._contents.get(number)
        if found is None:
            digest = self._digests.get(number)
            colours = self._colours.of_items(items)
            # Of several colours the digest does not tell which part wears which.
            found = (number,) if digest is None or len(colours) > 1 else (digest, *colours)
            self._contents[number] = found
        return found

    def read(self, chosen: Selected) -> Job | None:
        """Make a job of a product, or add it to a job that builds the same shape."""
        product, body = chosen.product, chosen.body
        try:
            matrix = self._metres(self._places.model_from_local(product.ObjectPlacement))
        except UnreadablePlacementError:
            matrix = None
        openings = _openings(product)
        materials = material_key(product)
        items = body.Items
        local_from_source = np.eye(4)
        sharing: tuple[object, ...] | None = None
        if matrix is not None and not openings:
            shape = body
            if len(items) == 1 and items[0].is_a("IfcMappedItem"):
                target = self._metres(mapping(items[0]))
                if is_rigid(target) and not items[0].StyledByItem:
                    shape = items[0].MappingSource
                    local_from_source = target
            sharing = (*self._content(shape, items), materials)
            job = self._shared.get(sharing)
            if job is not None:
                job.members.append(
                    (product.id(), matrix @ local_from_source @ job.source_from_local)
                )
                return None
        nature = self._nature(body)
        is_cut = nature.is_cut or openings > 0
        colours = self._colours.of_items(items)
        only = next(iter(colours)) if len(colours) == 1 else None
        if only == 0 and materials:
            only = None
        job = Job(
            key=product.id(),
            body=body.id(),
            matrix=matrix,
            is_cut=is_cut,
            should_close=nature.simple,
            colour=only,
            simple=nature.simple,
            is_outline=chosen.is_outline,
            weight=nature.weight + 3.0 * openings,
            source_from_local=np.linalg.inv(local_from_source).astype(np.float64),
        )
        job.members.append((product.id(), np.eye(4) if matrix is None else matrix))
        if sharing is not None:
            self._shared[sharing] = job
        return job


def list_jobs(
    model: ifcopenshell.file,
    keys: frozenset[int] | None,
    unit_m: float,
    digests: Mapping[int, bytes] = MappingProxyType({}),
) -> WorkList:
    """List the bodies to build.

    Parameters
    ----------
    model : ifcopenshell.file
        The open file.
    keys : frozenset of int, optional
        Only these products; None for all.
    unit_m : float
        Metres in one length unit of the file.
    digests : mapping of int to bytes, optional
        Fingerprint of each statement with all that it rests on, by ``#`` number: exporters write
        the same body anew for every pipe of one length.
    """
    reader = _Reader(unit_m, digests)
    work = WorkList(jobs=[], skipped={}, unreadable=[])
    for product in products(model, keys):
        body: int | None = None
        try:
            chosen = choose(product)
            if isinstance(chosen, Skipped):
                work.skipped[chosen.key] = chosen.reason
                continue
            body = chosen.body.id()
            job = reader.read(chosen)
        except READ_ERRORS as error:
            if body is None:
                reason = str(error) or type(error).__name__
                guid = str(product.GlobalId)
                work.unreadable.append(Unreadable(key=product.id(), guid=guid, reason=reason))
                continue
            # Something about it can't be read here; a kernel may still know what to do.
            job = Job(
                key=product.id(),
                body=body,
                matrix=None,
                source_from_local=np.eye(4),
                members=[(product.id(), np.eye(4))],
                is_cut=True,
            )
        if job is not None:
            work.jobs.append(job)
    return work
