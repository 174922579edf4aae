"""A model of a few rooms, written as STEP text so that it may also say what no program would."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import ifcopenshell.guid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def step_text(text: str) -> str:
    """Write a text as a STEP string, everything beyond ASCII escaped (ISO 10303-21, 6.4.3)."""
    out = ""
    for letter in text:
        if letter == "'":
            out += "''"
        elif " " <= letter <= "~" and letter != "\\":
            out += letter
        elif ord(letter) < 0x10000:
            out += f"\\X2\\{ord(letter):04X}\\X0\\"
        else:
            out += f"\\X4\\{ord(letter):08X}\\X0\\"
    return f"'{out}'"


def write_rooms(
    path: Path,
    rooms: Sequence[tuple[str, str]],
    *,
    seed: str = "rooms",
    storeys: int = 1,
    depth: str = "3.",
) -> Path:
    """Write a model of rooms of 4 x 5 m in a row on the ground floor.

    Parameters
    ----------
    rooms : sequence of (door number, name)
    seed : str
        GlobalIds come from it: another seed is another model.
    depth : str
        Height of the rooms as it stands in the text, which need not be a number.
    """
    lines: list[str] = []

    def say(entity: str) -> str:
        lines.append(f"#{len(lines) + 1}={entity};")
        return f"#{len(lines)}"

    def guid(name: str) -> str:
        return ifcopenshell.guid.compress(hashlib.md5(f"{seed} {name}".encode()).hexdigest())  # noqa: S324

    def place(x: float, z: float = 0.0) -> str:
        point = say(f"IFCCARTESIANPOINT(({x!r},0.,{z!r}))")
        return say(f"IFCLOCALPLACEMENT($,{say(f'IFCAXIS2PLACEMENT3D({point},$,$)')})")

    def tie(whole: str, parts: Sequence[str]) -> None:
        say(f"IFCRELAGGREGATES('{guid(f'of {whole}')}',$,$,$,{whole},({','.join(parts)}))")

    origin = say("IFCCARTESIANPOINT((0.,0.,0.))")
    axes = say(f"IFCAXIS2PLACEMENT3D({origin},$,$)")
    context = say(f"IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,{axes},$)")
    metre = say("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)")
    units = say(f"IFCUNITASSIGNMENT(({metre}))")
    project = say(f"IFCPROJECT('{guid('project')}',$,'P',$,$,$,$,({context}),{units})")
    building = say(
        f"IFCBUILDING('{guid('building')}',$,{step_text('一号楼')},$,$,{place(0.0)},$,$,.ELEMENT.,$,$,$)"
    )
    tie(project, [building])
    floors = [
        say(
            f"IFCBUILDINGSTOREY('{guid(f'storey {i}')}',$,{step_text(f'{i + 1}层')},$,$,"
            f"{place(0.0, 3.5 * i)},$,$,.ELEMENT.,{3.5 * i!r})"
        )
        for i in range(storeys)
    ]
    tie(building, floors)
    up = say("IFCDIRECTION((0.,0.,1.))")
    corners = ((0.0, 0.0), (4.0, 0.0), (4.0, 5.0), (0.0, 5.0))
    points = [say(f"IFCCARTESIANPOINT(({x!r},{y!r}))") for x, y in corners]
    outline = say(f"IFCPOLYLINE(({','.join([*points, points[0]])}))")
    profile = say(f"IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,{outline})")
    spaces = []
    for index, (number, name) in enumerate(rooms):
        solid = say(f"IFCEXTRUDEDAREASOLID({profile},{axes},{up},{depth})")
        shape = say(f"IFCSHAPEREPRESENTATION({context},'Body','SweptSolid',({solid}))")
        body = say(f"IFCPRODUCTDEFINITIONSHAPE($,$,({shape}))")
        spaces.append(
            say(
                f"IFCSPACE('{guid(f'room {index}')}',$,{step_text(number)},$,$,"
                f"{place(4.2 * index)},{body},{step_text(name)},.ELEMENT.,.INTERNAL.,$)"
            )
        )
    tie(floors[0], spaces)
    header = (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('','2026-01-01T00:00:00',(''),(''),'','','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\n"
    )
    data = "\n".join(lines)
    path.write_text(f"{header}DATA;\n{data}\nENDSEC;\nEND-ISO-10303-21;\n", encoding="ascii")
    return path
