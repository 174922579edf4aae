"""The settings that this twin runs with."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.twin.http.access import Administrator
from fangma.twin.http.administration_bodies import SettingList
from fangma.twin.http.dependencies import SettingsOf
from fangma.twin.told_settings import tell_settings

router: Final = APIRouter(prefix="/api/settings", tags=["administration"])


@router.get("", operation_id="listSettings", response_model=SettingList)
def list_settings(settings: SettingsOf, session: Administrator) -> dict[str, Any]:  # noqa: ARG001
    """List the settings with where each comes from; they are changed where the twin is started."""
    return {
        "items": [
            {
                "name": each.name,
                "value": each.value,
                "origin": each.origin,
                "secret": each.secret,
                "isSet": each.is_set,
                "about": each.about,
            }
            for each in tell_settings(settings)
        ]
    }
