"""Small STEP files written by hand, and the real models where they are at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from fangma.bim_import.forking import can_fork

REAL_MODELS = Path(__file__).parents[3] / "shared" / "ifc"

PROJECT = """\
#1=IFCPROJECT('0KhR8hr7H8eewFRKm6V1bJ',$,'Project',$,$,$,$,(#5),#2);
#2=IFCUNITASSIGNMENT((#3,#4));
#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);
#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);
#6=IFCAXIS2PLACEMENT3D(#7,$,$);
#7=IFCCARTESIANPOINT((0.,0.,0.));
"""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that forks in an interpreter of its own where threads of earlier tests live on."""
    if pyfuncitem.get_closest_marker("alone") is None or can_fork():
        return None
    pytest_alone = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*pytest_alone, pyfuncitem.nodeid],
        cwd=pyfuncitem.config.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return True


class StepWriter(Protocol):
    def __call__(
        self,
        data: str | bytes = ...,
        *,
        schema: str = ...,
        project: str = ...,
        name: str = ...,
        ending: str = ...,
    ) -> Path: ...


@pytest.fixture
def step(tmp_path: Path) -> StepWriter:
    """Write a STEP file: a project in metres and whatever statements are given."""

    def write(
        data: str | bytes = "",
        *,
        schema: str = "IFC4",
        project: str = PROJECT,
        name: str = "model.ifc",
        ending: str = "ENDSEC;\nEND-ISO-10303-21;\n",
    ) -> Path:
        body = data.encode("ascii") if isinstance(data, str) else data
        head = (
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
            "FILE_NAME('a.ifc','2026-11-21T09:00:00',(''),(''),'pre','program','');\n"
            f"FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{project}"
        )
        path = tmp_path / name
        path.write_bytes(head.encode("ascii") + body + ending.encode("ascii"))
        return path

    return write


@pytest.fixture
def real_models() -> Path:
    """Folder of the real models; skips where it is not beside the checkout."""
    if not REAL_MODELS.exists():
        pytest.skip("the real models are not beside the checkout")
    return REAL_MODELS
