"""Write the models of many buildings, several at a time when there are many."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample import bodies
from fangma.bim_import.sample.architecture import write_architecture
from fangma.bim_import.sample.outdoor import PIPED, Ends
from fangma.bim_import.sample.services import route, write_services
from fangma.bim_import.sample.water_truth import water_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.bim_import.sample.plan import Building
    from fangma.bim_import.sample.sensing import Sensor

ALONE = 6  # so many buildings are written by this process itself
WORKERS = 2
LIFE = 6  # buildings a worker writes: ifcopenshell keeps about 60 MB of each tower it has written


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is needed to write one building.

    Attributes
    ----------
    zones : dict of str to list of str
        Departments: rooms as ``storey/number``.
    with_cases : bool
        Whether the stuck valve and the leak are planted here.
    """

    building: Building
    directory: Path
    seed: int
    services_in_metres: bool
    zones: dict[str, list[str]]
    sensors: tuple[Sensor, ...]
    with_cases: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of an order: files, statements, open pipe ends by system, planted cases."""

    files: tuple[Path, Path]
    statements: int
    ends: Ends
    cases: list[dict[str, Any]]


def write_building(order: Order) -> Written:
    """Write the architecture and the services of a building."""
    bodies.forget()
    building, seed = order.building, order.seed
    networks = route(building)
    stem = f"{building.code}-{building.name}"
    first, second = order.directory / f"{stem}-建筑.ifc", order.directory / f"{stem}-机电.ifc"
    statements = write_architecture(building, first, seed=seed, zones=order.zones)
    statements += write_services(
        building,
        networks,
        second,
        seed=seed,
        in_metres=order.services_in_metres,
        sensors=[(s.id, s.name, s.ifc, s.at) for s in order.sensors],
    )
    return Written(
        files=(first, second),
        statements=statements,
        ends={net.system: sorted(net.entries) for net in networks if net.system in PIPED},
        cases=water_cases(building, networks, seed) if order.with_cases else [],
    )


def write_buildings(orders: Sequence[Order], progress: Callable[[int], None]) -> list[Written]:
    """Write all buildings; ``progress`` is told how many are done.

    The bytes do not depend on which process writes a building.
    """
    made: list[Written] = []
    if len(orders) <= ALONE:
        for order in orders:
            made.append(write_building(order))
            progress(len(made))
        return made
    context = multiprocessing.get_context("spawn")
    # A fresh pool for each batch: max_tasks_per_child deadlocks in Python 3.11 (gh-115634), and a
    # multiprocessing.Pool waits for ever for a worker that was killed.
    for start in range(0, len(orders), WORKERS * LIFE):
        with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
            for written in pool.map(write_building, orders[start : start + WORKERS * LIFE]):
                made.append(written)
                progress(len(made))
    return made
