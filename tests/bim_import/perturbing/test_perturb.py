"""The perturbation tool: what it says it did is what it did, and its output is a valid model."""

from dataclasses import replace
from pathlib import Path

import ifcopenshell
import ifcopenshell.validate
import pytest

from fangma.bim_import.perturbing import UNTOUCHED, Dose, Truth, perturb

pytestmark = pytest.mark.slow
MODELS = ("domestic-hot-water.ifc", "revit2019-zh-testmodel-ifc4.ifc", "AC20-FZK-Haus.ifc")


def problems(path: Path) -> set[str]:
    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(str(path), log)
    return {f"{s.get('attribute')} {str(s.get('message'))[:80]}" for s in log.statements}


def guids(path: Path) -> set[str]:
    return {root.GlobalId for root in ifcopenshell.open(str(path)).by_type("IfcRoot")}


@pytest.mark.parametrize("name", MODELS)
def test_the_output_is_as_valid_as_the_input(real_models: Path, tmp_path: Path, name: str):
    perturb(real_models / name, tmp_path / "out.ifc", Dose(seed=3))
    assert problems(tmp_path / "out.ifc") <= problems(real_models / name)


@pytest.mark.parametrize("name", MODELS)
def test_every_globalid_is_new_and_the_truth_knows_them_all(
    real_models: Path, tmp_path: Path, name: str
):
    truth = perturb(real_models / name, tmp_path / "out.ifc", Dose(seed=3))
    before, after = guids(real_models / name), guids(tmp_path / "out.ifc")
    assert not before & after
    told = [*truth.same.values(), *truth.added, *truth.merges]
    told += [part for parts in truth.splits.values() for part in parts]
    assert len(told) == len(set(told))
    assert set(told) <= after
    olds = [*truth.same, *truth.gone, *truth.splits]
    olds += [old for parts in truth.merges.values() for old in parts]
    assert len(olds) == len(set(olds))
    assert set(olds) <= before
    assert Truth.read(tmp_path / "out.truth.json") == truth


def test_equal_seeds_change_the_same_things_and_others_do_not(real_models: Path, tmp_path: Path):
    house = real_models / "AC20-FZK-Haus.ifc"
    one, same, other = (
        perturb(house, tmp_path / f"{i}.ifc", Dose(seed=seed)) for i, seed in enumerate((1, 1, 2))
    )
    assert (one.gone, one.moved, one.renamed) == (same.gone, same.moved, same.renamed)
    assert (one.gone, one.moved, one.renamed) != (other.gone, other.moved, other.renamed)


def test_an_untouched_export_holds_the_same_statements_in_another_order(
    real_models: Path, tmp_path: Path
):

    source = real_models / "domestic-hot-water.ifc"
    perturb(source, tmp_path / "out.ifc", replace(UNTOUCHED, shuffled=True))
    before, after = ifcopenshell.open(str(source)), ifcopenshell.open(str(tmp_path / "out.ifc"))
    assert len(list(before)) == len(list(after))
    assert guids(source) == guids(tmp_path / "out.ifc")
    assert [e.id() for e in before.by_type("IfcElement")] != [
        after.by_guid(e.GlobalId).id() for e in before.by_type("IfcElement")
    ]


def test_noise_stays_below_what_was_asked(real_models: Path, tmp_path: Path):

    source = real_models / "domestic-hot-water.ifc"
    perturb(source, tmp_path / "out.ifc", replace(UNTOUCHED, noise_m=0.001))
    before, after = ifcopenshell.open(str(source)), ifcopenshell.open(str(tmp_path / "out.ifc"))
    moved = 0
    points = [list(file.by_type("IfcCartesianPoint")) for file in (before, after)]
    for old, new in zip(*points, strict=True):
        steps = [abs(a - b) for a, b in zip(old.Coordinates, new.Coordinates, strict=True)]
        assert max(steps) <= 0.001 + 1e-9
        moved += max(steps) > 0
    assert moved
