"""Fingerprints that are kept between imports are those that the whole text gives."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import ifcopenshell
import pytest
from tests.bim_import.test_reshaping import EDITS

from fangma.bim_import.forking import can_fork
from fangma.bim_import.opening import digests, open_model
from fangma.bim_import.opening.digest_store import DigestStore
from fangma.bim_import.perturbing.shuffling import shuffle
from fangma.bim_import.preparing import Here
from fangma.bim_import.reading import read_digests
from fangma.bim_import.sample import write_sample
from fangma.bim_import.stages import Stages

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bim_import.conftest import StepWriter

WALLS = """\
#10=IFCOWNERHISTORY($,$,$,.ADDED.,$,$,$,7);
#11=IFCCARTESIANPOINT((0.,0.,1.50));
#12=IFCAXIS2PLACEMENT3D(#11,$,$);
#13=IFCLOCALPLACEMENT($,#12);
#14=IFCWALL('0000000000000000000007',#10,'it''s #11',$,$,#13,$,$,$);
#15=IFCPROPERTYSINGLEVALUE('a',$,IFCLABEL('x'),$);
#16=IFCPROPERTYSINGLEVALUE('b',$,IFCREAL(1.0E-1),$);
#17=IFCPROPERTYSET('0000000000000000000008',#10,'p',$,(#15,#16));
"""


def made(path: Path) -> dict[int, bytes]:
    return read_digests(open_model(path))


def known(path: Path, store: DigestStore) -> dict[int, bytes]:
    """Fingerprint what is known of a file, by ``#`` number."""
    opened = open_model(path)
    found = store.known(opened.statements, opened.file.schema_identifier)
    return {
        int(number): digest
        for number, digest in zip(opened.statements.ids, found, strict=bool(found))
        if digest
    }


def taken_over(path: Path, store: DigestStore) -> dict[int, bytes]:
    opened = open_model(path)
    schema = opened.file.schema_identifier
    found = digests.digest(
        opened.statements, opened.order, schema, store.known(opened.statements, schema)
    )
    return dict(zip(opened.statements.ids.tolist(), found, strict=True))


def keep(path: Path, folder: Path) -> DigestStore:
    opened, store = open_model(path), DigestStore(root=folder)
    schema = opened.file.schema_identifier
    store.save(opened.statements, schema, digests.digest(opened.statements, opened.order, schema))
    return store


@pytest.mark.slow
@pytest.mark.parametrize("which", ["建筑", "机电"])
def test_after_any_edit_they_are_those_of_the_whole_text(tmp_path: Path, which: str) -> None:
    write_sample(tmp_path, seed=5, rooms=40)
    file = tmp_path / f"A01-办公主楼-{which}.ifc"
    # As ifcopenshell spells it, so that an edit alone makes the difference.
    ifcopenshell.open(str(file)).write(str(file))
    store = keep(file, tmp_path / "kept")
    assert known(file, store) == made(file)
    chance = random.Random(f"edits {which}")  # noqa: S311 - to be run again
    for edit in EDITS:
        model = ifcopenshell.open(str(file))
        edit(model, chance)
        changed = tmp_path / "changed.ifc"
        model.write(str(changed))
        whole = made(changed)
        assert taken_over(changed, store) == whole, edit.__name__
        assert len(known(changed, store)) > len(whole) / 2, edit.__name__
        shuffle(changed, chance)
        assert taken_over(changed, store) == made(changed), edit.__name__


@pytest.mark.parametrize(
    ("was", "now", "anew"),
    [
        ("ADDED.,$,$,$,7", "ADDED.,$,$,$,8", {10}),  # counts as nothing wherever it is referred to
        ("1.50", "1.51", {11, 12, 13, 14}),
        ("it''s #11", "it''s #12", {14}),
        ("(#15,#16)", "(#16,#15)", {17}),
        ("#16=IFCPROPERTYSINGLEVALUE", "#19=IFCPROPERTYSINGLEVALUE", {17, 19}),
        ("#10=IFCOWNERHISTORY($,$,$,.ADDED.,$,$,$,7)", "#10=IFCPERSON($,'A',$,$,$,$,$,$)",
         {10, 14, 17}),
        ("#15=IFCPROPERTYSINGLEVALUE('a'", "#15= IFCPROPERTYSINGLEVALUE ('a'", set()),
        ("#15=IFCPROPERTYSINGLEVALUE('a',$,IFCLABEL('x'),$);\n", "", {17}),
    ],
)  # fmt: skip
def test_what_rests_on_a_change_is_made_anew(
    tmp_path: Path, step: StepWriter, was: str, now: str, anew: set[int]
) -> None:
    store = keep(step(WALLS), tmp_path / "kept")
    assert was in WALLS
    changed = step(WALLS.replace(was, now), name="changed.ifc")
    whole = made(changed)
    assert whole.keys() - known(changed, store).keys() == anew
    assert taken_over(changed, store) == whole


def test_what_led_nowhere_may_lead_somewhere_now(tmp_path: Path, step: StepWriter) -> None:
    lines = WALLS.splitlines(keepends=True)
    loose = "".join(line for line in lines if not line.startswith("#16"))
    store = keep(step(loose), tmp_path / "kept")
    changed = step(WALLS, name="changed.ifc")
    assert taken_over(changed, store) == made(changed)


@pytest.mark.parametrize("harm", ["lost", "cut", "turned", "nonsense", "older"])
def test_a_file_that_cannot_be_read_costs_time_only(
    tmp_path: Path, step: StepWriter, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    path = step(WALLS)
    store = keep(path, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    data = bytearray(file.read_bytes())
    if harm == "lost":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "turned":
        data[data.index(b"IFCCARTESIANPOINT")] ^= 1
        file.write_bytes(data)
    elif harm == "nonsense":
        file.write_bytes(b"no such thing")
    else:
        monkeypatch.setattr("fangma.bim_import.opening.digest_store._FORMAT", 99)
    assert known(path, store) == {}
    assert taken_over(path, store) == made(path)


def test_another_schema_or_project_takes_nothing(tmp_path: Path, step: StepWriter) -> None:
    store = keep(step(WALLS), tmp_path / "kept")
    assert known(step(WALLS, schema="IFC4X3_ADD2", name="schema.ifc"), store) == {}
    empty = DigestStore(root=tmp_path / "elsewhere")
    assert known(step(WALLS, name="again.ifc"), empty) == {}


@pytest.mark.alone
@pytest.mark.skipif(not can_fork(), reason="only where forking is safe")
def test_an_opening_keeps_them_for_the_next_one(
    tmp_path: Path, step: StepWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "_WORTHWHILE", 0)
    store = DigestStore(root=tmp_path / "kept")
    path, changed = step(WALLS), step(WALLS.replace("1.50", "1.51"), name="changed.ifc")
    for each in (path, changed):
        here = Here(each, (), 1, lambda: store)
        here.open(Stages())
        assert read_digests(here.opened) == made(each)
        here.stop()
        assert known(each, store) == made(each)


def test_a_folder_that_takes_no_files_costs_time_only(tmp_path: Path, step: StepWriter) -> None:
    (tmp_path / "kept").write_text("in the way")
    path = step(WALLS)
    store = keep(path, tmp_path / "kept")
    assert known(path, store) == {}
