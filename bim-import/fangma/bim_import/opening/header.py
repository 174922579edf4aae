"""What the header of a STEP file says: schema, exporting program, time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fangma.bim_import.opening.text import decode

_STRING = re.compile(rb"'([^']*+(?:''[^']*+)*+)'")
_ITEM = re.compile(rb"\(\s*((?:'[^']*'|[^()'])*)\)|'([^']*+(?:''[^']*+)*+)'|\$")

# Identifiers as they stand in real headers, and the schema whose classes ifcopenshell can hold.
# Amendments and corrigenda change no class that matters here.
SCHEMAS = {
    "IFC2X3": "IFC2X3",
    "IFC2X3_TC1": "IFC2X3",
    "IFC2X3_FINAL": "IFC2X3",
    "IFC4": "IFC4",
    "IFC4_ADD1": "IFC4",
    "IFC4_ADD2": "IFC4",
    "IFC4_ADD2_TC1": "IFC4",
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
    "IFC4X3_ADD2": "IFC4X3_ADD2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header's facts.

    Attributes
    ----------
    declared_schema : str
        As it stands in FILE_SCHEMA; empty when there is none.
    schema : str or None
        One of SCHEMAS' values; None when it is not known.
    """

    declared_schema: str
    schema: str | None
    application: str
    written_at: str


def read_header(statements: dict[str, bytes]) -> Header:
    """Read the header's statements.

    Parameters
    ----------
    statements : dict[str, bytes]
        Arguments by upper-case keyword, parentheses included.
    """
    names = [
        decode(match[1]).text for match in _STRING.finditer(statements.get("FILE_SCHEMA", b""))
    ]
    declared = names[0].strip() if names else ""
    # ISO 10303-21 clause 8.2.2, file_name: name, time_stamp, author, organization,
    # preprocessor_version, originating_system, authorization.
    items = [
        decode(match[2]).text if match[2] is not None else ""
        for match in _ITEM.finditer(statements.get("FILE_NAME", b"()")[1:-1])
    ]
    items += [""] * (7 - len(items))
    return Header(
        declared_schema=declared,
        schema=SCHEMAS.get(declared.upper()),
        application=(items[5] or items[4]).strip(),
        written_at=items[1].strip(),
    )


def with_schema(data: bytes, declared: str, schema: str) -> bytes:
    """Write another schema identifier into FILE_SCHEMA."""
    return (
        re.sub(
            rb"(FILE_SCHEMA\s*\(\s*\(\s*')[^']*(')",
            lambda match: match[1] + schema.encode("ascii") + match[2],
            data,
            count=1,
            flags=re.IGNORECASE,
        )
        if declared != schema
        else data
    )
