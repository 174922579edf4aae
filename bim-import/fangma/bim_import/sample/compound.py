"""Write the whole sample: models, tables and the truth about what is planted in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.sample.architecture import space_guid
from fangma.bim_import.sample.building_files import Order, write_buildings
from fangma.bim_import.sample.cameras import blind_case, cameras
from fangma.bim_import.sample.occupancy import AS_OF, Occupancy, occupy
from fangma.bim_import.sample.outdoor import Survey, survey, to_earth
from fangma.bim_import.sample.planted import Planted, plant
from fangma.bim_import.sample.sensing import Sensor, sensors
from fangma.bim_import.sample.site import DIVISION, EPSG, HEIGHT, Plot, plots
from fangma.bim_import.sample.storeys import building as design
from fangma.bim_import.sample.tables import write_csv, write_xlsx
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.sample.plan import Building, Room

LEAST, MOST = 40, 500_000
Progress = Callable[[str, int, int], None]


class SampleError(ImportModelError):
    """The sample could not be written as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSummary:
    """What was written.

    Attributes
    ----------
    files : tuple of Path
        In the order in which they should be imported.
    statements : int
        IFC statements in all models.
    cases : int
        Planted cases in ``truth.json``.
    """

    files: tuple[Path, ...]
    buildings: int
    storeys: int
    rooms: int
    units: int
    people: int
    sensors: int
    pipe_points: int
    statements: int
    cases: int


