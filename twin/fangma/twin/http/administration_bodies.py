# ruff: noqa: N815 - the names on the wire
"""Bodies of administration: settings, services, files of the bridge, rule packs."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - Pydantic reads the annotations
from typing import Literal

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body, Reason


class Setting(Answer):
    """A setting; of one that is secret only whether it is set."""

    name: str = Field(description="The environment variable.")
    value: str | None
    origin: Literal["environment", "started", "default"] = Field(
        description="started: an embedded service, whose address `fangma up` chose."
    )
    secret: bool
    isSet: bool
    about: str


class SettingList(Answer):
    """All settings, in the order of docs/operations.md."""

    items: list[Setting]


class ServiceState(Answer):
    """A service, where it is, and whether it runs."""

    name: str
    url: str
    state: Literal["running", "stopped", "unreachable"]


class CheckState(Answer):
    """One thing that was looked at; ``remedy`` is empty when it is as it should be."""

    name: str
    ok: bool
    message: str
    remedy: str


class AdapterState(Answer):
    """A process that polls devices, as it wrote of itself last."""

    name: str
    connected: bool
    read: int
    published: int
    waiting: int
    lost: int


class BridgeState(Answer):
    """How the sensors bridge does: counts since ever."""

    running: bool
    streams: int
    bound: int
    received: int
    stored: int
    duplicates: int
    rejected: int
    spooled: int
    rollupsDue: int
    adapters: list[AdapterState]


class Services(Answer):
    """What ``fangma doctor`` says, and the bridge."""

    ok: bool
    version: str
    services: list[ServiceState]
    checks: list[CheckState]
    bridge: BridgeState
    freeBytes: int
    watchers: int = Field(description="Screens that watch /live now.")


class Rejected(Answer):
    """What was refused of what devices sent, by topic and reason."""

    topic: str
    rule: str
    count: int
    last: datetime
    message: str
    sample: str | None


class RejectedList(Answer):
    """The latest first."""

    items: list[Rejected]


class BridgeFile(Answer):
    """A file of the bridge: its own text, else the one that comes with the program."""

    name: Literal["topics", "alarms", "adapters", "cameras", "indicators"]
    changeable: bool = Field(description="Whether it can be changed here.")
    own: bool = Field(description="False: the text comes with the program.")
    text: str
    sha256: str
    changed: datetime | None


class BridgeFiles(Answer):
    """The files of the bridge."""

    items: list[BridgeFile]


class BridgeFileChange(Body):
    """A new text of a file; null gives it back to the one that comes with the program."""

    text: str | None = Field(max_length=200_000)
    was: str = Field(pattern=r"^[0-9a-f]{64}$", description="sha256 of the text that was changed.")
    reason: Reason


class PackSummary(Answer):
    """A rule pack; ``origin``: shipped with the program, laid over a shipped one, or one's own."""

    name: str
    title: str
    document: str
    level: Literal["national", "management", "province", "city"]
    division: str
    valid_from: date | None
    valid_to: date | None
    ceilings: int
    figures: int
    rules: int
    origin: Literal["shipped", "replaced", "own"]
    inForce: bool = Field(description="Today, in China.")


class PackVersionItem(Answer):
    """What somebody did to the packs; ``withdrawn``: took one away again."""

    version: int
    name: str
    withdrawn: bool
    at: datetime
    by: str
    reason: str


class PackList(Answer):
    """The packs that hold now, and everything that was ever done to them, newest first."""

    items: list[PackSummary]
    versions: list[PackVersionItem]


class PackText(Answer):
    """A pack as it was written, YAML."""

    name: str
    text: str


class PackDraft(Body):
    """A pack to look at."""

    text: str = Field(min_length=1, max_length=200_000)


class PackChange(Answer):
    """A figure that is another than before."""

    what: str
    before: str | None
    after: str | None


class PackCheck(PackSummary):
    """What a pack would be, and which figures it would change from its first day on."""

    changes: list[PackChange]


class NewPack(PackDraft):
    """A pack to lay over the others."""

    reason: Reason


class PackWithdrawal(Body):
    """Why a pack is taken away again."""

    reason: Reason
