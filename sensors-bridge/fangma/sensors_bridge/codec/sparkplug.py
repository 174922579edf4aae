"""Eclipse Sparkplug B 3.0: births name the metrics, data may name them by alias, order is checked.

A metric is the stream ``group/node/metric`` or ``group/node/device/metric``. The one decoder that
remembers: which aliases a node has given, and the number of its last message. Where a number is
missing or an alias unknown, the node is asked to be born again (5.7, 6.4.21).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fangma.asset_registry.observation import EARLIEST, LATEST, Observation, Refused
from fangma.sensors_bridge.codec import protobuf
from fangma.sensors_bridge.codec.judgement import Decoded, PayloadError, judge, refusal, refuse

PREFIX: Final = "spBv1.0/"
_BIRTHS: Final = ("NBIRTH", "DBIRTH")
_DATA: Final = ("NDATA", "DDATA")
_DEATHS: Final = ("NDEATH", "DDEATH")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_MS: Final = round(EARLIEST.timestamp() * 1000)
_LATEST_MS: Final = round(LATEST.timestamp() * 1000)
_REBIRTH: Final = "Node Control/Rebirth"
_ASK_AGAIN: Final = timedelta(seconds=30)
_MOST_METRICS: Final = 100_000
# What is remembered lies in memory and on disk, and whoever may publish can invent names.
_MOST_NODES: Final = 10_000
_SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}


@dataclass(slots=True)
class Node:
    """What is remembered of an edge node.

    Attributes
    ----------
    aliases : dict
        Alias to (name of the stream, data type).
    seq : int or None
        Number of the last message; None = unknown, since a restart of ours.
    """

    aliases: dict[int, tuple[str, int]] = field(default_factory=dict)
    seq: int | None = None
    is_born: bool = False
    asked_at: datetime | None = None


@dataclass(slots=True)
class _Metric:
    name: str | None = None
    alias: int | None = None
    at: int | None = None
    datatype: int = 0
    is_null: bool = False
    raw: tuple[int, int | bytes] | None = None


class Sparkplug:
    """Decodes the messages of all nodes of a broker."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.has_changed = False

    def decode(
        self, topic: str, payload: bytes, now: datetime, *, is_again: bool = False
    ) -> tuple[Decoded, list[tuple[str, bytes]]]:
        """Read a message.

        Parameters
        ----------
        is_again : bool
            It may have been delivered before: its number proves nothing.

        Returns
        -------
        decoded : Decoded
        requests : list of topic and payload
            Commands to nodes.
        """
        parts = topic.split("/")
        if len(parts) not in (4, 5) or parts[2] not in (*_BIRTHS, *_DATA, *_DEATHS):
            return Decoded(), []  # commands, and states of hosts
        group, kind, name = parts[1], parts[2], parts[3]
        key = f"{group}/{name}"
        try:
            at, seq, metrics = _payload(payload)
        except (protobuf.ProtobufError, UnicodeDecodeError, struct.error):
            return refuse(
                topic, PayloadError("sparkplug", "the payload is no Sparkplug B message"), payload
            ), []
        if key not in self.nodes and len(self.nodes) >= _MOST_NODES:
            why = f"there are {_MOST_NODES} nodes already"
            return refuse(topic, PayloadError("sparkplug", why), payload), []
        node = self.nodes.setdefault(key, Node())
        place = f"{key}/{parts[4]}" if len(parts) == 5 else key
        if kind in _DEATHS:
            return self._dead(node, kind, place, now), []
        is_lost = self._is_lost(node, kind, seq, is_again=is_again)
        if kind in _BIRTHS:
            self._born(node, place, metrics)
        observations: list[Observation] = []
        refused: list[Refused] = []
        for metric in metrics:
            try:
                observed = _observed(node, place, metric, at)
            except _UnknownAliasError as error:
                is_lost = True
                refused.append(refusal(topic, error, payload))
            except PayloadError as error:
                refused.append(refusal(topic, error, payload))
            else:
                if observed is not None:
                    observations.append(observed)
        if kind in _BIRTHS:
            is_timed = at is not None and _EARLIEST_MS <= at < _LATEST_MS
            told_at = _EPOCH + timedelta(milliseconds=at) if is_timed and at else now
            observations.append(Observation(f"{place}/online"[-200:], told_at, True))
        return Decoded(tuple(observations), tuple(refused)), self._asked(key, node, now, is_lost)

    def remembered(self) -> dict[str, Any]:
        """Return what must outlive this process, as JSON holds it."""
        self.has_changed = False
        return {
            key: [[alias, name, datatype] for alias, (name, datatype) in node.aliases.items()]
            for key, node in self.nodes.items()
            if node.is_born
        }

    def remember(self, told: dict[str, Any]) -> None:
        """Take what :meth:`remembered` gave.

        Raises
        ------
        ValueError, TypeError, AttributeError
            When it is something else; nothing is taken of it then.
        """
        found = {
            str(key): {int(alias): (str(name), int(kind)) for alias, name, kind in aliases}
            for key, aliases in told.items()
        }
        self.nodes |= {key: Node(aliases=each, is_born=True) for key, each in found.items()}

    def _is_lost(self, node: Node, kind: str, seq: int | None, *, is_again: bool) -> bool:
        """Tell whether a message before this one is missing (6.4.15: 0 to 255, and round)."""
        before, node.seq = node.seq, seq if seq is not None else node.seq
        if kind == "NBIRTH" or is_again:
            return False
        if not node.is_born:
            return True
        return before is not None and seq is not None and seq != (before + 1) % 256

    def _born(self, node: Node, place: str, metrics: list[_Metric]) -> None:
        is_node = place.count("/") == 1
        if is_node:
            node.aliases.clear()
        node.is_born = True
        for metric in metrics:
            if len(node.aliases) >= _MOST_METRICS and metric.alias not in node.aliases:
                continue
            if metric.alias is not None and metric.name is not None:
                node.aliases[metric.alias] = (f"{place}/{metric.name}", metric.datatype)
        self.has_changed = True

    def _dead(self, node: Node, kind: str, place: str, now: datetime) -> Decoded:
        if kind == "NDEATH":
            node.is_born, node.seq = False, None
            self.has_changed = True
        return Decoded((Observation(f"{place}/online"[-200:], now, False),))

    def _asked(self, key: str, node: Node, now: datetime, is_lost: bool) -> list[tuple[str, bytes]]:
        if not is_lost or (node.asked_at is not None and now - node.asked_at < _ASK_AGAIN):
            return []
        node.asked_at = now
        group, _, name = key.partition("/")
        return [(f"{PREFIX}{group}/NCMD/{name}", rebirth(now))]


