"""The settings of a request, filled up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.situation import Ceilings, Settings, Sharing

if TYPE_CHECKING:
    from datetime import date

    from fangma.asset_registry.reallocation.request import Request


def settings_of(request: Request, on: date, *, has_practice: bool) -> Settings:
    """Return the settings of a request, filled up.

    Parameters
    ----------
    on : date
        The plan's day where the request names none.
    has_practice : bool
        The facts come from a registry: organisations do not share rooms unless told so.
    """
    asked = request.settings
    usual = Sharing.ORGANISATION if has_practice else Sharing.ANY
    return Settings(
        on=request.on or on,
        aims=request.aims,
        ceilings=Ceilings(asked.get("ceilings", Ceilings.PLACED)),
        sharing=Sharing(asked.get("sharing", usual)),
        time_limit_s=float(asked.get("time_limit_s", 60.0)),
        seed=asked.get("seed", 1),
        workers=asked.get("workers", 0),
        alternatives=asked.get("alternatives", True),
    )
