from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.util.system
import networkx
import openpyxl
import pytest

from fangma.bim_import.sample import SampleSummary, write_sample

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Compound:
    directory: Path
    summary: SampleSummary
    models: dict[str, Any]  # open IFC files by file name

    def of(self, discipline: str) -> dict[str, Any]:
        return {name: model for name, model in self.models.items() if discipline in name}

    def read(self, name: str) -> list[dict[str, str]]:
        path = self.directory / name
        if path.suffix == ".xlsx":
            head, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
            return [
                {str(k): "" if v is None else str(v) for k, v in zip(head, row, strict=True)}
                for row in rows
            ]
        encoding = "gb18030" if name == "人员.csv" else "utf-8-sig"
        return list(csv.DictReader(path.read_text(encoding).splitlines()))

    @staticmethod
    def graph(model: Any) -> Any:
        """Elements as nodes, joined ports as edges."""
        made = networkx.Graph()
        for joint in model.by_type("IfcRelConnectsPorts"):
            ends = [
                ifcopenshell.util.system.get_port_element(port)
                for port in (joint.RelatingPort, joint.RelatedPort)
            ]
            made.add_edge(*(end.GlobalId for end in ends))
        return made

    @staticmethod
    def system(model: Any, name: str) -> list[Any]:
        (found,) = [s for s in model.by_type("IfcDistributionSystem") if s.LongName == name]
        return list(found.IsGroupedBy[0].RelatedObjects)


@pytest.fixture(scope="session")
def compound(tmp_path_factory: pytest.TempPathFactory) -> Compound:
    directory = tmp_path_factory.mktemp("compound")
    summary = write_sample(directory, seed=1, rooms=250)
    models = {path.name: ifcopenshell.open(str(path)) for path in sorted(directory.glob("*.ifc"))}
    return Compound(directory, summary, models)