class _UnknownAliasError(PayloadError):
    """A metric that no birth named."""


def rebirth(now: datetime) -> bytes:
    """Write the command that asks a node to be born again (6.4.21)."""
    at = round(now.timestamp() * 1000)
    metric = (
        protobuf.field(1, _REBIRTH.encode())
        + protobuf.field(3, at)
        + protobuf.field(4, 11)
        + protobuf.field(14, 1)
    )
    return protobuf.field(1, at) + protobuf.field(2, metric)


def _payload(payload: bytes) -> tuple[int | None, int | None, list[_Metric]]:
    at: int | None = None
    seq: int | None = None
    metrics: list[_Metric] = []
    for number, value in protobuf.fields(payload):
        if number == 1 and isinstance(value, int):
            at = value
        elif number == 2 and isinstance(value, bytes):
            metrics.append(_metric(value))
        elif number == 3 and isinstance(value, int):
            seq = value
    return at, seq, metrics


def _metric(data: bytes) -> _Metric:
    metric = _Metric()
    for number, value in protobuf.fields(data):
        match number, value:
            case 1, bytes():
                metric.name = value.decode()
            case 2, int():
                metric.alias = value
            case 3, int():
                metric.at = value
            case 4, int():
                metric.datatype = value
            case 7, int():
                metric.is_null = bool(value)
            case ((10 | 11 | 12 | 13 | 14 | 15 | 16), _):
                metric.raw = (number, value)
    return metric


def _observed(node: Node, place: str, metric: _Metric, at: int | None) -> Observation | None:
    """Return what a metric says; None for commands, sequence numbers and what says nothing."""
    datatype = metric.datatype
    if metric.name is not None:
        sensor = f"{place}/{metric.name}"
        if metric.name.startswith("Node Control/") or metric.name == "bdSeq":
            return None
        if metric.alias in node.aliases and not datatype:
            datatype = node.aliases[metric.alias][1]
    elif metric.alias in node.aliases:
        sensor, datatype = node.aliases[metric.alias]
        if sensor.endswith("/bdSeq") or "/Node Control/" in sensor:
            return None
    else:
        raise _UnknownAliasError("alias", f"no birth named the alias {metric.alias}")
    if metric.is_null or metric.raw is None:
        return None
    told = metric.at if metric.at is not None else at
    if told is None or not _EARLIEST_MS <= told < _LATEST_MS:
        raise PayloadError(
            "time", "neither metric nor message has a timestamp of the years 2000 to 2099"
        )
    return judge(sensor, _EPOCH + timedelta(milliseconds=told), _value(datatype, *metric.raw))


def _value(datatype: int, number: int, raw: int | bytes) -> float | bool | str:
    """Read a value by its data type (6.4.16): signed numbers come as two's complement."""
    if isinstance(raw, int):
        if number == 14 or datatype == 11:
            return bool(raw)
        bits = _SIGNED_BITS.get(datatype)
        if bits is not None:
            raw &= (1 << bits) - 1
            return float(raw - (1 << bits) if raw >> (bits - 1) else raw)
        return float(raw)
    if number == 12 and len(raw) == 4:
        return float(struct.unpack("<f", raw)[0])
    if number == 13 and len(raw) == 8:
        return float(struct.unpack("<d", raw)[0])
    if number == 15:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise PayloadError("result", "the text is not UTF-8") from None
    raise PayloadError("result", f"a value of data type {datatype} is no observation")
