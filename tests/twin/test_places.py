"""Sites and trees are counted once a revision, and people only for who may know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.store import sites
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.twin.places import people_of, sites_of, tree_of
from fangma.twin.revision_shelf import RevisionShelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

pytestmark = [pytest.mark.db, pytest.mark.slow]


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


def test_a_tree_is_read_once_a_revision_and_anew_after_the_next(compound: Compound) -> None:
    shelf = RevisionShelf[Any](most=8)
    compound.add_rooms(compound.new_room("101"))

    def asked() -> tuple[Any, Any]:
        with reading(compound.conn, OPERATOR) as moment:
            (site,) = sites_of(shelf, compound.conn, moment)
            return site, tree_of(shelf, compound.conn, site, moment)

    site, tree = asked()
    assert (site.rooms, tree["rooms"]) == (1, 1)
    again = asked()
    assert again[0] is site
    assert again[1] is tree
    compound.add_rooms(compound.new_room("102"))
    later = asked()
    assert (later[0].rooms, later[1]["rooms"]) == (2, 2)
    with reading(compound.conn, OPERATOR) as moment:
        assert sites_of(shelf, compound.conn, moment) == sites.sites(compound.conn, moment)


def test_the_oldest_answers_leave_when_all_weigh_too_much(compound: Compound) -> None:
    shelf, made = RevisionShelf[str](most=3, weigh=len), list[str]()

    def make(word: str) -> str:
        made.append(word)
        return word

    def asked(word: str) -> str:
        with reading(compound.conn, OPERATOR) as moment:
            return shelf.of(compound.conn, moment, (word,), lambda: make(word))

    for word in ("a", "bb", "a", "c", "bb", "dddd", "dddd", "a"):
        assert asked(word) == word
    # "c" sends "bb" away, then "bb" sends "a"; the newest stays though it weighs too much.
    assert made == ["a", "bb", "c", "bb", "dddd", "a"]


def test_who_may_not_know_of_people_is_not_told_their_number_by_a_shelf(
    compound: Compound,
) -> None:
    shelf = RevisionShelf[Any](most=8)

    def asked(reader: str | UUID) -> dict[str, int]:
        with reading(compound.conn, reader) as moment:
            return people_of(shelf, compound.conn, moment)

    plain = uuid4()
    with compound.conn.transaction():
        compound.conn.execute("RESET ROLE")
        compound.conn.execute(
            "INSERT INTO fangma.account (id, name, display_name, password_hash, roles, every_site)"
            " VALUES (%s, 'wei', 'Wei', 'x', '{maintainer}', true)",
            (plain,),
        )
        compound.conn.execute("SET ROLE fangma_app")
    assert set(asked(OPERATOR)) == set(asked(plain))
    assert len(vars(shelf)["_answers"]) == 2