def write_sample(
    directory: Path, *, seed: int = 1, rooms: int = 250, progress: Progress | None = None
) -> SampleSummary:
    """Write a compound of about so many rooms; the same seed gives the same bytes.

    Parameters
    ----------
    directory : Path
        Made when it is not there; files of an earlier sample are replaced.
    seed : int
        Root of all choices and GlobalIds.
    rooms : int
        About how many rooms, 40 to 500,000. 250 gives three buildings; more adds towers.
    progress : callable, optional
        Called with the stage, what is done and how much there is.

    Raises
    ------
    SampleError
        When ``rooms`` is out of range or the directory cannot be written.
    """
    if not LEAST <= rooms <= MOST:
        raise SampleError(
            f"{rooms} rooms asked for, {LEAST} to {MOST} can be made",
            f"choose --rooms between {LEAST} and {MOST}",
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return _write(directory, seed, rooms, progress or (lambda *_: None))
    except OSError as error:
        raise SampleError(
            f"the sample cannot be written to {directory.name}: {error.strerror}",
            "choose a directory that you may write to, with enough space",
        ) from error
    except BrokenProcessPool as error:
        raise SampleError(
            "a process that was writing models was ended from outside, the sample is not whole",
            "free some memory (each of two workers needs about 600 MB) and write it again",
        ) from error


def _write(directory: Path, seed: int, rooms: int, progress: Progress) -> SampleSummary:
    sites = plots(rooms, seed)
    made, occupancy, planted = compose(
        sites, seed, lambda done: progress("design", done, len(sites))
    )
    by_building: dict[str, list[Sensor]] = {}
    for sensor in sensors(made, ()):
        if sensor.ifc:
            by_building.setdefault(sensor.code, []).append(sensor)
    orders = [
        Order(
            building=building,
            directory=directory,
            seed=seed,
            services_in_metres=plot.services_in_metres,
            zones=zones_of(building, occupancy),
            sensors=tuple(by_building.get(building.code, ())),
            with_cases=building is made[0],
        )
        for plot, building in zip(sites, made, strict=True)
    ]
    written = write_buildings(orders, lambda done: progress("models", done, len(orders)))
    files = [path for one in written for path in one.files]
    planted.cases += blind_case(made[0], lambda room: space_guid(seed, room))
    planted.cases += [case for one in written for case in one.cases]
    surveyed = survey(
        (building, plot.x, plot.y, one.ends)
        for plot, building, one in zip(sites, made, written, strict=True)
    )
    listed = sensors(made, surveyed.manholes)
    pointed = [camera.row(building) for building, camera in cameras(made)]
    files += _tables(directory, made, occupancy, planted, surveyed, listed, pointed)
    progress("tables", 1, 1)
    total = sum(len(building.rooms) for building in made)
    truth = {
        "about": "Expected answers for the sample compound",
        "as_of": AS_OF,
        "seed": seed,
        "division": DIVISION,
        "epsg": EPSG,
        "counts": {
            "buildings": len(made),
            "rooms": total,
            "people": len(occupancy.people),
            "sensors": len(listed),
            "cameras": len(pointed),
        },
        "cases": planted.cases,
    }
    text = json.dumps(truth, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = directory / "truth.json"
    path.write_text(text, encoding="utf-8")
    return SampleSummary(
        files=(*files, path),
        buildings=len(made),
        storeys=sum(len(building.storeys) for building in made),
        rooms=total,
        units=len(occupancy.units),
        people=len(occupancy.people),
        sensors=len(listed),
        pipe_points=len(surveyed.points),
        statements=sum(one.statements for one in written),
        cases=len(planted.cases),
    )


def compose(
    sites: Sequence[Plot], seed: int, progress: Callable[[int], None] = lambda _: None
) -> tuple[list[Building], Occupancy, Planted]:
    """Design the buildings of a compound, fill them with people and plant the cases.

    Returns
    -------
    buildings : list of Building
        With the names that stand on the doors.
    occupancy : Occupancy
    planted : Planted
    """
    made: list[Building] = []
    for plot in sites:
        made.append(design_plot(plot, seed))
        progress(len(made))
    occupancy = occupy(made, seed)
    planted = plant(made, occupancy, lambda room: space_guid(seed, room))
    return [_named(building, occupancy) for building in made], occupancy, planted


def design_plot(plot: Plot, seed: int) -> Building:
    """Design the building of a plot at its place on the earth."""
    east, north = to_earth(plot.x, plot.y)
    return design(
        code=plot.code,
        name=plot.name,
        form=plot.form,
        themes=plot.themes,
        east=east,
        north=north,
        height=HEIGHT,
        seed=seed,
    )


def _named(building: Building, occupancy: Occupancy) -> Building:
    """Give rooms the names that their occupants put on the door."""

    def named(room: Room) -> Room:
        name = occupancy.names.get((building.code, room.number))
        return replace(room, name=name) if name else room

    storeys = tuple(
        replace(storey, rooms=tuple(named(room) for room in storey.rooms))
        for storey in building.storeys
    )
    return replace(building, storeys=storeys)


def zones_of(building: Building, occupancy: Occupancy) -> dict[str, list[str]]:
    """Return the departments of a building: by unit its rooms, as ``storey/number``."""
    names = {unit.code: unit.name for unit in occupancy.units}
    zones: dict[str, list[str]] = {}
    for storey in building.storeys:
        unit = occupancy.bureaus[building.code, storey.name]
        keys = [
            f"{storey.name}/{room.number}"
            for room in storey.rooms
            if USES[room.use].kind in {"办公室", "服务用房"}
        ]
        if keys:
            zones.setdefault(names[unit], []).extend(keys)
    return zones


def _tables(
    directory: Path,
    made: list[Building],
    occupancy: Occupancy,
    planted: Planted,
    surveyed: Survey,
    listed: list[Sensor],
    pointed: list[dict[str, str]],
) -> Iterator[Path]:
    def rows(items: list[Any], columns: dict[str, str]) -> list[dict[str, str]]:
        return [
            {label: str(getattr(item, name)) for label, name in columns.items()} for item in items
        ]

    units = [
        {
            "单位编码": unit.code,
            "单位名称": unit.name,
            "上级单位": unit.parent,
            "机关类别": "市级",
            "机构规格": unit.rank,
            "编制定员": str(unit.authorised) if unit.authorised else "",
            "统一社会信用代码": unit.credit_code,
        }
        for unit in sorted(occupancy.units, key=lambda unit: unit.code)
    ]
    path = directory / "单位.csv"
    write_csv(path, list(units[0]), units, "utf-8-sig")
    yield path
    columns = {
        "人员编号": "id",
        "姓名": "name",
        "单位编码": "unit",
        "职级": "rank",
        "职务": "post",
        "在职状态": "status",
        "离任日期": "left_on",
        "兼职单位": "second_units",
        "兼职批准": "second_approved",
    }
    path = directory / "人员.csv"
    write_csv(path, list(columns), rows(occupancy.people, columns), "gb18030")
    yield path
    columns = {
        "楼栋": "building",
        "房号": "number",
        "人员编号": "person",
        "单位编码": "unit",
        "用途": "use",
        "起始日期": "since",
        "截止日期": "until",
    }
    path = directory / "房间分配.csv"
    write_csv(path, list(columns), rows(occupancy.assignments, columns), "utf-8-sig")
    yield path
    heads = ["楼栋", "房号", "承租方", "方向", "起始日期", "截止日期", "应收租金", "实收租金"]
    path = directory / "租约.csv"
    write_csv(path, heads, planted.leases, "utf-8-sig")
    yield path
    heads = ["楼栋", "房号", "台账面积", "用途", "单位编码", "证号"]
    path = directory / "台账.xlsx"
    write_xlsx(path, "台账", heads, _ledger(made, occupancy, planted))
    yield path
    columns = {
        "传感器编号": "id",
        "名称": "name",
        "楼栋": "building",
        "房号": "number",
        "观测属性": "property",
        "单位": "unit",
        "协议": "protocol",
        "地址": "address",
    }
    path = directory / "传感器.csv"
    write_csv(path, list(columns), rows(listed, columns), "utf-8-sig")
    yield path
    path = directory / "摄像机.csv"
    write_csv(
        path, list(dict.fromkeys(head for row in pointed for head in row)), pointed, "utf-8-sig"
    )
    yield path
    for name, table in (
        ("室外管线-管点.csv", surveyed.points),
        ("室外管线-管线.csv", surveyed.lines),
    ):
        path = directory / name
        write_csv(path, list(table[0]), table, "utf-8-sig")
        yield path


def _ledger(
    made: list[Building], occupancy: Occupancy, planted: Planted
) -> Iterator[dict[str, str]]:
    holders = {(a.building, a.number): a for a in occupancy.assignments}
    unit_of = {person.id: person.unit for person in occupancy.people}
    for building in made:
        for room in building.rooms:
            kind = USES[room.use].kind
            if kind == "公共" or room.use in {"shaft", "lift"}:
                continue
            key = (building.code, room.number)
            holder = holders.get((building.name, room.number))
            unit = (holder.unit or unit_of[holder.person]) if holder else ""
            area = planted.areas.get(key, round(room.area_m2, 2))
            yield {
                "楼栋": building.name,
                "房号": room.number,
                "台账面积": f"{area:.2f}",
                "用途": planted.registered.get(key, kind),
                "单位编码": unit,
                "证号": ""
                if key in planted.uncertified
                else f"浙(2019)温州市不动产权第{building.code[1:]}{room.number}号",
            }
