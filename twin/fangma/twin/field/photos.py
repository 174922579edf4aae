"""Photos as they are kept: decoded, turned upright, made small, and written anew by us.

Nothing of the file that came survives but its pixels: no EXIF (with the place where it was taken),
no trailing archive or script, no colour profile. So what is served is a JPEG of our own making.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from fangma.asset_registry.store import work_orders
from fangma.asset_registry.store.verification import Check
from fangma.twin.field.errors import PhotoError

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection

LONGEST_FILE: Final = 12 * 2**20
LONGEST_SIDE: Final = 2048
#: Width times height; more is read only to be thrown away, and may be a bomb.
MOST_PIXELS: Final = 50_000_000
# What keeps all its coefficients in memory while it is read takes six times as much.
_MOST_PIXELS_AT_ONCE: Final = 25_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_SMALLEST_SIDE: Final = 16
#: A progressive JPEG of a camera has ten. Each goes over all pixels: thousands keep a decoder for
#: hours, and the library can be told of no limit.
_MOST_SCANS: Final = 50
# Markers of JPEG (ITU-T T.81, B.1.1.3); those without a length are within a scan, or say nothing.
_ALONE: Final = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
_END: Final = 0xD9
_SCAN: Final = 0xDA
_DECODING: Final = BoundedSemaphore(2)  # decoders of a server at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFile:
    """A photo that is on disk."""

    sha256: str
    size: tuple[int, int]
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoStore:
    """A folder of JPEG files named by the SHA-256 of their bytes."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Say where the file of a hash is, whether it exists or not.

        Raises
        ------
        PhotoError
            When it is no hash: nothing else may become a path.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise PhotoError(
                "The name of the photo is not one of ours.", "Take it from the order's list."
            )
        return self.root / sha256[:2] / f"{sha256}.jpg"

    def keep(self, data: bytes) -> PhotoFile:
        """Decode a photo and write it anew; the same bytes twice are one file.

        Raises
        ------
        PhotoError
            When it is no JPEG, PNG or WebP, damaged, or too large.
        """
        clean, size = rewritten(data)
        sha256 = hashlib.sha256(clean).hexdigest()
        path = self.path(sha256)
        if not path.is_file():
            self._write(path, clean)
        return PhotoFile(sha256=sha256, size=size, length=len(clean))

    def problem_with(self, sha256: str) -> str | None:
        """Say what is wrong with a kept file; None when its bytes are those of its name."""
        path = self.path(sha256)
        try:
            with path.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            return f"{path.name} cannot be read: {error.strerror}"
        return None if found == sha256 else f"{path.name} has other bytes, of {found[:12]}"

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise


def check_photos(conn: Connection, store: PhotoStore) -> Check:
    """Prove that every photo of an order is there with the bytes of its name, for verify."""
    names = work_orders.photo_files(conn)
    problems = [problem for name in names if (problem := store.problem_with(name)) is not None]
    detail = "; ".join(problems[:5]) if problems else f"{len(names)} photos are as they were kept"
    return Check(name="photos", ok=not problems, detail=detail)


def rewritten(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG of the pixels, upright, at most :data:`LONGEST_SIDE`, and its size.

    Raises
    ------
    PhotoError
    """
    if len(data) > LONGEST_FILE:
        raise PhotoError(
            f"The photo has {len(data)} bytes, at most {LONGEST_FILE} are taken.",
            "Let the camera make smaller ones.",
        )
    with _DECODING:
        try:
            return _decoded(data)
        except PhotoError:
            raise
        except (
            OSError,
            SyntaxError,  # what Pillow raises for a broken PNG
            ValueError,
            IndexError,
            EOFError,
            OverflowError,
            MemoryError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            raise PhotoError(
                "The file is no photo that can be read, expected a JPEG, PNG or WebP.",
                "Take the picture again, or send a JPEG.",
            ) from error


def _decoded(data: bytes) -> tuple[bytes, tuple[int, int]]:
    # Only these decoders are tried, whatever the file calls itself: no SVG, PDF, EPS or archive.
    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        # By the bytes: one with a second picture behind it is told as of another format.
        scans = _scans(data) if data.startswith(b"\xff\xd8") else 0
        if scans > _MOST_SCANS:
            raise PhotoError(
                f"The photo is a JPEG of {scans} scans, at most {_MOST_SCANS} are read.",
                "Take the picture again, or save it anew as an ordinary JPEG.",
            )
        is_jpeg = image.format in {"JPEG", "MPO"}  # two pictures in one file: the first is read
        is_lazy = is_jpeg and not image.info.get("progressive") and scans == 1
        most = MOST_PIXELS if is_lazy else _MOST_PIXELS_AT_ONCE
        if width * height > most:
            raise PhotoError(
                f"The photo is {width} x {height} pixels, at most {most // 1_000_000} million "
                "are read.",
                "Let the camera make smaller ones.",
            )
        if min(width, height) < _SMALLEST_SIDE:
            raise PhotoError(
                f"The photo is {width} x {height} pixels, at least {_SMALLEST_SIDE} each way are "
                "needed to show something.",
                "Take the picture again.",
            )
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded smaller at once
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
        else:
            flat = upright.convert("RGB")
        flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        # Pixels alone go on: `info` of the image that came holds EXIF, XMP, comments, profiles.
        bare = Image.frombytes("RGB", flat.size, flat.tobytes())
        out = BytesIO()
        bare.save(out, "JPEG", quality=85, optimize=True)
        return out.getvalue(), bare.size


def _scans(data: bytes) -> int:
    """Count the scans of a JPEG up to its end; those of pictures within its segments are none."""
    scans, at = 0, 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker == _END:
            break
        else:
            scans += marker == _SCAN
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return scans
