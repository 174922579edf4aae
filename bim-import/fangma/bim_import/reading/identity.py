"""What makes an element recognisable: fingerprints over all that it rests on, and its GlobalId."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from fangma.bim_import.opening.digests import digest
from fangma.bim_import.opening.graph import DIGEST_BYTES
from fangma.bim_import.reading import attributes
from fangma.bim_import.reading.materials import looks_of_materials, plain_materials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fangma.bim_import.opening.model_file import OpenedModel
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.relations import Relations

# By what an item holds others; of a map, those of what is mapped.
_INNER: Final = (
    "MappingSource", "FirstOperand", "SecondOperand", "TreeRootExpression", "Elements",
    "Outer", "SbsmBoundary", "FbsmFaces",
)  # fmt: skip
# Wholes within wholes; a circle of them ends here too.
_MOST_WHOLES: Final = 8


def read_digests(opened: OpenedModel) -> dict[int, bytes]:
    """Fingerprint every statement of a file with all that it rests on, by ``#`` number."""
    if opened.digesting is not None:
        digests = opened.digesting.result()
    else:
        digests = digest(opened.statements, opened.order, opened.file.schema_identifier)
    return dict(zip(opened.statements.ids.tolist(), digests, strict=True))


def _inner_items(item: Instance) -> list[Instance]:
    """List the items that an item is made of, each of which may have a style of its own."""
    found: list[Instance] = []
    for name in _inner_names(item.is_a(True)):
        if name == "MappingSource":
            source = attributes.link(item, name)
            mapped = attributes.link(source, "MappedRepresentation")
            found += attributes.links(mapped, "Items")
        else:
            found += attributes.links(item, name)
    return found


@cache
def _inner_names(qualified: str) -> tuple[str, ...]:
    """Name the attributes by which a class such as ``IFC4.IfcBooleanResult`` holds items."""
    return tuple(name for name in _INNER if attributes.place(qualified, name) >= 0)


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
        self._looks = looks_of_materials(opened.file)
        self._units = self._hash(
            self._digest(unit)
            for project in opened.file.by_type("IfcProject")
            for unit in attributes.links(project, "UnitsInContext")
        )
        self._shapes: dict[int, bytes] = {}
        self._types: dict[int, bytes] = {}
        self._worn: dict[int, bytes] = {}

    def _digest(self, instance: Instance | None) -> bytes:
        return b"" if instance is None else self._digests.get(instance.id(), b"")

    @staticmethod
    def _hash(parts: Iterable[bytes]) -> bytes:
        return blake2b(b"|".join(parts), digest_size=DIGEST_BYTES).digest()

    def _read_styles(self, opened: OpenedModel) -> dict[int, list[bytes]]:
        out: dict[int, list[bytes]] = {}
        told = [(styled, "Item") for styled in opened.file.by_type("IfcStyledItem")]
        if opened.file.schema != "IFC2X3":
            told += [(each, "MappedTo") for each in opened.file.by_type("IfcIndexedColourMap")]
        for styled, name in told:
            item = attributes.link(styled, name)
            if item is not None:
                out.setdefault(item.id(), []).append(self._digest(styled))
        return out

    def _shape_parts(self, element: Instance, representation: Instance) -> list[bytes]:
        # The order of relations is the exporter's whim: what is a set is sorted.
        return [
            self._units,
            self._digest(attributes.link(element, "ObjectPlacement")),
            self._of_representation(representation),
            *sorted(map(self._digest, self._openings(element))),
            *(self._of_looks(element) if self._looks else ()),
        ]

    def _openings(self, element: Instance) -> list[Instance]:
        """List what is cut from an element, and from the wholes that it is part of."""
        found: list[Instance] = []
        whole: Instance | None = element
        for _ in range(_MOST_WHOLES):
            if whole is None:
                break
            found += self._relations.openings.get(whole.id(), ())
            whole = self._relations.parent.get(whole.id())
        return found

    def _of_looks(self, element: Instance) -> list[bytes]:
        """Fingerprint how the materials of an element look, and those of its type."""
        kind = self._relations.types.get(element.id())
        owners = [element.id()] if kind is None else [element.id(), kind.id()]
        found: list[bytes] = []
        for owner in owners:
            for definition in self._relations.materials.get(owner, ()):
                worn = self._worn.get(definition.id())
                if worn is None:
                    looks = [
                        self._digest(look)
                        for material in plain_materials(definition)
                        for look in self._looks.get(material.id(), ())
                    ]
                    worn = self._worn[definition.id()] = self._hash(looks) if looks else b""
                if worn:
                    found.append(worn)
        return sorted(found)

    def _of_representation(self, definition: Instance) -> bytes:
        found = self._shapes.get(definition.id())
        if found is None:
            styles: list[bytes] = []
            pending = [
                item
                for representation in attributes.links(definition, "Representations")
                for item in attributes.links(representation, "Items")
            ]
            seen: set[int] = set()
            while pending:
                item = pending.pop()
                if item.id() in seen:
                    continue
                seen.add(item.id())
                styles.extend(self._styles.get(item.id(), ()))
                pending += _inner_items(item)
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
