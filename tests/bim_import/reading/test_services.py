"""Kinds, systems, ports and properties of the building's services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.opening import open_model
from fangma.bim_import.reading import read_model, systems

if TYPE_CHECKING:
    from tests.bim_import.conftest import StepWriter

    from fangma.bim_import.model import Element, Model


def guid(number: int) -> str:
    return f"0{number:021d}"


def read(step: StepWriter, data: str, schema: str = "IFC4") -> Model:
    return read_model(open_model(step(data, schema=schema)))


def element(model: Model, key: int) -> Element:
    return next(item for item in model.elements if item.key == key)


def rules(model: Model) -> list[str]:
    return [finding.rule for finding in model.findings]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("IFCPIPESEGMENT", "x", "pipe"),
        ("IFCDUCTSEGMENT", "x", "pipe"),
        ("IFCCABLECARRIERSEGMENT", "x", "pipe"),
        ("IFCPIPEFITTING", "x", "fitting"),
        ("IFCVALVE", "x", "valve"),
        ("IFCDAMPER", "x", "valve"),
        ("IFCFLOWMETER", "x", "device"),
        ("IFCPUMP", "x", "device"),
        ("IFCBOILER", "x", "device"),
        ("IFCTANK", "x", "device"),
        ("IFCSANITARYTERMINAL", "x", "terminal"),
        ("IFCLIGHTFIXTURE", "x", "terminal"),
        ("IFCSENSOR", "x", "sensor"),
        ("IFCCONTROLLER", "x", "device"),
        ("IFCTRANSPORTELEMENT", "x", "device"),
        ("IFCFURNITURE", "x", "asset"),
        ("IFCWALL", "Valve room wall", "element"),
        ("IFCBUILDINGELEMENTPROXY", "Gate valve DN50", "valve"),
        ("IFCBUILDINGELEMENTPROXY", "box", "element"),
        ("IFCFLOWCONTROLLER", "Kugelventil", "valve"),
        ("IFCFLOWCONTROLLER", "switch", "device"),
    ],
)
def test_the_class_tells_the_kind(step: StepWriter, kind: str, name: str, expected: str) -> None:
    generic = kind in {"IFCFLOWCONTROLLER", "IFCFLOWSEGMENT"}
    ending = ",$" if generic or kind == "" else ",$,$"
    model = read(step, f"#20={kind}('{guid(20)}',$,'{name}',$,$,$,${ending});")
    assert "attribute-count" not in rules(model)
    assert element(model, 20).kind == expected


@pytest.mark.parametrize(
    ("occurrence", "kind", "predefined", "expected"),
    [
        ("IFCFLOWCONTROLLER", "IFCVALVETYPE", "ISOLATING", "valve"),
        ("IFCFLOWCONTROLLER", "IFCDAMPERTYPE", "FIREDAMPER", "valve"),
        ("IFCFLOWCONTROLLER", "IFCPROTECTIVEDEVICETYPE", "FUSEDISCONNECTOR", "device"),
        ("IFCFLOWSEGMENT", "IFCPIPESEGMENTTYPE", "RIGIDSEGMENT", "pipe"),
        ("IFCFLOWFITTING", "IFCPIPEFITTINGTYPE", "BEND", "fitting"),
        ("IFCFLOWMOVINGDEVICE", "IFCPUMPTYPE", "CIRCULATOR", "device"),
        ("IFCFLOWTERMINAL", "IFCSANITARYTERMINALTYPE", "SINK", "terminal"),
    ],
)
def test_in_ifc2x3_the_type_object_tells_the_kind(
    step: StepWriter, occurrence: str, kind: str, predefined: str, expected: str
) -> None:
    model = read(
        step,
        f"#20={occurrence}('{guid(20)}',$,'x',$,$,$,$,'7');"
        f"#21={kind}('{guid(21)}',$,'T',$,$,$,$,$,$,.{predefined}.);"
        f"#22=IFCRELDEFINESBYTYPE('{guid(22)}',$,$,$,(#20),#21);",
        "IFC2X3",
    )
    found = element(model, 20)
    assert (found.kind, found.predefined_type) == (expected, predefined)
    assert (found.type_name, found.tag) == ("T", "7")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("给水系统", "JS"),
        ("生活给水立管 JL-1", "JS"),
        ("JL-3", "JS"),
        ("热水供水", "RS"),
        ("消防给水", "XF"),
        ("自动喷水灭火系统", "XF"),
        ("雨水管", "YS"),
        ("污水管", "WS"),
        ("排水", "PS"),
        ("空调冷冻水供水", "KT"),
        ("排风", "KT"),
        ("采暖热水供水", "RL"),
        ("天然气", "RQ"),
        ("强电桥架", "DL"),
        ("综合布线", "TX"),
        ("视频监控", "RD"),
        ("Domestic Cold Water", "JS"),
        ("Domestic Hot Water", "RS"),
        ("Fire Protection Wet", "XF"),
        ("Sanitary", "WS"),
        ("Supply Air", "KT"),
        ("Hydronic Supply", "RL"),
        ("Schmutzwasser", "WS"),
        ("Trinkwasser kalt", "JS"),
        ("Heizung Vorlauf", "RL"),
        ("WS_主管", "WS"),
        ("Repair kit", None),
        ("", None),
        (None, None),
    ],
)
def test_words_tell_the_system(text: str | None, code: str | None) -> None:
    assert systems.by_words(text) == code


def test_the_group_tells_the_system_before_words_do(step: StepWriter) -> None:
    model = read(
        step,
        f"#20=IFCPIPESEGMENT('{guid(20)}',$,'gas pipe',$,$,$,$,$,$);"
        f"#21=IFCDISTRIBUTIONSYSTEM('{guid(21)}',$,'S1',$,$,$,.FIREPROTECTION.);"
        f"#22=IFCRELASSIGNSTOGROUP('{guid(22)}',$,$,$,(#20),$,#21);"
        f"#23=IFCPIPESEGMENT('{guid(23)}',$,'gas pipe',$,$,$,$,$,$);"
        f"#24=IFCDUCTSEGMENT('{guid(24)}',$,'x',$,$,$,$,$,$);"
        f"#25=IFCZONE('{guid(25)}',$,'Z',$,$,$);"
        f"#26=IFCSPACE('{guid(26)}',$,'101',$,$,$,$,$,.ELEMENT.,$,$);"
        f"#27=IFCRELASSIGNSTOGROUP('{guid(27)}',$,$,$,(#26),$,#25);",
    )
    assert [element(model, key).system for key in (20, 23, 24)] == ["XF", "RQ", "KT"]
    groups = {group.key: group for group in model.groups}
    assert (groups[21].system, groups[21].members) == ("XF", (20,))
    assert (groups[25].ifc_class, groups[25].members) == ("IfcZone", (26,))


def test_ports_are_read_as_both_schemas_tie_them(step: StepWriter) -> None:
    ports = (
        f"#30=IFCDISTRIBUTIONPORT('{guid(30)}',$,'out',$,$,#40,$,.SOURCE.,$,$);"
        f"#31=IFCDISTRIBUTIONPORT('{guid(31)}',$,'in',$,$,$,$,.SINK.,$,$);"
        f"#32=IFCDISTRIBUTIONPORT('{guid(32)}',$,'loose',$,$,$,$,$,$,$);"
        f"#33=IFCRELCONNECTSPORTS('{guid(33)}',$,$,$,#30,#31,$);"
        "#40=IFCLOCALPLACEMENT($,#41);#41=IFCAXIS2PLACEMENT3D(#42,$,$);"
        "#42=IFCCARTESIANPOINT((1.,2.,3.));"
    )
    pipes = "".join(f"#{key}=IFCPIPESEGMENT('{guid(key)}',$,'p',$,$,$,$,$,$);" for key in (20, 21))
    nested = "".join(
        f"#{key + 30}=IFCRELNESTS('{guid(key + 30)}',$,$,$,#{key},(#{key + 10}));"
        for key in (20, 21)
    )
    new = read(step, pipes + ports + nested)
    old = read(
        step,
        pipes.replace("IFCPIPESEGMENT", "IFCFLOWSEGMENT").replace("$,$,$);", "$,$);")
        + ports.replace(".SOURCE.,$,$", ".SOURCE.").replace(".SINK.,$,$", ".SINK.")
        .replace("$,$,$,$,$,$,$);#33", "$,$,$,$,$);#33")
        + "".join(
            f"#{key + 30}=IFCRELCONNECTSPORTTOELEMENT('{guid(key + 30)}',$,$,$,#{key + 10},#{key});"
            for key in (20, 21)
        ),
        "IFC2X3",
    )  # fmt: skip
    for model in (new, old):
        assert "attribute-count" not in rules(model)
        assert {port.key: port.element for port in model.ports} == {30: 20, 31: 21}
        assert [port.connected_to for port in model.ports] == [(31,), (30,)]
        assert model.ports[0].position == (1.0, 2.0, 3.0)
        assert (model.ports[0].flow, model.ports[1].position) == ("SOURCE", None)
        assert "loose-port" in rules(model)


def test_the_place_of_a_port_is_taken_from_what_is_known_of_its_statements(
    step: StepWriter,
) -> None:
    def placed(x: int) -> str:
        return (
            f"#20=IFCPIPESEGMENT('{guid(20)}',$,'p',$,$,$,$,$,$);"
            f"#30=IFCDISTRIBUTIONPORT('{guid(30)}',$,'out',$,$,#40,$,.SOURCE.,$,$);"
            f"#50=IFCRELNESTS('{guid(50)}',$,$,$,#20,(#30));"
            "#40=IFCLOCALPLACEMENT($,#41);#41=IFCAXIS2PLACEMENT3D(#42,$,$);"
            f"#42=IFCCARTESIANPOINT(({x}.,2.,3.));"
        )

    (port,) = read(step, placed(1)).ports
    known = {port.place_fingerprint: (7.0, 8.0, 9.0)}
    same, moved = (open_model(step(placed(x), schema="IFC4")) for x in (1, 5))
    assert read_model(same, None, known).ports[0].position == (7.0, 8.0, 9.0)
    assert read_model(moved, None, known).ports[0].position == (5.0, 2.0, 3.0)


def test_properties_come_in_si_units_the_types_beneath(step: StepWriter) -> None:
    model = read(
        step,
        f"#20=IFCPIPESEGMENT('{guid(20)}',$,'p',$,$,$,$,$,$);"
        f"#21=IFCPIPESEGMENTTYPE('{guid(21)}',$,'T',$,$,(#30),$,$,$,.RIGIDSEGMENT.);"
        f"#22=IFCRELDEFINESBYTYPE('{guid(22)}',$,$,$,(#20),#21);"
        f"#30=IFCPROPERTYSET('{guid(30)}',$,'Pset',$,(#31,#32));"
        "#31=IFCPROPERTYSINGLEVALUE('Diameter',$,IFCPOSITIVELENGTHMEASURE(100.),#60);"
        "#32=IFCPROPERTYSINGLEVALUE('Status',$,IFCLABEL('new'),$);"
        f"#40=IFCPROPERTYSET('{guid(40)}',$,'Pset',$,(#41,#42,#43,#44,#45));"
        "#41=IFCPROPERTYSINGLEVALUE('Status',$,IFCLABEL('old'),$);"
        "#42=IFCPROPERTYSINGLEVALUE('Insulated',$,IFCBOOLEAN(.T.),$);"
        "#43=IFCPROPERTYENUMERATEDVALUE('E',$,(IFCLABEL('a'),IFCLABEL('b')),$);"
        "#44=IFCPROPERTYBOUNDEDVALUE('B',$,IFCREAL(5.),IFCREAL(1.),$,$);"
        "#45=IFCCOMPLEXPROPERTY('C',$,'u',(#41));"
        f"#50=IFCRELDEFINESBYPROPERTIES('{guid(50)}',$,$,$,(#20),#40);"
        "#60=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);",
    )
    assert element(model, 20).properties == {
        "Pset": {
            "Diameter": 0.1,
            "Status": "old",
            "Insulated": True,
            "E": "a, b",
            "B": "1.0 .. 5.0",
            "C.Status": "old",
        }
    }


def test_holes_and_helpers_are_no_elements(step: StepWriter) -> None:
    model = read(
        step,
        f"#20=IFCWALL('{guid(20)}',$,'w',$,$,$,$,$,$);"
        f"#21=IFCOPENINGELEMENT('{guid(21)}',$,'o',$,$,$,$,$,$);"
        f"#22=IFCVIRTUALELEMENT('{guid(22)}',$,'v',$,$,$,$,$);"
        f"#23=IFCGRID('{guid(23)}',$,'g',$,$,$,$,(),(),$,$);"
        f"#24=IFCANNOTATION('{guid(24)}',$,'a',$,$,$,$);"
        f"#25=IFCSPATIALZONE('{guid(25)}',$,'z',$,$,$,$,$,.SECURITY.);",
    )
    assert {item.key: item.kind for item in model.elements} == {20: "element", 25: "zone"}
