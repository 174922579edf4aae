"""What is known of a person beyond the pseudonym is erased for good, and the log says why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

Fangma = Callable[..., tuple[int, dict[str, Any]]]


@pytest.mark.db
def test_a_person_is_forgotten_and_the_facts_stay(fangma: Fangma, dsn: str, tmp_path: Path) -> None:
    fangma("site", "add", "--name", "东院")
    (tmp_path / "u.csv").write_text("单位编码,单位名称,机关类别\nD1,局,市级\n", "utf-8")
    (tmp_path / "p.csv").write_text("人员编号,姓名,单位编码,职级\nP1,王一,D1,正局(处)级\n", "utf-8")
    code, document = fangma("import", str(tmp_path / "p.csv"), str(tmp_path / "u.csv"))
    assert code == 0, document

    assert fangma("forget", "P1", "--reason", "本人申请") == (0, {"person": "P1", "erased": True})
    assert fangma("forget", "P1", "--reason", "本人申请") == (1, {"person": "P1", "erased": False})
    with psycopg.connect(dsn) as admin:
        assert admin.execute("SELECT count(*) FROM fangma.personal_detail").fetchone() == (0,)
        row = admin.execute(
            "SELECT subject, detail ->> 'reason' FROM fangma.audit_log"
            " WHERE action = 'person-forget'"
        ).fetchall()
    assert row == [("P1", "本人申请")]
    _, listed = fangma("list", "person")
    assert [person["rank"] for person in listed["items"]] == ["正局(处)级"]
