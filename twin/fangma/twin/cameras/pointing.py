"""Pointing cameras by hand: where one looks, from when on; each change in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fangma.asset_registry.cameras.views import CameraView, check_view
from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import audit_log, cameras as stored, sites
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import moment_of, recording
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.store.cameras import MountRow
    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.sign_in.accounts import Actor


class PointingError(TwinError):
    """A camera that cannot be pointed so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a camera hangs and looks, as somebody says; see :class:`CameraView`."""

    place: tuple[float, float, float]
    heading_deg: float
    horizontal_deg: float
    vertical_deg: float | None = None
    tilt_deg: float | None = None
    range_m: float | None = None
    pixels: int | None = None

    def of(self, entry_id: UUID) -> CameraView:
        """Return it as the view of a camera.

        Raises
        ------
        CameraError
        """
        return check_view(
            CameraView(
                entry_id=entry_id, place=self.place, heading_deg=self.heading_deg,
                horizontal_deg=self.horizontal_deg, vertical_deg=self.vertical_deg,
                tilt_deg=self.tilt_deg, range_m=self.range_m, pixels=self.pixels, origin="person",
            )
        )  # fmt: skip


def point(
    conn: Connection,
    actor: Actor,
    code: str,
    pose: Pose | None,
    *,
    valid_from: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Say where a camera looks from a time on, or (None) that nobody knows.

    The first view of a camera holds since ever unless a time is said: it hung there before.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.

    Raises
    ------
    CameraError, UnknownCodeError, ApplyError
    """
    with recording(conn, actor.reader):
        mount = _find(conn, code)
        before = stored.views_now(conn, [mount.id])
        view = None if pose is None else pose.of(mount.id)
        since = valid_from or (datetime.now(UTC) if before else None)
        site = sites.find_site(conn, mount.code, moment_of(conn))
        if site is None:
            raise UnknownCodeError(code)
        apply(
            conn,
            ChangeSet(
                site_id=site.id,
                valid_from=since,
                cameras=() if view is None else (view,),
                blinded=(mount.id,) if view is None else (),
            ),
            actor=actor.name,
            action="edit",
            reason=reason,
        )
        audit_log.append(
            conn,
            actor=actor.name,
            action="camera-point" if view is not None else "camera-blind",
            subject=mount.code,
            detail={
                "before": None if mount.id not in before else told(before[mount.id]),
                "after": None if view is None else told(view),
                "since": since and since.isoformat(),
                "reason": reason,
            },
        )


def add(
    conn: Connection,
    actor: Actor,
    name: str,
    pose: Pose,
    *,
    site: str | None,
    storey: str | None,
) -> str:
    """Add a camera that no model and no table holds, and return its code.

    Parameters
    ----------
    storey : str or None
        Where it hangs; None = outdoors.

    Raises
    ------
    CameraError, UnknownCodeError, ApplyError, PointingError
    """
    entry = uuid4()
    view = pose.of(entry)
    with recording(conn, actor.reader):
        found = sites.find_site(conn, storey or site, moment_of(conn))
        mount = None if storey is None else _find(conn, storey)
        if found is None or (mount is not None and mount.kind != "storey"):
            raise PointingError(
                f"{storey or site or 'no site'} is no storey that a camera can hang on.",
                "Name a storey, or none for a camera outdoors.",
            )
        done = apply(
            conn,
            ChangeSet(
                site_id=found.id,
                valid_from=None,
                new=(
                    NewEntry(
                        id=entry, kind="device", site_id=found.id, code_part="EQ",
                        building_id=None if mount is None else mount.building_id,
                        storey_id=None if mount is None else mount.id,
                    ),
                ),
                states=(
                    State(
                        entry_id=entry, name=name,
                        building_id=None if mount is None else mount.building_id,
                        storey_id=None if mount is None else mount.id,
                    ),
                ),
                cameras=(view,),
            ),
            actor=actor.name,
            action="edit",
        )  # fmt: skip
        code = done.codes[entry]
        audit_log.append(
            conn, actor=actor.name, action="camera-add", subject=code, detail={"after": told(view)}
        )
    return code


def told(view: CameraView) -> dict[str, Any]:
    """Return a view as the audit log keeps it."""
    return {
        "place": list(view.place),
        "heading_deg": view.heading_deg,
        "horizontal_deg": view.horizontal_deg,
        "vertical_deg": view.vertical_deg,
        "tilt_deg": view.tilt_deg,
        "range_m": view.range_m,
        "pixels": view.pixels,
        "origin": view.origin,
    }


def _find(conn: Connection, code: str) -> MountRow:
    found = stored.mounts(conn, [code]).get(code)
    if found is None:
        raise UnknownCodeError(code, "fangma cameras list shows the cameras")
    return found
