"""What the display wall, the map of all sites and the index board send over the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body


class DeviceSignIn(Body):
    """A device token that a display's browser keeps as its session."""

    token: str = Field(min_length=20, max_length=128, pattern=r"^[\x21-\x7e]+$")


class WallFigure(Answer):
    """A figure; null cannot be told, for want of what ``lacks`` says."""

    key: str
    title: str
    title_en: str
    value: float | None
    unit: str
    rooms: int
    readings: int | None
    rule: str
    newest: datetime | None
    lacks: str
    query: str


class UseShare(Answer):
    """Area of a use; null = nobody knows what the rooms are for."""

    use: str | None
    rooms: int
    area_m2: float


class EnergyHour(Answer):
    """Electricity of an hour that begins at ``at``; null = no reading."""

    at: datetime
    kwh: float | None


class WallAlarm(Answer):
    """An alarm that is not over."""

    id: int
    code: str | None
    severity: Literal["critical", "high", "medium", "low"]
    state: str
    message: str
    since: datetime


class WallOrders(Answer):
    """Open orders by state."""

    state: str
    count: int


class Wall(Answer):
    """Everything that a display wall shows, of one moment."""

    site: str
    name: str
    at: datetime
    known: datetime
    revision: int
    standard: str
    since: datetime = Field(description="The day that rectification is counted from.")
    figures: list[WallFigure]
    uses: list[UseShare]
    energy: list[EnergyHour]
    alarms: list[WallAlarm]
    orders: list[WallOrders]


class FigureRoom(Answer):
    """A room behind a figure."""

    code: str
    name: str | None
    number: str | None
    use: str | None
    storey: str | None
    area_m2: float | None
    verdict: str | None
    excess_m2: float | None
    idle_days: int | None
    occupied: bool | None
    alarms: list[str]
    orders: int


class FigureRooms(Answer):
    """The rooms behind a figure, the largest first; ``others`` are things that are no rooms."""

    figure: WallFigure
    at: datetime
    items: list[FigureRoom]
    others: list[str]


class BoardIndicator(Answer):
    """An indicator with the trail of its number."""

    key: str
    title: str
    title_en: str
    value: float | None
    unit: str
    unit_en: str
    digits: int
    direction: Literal["higher", "lower", "none"]
    target: float | None
    band: float
    verdict: Literal["met", "near", "missed"] | None
    formula: str
    source: str
    note: str
    note_en: str
    trail: list[WallFigure]


class BoardDimension(Answer):
    """A group of indicators."""

    key: str
    title: str
    title_en: str
    indicators: list[BoardIndicator]


class PackName(Answer):
    """A pack of indicators that there is."""

    name: str
    title: str
    title_en: str


class Board(Answer):
    """The index board of a site at a moment."""

    site: str
    at: datetime
    known: datetime
    revision: int
    pack: str
    title: str
    title_en: str
    source: str
    packs: list[PackName]
    dimensions: list[BoardDimension]


class SiteOnMap(Answer):
    """A site with its figures; ``position`` is longitude and latitude, null when unknown."""

    code: str
    name: str
    division: str
    position: list[float] | None
    buildings: int
    rooms: int
    area_m2: float
    people: int
    alarms: int
    orders: int
    sensors: int


class SitesMap(Answer):
    """The map of all sites.

    ``specification`` is a deck.gl specification (JSON, as pydeck writes it); ``by`` is the figure
    that sizes and colours it, ``tiles`` whether a background was set up.
    """

    at: datetime
    by: str
    tiles: bool
    attribution: str
    items: list[SiteOnMap]
    specification: dict[str, Any]
