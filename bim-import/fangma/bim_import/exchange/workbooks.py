"""Workbooks of what the registry holds: a plain inventory, and COBie 2.4.

COBie (NBIMS-US V3, 4.2) names its sheets and columns; what the registry does not know is ``n/a``.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO, TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

Items = "Sequence[Mapping[str, Any]]"
_NONE: Final = "n/a"
_UNSEEN: Final = {c: None for c in range(32) if c not in (9, 10)} | {0xFFFE: None, 0xFFFF: None}
INVENTORY: Final[dict[str, str]] = {
    "code": "编码 code", "kind": "类别 kind", "name": "名称 name", "number": "房号 number",
    "building": "楼栋 building", "storey": "楼层 storey", "use": "用途 use",
    "system": "系统 system", "area_m2": "面积 area (m²)", "status": "状态 status",
}  # fmt: skip
_SHEETS: Final = {
    "building": "楼栋", "storey": "楼层", "room": "房间", "pipe": "管段", "fitting": "管件",
    "valve": "阀门", "device": "设备", "terminal": "末端", "sensor": "传感器",
}  # fmt: skip
_COMPONENT_KINDS: Final = ("valve", "device", "terminal", "sensor", "pipe", "fitting")


_WRITTEN: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def save_workbook(book: Workbook, path: Path | IO[bytes], *, day: str = "1980-01-01") -> None:
    """Write a workbook that bears a day instead of the moment: the same content, the same bytes.

    Parameters
    ----------
    day : str
        ``YYYY-MM-DD``: what the file says when it was made.
    """
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _WRITTEN.sub(f"{day}T00:00:00Z".encode(), data)
            row = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            row.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(row, data)


def write_inventory(path: Path, items: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    """Write one sheet a kind, and return the number of rows."""
    book = Workbook()
    book.remove(book.active)
    for kind, title in _SHEETS.items():
        rows = [[item.get(column) for column in INVENTORY] for item in items.get(kind, ())]
        _sheet(book, f"{title} {kind}", list(INVENTORY.values()), rows)
    save_workbook(book, path)
    return sum(len(items.get(kind, ())) for kind in _SHEETS)


def write_cobie(
    path: Path,
    items: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    site: Mapping[str, Any],
    at: str,
    by: str,
) -> dict[str, int]:
    """Write COBie, and return the rows of each sheet.

    Parameters
    ----------
    items : mapping of str to sequence
        Items of CONTRACTS by kind.
    site : mapping
        ``{"code", "name"}``.
    at : str
        ISO time of creation.
    by : str
        E-mail address that COBie wants on every row.
    """
    usual = {"CreatedBy": by, "CreatedOn": at}
    storeys = {item["code"]: item for item in items.get("storey", ())}
    rooms = items.get("room", ())
    components = [item for kind in _COMPONENT_KINDS for item in items.get(kind, ())]
    types = sorted({(i["kind"], i["system"] or "") for i in components})
    systems: dict[str, list[str]] = {}
    for item in components:
        if item["system"]:
            systems.setdefault(str(item["system"]), []).append(item["code"])
    sheets: dict[str, list[dict[str, Any]]] = {
        "Contact": [{"Email": by, **usual, "Category": _NONE, "Company": site["name"]}],
        "Facility": [
            {
                "Name": building["code"], **usual, "Category": _NONE,
                "ProjectName": site["name"], "SiteName": f"{site['code']} {site['name']}",
                "LinearUnits": "meters", "AreaUnits": "squaremeters",
                "VolumeUnits": "cubicmeters", "CurrencyUnit": "CNY",
                "AreaMeasurement": "GB/T 50353",
                "ExternalSystem": "Fangma", "ExternalObject": "IfcBuilding",
                "ExternalIdentifier": building["code"], "Description": building["name"],
            }
            for building in items.get("building", ())
        ],
        "Floor": [
            {
                "Name": storey["code"], **usual, "Category": "Floor",
                "ExtSystem": "Fangma", "ExtObject": "IfcBuildingStorey",
                "ExtIdentifier": storey["code"], "Description": storey["name"],
            }
            for storey in storeys.values()
        ],
        "Space": [
            {
                "Name": room["code"], **usual, "Category": room["use"], "FloorName": room["storey"],
                "Description": room["name"], "ExtSystem": "Fangma", "ExtObject": "IfcSpace",
                "ExtIdentifier": _guid(room) or room["code"], "RoomTag": room["number"],
                "GrossArea": _NONE, "NetArea": room["area_m2"],
            }
            for room in rooms
        ],
        "Type": [
            {
                "Name": _type(kind, system), **usual, "Category": kind,
                "Description": _type(kind, system), "AssetType": "Fixed", "Manufacturer": by,
                "ModelNumber": _NONE,
            }
            for kind, system in types
        ],
        "Component": [
            {
                "Name": item["code"], **usual,
                "TypeName": _type(item["kind"], item["system"] or ""),
                "Space": item.get("room"), "Description": item["name"], "ExtSystem": "Fangma",
                "ExtObject": item["kind"], "ExtIdentifier": _guid(item) or item["code"],
                "TagNumber": item["number"], "AssetIdentifier": item["code"],
            }
            for item in components
        ],
        "System": [
            {"Name": system, **usual, "Category": _NONE, "ComponentNames": ",".join(codes),
             "Description": system}
            for system, codes in sorted(systems.items())
        ],
    }  # fmt: skip
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        header = list(dict.fromkeys(column for row in rows for column in row)) or ["Name"]
        filled = [[_NONE if row.get(c) in (None, "") else row[c] for c in header] for row in rows]
        _sheet(book, name, header, filled)
    save_workbook(book, path, day=at[:10])
    return {name: len(rows) for name, rows in sheets.items()}


def _guid(item: Mapping[str, Any]) -> str | None:
    """Return the GlobalId that a current file gives a thing."""
    return next((s["guid"] for s in item["sources"] if s["guid"] and not s["superseded"]), None)


def _type(kind: str, system: str) -> str:
    return f"{kind} {system}".strip()


def _sheet(book: Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet: Worksheet = book.create_sheet(name)
    sheet.append(list(header))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDF4")
    count = 1
    for row in rows:
        count += 1
        for column, value in enumerate(row, 1):
            cell = sheet.cell(row=count, column=column)
            if isinstance(value, str):
                cell.value = value.translate(_UNSEEN)[:32_000]
                cell.data_type = "s"  # a name that begins with "=" is no formula
            else:
                cell.value = round(value, 4) if isinstance(value, float) else value
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{max(count, 1)}"
    for column in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 24 if column == 1 else 16
