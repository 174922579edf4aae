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

    from tests.bim_import.conftest import StepWriter

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
            fingerprint={e.key: e.shape_fingerprint for e in model.elements} | model.others,
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


# A wall that looks like its material; one of a part of which the other half is cut, and styled; an
# aggregate with an opening that goes through its part; and the ground, which is no element.
SHARED = """\
#10=IFCCARTESIANPOINT((0.,0.));
#11=IFCAXIS2PLACEMENT2D(#10,$);
#12=IFCDIRECTION((0.,0.,1.));
#13=IFCRECTANGLEPROFILEDEF(.AREA.,$,#11,4.,0.2);
#20=IFCLOCALPLACEMENT($,#6);
#21=IFCSITE('0000000000000000000001',$,'Ground',$,$,#20,#24,$,.ELEMENT.,$,$,0.,$,$);
#22=IFCEXTRUDEDAREASOLID(#13,#6,#12,0.5);
#23=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#22));
#24=IFCPRODUCTDEFINITIONSHAPE($,$,(#23));
#25=IFCBUILDING('0000000000000000000002',$,'B',$,$,#20,$,$,.ELEMENT.,$,$,$);
#26=IFCBUILDINGSTOREY('0000000000000000000003',$,'F1',$,$,#20,$,$,.ELEMENT.,0.);
#27=IFCRELAGGREGATES('0000000000000000000004',$,$,$,#1,(#21));
#28=IFCRELAGGREGATES('0000000000000000000005',$,$,$,#21,(#25));
#29=IFCRELAGGREGATES('0000000000000000000006',$,$,$,#25,(#26));
#30=IFCEXTRUDEDAREASOLID(#13,#6,#12,3.);
#31=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#30));
#32=IFCPRODUCTDEFINITIONSHAPE($,$,(#31));
#33=IFCWALL('0000000000000000000007',$,'painted',$,$,#20,#32,$,$);
#34=IFCMATERIAL('Paint',$,$);
#35=IFCRELASSOCIATESMATERIAL('0000000000000000000008',$,$,$,(#33),#34);
#36=IFCCOLOURRGB($,0.2,0.4,0.6);
#37=IFCSURFACESTYLESHADING(#36,0.);
#38=IFCSURFACESTYLE($,.BOTH.,(#37));
#39=IFCSTYLEDITEM($,(#38),$);
#40=IFCSTYLEDREPRESENTATION(#5,$,$,(#39));
#41=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#40),#34);
#50=IFCCARTESIANPOINT((0.,0.,2.));
#51=IFCAXIS2PLACEMENT3D(#50,$,$);
#52=IFCPLANE(#51);
#53=IFCHALFSPACESOLID(#52,.F.);
#54=IFCEXTRUDEDAREASOLID(#13,#6,#12,4.);
#55=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#54,#53);
#56=IFCCOLOURRGB($,0.8,0.1,0.1);
#57=IFCSURFACESTYLESHADING(#56,0.);
#58=IFCSURFACESTYLE($,.BOTH.,(#57));
#59=IFCSTYLEDITEM(#54,(#58),$);
#60=IFCSHAPEREPRESENTATION(#5,'Body','Clipping',(#55));
#61=IFCPRODUCTDEFINITIONSHAPE($,$,(#60));
#62=IFCWALL('0000000000000000000009',$,'clipped',$,$,#20,#61,$,$);
#70=IFCEXTRUDEDAREASOLID(#13,#6,#12,5.);
#71=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#70));
#72=IFCPRODUCTDEFINITIONSHAPE($,$,(#71));
#73=IFCELEMENTASSEMBLY('000000000000000000000A',$,'whole',$,$,#20,$,$,$,$);
#74=IFCBUILDINGELEMENTPART('000000000000000000000B',$,'part',$,$,#20,#72,$,$);
#75=IFCRELAGGREGATES('000000000000000000000C',$,$,$,#73,(#74));
#76=IFCRECTANGLEPROFILEDEF(.AREA.,$,#11,1.,1.);
#77=IFCEXTRUDEDAREASOLID(#76,#6,#12,2.);
#78=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#77));
#79=IFCPRODUCTDEFINITIONSHAPE($,$,(#78));
#80=IFCOPENINGELEMENT('000000000000000000000D',$,'hole',$,$,#20,#79,$,$);
#81=IFCRELVOIDSELEMENT('000000000000000000000E',$,$,$,#73,#80);
#90=IFCRELCONTAINEDINSPATIALSTRUCTURE('000000000000000000000F',$,$,$,(#33,#62,#73),#26);
"""


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize(
    ("was", "now", "built"),
    [
        ("(0.2,0.4,0.6)", "(0.2,0.4,0.6)", 0),
        ("$,0.2,0.4,0.6)", "$,0.9,0.4,0.6)", 1),  # how a material looks
        ("(#33),#34)", "(#62),#34)", 1),  # whose material it is: the other has a style of its own
        ("$,0.8,0.1,0.1)", "$,0.8,0.7,0.1)", 1),  # a style deep in a body
        ("#6,#12,2.)", "#6,#12,3.)", 1),  # what is cut from the whole of a part
        ("#6,#12,0.5)", "#6,#12,0.7)", 1),  # the ground
    ],
)
def test_what_a_body_rests_on_elsewhere_is_not_forgotten(
    tmp_path: Path, step: StepWriter, was: str, now: str, built: int
) -> None:
    earlier = kept(step(SHARED, name="first.ifc"), tmp_path / "kept")
    changed = step(SHARED.replace(was, now), name="second.ifc")
    quick, taken, bodies = brought(changed, earlier)
    whole, shaped, fresh = brought(changed, None)
    assert quick == whole
    assert colours(taken) == colours(shaped)
    assert bodies.keys() == fresh.keys()
    assert {21, 33, 62, 74} <= fresh.keys()
    for key, body in fresh.items():
        np.testing.assert_allclose(figures(bodies[key]), figures(body), rtol=0.0, atol=1e-3)
        assert bodies[key].volume_m3 == pytest.approx(body.volume_m3, abs=1e-3)
    assert len(set(taken.placements.element.tolist()) - taken.taken_over) >= built
    if not built:
        assert not taken.has_news
