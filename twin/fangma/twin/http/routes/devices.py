"""Tokens of display walls: given out, listed and revoked by the administrator."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from fangma.twin.http.access import Administrator
from fangma.twin.http.account_bodies import Devices, MadeDevice, NewDevice
from fangma.twin.http.bodies import NameInPath
from fangma.twin.http.dependencies import PoolOf, SettingsOf
from fangma.twin.sign_in import devices
from fangma.twin.sign_in.accounts import Actor
from fangma.viewer.squares import squares

router: Final = APIRouter(prefix="/api/accounts/{name}/devices", tags=["accounts"])


@router.get("", operation_id="listDevices", response_model=Devices)
def list_devices(name: NameInPath, session: Administrator, pool: PoolOf) -> dict[str, Any]:
    """List an account's device tokens."""
    actor = Actor(reader=session.reader, name=session.name)
    with pool.connection() as connection:
        found = devices.list_devices(connection, actor, name)
    return {
        "items": [
            {
                "label": device.label,
                "created": device.created_at,
                "seen": device.seen_at,
                "expires": device.expires_at,
            }
            for device in found
        ]
    }


@router.post("", operation_id="addDevice", status_code=201, response_model=MadeDevice)
def add_device(
    name: NameInPath,
    body: NewDevice,
    request: Request,
    settings: SettingsOf,
    session: Administrator,
    pool: PoolOf,
) -> dict[str, Any]:
    """Give out a token that reads with the account's rights."""
    actor = Actor(reader=session.reader, name=session.name)
    with pool.connection() as connection:
        token, expires = devices.add_device(
            connection, actor, name, label=body.label, days=body.days
        )
    base_url = settings.public_url or str(request.base_url)
    # Behind "#" it is not sent to any server, and so in no log.
    address = f"{base_url.rstrip('/')}/wall#device={token}"
    return {
        "label": body.label,
        "token": token,
        "expires": expires,
        "address": address,
        "squares": squares(address),
    }


@router.delete("/{label:path}", operation_id="revokeDevice", status_code=204)
def revoke_device(name: NameInPath, label: str, session: Administrator, pool: PoolOf) -> Response:
    """End a device token at once."""
    actor = Actor(reader=session.reader, name=session.name)
    with pool.connection() as connection:
        devices.revoke_device(connection, actor, name, label=label)
    return Response(status_code=204)
