"""Who sees which people: the same as under the policies that read all of them for each question."""

from __future__ import annotations

import os
import random
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.occupation.facts import Named, OccupationChanges
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.schema import migrate, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db

ROLES: tuple[list[str], ...] = (
    [], ["auditor"], ["planner"], ["leader"], ["maintainer"], ["administrator"], ["security"],
    ["maintainer", "auditor"],
)  # fmt: skip
TABLES = ("person", "post", "personal_detail", "assignment", "unit", "unit_state")


@pytest.fixture
def before(cluster: str) -> Iterator[tuple[str, str]]:
    """Make a database as it was before the policies were told anew; its owner is no superuser.

    Yields
    ------
    url, mine : str
        Connection strings of a superuser and of the owner.
    """
    name = f"fangma_before_{os.getpid()}"
    role = sql.Identifier(f"owner_of_{name}")
    url = psycopg.conninfo.make_conninfo(cluster, dbname=name)
    mine = psycopg.conninfo.make_conninfo(url, user=f"owner_of_{name}")
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(role))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION postgis")
    migrate(mine, upto=[each for each in migrations() if each.name < "0029"])
    yield url, mine
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
        admin.execute(sql.SQL("DROP ROLE {}").format(role))


def fill(url: str) -> list[Compound]:
    """Write three sites of two buildings, and people with rooms of their own site and of others."""
    chance = random.Random(29)  # noqa: S311 - no secret
    with connect(url) as conn:
        buildings = []
        for name in ("甲院", "乙院", "丙院"):
            first = found(conn, name)
            second = Compound(conn=conn, site=first.site, site_code=first.site_code).build()
            buildings += [first, second]
        rooms = []
        for building in buildings:
            mine = [building.new_room(f"{i}", secret=i == 0) for i in range(4)]
            building.add_rooms(*mine)
            rooms += [room.id for room in mine]
    with psycopg.connect(url) as owner:
        for site in {each.site for each in buildings}:
            unit = uuid4()
            owner.execute("INSERT INTO fangma.unit VALUES (%s, %s, '财政局', 1)", [unit, site])
            owner.execute(
                "INSERT INTO fangma.unit_state (unit_id, valid, recorded, revision_id)"
                " VALUES (%s, '(,)', '[2026-01-01,)', 1)", [unit],
            )  # fmt: skip
            for i in range(40):
                add_person(owner, chance, site, unit, f"P{i:03d}", rooms)
    return buildings


def add_person(
    owner: Any, chance: random.Random, site: UUID, unit: UUID, code: str, rooms: list[UUID]
) -> None:
    person = uuid4()
    owner.execute("INSERT INTO fangma.person VALUES (%s, %s, %s, 1)", [person, site, code])
    for start, end in [(2020, 2023), (2023, 2030)][: chance.choice([0, 1, 2, 2])]:
        owner.execute(
            "INSERT INTO fangma.post (person_id, valid, recorded, revision_id, unit_id, status)"
            " VALUES (%s, tstzrange(make_timestamptz(%s, 1, 1, 0, 0, 0),"
            " make_timestamptz(%s, 1, 1, 0, 0, 0)), '[2026-01-01,)', 1, %s, '在职')",
            [person, start, end, unit],
        )
    if chance.random() < 0.7:
        owner.execute(
            "INSERT INTO fangma.personal_detail (person_id, name) VALUES (%s, '某人')", [person]
        )
    for room in chance.sample(rooms, chance.choice([0, 0, 1, 1, 2])):
        # What has ended, and what is no longer held, lets see a person as well.
        valid, recorded, closed = chance.choice(
            [("(,)", "[2026-01-01,)", None), ("[2020-01-01,2021-01-01)", "[2026-01-01,)", None),
             ("(,)", "[2026-01-01,2026-02-01)", 1)]
        )  # fmt: skip
        owner.execute(
            "INSERT INTO fangma.assignment (entry_id, scope_id, valid, recorded, revision_id,"
            " closed_by, person_id) SELECT id, scope_id, %s, %s, 1, %s, %s FROM fangma.entry"
            " WHERE id = %s", [valid, recorded, closed, person, room],
        )  # fmt: skip
    owner.execute(
        "INSERT INTO fangma.assignment (entry_id, scope_id, valid, recorded, revision_id, unit_id)"
        " SELECT id, scope_id, '(,)', '[2026-01-01,)', 1, %s FROM fangma.entry WHERE id = %s"
        " AND NOT EXISTS (SELECT FROM fangma.assignment AS a WHERE a.unit_id IS NOT NULL"
        "                 AND a.entry_id = entry.id)", [unit, chance.choice(rooms)],
    )  # fmt: skip


