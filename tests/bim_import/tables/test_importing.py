"""Tables into a registry: all rows or none, every bad one told, nothing doubled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.auditing.engine import audit
from fangma.asset_registry.changes import Shape
from fangma.asset_registry.store import occupation
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading, recording
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.holders import list_holders
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.tables.importing import Announced, import_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

pytestmark = pytest.mark.db

UNITS = (
    "单位编码,单位名称,上级单位,机关类别,机构规格,编制定员\n"
    "D1,某局,,市级,正处级,20\n"
    "D1-1,一科,D1,市级,,\n"
)
PEOPLE = (
    "人员编号,姓名,单位编码,职级,职务,在职状态,离任日期,电话\n"
    "P1,王一,D1,正局(处)级,局长,在职,,0577-1\n"
    "P2,李二,D1-1,局(处)级以下,科员,在职,,\n"
)
ROOMS = (
    "楼栋,房号,人员编号,单位编码,用途,起始日期,截止日期\n"
    "一号楼,0512,P1,,领导办公室,2024年1月1日,\n"
    "一号楼,0513,P2,,办公室,2024.2.1,\n"
)


class Office:
    """A compound with three rooms of 20 m2, and tables that are written and imported."""

    def __init__(self, conn: Connection, dsn: str, folder: Path) -> None:
        self.conn, self.dsn, self.folder = conn, dsn, folder
        self.compound: Compound = found(conn)
        self.rooms: dict[str, str] = {}
        for number in ("0512", "0513", "0514"):
            self.add_room(number)

    def add_room(self, number: str) -> None:
        room = self.compound.new_room(number)
        applied = self.compound.record(
            new=(room,),
            states=(self.compound.room_state(room.id, number=number, use="办公室"),),
            shapes=(Shape(entry_id=room.id, area_m2=20.0),),
        )
        self.rooms[number] = applied.codes[room.id]

    def bring(self, text: str, name: str = "t.csv", **options: Any) -> FileReport:
        path = self.folder / name
        path.write_text(text, "utf-8")
        announced: Announced | None = options.pop("announced", None)
        return import_table(
            path,
            kind=None,
            connection=lambda: connect(self.dsn),
            options=ImportOptions(**options),
            announced=announced,
        )

    def bring_all(self) -> None:
        for name, text in (("单位", UNITS), ("人员", PEOPLE), ("分配", ROOMS)):
            report = self.bring(text, f"{name}.csv")
            assert report.status == "imported", report.findings

    def show(self, number: str, **when: datetime) -> dict[str, Any]:
        with reading(self.conn, OPERATOR, when.get("at"), when.get("known")) as moment:
            return show_item(self.conn, self.rooms[number], moment)

    def count(self, table: str) -> int:
        with reading(self.conn, OPERATOR):
            row = self.conn.execute(f"SELECT count(*) FROM fangma.{table}").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def office(dsn: str, tmp_path: Path) -> Iterator[Office]:
    with connect(dsn) as conn:
        yield Office(conn, dsn, tmp_path)


def test_units_people_and_rooms_are_told_to_the_registry_and_the_audit(office: Office) -> None:
    office.bring_all()
    with reading(office.conn, OPERATOR, datetime(2024, 6, 1, tzinfo=UTC)) as moment:
        facts = audit_facts(office.conn, office.compound.site, moment)
        units = list_holders(office.conn, "unit", moment)
        people = list_holders(office.conn, "person", moment)
    assert [(unit["code"], unit["parent"]) for unit in units] == [("D1", None), ("D1-1", "D1")]
    assert [(person["code"], person["name"]) for person in people] == [("P1", None), ("P2", None)]
    document = audit(facts).to_dict()
    verdicts = {row["person"]: (row["verdict"], row["excess_m2"]) for row in document["persons"]}
    assert verdicts == {"P1": ("within", 0.0), "P2": ("over", 11.0)}
    assert [a.since for a in facts.assignments] == [date(2024, 1, 1), date(2024, 2, 1)]


def test_the_same_tables_again_are_unchanged_and_nothing_is_doubled(office: Office) -> None:
    office.bring_all()
    tables = ("unit", "person", "unit_state", "post", "assignment", "revision")
    before = {table: office.count(table) for table in tables}
    for text in (UNITS, PEOPLE, ROOMS):
        assert office.bring(text, "other.csv").added == 0
    for name, text in (("单位", UNITS), ("人员", PEOPLE), ("分配", ROOMS)):
        report = office.bring(text, f"{name}.csv")
        assert (report.status, report.kept) == ("unchanged", 2)
    after = {table: office.count(table) for table in tables}
    del before["revision"], after["revision"]  # another file name is another source
    assert after == before


def test_every_bad_row_is_told_with_row_column_value_and_remedy_and_none_is_kept(
    office: Office,
) -> None:
    office.bring(UNITS)
    office.bring(PEOPLE)
    report = office.bring(
        "楼栋,房号,人员编号,单位编码,用途,起始日期,截止日期\n"
        "一号楼,0512,P1,,办公室,2024-01-01,\n"
        "一号楼,0999,P1,,办公室,2024-01-01,\n"
        "九号楼,0512,P1,,办公室,2024-01-01,\n"
        "一号楼,0513,P9,,办公室,2024-01-01,\n"
        "一号楼,0513,,D9,办公室,2024-01-01,\n"
        "一号楼,0513,P2,,卧室房,昨天,\n"
        "一号楼,0513,P2,,办公室,2024-05-01,2024-04-01\n"
        "一号楼,0514,,,办公室,2024-01-01,\n"
        "一号楼,0512,P1,,办公室,2025-01-01,\n"
    )
    assert report.status == "refused"
    told = [(finding.element, finding.rule) for finding in report.findings]
    assert told == [
        ("row 3, 房号 number", "unknown-room"),
        ("row 4, 房号 number", "unknown-room"),
        ("row 5, 人员编号 person", "unknown-person"),
        ("row 6, 单位编码 unit", "unknown-unit"),
        ("row 7, 用途 use", "bad-value"),
        ("row 7, 起始日期 from", "bad-value"),
        ("row 8, 截止日期 to", "bad-period"),
        ("row 9, 人员编号 person", "missing-value"),
        ("row 10", "duplicate-row"),
    ]
    assert all(finding.remedy for finding in report.findings)
    assert "'昨天'" in report.findings[5].message
    assert office.count("assignment") == 0


def test_the_same_row_twice_is_told_as_that_and_another_one_of_the_same_thing_as_a_contradiction(
    office: Office,
) -> None:
    office.bring(UNITS)
    first, second = PEOPLE.splitlines()[1:]
    report = office.bring(PEOPLE + f"{first} \n" + second.replace("科员", "科长") + "\n")
    assert report.status == "refused"
    again, other = (each for each in report.findings if each.severity == "error")
    assert (again.element, other.element) == ("row 4", "row 5")
    assert again.message == "Row 4: expected each row once; this is row 2 again, word for word."
    assert again.remedy == "Delete one of the two."
    assert "does not contradict row 3" in other.message
    assert "time" not in other.message, "a table of people has no dates that could be corrected"
    assert "number" in (other.remedy or "")
    assert office.bring(PEOPLE).status == "imported"
    dated = office.bring(ROOMS + "一号楼,0512,P1,,领导办公室,2025年1月1日,\n")
    (clash,) = dated.findings
    assert "at the same time" in clash.message
    assert "dates" in (clash.remedy or "")


def test_a_door_number_that_two_rooms_have_names_both(office: Office) -> None:
    office.bring(UNITS)
    office.add_room("0512")
    report = office.bring("楼栋,房号,单位编码,起始日期\n一号楼,0512,D1,2024-01-01\n")
    (finding,) = report.findings
    assert finding.rule == "ambiguous-room"
    assert all(code in finding.message for code in (office.rooms["0512"], "-0512-"))


@pytest.mark.parametrize("building", ["一号楼", "A01", "a01", " 一号楼 "])
def test_a_building_is_named_by_name_or_short_name_and_a_lost_zero_is_not_missed(
    office: Office, building: str
) -> None:
    report = office.bring(f"楼栋,房号,台账面积\n{building},512,19.5\n")
    assert report.status == "imported", report.findings
    assert office.show("0512")["area"]["ledger_m2"] == 19.5


def test_a_room_is_named_by_its_code(office: Office) -> None:
    assert office.bring(f"房间,台账面积\n{office.rooms['0513']},20\n").status == "imported"
    wrong = office.rooms["0513"][:-1] + "?"
    assert office.bring(f"房间,台账面积\n{wrong},20\n").findings[0].rule == "unknown-room"


def test_an_assignment_that_ends_is_history_and_the_room_empty_since_then(office: Office) -> None:
    office.bring_all()
    report = office.bring(ROOMS.replace("2024.2.1,", "2024.2.1,2024-06-30"), "分配.csv")
    assert (report.changed, report.kept) == (1, 1)
    last_day = office.show("0513", at=datetime(2024, 6, 30, tzinfo=UTC))
    assert [occupant["person"] for occupant in last_day["occupants"]] == ["P2"]
    now = office.show("0513")
    assert now["occupants"] == []
    with reading(office.conn, OPERATOR) as moment:
        rooms = audit_facts(office.conn, office.compound.site, moment).rooms
    assert {r.number: r.empty_since for r in rooms}["0513"] == date(2024, 7, 1)
    facts = [(entry["fact"], entry["what"]) for entry in now["history"]]
    assert ("assignment", "created") in facts
    assert ("assignment", "retired") in facts


def test_what_was_known_before_a_correction_can_be_asked_for(office: Office) -> None:
    office.bring("楼栋,房号,台账面积\n一号楼,0512,19.5\n")
    with reading(office.conn, OPERATOR) as before:
        known = before.known
    valid_from = datetime(2020, 1, 1, tzinfo=UTC)
    office.bring("楼栋,房号,台账面积\n一号楼,0512,21\n", valid_from=valid_from)
    at = datetime(2022, 1, 1, tzinfo=UTC)
    assert office.show("0512", at=at)["area"]["ledger_m2"] == 21.0
    assert office.show("0512", at=at, known=known)["area"]["ledger_m2"] == 19.5
    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    assert office.show("0512", at=long_ago)["area"]["ledger_m2"] == 19.5


def test_names_and_unknown_columns_of_people_lie_in_one_table_and_can_be_erased(
    office: Office,
) -> None:
    office.bring_all()
    site = office.compound.site
    with reading(office.conn, OPERATOR):
        assert occupation.names(office.conn, site) == {"P1": "王一", "P2": "李二"}
        for table in ("post", "assignment", "model_revision", "revision", "audit_log"):
            rows = office.conn.execute(f"SELECT t::text FROM fangma.{table} AS t").fetchall()
            assert not any("王一" in row[0] or "0577-1" in row[0] for row in rows), table
    with recording(office.conn, OPERATOR):
        assert occupation.erase_details(office.conn, site, "P1")
    with reading(office.conn, OPERATOR):
        assert occupation.names(office.conn, site) == {"P2": "李二"}


def test_names_in_a_table_of_rooms_are_not_kept_beside_the_facts(office: Office) -> None:
    office.bring(UNITS)
    report = office.bring(
        "楼栋,房号,单位编码,起始日期,使用人,朝向\n一号楼,0512,D1,2024-01-01,赵六,南\n"
    )
    assert [f.rule for f in report.findings] == ["personal-columns", "columns-as-notes"]
    with reading(office.conn, OPERATOR):
        row = office.conn.execute("SELECT notes FROM fangma.assignment").fetchone()
    assert row == ({"朝向": "南"},)


def test_a_parent_may_be_named_by_code_or_by_a_name_that_one_unit_has(office: Office) -> None:
    head = "单位编码,单位名称,上级单位,机关类别\nD1,某局,,市级\n"
    assert office.bring(head + "D2,一科,某局,市级\n").status == "imported"
    report = office.bring(head + "D3,某局,,市级\nD4,二科,某局,市级\n")
    assert [finding.rule for finding in report.findings] == ["unknown-unit"]


def test_units_in_a_circle_are_refused(office: Office) -> None:
    report = office.bring(
        "单位编码,单位名称,上级单位,机关类别\nA,甲,B,市级\nB,乙,A,市级\nC,丙,A,市级\n"
    )
    assert [f.rule for f in report.findings] == ["unit-circle", "unit-circle"]


def test_a_dry_run_of_all_tables_writes_nothing_and_knows_what_came_before(office: Office) -> None:
    announced = Announced()
    for text in (UNITS, PEOPLE, ROOMS):
        report = office.bring(text, dry_run=True, announced=announced)
        assert (report.status, report.added) == ("planned", 2), report.findings
    assert office.count("unit") == office.count("assignment") == 0


def test_many_thousand_bad_rows_are_refused_without_trouble(office: Office) -> None:
    report = office.bring("楼栋,房号,台账面积\n" + "一号楼,9999,-1\n" * 20_000)
    assert report.status == "refused"
    assert len(report.to_json()["findings"]) <= 20_002
    assert office.count("ledger") == 0


LEDGER = (
    "楼栋,房号,台账面积,用途,证号,所属办公室,其中休息室面积,其中卫生间面积,封存日期,闲置原因\n"
    "一号楼,0512,20,领导办公室,证1,,6,,,\n"
    "一号楼,０５１３,20,卫生间,证2,0512,,,,\n"
    "一号楼,0514,20,办公室,证1,,,,2026-05-01,富余\n"
)


def facts_of(office: Office, **when: datetime) -> Any:
    with reading(office.conn, OPERATOR, when.get("at"), when.get("known")) as moment:
        return audit_facts(office.conn, office.compound.site, moment)


def test_annexes_inner_rooms_and_sealed_rooms_of_the_ledger_reach_the_audit(
    office: Office,
) -> None:
    office.bring(UNITS, "单位.csv")
    office.bring(PEOPLE, "人员.csv")
    office.bring(
        "楼栋,房号,人员编号,用途,起始日期\n一号楼,0512,P1,领导办公室,2024-01-01\n", "分配.csv"
    )
    report = office.bring(LEDGER, "台账.csv")
    assert report.status == "imported", report.findings
    facts = facts_of(office)
    by_number = {room.number: room for room in facts.rooms}
    assert by_number["0512"].rest_room_m2 == 6
    assert by_number["0513"].annex_of == office.rooms["0512"]
    assert by_number["0514"].sealed_on == date(2026, 5, 1)
    document = audit(facts).to_dict()
    person = next(row for row in document["persons"] if row["person"] == "P1")
    # 20 m2 of office and 20 m2 of a toilet that is entered from it, against 24 m2.
    assert (person["used_m2"], person["excess_m2"]) == (40.0, 16.0)
    assert {finding["rule"] for finding in person["findings"]} == {"over-ceiling", "toilet"}
    (idle,) = document["idle"]
    assert (idle["room"], idle["kind"]) == (office.rooms["0514"], "sealed")
    assert office.show("0514")["ledger"]["sealed_on"] == "2026-05-01"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("一号楼,0512,20,办公室,,0512,,,,", "所属办公室"),
        ("一号楼,0512,20,办公室,,0599,,,,", "所属办公室"),
        ("一号楼,0512,20,办公室,,,20,,,", "其中休息室面积"),
        ("一号楼,0512,20,办公室,,,,0,,", "其中卫生间面积"),
        ("一号楼,0512,20,办公室,,,,,昨天,", "封存日期"),
        ("一号楼,0512,20,办公室,,,,,,懒", "闲置原因"),
    ],
)
def test_a_wrong_annex_or_part_is_told(office: Office, row: str, column: str) -> None:
    report = office.bring(LEDGER.splitlines()[0] + "\n" + row + "\n", "台账.csv")
    assert report.status == "refused"
    assert column in report.findings[0].message


def test_an_annex_of_an_annex_is_refused(office: Office) -> None:
    head = "楼栋,房号,台账面积,所属办公室\n"
    report = office.bring(head + "一号楼,0513,6,0512\n一号楼,0514,4,0513\n", "台账.csv")
    assert report.status == "refused"
    assert "0513" in report.findings[0].message


BUILDINGS = "楼栋,建筑高度(m),建筑面积,使用面积\n一号楼,23.9,100,70\n"


def test_records_of_buildings_decide_k_and_a_correction_keeps_what_was_known(
    office: Office,
) -> None:
    assert office.bring(BUILDINGS, "楼栋.csv").kind == "buildings"
    document = audit(facts_of(office)).to_dict()
    (building,) = document["buildings"]
    assert (building["required_ratio"], building["height_basis"]) == (0.65, "record")
    assert (building["ratio"], building["verdict"]) == (0.6, "over")
    with reading(office.conn, OPERATOR) as before:
        pass
    office.bring(BUILDINGS.replace("23.9", "24.5"), "楼栋.csv")
    (building,) = audit(facts_of(office)).to_dict()["buildings"]
    assert (building["required_ratio"], building["verdict"]) == (0.6, "within")
    (then,) = audit(facts_of(office, known=before.known, at=before.at)).to_dict()["buildings"]
    assert then["required_ratio"] == 0.65
    assert office.bring(BUILDINGS.replace("23.9", "24.5"), "楼栋.csv").status == "unchanged"


def test_a_building_without_a_record_is_measured_on_its_rooms(office: Office) -> None:
    room = office.compound.new_room("0601")
    office.compound.record(
        new=(room,),
        states=(office.compound.room_state(room.id, number="0601"),),
        shapes=(Shape(entry_id=room.id, area_m2=20.0, floor_z=4.0, ceiling_z=26.5),),
    )
    (building,) = facts_of(office).buildings
    assert (building.height_m, building.height_basis) == (22.5, "model")


TITLES = (
    "楼栋,房号,证号,权利人,权属状态,证载面积\n"
    "一号楼,,证1,机关事务局,,100\n"
    "一号楼,0513,证3,机关事务局,未登记,20\n"
)


def test_titles_are_compared_with_the_ledger(office: Office) -> None:
    office.bring("楼栋,房号,台账面积,证号\n一号楼,0512,20,证１\n一号楼,0513,20,证9\n", "台账.csv")
    report = office.bring(TITLES, "权属.csv")
    assert (report.kind, report.status) == ("titles", "imported")
    rooms = {row["room"]: row for row in audit(facts_of(office)).to_dict()["rooms"]}
    said = {
        number: [f["message"] for f in rooms[code]["findings"] if f["rule"] == "certificate"]
        for number, code in office.rooms.items()
    }
    assert said["0512"] == []  # full-width digits are the same number
    assert len(said["0513"]) == 2  # an unknown number, and a title that is not registered
    assert office.show("0513")["titles"][0]["holder"] == "机关事务局"


def test_posts_by_rank_division_and_the_end_of_a_second_post_reach_the_audit(
    office: Office,
) -> None:
    head = "单位编码,单位名称,机关类别,编制定员,核定职数,行政区划\n"
    office.bring(head + "D1,某局,市级,3,正局(处)级：1；局(处)级以下:2人,330302\n", "单位.csv")
    office.bring(
        "人员编号,单位编码,职级,兼职单位,兼职批准,兼职终止日期\n"
        "P1,D1,正局(处)级,D9,是,2026-03-31\n",
        "人员.csv",
    )
    facts = facts_of(office)
    (unit,) = facts.units
    assert unit.posts == (("正局(处)级", 1), ("局(处)级以下", 2))
    assert unit.division == "330302"
    assert facts.people[0].second_posts[0].ended_on == date(2026, 3, 31)
    (row,) = audit(facts).to_dict()["units"]
    assert row["offices"]["allowed_m2"] == 42.0
    for wrong in ("正局(处)级", "正局(处)级:一", "正局(处)级:1；正局(处)级:2"):
        report = office.bring(head + f"D1,某局,市级,3,{wrong},\n", "单位.csv")
        assert report.status == "refused", wrong


def test_a_day_of_leaving_tells_what_was_left_when_the_status_does_not(office: Office) -> None:
    office.bring("单位编码,单位名称,机关类别\nD1,某局,市级\n", "单位.csv")
    report = office.bring(
        "人员编号,单位编码,职级,在职状态,离任日期,兼职单位,兼职批准\n"
        "P1,D1,正局(处)级,,2026-03-31,,\n"
        "P2,D1,正局(处)级,在职,2026-03-31,D9,是\n"
        "P3,D1,正局(处)级,退休,2026-03-31,D9,是\n",
        "人员.csv",
    )
    assert report.status == "imported", report.findings
    people = {person.id: person for person in facts_of(office).people}
    assert people["P1"].status == "调离"
    assert people["P2"].status == "在职"
    assert people["P2"].second_posts[0].ended_on == date(2026, 3, 31)
    assert people["P3"].second_posts[0].ended_on is None
