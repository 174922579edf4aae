"""A model with our codes written back, so that every other program sees them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ifcopenshell
import ifcopenshell.guid

from fangma.bim_import.exchange.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PSET: Final = "Fangma_Identity"


def write_codes(
    source: Path, target: Path, identities: Mapping[str, Mapping[str, str | None]]
) -> dict[str, int]:
    """Write a copy of a model in which every known thing carries a property set of ours.

    Parameters
    ----------
    source : Path
        The model as it was imported; it is not changed.
    identities : mapping of str to mapping
        Properties by GlobalId, such as ``{"Code": "330302-001-A01-F05-0512-K"}``; None is left out.

    Returns
    -------
    counts : dict of str to int
        ``{"written", "replaced", "missing"}``: objects with the set, sets of an earlier export that
        were taken out, and GlobalIds that the file does not have.

    Raises
    ------
    ExchangeError
        When the file cannot be read.
    """
    try:
        file = ifcopenshell.open(str(source))
    except (OSError, RuntimeError, ifcopenshell.Error) as error:
        raise ExchangeError(
            f"{source.name} cannot be opened: {error}", "give the IFC file that was imported"
        ) from error
    replaced = _take_out(file)
    owner = _owner(file)
    written = missing = 0
    for guid, properties in identities.items():
        try:
            thing = file.by_guid(guid)
        except RuntimeError:
            missing += 1
            continue
        if not thing.is_a("IfcObject"):
            missing += 1
            continue
        values = [
            file.create_entity(
                "IfcPropertySingleValue", name, None,
                file.create_entity("IfcIdentifier" if name == "Code" else "IfcLabel", value), None,
            )
            for name, value in properties.items()
            if value
        ]  # fmt: skip
        if not values:
            continue
        pset = file.create_entity(
            "IfcPropertySet", ifcopenshell.guid.new(), owner, PSET, None, values
        )
        file.create_entity(
            "IfcRelDefinesByProperties", ifcopenshell.guid.new(), owner, None, None, [thing], pset
        )
        written += 1
    file.write(str(target))
    return {"written": written, "replaced": replaced, "missing": missing}


def _owner(file: ifcopenshell.file) -> Any:  # noqa: ANN401 - an instance
    """IFC2X3 wants an owner history on every root; the file's first one serves."""
    histories = file.by_type("IfcOwnerHistory")
    return histories[0] if histories else None


def _take_out(file: ifcopenshell.file) -> int:
    """Remove the sets of an earlier export."""
    count = 0
    for pset in [p for p in file.by_type("IfcPropertySet") if p.Name == PSET]:
        for rel in list(file.get_inverse(pset)):
            if rel.is_a("IfcRelDefinesByProperties"):
                file.remove(rel)
        values = list(pset.HasProperties or ())
        file.remove(pset)
        for value in values:
            if not file.get_total_inverses(value):
                file.remove(value)
        count += 1
    return count