def readers(url: str, buildings: list[Compound]) -> list[str | UUID]:
    """Make an account for every role, sight and kind of grant."""
    a1, a2, b1, *_ = buildings
    grants: tuple[list[tuple[UUID, UUID | None]], ...] = (
        [],
        [(a1.site, None)],
        [(a1.site, a1.building)],
        [(a1.site, None), (b1.site, b1.building)],
        [(a2.site, a2.building), (b1.site, b1.building)],
        [(each.site, each.building) for each in buildings],
    )
    made: list[str | UUID] = [OPERATOR, uuid4()]
    with psycopg.connect(url) as owner:
        choices = product(ROLES, (False, True), (False, True), (False, True), grants)
        for i, (roles, every, secret, disabled, granted) in enumerate(choices):
            if every and granted:
                continue
            row = owner.execute(
                "INSERT INTO fangma.account (name, roles, every_site, sees_secret, disabled)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id",
                [f"r{i}", roles, every, secret, disabled],
            ).fetchone()  # fmt: skip
            assert row is not None
            made.append(row[0])
            for site, building in granted:
                owner.execute(
                    "INSERT INTO fangma.account_grant (account_id, site_id, building_id)"
                    " VALUES (%s, %s, %s)", [row[0], site, building],
                )  # fmt: skip
    return made


def seen(url: str, everybody: list[str | UUID]) -> dict[tuple[object, str], list[str]]:
    """Tell what each reader sees of each table; rows by what no migration changes of them."""
    told: dict[tuple[object, str], list[str]] = {}
    with connect(url) as conn:
        for reader, table in product(everybody, TABLES):
            query = sql.SQL(
                "SELECT (to_jsonb(t) - 'site_id')::text FROM fangma.{} AS t ORDER BY 1"
            ).format(sql.Identifier(table))
            with reading(conn, reader):
                told[reader, table] = [row[0] for row in conn.execute(query)]
    return told


def test_everybody_sees_the_same_people_posts_and_names_as_before(before: tuple[str, str]) -> None:
    url, mine = before
    buildings = fill(url)
    everybody = readers(url, buildings)
    old = seen(url, everybody)
    assert migrate(mine)
    assert seen(url, everybody) == old
    # The comparison says something: of every table some see nothing, some a part, some all.
    for table in TABLES:
        whole = len(old[OPERATOR, table])
        counts = {len(old[reader, table]) for reader in everybody}
        assert {0, whole} < counts, table
    with psycopg.connect(url) as owner:
        wrong = owner.execute("""
            SELECT count(*) FROM (SELECT person_id, site_id FROM fangma.post
                                  UNION ALL
                                  SELECT person_id, site_id FROM fangma.personal_detail) AS t
              JOIN fangma.person AS p ON p.id = t.person_id
             WHERE p.site_id IS DISTINCT FROM t.site_id""").fetchone()
    assert wrong == (0,)


def test_nobody_can_claim_another_site_for_a_post(compound: Compound) -> None:
    other = found(compound.conn, "另一个院")
    unit, person = Named(id=uuid4(), code="财政局"), Named(id=uuid4(), code="P1")
    compound.record(occupation=OccupationChanges(units=(unit,), people=(person,)))
    claim = (
        "INSERT INTO fangma.post"
        " (person_id, valid, recorded, revision_id, unit_id, status, site_id)"
        " VALUES (%s, '(,)', '[2026-01-01,)', 1, %s, '在职', %s)"
    )
    compound.conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        compound.conn.execute(claim.encode(), [person.id, unit.id, other.site])
    compound.conn.rollback()
