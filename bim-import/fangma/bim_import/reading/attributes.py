"""Attributes of IFC instances, taken with suspicion.

A file that parses may still hold a number where a name belongs, nothing where something is
mandatory, or a reference to a statement that does not exist. Everything behind reads attributes
through these functions and gets the right type or None.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, TypeGuard

from ifcopenshell import ifcopenshell_wrapper

if TYPE_CHECKING:
    import ifcopenshell

    Instance = ifcopenshell.entity_instance

#: Characters of a name: IfcLabel has 255, exporters take a few more.
LONGEST = 1000
_CUT = "…"
_INSTANCE: Any = ifcopenshell_wrapper.entity_instance


def value(instance: Instance, name: str) -> Any:  # noqa: ANN401 - here types begin
    """Read an attribute; None when the schema does not have it or the file leaves it out.

    ``wrappedValue`` reads what a measure such as IfcLabel wraps.
    """
    found = place(instance.is_a(True), name)
    if found < 0:
        return None
    try:
        return instance.get_argument(found)
    except (IndexError, RuntimeError):
        return None


@cache
def place(qualified: str, name: str) -> int:
    """Find the place of an attribute in a class such as ``IFC4.IfcWall``; -1 when it has none.

    Asking ifcopenshell by name costs a hundredfold when the class does not have the attribute.
    """
    schema, _, kind = qualified.partition(".")
    entity = ifcopenshell_wrapper.schema_by_name(schema).declaration_by_name(kind).as_entity()
    if entity is None:
        return 0 if name == "wrappedValue" else -1
    return int(entity.attribute_index(name))


@cache
def descends(schema: str, kind: str, ancestor: str) -> bool:
    """Tell whether a class of a schema is another one or a subtype of it."""
    entity = ifcopenshell_wrapper.schema_by_name(schema).declaration_by_name(kind).as_entity()
    while entity is not None:
        if entity.name() == ancestor:
            return True
        entity = entity.supertype()
    return False


def text(instance: Instance | None, name: str) -> str | None:
    """Read a name or another short text, cut at LONGEST; None when empty, blank or no text."""
    found = None if instance is None else value(instance, name)
    if not isinstance(found, str):
        return None
    found = found.strip()
    if len(found) > LONGEST:
        return found[: LONGEST - 1] + _CUT
    return found or None


def is_cut(found: str | None) -> bool:
    """Tell whether :func:`text` cut what it gave."""
    return found is not None and len(found) == LONGEST and found.endswith(_CUT)


def number(instance: Instance | None, name: str) -> float | None:
    """Read a finite number."""
    return None if instance is None else finite(value(instance, name))


def finite(found: object) -> float | None:
    """Turn a number, or a measure that wraps one, into a finite float."""
    if is_instance(found):
        found = value(found, "wrappedValue")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) else None


def link(instance: Instance | None, name: str, kind: str | None = None) -> Instance | None:
    """Read a reference to an instance of a class or of its subtypes."""
    found = None if instance is None else value(instance, name)
    if not is_instance(found) or (kind is not None and not found.is_a(kind)):
        return None
    return found  # type: ignore[no-any-return]


def links(instance: Instance | None, name: str, kind: str | None = None) -> list[Instance]:
    """Read a list of references; a single one counts as a list of one."""
    found = None if instance is None else value(instance, name)
    if is_instance(found):
        found = (found,)
    if not isinstance(found, tuple | list):
        return []
    return [item for item in found if is_instance(item) and (kind is None or item.is_a(kind))]


def numbers(instance: Instance | None, name: str) -> tuple[float, ...]:
    """Read a list of finite numbers; empty when one of them is none."""
    found = None if instance is None else value(instance, name)
    if not isinstance(found, tuple | list):
        return ()
    out = [finite(item) for item in found]
    return tuple(item for item in out if item is not None) if None not in out else ()


def is_instance(found: object) -> TypeGuard[Any]:
    """Tell an IFC instance (entity or measure) from plain values."""
    return isinstance(found, _INSTANCE)


def guid(instance: Instance) -> str | None:
    """Read a GlobalId as it stands."""
    return text(instance, "GlobalId")
