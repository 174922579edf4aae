"""Requirements as IDS: ours are valid, a client's are checked, hostile ones are refused."""

import shutil
from pathlib import Path

import pytest

from fangma.bim_import.requirements import (
    OUR_REQUIREMENTS,
    RequirementsError,
    check_model,
    read_requirements,
)

BOMB = """<?xml version="1.0"?><!DOCTYPE ids [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<ids xmlns="http://standards.buildingsmart.org/IDS"><info><title>&b;</title></info></ids>"""
THIEF = """<?xml version="1.0"?><!DOCTYPE ids [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<ids xmlns="http://standards.buildingsmart.org/IDS"><info><title>&x;</title></info></ids>"""


def test_our_requirements_are_valid_by_the_schema_of_buildingsmart():
    assert len(read_requirements(OUR_REQUIREMENTS).specifications) >= 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "document type"),
        (THIEF, "document type"),
        (BOMB.encode("utf-16"), "document type"),
        ("<ids" + "<a>" * 3, "no XML"),
        ("<a>" * 100, "nests deeper"),
        ("<ids xmlns='http://standards.buildingsmart.org/IDS'/>", "no valid IDS"),
        ("ISO-10303-21;", "no XML"),
        ("", "no XML"),
    ],
)
def test_a_hostile_or_broken_file_is_refused(tmp_path: Path, content: str | bytes, words: str):
    path = tmp_path / "client.ids"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(RequirementsError, match=words):
        read_requirements(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(RequirementsError, match="No such file"):
        read_requirements(tmp_path / "none.ids")


@pytest.mark.slow
def test_what_a_model_lacks_is_told_element_by_element(real_models: Path, tmp_path: Path):
    house = tmp_path / "house.ifc"
    shutil.copy(real_models / "homeskz-伏図次郎-2階.ifc", house)
    findings = check_model(house, OUR_REQUIREMENTS)
    failed = [f for f in findings if f.rule == "ids-failed"]
    assert sum("门牌号" in f.message and f.element is not None for f in failed) == 26
    assert not any("房间有名称" in f.message for f in failed)
    assert [f.rule for f in findings][-1] == "ids-checked"
