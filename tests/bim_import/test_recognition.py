from dataclasses import replace
from uuid import uuid4

import pytest
from shapely.geometry import box

from fangma.bim_import.recognition import (
    BuildingFeatures,
    KnownModel,
    StoreyLevel,
    is_telling,
    recognise,
)

LEVELS = (0.0, 3.1, 6.0)


def storeys(*elevations: float) -> tuple[StoreyLevel, ...]:
    return tuple(StoreyLevel(guid=None, name="Level", elevation_m=e) for e in elevations)


def building(**changes) -> BuildingFeatures:
    facts = {
        "id": None, "guids": frozenset({"new"}), "name": "", "project_names": frozenset(),
        "disciplines": frozenset({"services"}), "storeys": storeys(*LEVELS),
        "outline": box(0, 0, 20, 10), "georeferenced": False,
    }  # fmt: skip
    return BuildingFeatures(**(facts | changes))


def known(**changes) -> BuildingFeatures:
    facts = {
        "id": uuid4(), "guids": frozenset({"old"}), "disciplines": frozenset({"architecture"}),
    }  # fmt: skip
    return building(**(facts | changes))


def asked(new, buildings, models=(), discipline="services"):
    return recognise(
        discipline=discipline, buildings=[new], known_models=models,
        known_buildings=buildings,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["", None, "Building", "Default", "// BUILDING/NAME //", "XYZ", "My Building", "项目名称", "1"],
)
def test_default_names_tell_nothing(name):
    assert not is_telling(name)


def test_another_discipline_joins_by_storeys_and_outline_when_guids_differ():
    old = known()
    assert asked(building(), [old]).buildings == (old.id,)


def test_a_second_architecture_with_the_same_storeys_is_another_building_and_is_asked_about():
    old = known(disciplines=frozenset({"architecture"}))
    new = building(disciplines=frozenset({"architecture"}))
    answer = asked(new, [old], discipline="architecture")
    assert answer.buildings == (None,)
    assert answer.doubts


def test_a_small_network_inside_a_large_outline_is_not_taken_for_its_building():
    old = known(outline=box(0, 0, 100, 50))
    answer = asked(building(outline=box(0, 0, 8, 6)), [old])
    assert answer.buildings == (None,)
    assert answer.doubts


def test_different_telling_names_are_different_buildings():
    old = known(name="一号办公楼")
    assert asked(building(name="二号办公楼"), [old]).buildings == (None,)


def test_a_project_name_both_share_joins_them():
    old = known(project_names=frozenset({"Duplex Apartment"}), storeys=storeys(-1.25, *LEVELS))
    new = building(name="XYZ", project_names=frozenset({"Duplex Apartment"}))
    assert asked(new, [old]).buildings == (old.id,)


def test_the_same_guid_far_away_with_other_storeys_is_doubted():
    old = known(
        guids=frozenset({"new"}), storeys=storeys(0, 5, 10), outline=box(500, 500, 520, 510)
    )
    answer = asked(building(), [old])
    assert answer.buildings == (None,)
    assert answer.doubts


@pytest.mark.parametrize(("shared", "revises"), [(0.9, True), (0.3, True), (0.02, False)])
def test_a_revision_shares_elements_not_just_a_project_guid(shared, revises):
    old = known()
    model = KnownModel(
        id=uuid4(), file="a.ifc", discipline="services", project_guid="p",
        building_guids=frozenset({"new"}), building_ids=(old.id or uuid4(),), shared_guids=shared,
        shared=shared,
    )  # fmt: skip
    answer = asked(building(), [old], [model])
    assert (answer.revises == model.id) is revises
    assert bool(answer.doubts) is not revises


def test_a_model_with_all_guids_renewed_is_known_by_its_content():
    old = known()
    model = KnownModel(
        id=uuid4(), file="a.ifc", discipline="services", project_guid="other",
        building_guids=frozenset({"old"}), building_ids=(old.id or uuid4(),), shared_guids=0.0,
        shared=0.95,
    )  # fmt: skip
    answer = asked(building(), [], [model])
    assert answer.revises == model.id
    assert answer.buildings == (old.id,)


