"""Open a model file: whole, or not at all."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.model import SourceFile
from fangma.bim_import.opening.container import read_contents
from fangma.bim_import.opening.digests import Digesting
from fangma.bim_import.opening.graph import dependency_order
from fangma.bim_import.opening.header import Header, read_header, with_schema
from fangma.bim_import.opening.mending import Mended, mend
from fangma.bim_import.opening.soundness import defects, explain_unreadable, unknown_rows
from fangma.bim_import.opening.statements import (
    Statements,
    UnreadableTextError,
    scan,
    without_comments,
)
from fangma.bim_import.refusal import RefusedFile, note, refuse
from fangma.bim_import.scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.opening.digest_store import FindStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedModel:
    """A whole model, ready to be read.

    Attributes
    ----------
    path : Path
        Where it was found.
    source : SourceFile
        Its identity.
    file : ifcopenshell.file
        Parsed; holds exactly the statements of the text.
    statements : Statements
        The text that was parsed, statement by statement.
    order : (n,) int64
        Rows of ``statements``, referred ones first.
    is_mended : bool
        The parsed text is not what is on disk: use :meth:`write_readable` for other readers.
    findings : tuple[Finding, ...]
        What was odd, none of it fatal.
    digesting : Digesting or None
        The fingerprints of its statements, begun with.
    """

    path: Path
    source: SourceFile
    file: ifcopenshell.file
    statements: Statements
    order: NDArray[np.int64]
    is_mended: bool
    findings: tuple[Finding, ...]
    digesting: Digesting | None = None

    def write_readable(self, folder: Path) -> Path:
        """Give a file that ifcopenshell reads as we did: the original, or a mended copy.

        Parameters
        ----------
        folder : Path
            Where a copy may be written; it is the caller's to remove.
        """
        if not self.is_mended:
            return self.path
        copy = folder / f"{self.source.sha256[:16]}.ifc"
        copy.write_bytes(self.statements.data)
        return copy


def open_model(
    path: Path, *, digest_beside: bool = False, find_store: FindStore | None = None
) -> OpenedModel:
    """Open a model file, or say why not.

    Parameters
    ----------
    path : Path
        ``.ifc`` or ``.ifczip``; the content decides, not the ending.
    digest_beside : bool
        Begin with the fingerprints while the file is parsed; whoever asks for it takes them, or
        stops them.
    find_store : callable, optional
        Says what has the fingerprints of the last export and takes these, if anything does; with
        ``digest_beside``.

    Returns
    -------
    opened : OpenedModel
        Parsed statements equal those in the text; exactly one IfcProject; a known schema; no ``#``
        number twice; no reference in a circle.

    Raises
    ------
    RefusedFile
        When the file is no whole model. Its findings are never empty.
    """
    raw, contents = read_contents(path)
    text = without_comments(contents.data)
    mended = mend(text)
    statements = _scan(path.name, text, mended)
    header = read_header(statements.header)
    found = defects(path.name, statements, header)
    order, circular = dependency_order(statements)
    if len(circular):
        row = int(circular[0])
        found.append(
            Finding(
                severity=Severity.ERROR,
                rule="circular-reference",
                element=f"#{statements.ids[row]}",
                message=f"{len(circular)} statements refer to themselves in a circle, rest on one, "
                f"or on an endless chain; the first is on line {statements.line(row)}.",
                remedy="Export the model again; if it stays so, report it to the maker of the "
                "exporting program.",
            )
        )
    if any(item.severity is Severity.ERROR for item in found):
        raise RefusedFile(found)
    assert header.schema is not None  # noqa: S101 - a missing schema is a defect above
    quotes_mended = len(text) != len(contents.data)
    is_mended = contents.unwrapped or mended.changed or quotes_mended
    declared = header.declared_schema
    if declared.upper() != header.schema:
        statements = scan(with_schema(statements.data, declared, header.schema))
        is_mended = True
    digesting = Digesting(statements, order, header.schema, find_store) if digest_beside else None
    try:
        file = _parse(path, statements, header, is_mended=is_mended)
    except BaseException:
        if digesting is not None:
            digesting.stop()
        raise
    findings = [*contents.findings, *mended.findings, *found]
    if statements.trailing:
        findings.append(
            note(
                "trailing-bytes",
                f"{statements.trailing} bytes follow the end mark of {path.name}; "
                "they were not read.",
                "Nothing to do.",
            )
        )
    return OpenedModel(
        path=path,
        source=SourceFile(
            name=path.name,
            sha256=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            schema=header.schema.partition("_")[0],
            application=_application(file) or header.application,
            written_at=header.written_at,
        ),
        file=file,
        statements=statements,
        order=order,
        is_mended=is_mended,
        findings=tuple(findings),
        digesting=digesting,
    )


def _application(file: ifcopenshell.file) -> str:
    for application in file.by_type("IfcApplication"):
        words = (application.ApplicationFullName, application.Version)
        return " ".join(word.strip() for word in words if word and word.strip())
    return ""


def _scan(name: str, text: bytes, mended: Mended) -> Statements:
    try:
        return scan(mended.data)
    except UnreadableTextError as error:
        broken, offset = mended.data, error.offset
    if mended.changed:
        # Places are told in the text as it stands on disk.
        try:
            scan(text)
        except UnreadableTextError as error:
            broken, offset = text, error.offset
    raise explain_unreadable(name, broken, offset)


def _where(statements: Statements) -> str:
    """Say where the parser stopped, as far as its log tells."""
    offsets = re.findall(r"offset (\d+)", ifcopenshell.get_log())  # of earlier files as well
    if not offsets or not len(statements.ids):
        return ""
    row = int(np.searchsorted(statements.starts, int(offsets[-1]), side="right")) - 1
    return f" on line {statements.line(row)} (statement #{statements.ids[row]})" if row >= 0 else ""


def _parse(
    path: Path, statements: Statements, header: Header, *, is_mended: bool
) -> ifcopenshell.file:
    """Parse with ifcopenshell and hold it to the statements that the text has."""
    try:
        if is_mended:
            with scratch_folder() as folder:
                copy = folder / "model.ifc"
                copy.write_bytes(statements.data)
                file = ifcopenshell.open(copy, format=".ifc")
        else:
            file = ifcopenshell.open(path, format=".ifc")
    except (ifcopenshell.Error, RuntimeError, OSError) as error:
        raise refuse(
            "unparsed",
            f"{path.name} cannot be parsed{_where(statements)}: "
            f"{str(error).removesuffix(', check logs')}.",
            "Export the model again; if it stays so, try another version of the exporter.",
        ) from error
    assert header.schema is not None  # noqa: S101 - a missing schema is a defect
    told = unknown_rows(statements, header.schema)  # reported already, and dropped by the parser
    expected = np.sort(np.delete(statements.ids, told))
    parsed = np.sort(np.array(file.entity_names(), dtype=np.int64))
    if not np.array_equal(expected, parsed):
        lost = np.setdiff1d(expected, parsed)
        first = f"#{lost[0]}" if len(lost) else None
        line = (
            statements.line(int(np.flatnonzero(statements.ids == lost[0])[0])) if len(lost) else 0
        )
        raise refuse(
            "lost-statements",
            f"{path.name} has {len(expected)} statements, but only {len(parsed)} can be parsed as "
            f"{header.schema}; the first lost is {first} on line {line}.",
            "Export the model again; a part of it would be missing.",
            first,
        )
    return file
