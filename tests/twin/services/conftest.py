"""A home of this test's own, in which nothing runs before and nothing afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fangma.twin.services.supervisor import down
from fangma.twin.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home that does not exist yet.

    As root, pytest's folder has mode 0700: no service account may pass it.
    """
    found = Settings(home=tmp_path / "home", port=0)
    yield found
    down(found)