def model_of(old: BuildingFeatures, *, guids: float, content: float) -> KnownModel:
    return KnownModel(
        id=uuid4(), file="a.ifc", discipline="services", project_guid="p",
        building_guids=frozenset({"old"}), building_ids=(old.id or uuid4(),), shared_guids=guids,
        shared=content,
    )  # fmt: skip


def test_standard_doors_do_not_make_two_buildings_of_one_designer_the_same():
    old = known(name="综合楼", georeferenced=True, outline=box(100, 0, 120, 10))
    new = building(name="后勤服务楼", georeferenced=True)
    answer = asked(new, [old], [model_of(old, guids=0.0, content=0.61)])
    assert answer.revises is None
    assert answer.buildings == (None,)


def test_a_model_copied_to_draw_another_building_is_not_its_revision():
    old = known(name="一号楼", georeferenced=True, outline=box(100, 0, 120, 10))
    new = building(name="二号楼", georeferenced=True)
    answer = asked(new, [old], [model_of(old, guids=0.9, content=0.95)])
    assert answer.revises is None
    assert answer.doubts


def test_a_renamed_building_in_its_place_is_still_known():
    old = known(name="一号楼", georeferenced=True)
    new = building(name="综合楼", georeferenced=True)
    model = model_of(old, guids=0.0, content=0.9)
    assert asked(new, [old], [model]).revises == model.id


def looking_like(old: BuildingFeatures, likeness: float, rise_m: float = 0.0) -> KnownModel:
    return replace(model_of(old, guids=0.0, content=0.0), likeness=likeness, rise_m=rise_m)


@pytest.mark.parametrize(("likeness", "revises"), [(0.95, True), (0.7, True), (0.6, False)])
def test_a_nameless_export_with_everything_renewed_is_known_by_its_elements(likeness, revises):
    old = known(disciplines=frozenset({"services"}))
    model = looking_like(old, likeness)
    answer = asked(building(), [old], [model])
    assert (answer.revises == model.id) is revises
    assert (answer.buildings == (old.id,)) is revises
    assert bool(answer.doubts) is not revises


def test_a_nameless_twin_is_taken_for_the_same_building_and_said_so():
    old = known(disciplines=frozenset({"services"}))
    answer = asked(building(), [old], [looking_like(old, 1.0)])
    assert answer.revises
    assert answer.cautions
    named = known(name="一号楼", disciplines=frozenset({"services"}))
    answer = asked(building(name="一号楼"), [named], [looking_like(named, 1.0)])
    assert answer.revises
    assert not answer.cautions


def test_half_of_the_elements_are_enough_where_the_building_says_its_name():
    old = known(name="一号楼", disciplines=frozenset({"services"}))
    assert asked(building(name="一号楼"), [old], [looking_like(old, 0.55)]).revises
    assert not asked(building(name="一号楼"), [old], [looking_like(old, 0.45)]).revises


def test_a_building_drawn_from_another_origin_is_known_by_its_elements():
    old = known(outline=box(300, 300, 320, 310), storeys=storeys(*(e + 50 for e in LEVELS)))
    model = looking_like(old, 0.9, rise_m=50.0)
    assert asked(building(), [old], [model]).revises == model.id


def test_the_same_elements_on_other_storeys_are_another_building():
    old = known(storeys=storeys(0, 4.5, 9))
    assert asked(building(), [old], [looking_like(old, 0.9)]).revises is None


def test_a_twin_block_under_another_name_stays_apart():
    old = known(name="一号楼")
    answer = asked(building(name="二号楼"), [old], [looking_like(old, 0.99)])
    assert answer.revises is None
    assert answer.buildings == (None,)
    assert answer.doubts


def test_a_nameless_twin_block_elsewhere_on_earth_stays_apart():
    old = known(georeferenced=True, outline=box(100, 0, 120, 10))
    answer = asked(building(georeferenced=True), [old], [looking_like(old, 0.99)])
    assert answer.revises is None
    assert answer.doubts


def test_a_named_building_that_was_surveyed_anew_is_still_itself():
    old = known(name="一号楼", georeferenced=True, outline=box(100, 0, 120, 10))
    model = looking_like(old, 0.99)
    new = building(name="一号楼", georeferenced=True)
    assert asked(new, [old], [model]).revises == model.id
