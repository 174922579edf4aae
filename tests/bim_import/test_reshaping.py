"""What is taken over from the last export is what the new one would give: read and shaped anew.

Random edits of everything that elements share (types, materials, styles, openings, storeys, ports,
groups) and of their own, in exports whose statements were renumbered and shuffled or not.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import uuid4

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.unit
import numpy as np
import pytest

from fangma.bim_import.bodies import measure_bodies
from fangma.bim_import.earlier import Earlier
from fangma.bim_import.element_facts import measured_as
from fangma.bim_import.geometry import GeometryStore, Kept
from fangma.bim_import.perturbing.editing import copied, shifted_placement, take_out
from fangma.bim_import.perturbing.shuffling import shuffle
from fangma.bim_import.preparing import Here
from fangma.bim_import.reading import read_digests
from fangma.bim_import.reshaping import read_and_shape
from fangma.bim_import.sample import write_sample
from fangma.bim_import.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Model
    from fangma.bim_import.placing import Matrix
    from fangma.bim_import.shaping import Shaped

    Edit = Callable[[ifcopenshell.file, random.Random], None]
    Instance = ifcopenshell.entity_instance

STILL: Matrix = (
    (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0),
)  # fmt: skip
AT_ONCE = 6


def some(chance: random.Random, found: Iterable[Instance], count: int = 2) -> list[Instance]:
    among = list(found)
    return chance.sample(among, min(count, len(among)))


def things(file: ifcopenshell.file) -> list[Instance]:
    return [
        e for e in file.by_type("IfcElement")
        if e.Representation and e.ObjectPlacement and not e.is_a("IfcFeatureElement")
    ]  # fmt: skip


def moved(file: ifcopenshell.file, chosen: Iterable[Instance], *offset_m: float) -> None:
    unit = ifcopenshell.util.unit.calculate_unit_scale(file)
    for each in chosen:
        offset = [metres / unit for metres in offset_m]
        each.ObjectPlacement = shifted_placement(file, each.ObjectPlacement, offset)


def renamed(chosen: Iterable[Instance], name: str) -> None:
    for each in chosen:
        each.Name = f"{each.Name or ''}{name}"


def move(file: ifcopenshell.file, chance: random.Random) -> None:
    moved(file, some(chance, things(file), 3), 0.4, 0.3, 0.0)


def move_opening(file: ifcopenshell.file, chance: random.Random) -> None:
    moved(file, some(chance, file.by_type("IfcOpeningElement")), 0.1, 0.0, 0.0)


def move_port(file: ifcopenshell.file, chance: random.Random) -> None:
    moved(file, some(chance, file.by_type("IfcPort")), 0.1, 0.0, 0.0)


def close_opening(file: ifcopenshell.file, chance: random.Random) -> None:
    for relation in some(chance, file.by_type("IfcRelVoidsElement"), 1):
        file.remove(relation)


def disconnect(file: ifcopenshell.file, chance: random.Random) -> None:
    for relation in some(chance, file.by_type("IfcRelConnectsPorts")):
        file.remove(relation)


def delete(file: ifcopenshell.file, chance: random.Random) -> None:
    tied = ("HasOpenings", "FillsVoids", "HasPorts", "IsNestedBy")
    free = [e for e in things(file) if not any(getattr(e, name, ()) for name in tied)]
    for each in some(chance, free):
        take_out(file, each)


def add(file: ifcopenshell.file, chance: random.Random) -> None:
    contained = [e for e in things(file) if e.ContainedInStructure]
    moved(file, [copied(file, each) for each in some(chance, contained)], 1.0, 0.0, 0.0)


def reword(file: ifcopenshell.file, chance: random.Random) -> None:
    for kind in ("IfcElement", "IfcTypeObject", "IfcMaterial", "IfcGroup", "IfcBuildingStorey"):
        renamed(some(chance, file.by_type(kind)), " 消防 valve")


def set_property(file: ifcopenshell.file, chance: random.Random) -> None:
    for each in some(chance, file.by_type("IfcPropertySingleValue"), 6):
        told = each.NominalValue
        if told is not None and isinstance(told.wrappedValue, str):
            told.wrappedValue += "x"


def add_type_property(file: ifcopenshell.file, chance: random.Random) -> None:
    for each in some(chance, file.by_type("IfcTypeObject")):
        told = file.createIfcPropertySingleValue("Neu", None, file.createIfcLabel("so"), None)
        guid = ifcopenshell.guid.new()
        own = file.createIfcPropertySet(guid, None, "Pset_Neu", None, [told])
        each.HasPropertySets = [*(each.HasPropertySets or ()), own]


def lift_storey(file: ifcopenshell.file, chance: random.Random) -> None:
    unit = ifcopenshell.util.unit.calculate_unit_scale(file)
    for storey in some(chance, file.by_type("IfcBuildingStorey"), 1):
        point = storey.ObjectPlacement.RelativePlacement.Location
        point.Coordinates = (*point.Coordinates[:2], point.Coordinates[2] + 0.2 / unit)
        storey.Elevation += 0.2 / unit


def stretch(file: ifcopenshell.file, chance: random.Random) -> None:
    for solid in some(chance, file.by_type("IfcExtrudedAreaSolid")):
        solid.Depth *= 1.1


def recolour(file: ifcopenshell.file, chance: random.Random) -> None:
    for colour in some(chance, file.by_type("IfcColourRgb"), 1):
        colour.Red = 1.0 - colour.Red


def exchange(attribute: str, chosen: Sequence[Instance]) -> None:
    if len(chosen) == 2:
        first, second = chosen
        one, other = getattr(first, attribute), getattr(second, attribute)
        setattr(first, attribute, other)
        setattr(second, attribute, one)


def exchange_styles(file: ifcopenshell.file, chance: random.Random) -> None:
    exchange("Styles", some(chance, (s for s in file.by_type("IfcStyledItem") if s.Item)))


def exchange_bodies(file: ifcopenshell.file, chance: random.Random) -> None:
    exchange("Representation", some(chance, things(file)))


def exchange_guids(file: ifcopenshell.file, chance: random.Random) -> None:
    exchange("GlobalId", some(chance, file.by_type("IfcElement")))


def take_off_style(file: ifcopenshell.file, chance: random.Random) -> None:
    for style in some(chance, (s for s in file.by_type("IfcStyledItem") if s.Item)):
        file.remove(style)


def put_elsewhere(file: ifcopenshell.file, chance: random.Random) -> None:
    relations = some(chance, file.by_type("IfcRelContainedInSpatialStructure"))
    if len(relations) == 2 and len(relations[0].RelatedElements) > 1:
        first, *rest = relations[0].RelatedElements
        relations[0].RelatedElements = rest
        relations[1].RelatedElements = [*relations[1].RelatedElements, first]


def renew_guids(file: ifcopenshell.file, chance: random.Random) -> None:
    for each in some(chance, file.by_type("IfcProduct"), 20):
        each.GlobalId = ifcopenshell.guid.new()


EDITS: tuple[Edit, ...] = (
    move, move_opening, move_port, close_opening, disconnect, delete, add, reword, set_property,
    add_type_property, lift_storey, stretch, recolour, exchange_styles, exchange_bodies,
    exchange_guids, take_off_style, put_elsewhere, renew_guids,
)  # fmt: skip


def brought(path: Path, earlier: Earlier | None) -> tuple[Model, Shaped, dict[int, Body]]:
    """Read, shape and measure a file as an import does."""
    here, stages = Here(path, (), 1), Stages()
    here.open(stages)
    try:
        model, shaped = read_and_shape(
            here.opened, path, read_digests(here.opened), earlier, workers=1, stage=stages.stage
        )
    finally:
        here.stop()
    before = {} if earlier is None else earlier.kept.bodies_at(STILL)
    bodies = measure_bodies(
        shaped.placements,
        STILL,
        rooms=frozenset(e.key for e in model.elements if e.kind == "room"),
        axes=shaped.axes,
        pipes=frozenset(e.key for e in model.elements if e.kind == "pipe"),
        known={
            e.key: body
            for e in model.elements
            if e.key in shaped.taken_over and (body := before.get(measured_as(e))) is not None
        },
    )
    return model, shaped, bodies


def kept(path: Path, folder: Path) -> Earlier:
    """Keep what an import keeps, through the disk."""
    model, shaped, bodies = brought(path, None)
    store, model_id = GeometryStore(root=folder), uuid4()
    store.save(
        model_id,
        Kept(
            placements=shaped.placements,
            fingerprint={e.key: e.shape_fingerprint for e in model.elements},
            axes=shaped.axes,
            measured={
                measured_as(e): bodies[e.key]
                for e in model.elements
                if e.shape_fingerprint and e.key in bodies
            },
            matrix_site_from_model=STILL,
            doubtful=shaped.doubtful,
            positions={
                p.place_fingerprint: p.position
                for p in model.ports
                if p.place_fingerprint and p.position is not None
            },
            length_unit_m=model.length_unit_m,
        ),
    )
    read = store.load(model_id)
    assert read is not None
    return Earlier(model_id=model_id, kept=read, is_current=True)


def colours(shaped: Shaped) -> dict[int, set[int]]:
    worn: dict[int, set[int]] = {}
    for key, mesh in zip(shaped.placements.element, shaped.placements.mesh, strict=True):
        worn.setdefault(int(key), set()).update(shaped.placements.meshes[mesh].colours.tolist())
    return worn


def figures(body: Body) -> list[float]:
    """List what was measured, in metres, square and cubic metres; what is absent is -1."""
    axis = () if body.axis is None else body.axis.bounds
    outline = () if body.footprint is None else body.footprint.bounds
    sizes = (body.floor_z, body.ceiling_z, body.area_m2, body.outer_diameter_m)
    return [*body.box, *axis, *outline, *(-1.0 if size is None else size for size in sizes)]


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("which", ["建筑", "机电"])
def test_an_export_with_scattered_changes_is_read_and_shaped_as_if_for_the_first_time(
    tmp_path: Path, which: str
) -> None:
    write_sample(tmp_path, seed=5, rooms=40)
    file = tmp_path / f"A01-办公主楼-{which}.ifc"
    earlier = kept(file, tmp_path / "kept")
    chance = random.Random(f"changes {which}")  # noqa: S311 - to be run again
    edits = chance.sample(EDITS, len(EDITS))
    for begin in range(0, len(edits), AT_ONCE):
        model = ifcopenshell.open(str(file))
        chosen = edits[begin : begin + AT_ONCE]
        for edit in chosen:
            edit(model, chance)
        changed = tmp_path / "changed.ifc"
        model.write(str(changed))
        if begin // AT_ONCE % 2:
            shuffle(changed, chance)
        told = [edit.__name__ for edit in chosen]
        quick, taken, bodies = brought(changed, earlier)
        whole, shaped, fresh = brought(changed, None)
        assert quick == whole, told
        assert taken.taken_over, told
        assert sorted(map(repr, taken.findings)) == sorted(map(repr, shaped.findings)), told
        assert taken.axes.keys() == shaped.axes.keys(), told
        assert colours(taken) == colours(shaped), told
        assert bodies.keys() == fresh.keys(), told
        for key, body in fresh.items():
            mine = bodies[key]
            assert (mine.kernel, mine.method) == (body.kernel, body.method), (told, key)
            np.testing.assert_allclose(figures(mine), figures(body), rtol=0.0, atol=0.003)
            assert mine.volume_m3 == pytest.approx(body.volume_m3, rel=1e-3, abs=1e-2), (told, key)
