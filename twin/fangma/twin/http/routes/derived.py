"""Derived streams: what is made of which sensors, for each room, storey, building or unit."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from fangma.asset_registry.deriving import Definition
from fangma.asset_registry.store.derivations import derivations
from fangma.twin.deriving import define_derived, withdraw_derived
from fangma.twin.http.access import Dispatcher
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.dependencies import PoolOf, Registry
from fangma.twin.http.derived_bodies import DerivationBody, DerivationItem, DerivationList

router: Final = APIRouter(prefix="/api/derived", tags=["live"])
_Name = Annotated[str, Path(min_length=1, max_length=60)]
_Why = Annotated[str | None, Query(max_length=500, pattern=r"^[^\x00]*$")]


@router.get("", operation_id="listDerived", response_model=DerivationList)
def list_derived(registry: Registry, ever: bool = False) -> dict[str, Any]:
    """List what is derived; with ``ever`` what was, too."""
    found = derivations(registry.connection, ever=ever)
    return {"items": [each.as_dict() for each in found]}


@router.put("/{name}", operation_id="defineDerived", response_model=DerivationItem)
def define(name: _Name, body: DerivationBody, session: Dispatcher, pool: PoolOf) -> dict[str, Any]:
    """Say what is derived under a name from now on; what it meant before is kept."""
    told = Definition(
        name=name,
        observed_property=body.property,
        function=body.function,
        of_what=body.of,
        unit=body.unit,
        levels=tuple(body.levels),
        fresh_s=body.fresh_s,
        least_share=body.least_share,
    )
    with pool.connection() as connection:
        return define_derived(
            connection,
            session.reader,
            told,
            site=body.site,
            actor=session.name,
            reason=body.reason,
        ).as_dict()


@router.delete("/{name}", operation_id="withdrawDerived", response_model=DerivationItem)
def withdraw(
    name: _Name,
    session: Dispatcher,
    pool: PoolOf,
    site: CodeInQuery = None,
    reason: _Why = None,
) -> dict[str, Any]:
    """Derive nothing under a name any more; what was told stays."""
    with pool.connection() as connection:
        return withdraw_derived(
            connection, session.reader, name, site=site, actor=session.name, reason=reason
        ).as_dict()
