"""``FANGMA_HOME/bridge/adapters.yaml``: which devices are asked, and for which points.

::

    adapters:
      - {name: plant, kind: modbus, address: "10.0.0.5:502", unit: 1, every_s: 10, points: [
          {sensor: T-1, register: 100, type: int16, scale: 0.1},
          {sensor: P-1, register: 3, table: coil}]}
      - {name: ahu, kind: bacnet, address: 10.0.0.6, local: "10.0.0.2/24", points: [
          {sensor: A-1, object: "analog-input,1", cov: true}]}
      - {name: chiller, kind: opcua, address: "opc.tcp://10.0.0.7:4840", points: [
          {sensor: C-1, node: "ns=2;s=flow"}]}
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from fangma.sensors_bridge.adapters.errors import AdapterError
from fangma.sensors_bridge.codec.judgement import PayloadError, named
from fangma.sensors_bridge.setup_files import SetupError, decoded, text_of

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_NAME: Final = 60  # it names a folder
_Every = Annotated[float, msgspec.Meta(ge=0.1, le=86_400)]


class ModbusPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value in a table of a Modbus device.

    Attributes
    ----------
    register : int
        From 0, as on the wire.
    swap : bool
        Of two registers the low word comes first.
    scale, offset : float
        The reading is raw * scale + offset.
    """

    sensor: str
    register: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    table: Literal["holding", "input", "coil", "discrete"] = "holding"
    type: Literal["int16", "uint16", "int32", "uint32", "float32"] = "int16"
    swap: bool = False
    scale: float = 1.0
    offset: float = 0.0


class BacnetPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The present value of an object; ``cov``: told when it changes, else asked for."""

    sensor: str
    object: str
    cov: bool = False


class OpcuaPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variable, by its node id."""

    sensor: str
    node: str


class ModbusAdapter(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="modbus",
    tag_field="kind",
):
    """A Modbus TCP device that is asked every so often."""

    name: str
    address: str
    points: tuple[ModbusPoint, ...]
    unit: Annotated[int, msgspec.Meta(ge=0, le=255)] = 1
    every_s: _Every = 10.0


class BacnetAdapter(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="bacnet",
    tag_field="kind",
):
    """A BACnet/IP device; ``local`` is our own address with its mask."""

    name: str
    address: str
    local: str
    points: tuple[BacnetPoint, ...]
    every_s: _Every = 30.0


class OpcuaAdapter(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="opcua",
    tag_field="kind",
):
    """An OPC UA server that is subscribed to."""

    name: str
    address: str
    points: tuple[OpcuaPoint, ...]
    every_s: _Every = 1.0


Adapter = ModbusAdapter | BacnetAdapter | OpcuaAdapter


class _File(msgspec.Struct, forbid_unknown_fields=True):
    adapters: tuple[Adapter, ...] = ()


def read_adapters(text: str) -> tuple[Adapter, ...]:
    """Read the file.

    Raises
    ------
    AdapterError
        Says what is wrong and where.
    """
    try:
        found = decoded(text, _File).adapters
        for adapter in found:
            _examine(adapter)
    except (SetupError, PayloadError) as error:
        raise AdapterError(
            f"adapters.yaml cannot be used: {error}", "docs/live.md has an example of each kind"
        ) from None
    names = [adapter.name for adapter in found]
    for name in names:
        is_name = name.isidentifier() and name.isascii() and len(name) <= _LONGEST_NAME
        if not is_name or names.count(name) > 1:
            raise AdapterError(
                f"the adapter's name {name[:40]!r} is taken or no name",
                f"give each a name of its own, of 1 to {_LONGEST_NAME} letters, digits and _",
            )
    return found


def _examine(adapter: Adapter) -> None:
    """Refuse what its process would fall over, or what no device could answer.

    Raises
    ------
    SetupError, PayloadError
    """
    where = f"of the adapter {adapter.name[:40]!r}"
    address = adapter.address
    if not address.strip() or not address.isprintable():
        raise SetupError(f"the address {where} is empty or cannot be printed")
    if isinstance(adapter, ModbusAdapter):
        host, colon, port = address.rpartition(":")
        is_whole = host and ":" not in host  # an address of IPv6 has no place for a port here
        if colon and not (
            is_whole and port.isascii() and port.isdecimal() and 0 < int(port) < 65_536
        ):
            raise SetupError(
                f"found {address[:60]!r} as address {where}, expected HOST or HOST:PORT with a "
                "name or an address of IPv4, and a port from 1 to 65535"
            )
    seen: set[str] = set()
    for point in adapter.points:
        sensor = named(point.sensor)
        if sensor in seen:
            raise SetupError(
                f"found the sensor {sensor[:40]!r} {where} twice, expected a stream a point"
            )
        seen.add(sensor)
        if isinstance(point, ModbusPoint) and not (
            math.isfinite(point.scale) and math.isfinite(point.offset)
        ):
            raise SetupError(f"scale and offset of {sensor[:40]!r} are finite numbers")


def adapters_of(folder: Path) -> tuple[Adapter, ...]:
    """Return the adapters of a bridge's folder; none without a file."""
    file = folder / "adapters.yaml"
    if not file.exists():
        return ()
    try:
        return read_adapters(text_of(file))
    except SetupError as error:
        raise AdapterError(str(error), "save it as UTF-8") from None
