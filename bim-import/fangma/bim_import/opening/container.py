"""The bytes of a model, whatever they are wrapped in.

A path may lead to a plain STEP file, to an ``.ifczip`` (ISO 16739-1 names the form: one model in a
ZIP archive) or to anything else that somebody gave the ending ``.ifc``. What comes out is STEP text
as bytes; what is not a STEP file is refused under the name of what it seems to be.
"""

from __future__ import annotations

import codecs
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.model_bytes import LARGEST_MODEL, read_bytes
from fangma.bim_import.refusal import note, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.findings import Finding

# STEP text shrinks about tenfold; a hundredfold is repetition made to fill a disk.
LARGEST_RATIO = 100
RATIO_APPLIES_FROM = 16 * 1024**2

_EXPORT_AGAIN = "Export the model again as IFC (STEP, .ifc) from the program that made it."
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "a Revit or old Office file"),
    (b"AC10", "an AutoCAD drawing (DWG)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"glTF", "a glTF model"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"version https://git-lfs", "a Git LFS pointer, not the model itself"),
    (b"{", "a JSON document"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """STEP text and what had to be done to get at it."""

    data: bytes
    unwrapped: bool  # the bytes differ from those on disk
    findings: tuple[Finding, ...] = ()


def read_contents(path: Path) -> tuple[bytes, Contents]:
    """Read a file and unwrap its STEP text.

    Returns
    -------
    raw : bytes
        The file as it is on disk (what its checksum is taken of).
    contents : Contents
        The STEP text, starting with ``ISO-10303-21``.

    Raises
    ------
    RefusedFile
        Rules ``not-a-file``, ``empty-file``, ``too-large``, ``ifcxml``, ``not-step``, ``bad-zip``.
    """
    raw = read_bytes(path)
    if not raw.strip(b"\x00 \t\r\n"):
        raise refuse(
            "empty-file",
            f"{path.name} is empty ({len(raw)} bytes, none of them text).",
            "Copy or export the model again; the transfer was probably cut off.",
        )
    if raw.startswith(b"PK"):
        return raw, _unzip(path)
    return raw, _plain(raw, path.name)


def _plain(data: bytes, name: str) -> Contents:
    findings: list[Finding] = []
    unwrapped = False
    for bom, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(bom):
            text = data[2:].decode(encoding, errors="replace")
            data = text.encode("utf-8")
            unwrapped = True
            findings.append(
                note(
                    "utf-16",
                    f"{name} is written in UTF-16; IFC files are plain ASCII. It was converted.",
                    "Nothing to do; do not re-save models in a text editor.",
                )
            )
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
        unwrapped = True
    start = data[:4096].lstrip(b"\x00 \t\r\n")
    if start[:12].upper() == b"ISO-10303-21" or start.startswith(b"/*"):
        return Contents(data=data, unwrapped=unwrapped, findings=tuple(findings))
    lowered = start[:2048].lower()
    if b"<!doctype html" in lowered or lowered.startswith(b"<html"):
        found = "a web page (perhaps the error page of a download)"
    elif lowered.startswith(b"<"):
        if b"ifc" in lowered:
            raise refuse(
                "ifcxml",
                f"{name} is written as ifcXML; IFC as STEP text was expected.",
                "Choose the file type IFC (.ifc) instead of ifcXML when exporting.",
            )
        found = "an XML document"
    else:
        found = next(
            (what for magic, what in _FOREIGN if start.startswith(magic)), "no known kind of model"
        )
    raise refuse(
        "not-step",
        f"{name} seems to be {found}; an IFC file, which begins with ISO-10303-21, was expected.",
        _EXPORT_AGAIN,
    )


def _bad_zip(name: str, why: str) -> Exception:
    return refuse(
        "bad-zip",
        f"{name} is a ZIP archive that cannot be used: {why}.",
        "Unpack the archive yourself and import the .ifc file in it.",
    )


def _unzip(path: Path) -> Contents:
    try:
        with zipfile.ZipFile(path) as archive:
            models = [
                item
                for item in archive.infolist()
                if item.filename.lower().endswith((".ifc", ".ifcxml")) and not item.is_dir()
            ]
            if len(models) != 1:
                raise _bad_zip(path.name, f"it holds {len(models)} models, one was expected")
            item = models[0]
            if item.flag_bits & 1:
                raise _bad_zip(path.name, "its model is encrypted")
            # The size in the directory may lie: it is checked first and then held while reading.
            allowed = min(
                LARGEST_MODEL, max(RATIO_APPLIES_FROM, item.compress_size * LARGEST_RATIO)
            )
            data = b""
            if item.file_size <= allowed:
                with archive.open(item) as stream:
                    data = stream.read(allowed + 1)
            if item.file_size > allowed or len(data) > allowed:
                raise _bad_zip(
                    path.name,
                    f"{item.compress_size} bytes would unpack to more than {allowed}, "
                    "which no real model does",
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise _bad_zip(path.name, f"it is damaged ({error})") from error
    if not data.strip(b"\x00 \t\r\n"):
        raise _bad_zip(path.name, "its model is empty")
    inner = _plain(data, path.name)
    return Contents(data=inner.data, unwrapped=True, findings=inner.findings)
