"""The hand-over pack of an audit: every form of it, with a manifest that finds any changed byte.

A pack is a folder or a ZIP. The ZIP is written without compression and without times of day: it
follows from its contents byte for byte, and a check can write it again and compare.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = "fangma-audit-pack/1"
MANIFEST: Final = "manifest.json"
_LONGEST_NAME: Final = 200
_MOST_FILES: Final = 1000


class PackError(TwinError):
    """Something that is no pack, or a place where none can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCheck:
    """One thing that was checked of a pack."""

    name: str
    ok: bool
    detail: str


def make_manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """Write the manifest: each file with its length and SHA-256, and a digest of all of that.

    Parameters
    ----------
    about : mapping
        ``site``, ``standard``, ``at``, ``known`` and the like.
    """
    held: dict[str, Any] = {
        "format": FORMAT,
        **about,
        "files": [
            {"name": name, "bytes": len(files[name]), "sha256": _sha256(files[name])}
            for name in sorted(files)
        ],
    }
    return orjson.dumps({**held, "digest": _digest(held)}, option=orjson.OPT_INDENT_2) + b"\n"


def digest_of(manifest: bytes) -> str:
    """Return the digest that a manifest states: the short name of the whole pack."""
    digest: str = orjson.loads(manifest)["digest"]
    return digest


def pack_bytes(files: Mapping[str, bytes], manifest: bytes) -> bytes:
    """Return a pack as one ZIP, the same bytes for the same files."""
    return _zipped({**files, MANIFEST: manifest})


def write_pack(out: Path, files: Mapping[str, bytes], manifest: bytes) -> None:
    """Write a pack: a ZIP when the name ends in .zip, else a new folder. Whole, or not at all.

    Raises
    ------
    PackError
        When something is there already.
    """
    if out.exists():
        raise PackError(f"{out} is there already.", "Choose another name.")
    draft = out.with_name(f".{out.name}.draft")
    if out.suffix.lower() == ".zip":
        try:
            draft.write_bytes(pack_bytes(files, manifest))
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
        return
    import shutil

    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        for name, content in {**files, MANIFEST: manifest}.items():
            (draft / name).write_bytes(content)
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_pack(path: Path) -> list[PackCheck]:
    """Check a pack: its form, its manifest, every file, and that there is nothing else in it.

    Raises
    ------
    PackError
        When there is nothing to check: no such file or folder, or no manifest in it.
    """
    raw, files = _read(path)
    manifest = files.pop(MANIFEST, None)
    if manifest is None:
        raise PackError(f"{path} holds no {MANIFEST}.", "Name a pack of fangma audit --pack.")
    checks = []
    if raw is not None:
        same = raw == _zipped({**files, MANIFEST: manifest})
        checks.append(
            PackCheck(
                name="form",
                ok=same,
                detail="the ZIP follows from its contents"
                if same
                else "the ZIP is not as it was written: something beside the files was changed",
            )
        )
    problem, listed = _examined(manifest)
    checks.append(
        PackCheck(name="manifest", ok=problem is None, detail=problem or "digest is its own")
    )
    wrong = [
        f"{name}: {what}"
        for name in sorted(files.keys() | listed.keys())
        if (what := _difference(files.get(name), listed.get(name))) is not None
    ]
    checks.append(
        PackCheck(
            name="files",
            ok=not wrong,
            detail="; ".join(wrong[:10])
            if wrong
            else f"{len(files)} files are as the manifest says",
        )
    )
    return checks


def manifest_of(path: Path) -> bytes:
    """Return the manifest of a pack.

    Raises
    ------
    PackError
    """
    _, files = _read(path)
    if MANIFEST not in files:
        raise PackError(f"{path} holds no {MANIFEST}.", "Name a pack of fangma audit --pack.")
    return files[MANIFEST]


def _examined(manifest: bytes) -> tuple[str | None, dict[str, tuple[int, str]]]:
    """Return what is wrong with a manifest, and the files that it lists."""
    try:
        held = orjson.loads(manifest)
        stated = held.pop("digest")
        listed = {
            str(row["name"]): (int(row["bytes"]), str(row["sha256"])) for row in held["files"]
        }
        own = orjson.dumps({**held, "digest": stated}, option=orjson.OPT_INDENT_2) + b"\n"
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return "it is no manifest of ours", {}
    if held.get("format") != FORMAT:
        return f"found format {held.get('format')!r}, expected {FORMAT}", listed
    if stated != _digest(held) or own != manifest:
        return "its digest is not that of its text: it was changed", listed
    return None, listed


def _difference(content: bytes | None, stated: tuple[int, str] | None) -> str | None:
    if content is None:
        return "is missing"
    if stated is None:
        return "is not in the manifest"
    if len(content) != stated[0]:
        return f"found {len(content)} bytes, expected {stated[0]}"
    return None if _sha256(content) == stated[1] else "its SHA-256 is another one"


def _read(path: Path) -> tuple[bytes | None, dict[str, bytes]]:
    """Return the bytes of a ZIP, and the files of a pack by name."""
    if path.is_dir():
        inside = sorted(path.iterdir())[: _MOST_FILES + 1]
        return None, {each.name: each.read_bytes() if each.is_file() else b"" for each in inside}
    if not path.is_file():
        raise PackError(f"{path} is not there.", "Name a pack of fangma audit --pack.")
    raw = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as source:
            rows = source.infolist()
            if len(rows) > _MOST_FILES or sum(row.file_size for row in rows) > len(raw):
                # Packs are not compressed: more inside than outside is a bomb, or none of ours.
                raise PackError(f"{path} is no pack of ours.", "Ask for it again.")
            return raw, {row.filename: source.read(row) for row in rows}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise PackError(
            f"{path} cannot be read as a ZIP: {error}", "It was changed or cut; ask for it again."
        ) from error


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            row = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            row.external_attr = 0o644 << 16
            row.create_system = 3
            target.writestr(row, files[name])
    return out.getvalue()


def _digest(held: Mapping[str, Any]) -> str:
    return _sha256(orjson.dumps(held, option=orjson.OPT_SORT_KEYS))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
