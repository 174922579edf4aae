"""What makes an element recognisable: fingerprints over all that it rests on, and its GlobalId."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from fangma.bim_import.opening.digests import digest
from fangma.bim_import.opening.graph import DIGEST_BYTES
from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fangma.bim_import.opening.model_file import OpenedModel
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.relations import Relations


def read_digests(opened: OpenedModel) -> dict[int, bytes]:
    """Fingerprint every statement of a file with all that it rests on, by ``#`` number."""
    if opened.digesting is not None:
        digests = opened.digesting.result()
    else:
        digests = digest(opened.statements, opened.order, opened.file.schema_identifier)
    return dict(zip(opened.statements.ids.tolist(), digests, strict=True))


class FingerprintReader:
    """Fingerprints of the elements of one file.

    References lead from an element to its placement and representation. Property sets, types,
    openings, materials and styles point at it from outside: they are gathered by the relations.

    Parameters
    ----------
    digests : mapping of int to bytes
        From :func:`read_digests`.
    """

    def __init__(
        self, opened: OpenedModel, relations: Relations, digests: Mapping[int, bytes]
    ) -> None:
        self._digests = digests
        self._relations = relations
        self._styles = self._read_styles(opened)
        self._units = self._hash(
            self._digest(unit)
            for project in opened.file.by_type("IfcProject")
            for unit in attributes.links(project, "UnitsInContext")
        )
        self._shapes: dict[int, bytes] = {}
        self._types: dict[int, bytes] = {}

    def _digest(self, instance: Instance | None) -> bytes:
        return b"" if instance is None else self._digests.get(instance.id(), b"")

    @staticmethod
    def _hash(parts: Iterable[bytes]) -> bytes:
        return blake2b(b"|".join(parts), digest_size=DIGEST_BYTES).digest()

    def _read_styles(self, opened: OpenedModel) -> dict[int, list[bytes]]:
        out: dict[int, list[bytes]] = {}
        for styled in opened.file.by_type("IfcStyledItem"):
            item = attributes.link(styled, "Item")
            if item is not None:
                out.setdefault(item.id(), []).append(self._digest(styled))
        return out

    def _shape_parts(self, element: Instance, representation: Instance) -> list[bytes]:
        openings = self._relations.openings.get(element.id(), ())
        # The order of relations is the exporter's whim: what is a set is sorted.
        return [
            self._units,
            self._digest(attributes.link(element, "ObjectPlacement")),
            self._of_representation(representation),
            *sorted(self._digest(opening) for opening in openings),
        ]

    def _of_representation(self, definition: Instance) -> bytes:
        found = self._shapes.get(definition.id())
        if found is None:
            styles: list[bytes] = []
            pending = attributes.links(definition, "Representations")
            seen: set[int] = set()
            while pending:
                representation = pending.pop()
                if representation.id() in seen:
                    continue
                seen.add(representation.id())
                for item in attributes.links(representation, "Items"):
                    styles.extend(self._styles.get(item.id(), ()))
                    source = attributes.link(item, "MappingSource")
                    mapped = attributes.link(source, "MappedRepresentation")
                    if mapped is not None:
                        pending.append(mapped)
            found = self._hash([self._digest(definition), *sorted(styles)])
            self._shapes[definition.id()] = found
        return found

    def _of_type(self, kind: Instance | None) -> bytes:
        if kind is None:
            return b""
        found = self._types.get(kind.id())
        if found is None:
            materials = sorted(map(self._digest, self._relations.materials.get(kind.id(), ())))
            found = self._types[kind.id()] = self._hash([self._digest(kind), *materials])
        return found

    def of(self, element: Instance) -> tuple[str, str]:
        """Fingerprint everything that the file says of an element, and its body alone.

        Returns
        -------
        whole, shape : str
            ``shape`` is of what the body depends on, and empty without a representation.
        """
        number = element.id()
        representation = attributes.link(element, "Representation")
        place = self._relations.container.get(number) or self._relations.parent.get(number)
        shape = [] if representation is None else self._shape_parts(element, representation)
        whole = [
            self._digest(element),
            *shape,
            self._of_type(self._relations.types.get(number)),
            *sorted(map(self._digest, self._relations.property_sets.get(number, ()))),
            *sorted(map(self._digest, self._relations.materials.get(number, ()))),
            *sorted(map(self._digest, self._relations.groups.get(number, ()))),
            self._digest(place),
        ]
        return self._hash(whole).hex(), self._hash(shape).hex() if shape else ""
