# ruff: noqa: N815 - the names on the wire
"""Bodies of the views that people keep by name."""

from datetime import datetime

from pydantic import Field

from fangma.asset_registry.store.views import LONGEST_HASH
from fangma.twin.http.bodies import Answer, Body


class SavedViewItem(Answer):
    """A view; its link is ``/PAGE?view=ID``."""

    id: int
    name: str
    page: str = Field(description="Page of the viewer; empty is the model.")
    hash: str = Field(description="What the scene shows, as the viewer's address has it.")
    shared: bool
    owner: str
    own: bool = Field(description="Whether it is the reader's.")
    savedAt: datetime


class SavedViews(Answer):
    """The reader's views, then those that others share."""

    items: list[SavedViewItem]


class NewView(Body):
    """A view to keep; the same name of the same person is written over."""

    site: str = Field(max_length=40)
    name: str = Field(min_length=1, max_length=80)
    page: str = Field(pattern=r"^[a-z]{0,20}$")
    hash: str = Field(min_length=1, max_length=LONGEST_HASH)
    shared: bool = False
