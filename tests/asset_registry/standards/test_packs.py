"""Rule packs: the figures that ship, how they lie over one another, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import yaml

from fangma.asset_registry.standards.building_area import (
    ancillary_area,
    total_building_area,
    usable_ratio,
)
from fangma.asset_registry.standards.choosing import choose, load, shipped, standard_on
from fangma.asset_registry.standards.errors import PackError, StandardError
from fangma.asset_registry.standards.figures import Flag
from fangma.asset_registry.standards.laying import what_changes
from fangma.asset_registry.standards.pack import Sharing
from fangma.asset_registry.standards.reading import RULES, read_pack

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.asset_registry.standards.standard import Standard

TODAY = date(2026, 11, 21)
GOOD = """
pack: cn-99
title: 某省标准
document: 某省〔2026〕1号
level: province
division: "33"
in_force: {from: 2026-07-01}
ceilings:
  basis: {clause: 第三条, flag: VERIFIED}
  市级:
    - {rank: 副局(处)级, m2: 16, leads: true}
"""


def test_every_figure_says_where_it_stands_and_how_sure_it_is() -> None:
    for pack in shipped():
        rows = [row.m2 for rows in pack.ceilings.values() for row in rows]
        for figure in (*rows, *pack.figures.values(), *pack.halls.values()):
            assert figure.basis.document
            assert figure.basis.clause or figure.basis.flag is Flag.SETTING


def test_an_unconfirmed_basis_says_so_where_it_is_quoted() -> None:
    limit = standard_on(TODAY).figures["high_rise_above_m"]
    assert limit.basis.flag is Flag.MEMORY
    assert str(limit.basis).endswith("(待核实)")


def test_every_rule_id_has_a_clause_today() -> None:
    assert set(standard_on(TODAY).rules) == RULES


def test_a_province_changes_a_figure_in_the_middle_of_a_year(tmp_path: Path) -> None:
    (tmp_path / "cn-99.yaml").write_text(GOOD, "utf-8")
    packs = load(tmp_path)

    def ceiling(day: date, division: str) -> Decimal | None:
        found = choose(packs, day, division).entitlement("市级", None, "副局(处)级").ceiling
        return found.m2.value if found else None

    assert ceiling(date(2026, 6, 30), "330302") == 18
    assert ceiling(date(2026, 7, 1), "330302") == 16
    assert ceiling(date(2026, 7, 1), "340102") == 18


def under(rows: str) -> Standard:
    """The standard of today in a province whose pack has these rows for cities."""
    text = GOOD.replace("    - {rank: 副局(处)级, m2: 16, leads: true}\n", rows)
    return choose((*shipped(), read_pack(text, "cn-99.yaml")), TODAY, "330302")


@pytest.mark.parametrize("rank", ["正局(处)级", "正处级", "正局级", "县处级正职"])
def test_a_rank_in_another_spelling_is_the_row_that_the_table_has(rank: str) -> None:
    row = under("    - {rank: 正处级, m2: 18}\n").entitlement("市级", None, rank).ceiling
    assert row is not None
    assert (row.rank, str(row.m2.value), row.m2.basis.clause) == ("正局(处)级", "18", "第三条")


def test_a_pack_may_part_two_ranks_of_one_row() -> None:
    standard = under("    - {rank: 正局级, m2: 22}\n    - {rank: 正处级, m2: 18}\n")
    for rank, m2 in (("正局级", 22), ("正处级", 18), ("正局(处)级", 24)):
        row = standard.entitlement("市级", None, rank).ceiling
        assert row is not None
        assert row.m2.value == m2


def test_what_a_row_does_not_state_of_leaders_and_toilets_stays_as_it_was() -> None:
    below = standard_on(TODAY).entitlement("市级", None, "市级正职").ceiling
    assert below is not None
    assert below.leads
    kept = under("    - {rank: 市级正职, m2: 40}\n").entitlement("市级", None, "市级正职").ceiling
    assert kept is not None
    assert (str(kept.m2.value), kept.leads, kept.toilet) == ("40", True, below.toilet)
    row = "    - {rank: 市级正职, m2: 40, leads: false, toilet: none}\n"
    taken = under(row).entitlement("市级", None, "市级正职").ceiling
    assert taken is not None
    assert (taken.leads, taken.toilet) == (False, "none")


def test_other_ranks_keep_the_national_figure_under_a_province(tmp_path: Path) -> None:
    (tmp_path / "cn-99.yaml").write_text(GOOD, "utf-8")
    found = choose(load(tmp_path), TODAY, "330302").entitlement("市级", None, "正局级").ceiling
    assert found is not None
    assert found.m2.value == 24


@pytest.mark.parametrize("since", ["from: 2014-11-24", "from: 2026-01-01", "from: 1999-01-01"])
def test_the_table_of_1999_is_refused_as_a_standard_of_today(tmp_path: Path, since: str) -> None:
    old = next(pack for pack in shipped() if pack.name == "cn-1999")
    ceilings = {
        name: [{"rank": row.rank, "m2": float(row.m2.value)} for row in rows]
        for name, rows in old.ceilings.items()
    }
    text = GOOD.split("ceilings:", 1)[0].replace("from: 2026-07-01", since)
    (tmp_path / "x.yaml").write_text(text + yaml.safe_dump({"ceilings": ceilings}), "utf-8")
    with pytest.raises(PackError, match="ceilings of 1999"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("pack: cn-99", "pack: 99"), "expected a text"),
        (("title: 某省标准\n", ""), "the field title"),
        (("level: province", "level: village"), "expected one of national"),
        (('division: "33"', "division: 33"), "expected a text"),
        (('division: "33"\n', ""), "leading digits"),
        (("from: 2026-07-01", "from: July"), "a day such as"),
        (("{from: 2026-07-01}", "{}"), "from, to or both"),
        (("{from: 2026-07-01}", "{from: 2026-07-01, to: 2026-01-01}"), "an end after"),
        (("flag: VERIFIED", "flag: SURE"), "expected one of VERIFIED"),
        (("市级:", "镇级:"), "found '镇级'"),
        (("m2: 16", "m2: -1"), "a number from 0"),
        (("m2: 16", "m2: 0"), "more than 0"),
        (("m2: 16", "m2: true"), "a number from 0"),
        (("m2: 16", "m2: many"), "a number from 0"),
        (("leads: true", "leads: maybe"), "true or false"),
        (("leads: true", "toilet: large"), "expected one of all"),
        (("leads: true", "colour: red"), "found 'colour'"),
        (("ceilings:", "ceilings: ["), "not YAML"),
        (("m2: 16, leads: true}", "m2: 16}\n    - {rank: 副处级, m2: 5}"), "no row before has"),
    ],
)
def test_a_pack_that_is_not_well_formed_is_refused(change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(PackError, match=message) as caught:
        read_pack(text, "cn-99.yaml")
    assert caught.value.remedy


def test_brackets_that_do_not_meet_are_refused() -> None:
    row = "{up_to: 200, small: 8, at_least: 400, large: 6, between: {numerator: 500, divisor: 50}}"
    text = GOOD + f"service_rooms: {{县级: {row}}}\n"
    with pytest.raises(PackError, match="so that the brackets meet"):
        read_pack(text, "cn-99.yaml")


def test_shared_offices_are_divided_as_the_last_pack_that_says_so() -> None:
    local = read_pack(GOOD + "sharing: equal\n", "local")
    later = replace(read_pack(GOOD, "city"), name="city", level="city", division="3303")
    assert standard_on(TODAY).sharing is Sharing.PRO_RATA
    assert choose((*shipped(), local, later), TODAY, "330302").sharing is Sharing.EQUAL
    assert choose((*shipped(), local, later), TODAY, "440100").sharing is Sharing.PRO_RATA
    assert {"what": "sharing", "before": "pro-rata", "after": "equal"} in what_changes(
        shipped(), local
    )


@pytest.mark.parametrize("word", ["halves", "1", "[equal]", "{equal: 1}"])
def test_another_way_of_sharing_is_refused(word: str) -> None:
    with pytest.raises(PackError, match=r"sharing: found .*expected one of pro-rata, equal"):
        read_pack(f"{GOOD}sharing: {word}\n", "local")


def test_two_packs_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD, "utf-8")
    with pytest.raises(PackError, match="a second pack named cn-99"):
        load(tmp_path)


def test_a_pack_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(PackError, match="not UTF-8"):
        load(tmp_path)


def test_the_total_building_area_follows_the_formula() -> None:
    # (1000 + 600) x 1.09 / 0.65 + 200 = 2883.0769...
    total = total_building_area(
        standard_on(TODAY),
        offices_m2=Decimal(1000),
        services_m2=Decimal(600),
        ancillary_m2=Decimal(200),
        ratio=Decimal("0.65"),
    )
    assert total == Decimal("2883.08")


@pytest.mark.parametrize("ratio", ["0", "-0.5", "1.01"])
def test_a_ratio_that_is_none_is_refused(ratio: str) -> None:
    with pytest.raises(StandardError, match="expected more than 0"):
        total_building_area(
            standard_on(TODAY),
            offices_m2=Decimal(1),
            services_m2=Decimal(1),
            ancillary_m2=Decimal(0),
            ratio=Decimal(ratio),
        )


@pytest.mark.parametrize(
    ("day", "height", "ratio"),
    [
        (TODAY, 24.0, "0.65"),
        (TODAY, 24.01, "0.6"),
        (TODAY, 80.0, "0.6"),
        (date(2010, 1, 1), 20.0, "0.6"),
        (date(2010, 1, 1), 50.0, "0.57"),
    ],
)
def test_the_usable_ratio_depends_on_height_and_year(day: date, height: float, ratio: str) -> None:
    found = usable_ratio(standard_on(day), height)
    assert found is not None
    assert found.value == Decimal(ratio)


def test_ancillary_rooms_are_reckoned_by_steps() -> None:
    # 100 x 3.7 + 50 x 2.6 + 200 x 40 + 10 x 38 + 20 x 1.8 + 4 x 2.5 + 2 x 25
    area = ancillary_area(
        standard_on(TODAY), authorised=150, cars=210, bicycles=20, motorcycles=4, guards=2
    )
    assert area == Decimal("8976.00")
