"""Registers become numbers as the specification of the point says, or are told to be none."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from fangma.sensors_bridge.adapters.bacnet import observe
from fangma.sensors_bridge.adapters.configuration import (
    BacnetAdapter,
    BacnetPoint,
    ModbusPoint,
    adapters_of,
    read_adapters,
)
from fangma.sensors_bridge.adapters.errors import AdapterError
from fangma.sensors_bridge.adapters.modbus import grouped
from fangma.sensors_bridge.adapters.registers import value, width
from fangma.sensors_bridge.codec.judgement import PayloadError

if TYPE_CHECKING:
    from pathlib import Path


def point(register: int = 0, **more: object) -> ModbusPoint:
    return ModbusPoint(sensor="T", register=register, **more)  # type: ignore[arg-type]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans())
def test_a_float_comes_back_from_its_registers(number: float, swap: bool) -> None:
    words = list(struct.unpack(">2H", struct.pack(">f", number)))
    found = value(point(type="float32", swap=swap), words[::-1] if swap else words)
    assert found == pytest.approx(number, abs=1e-9)


@given(st.lists(st.integers(-5, 2**17), max_size=4), st.sampled_from(["int16", "int32", "float32"]))
def test_any_registers_are_a_number_or_told(words: list[int], kind: str) -> None:
    try:
        assert abs(value(point(type=kind), words)) < 1e39
    except PayloadError as error:
        assert str(error)  # noqa: PT017 - either is right


def test_points_that_lie_close_are_asked_for_together() -> None:
    points = [point(0), point(10, type="int32"), point(200), point(3, table="coil"), point(11)]
    groups = grouped(points)
    assert [[each.register for each in group] for group in groups] == [[3], [0, 10, 11], [200]]
    assert width(points[1]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "adapters: 3",
        "adapters: [{name: a, kind: telex, address: x, points: []}]",
        "adapters: [{name: a b, kind: opcua, address: x, points: []}]",
        "adapters: [{name: a, kind: modbus, address: x, points: [{sensor: T, register: 70000}]}]",
        "adapters: [{name: a, kind: modbus, address: x, points: [{sensor: '', register: 1}]}]",
        "adapters: [{name: a, kind: modbus, address: x, every_s: 0, points: []}]",
        """adapters: [{name: a, kind: opcua, address: x, points: []},
                       {name: a, kind: opcua, address: x, points: []}]""",
        "a: [",
        "adapters: 2026-13-45",
        "adapters: 1" + "0" * 5000,
        "adapters: 1" + ":1" * 200 + ".0",
        "adapters: [{name: a, kind: modbus, address: 'fe80::1:502', points: []}]",
        "adapters: [{name: a, kind: modbus, address: '[fe80::1]:502', points: []}]",
        "adapters: " + "[" * 3000 + "]" * 3000,
        "adapters: [{name: a, kind: modbus, address: 'x:abc', points: []}]",
        "adapters: [{name: a, kind: modbus, address: 'x:65536', points: []}]",
        "adapters: [{name: a, kind: modbus, address: ':502', points: []}]",
        "adapters: [{name: a, kind: opcua, address: ' ', points: []}]",
        f"adapters: [{{name: {'a' * 61}, kind: opcua, address: x, points: []}}]",
        """adapters: [{name: a, kind: modbus, address: x, points: [
                       {sensor: T, register: 1, scale: .nan}]}]""",
        """adapters: [{name: a, kind: modbus, address: x, points: [
                       {sensor: T, register: 1}, {sensor: T, register: 2}]}]""",
    ],
)
def test_a_file_that_is_wrong_is_told(text: str) -> None:
    with pytest.raises(AdapterError) as caught:
        read_adapters(text)
    assert caught.value.remedy


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "adapters.yaml").write_bytes("adapters: [] # 冷站".encode("gb18030"))
    with pytest.raises(AdapterError, match="not UTF-8"):
        adapters_of(tmp_path)


def test_a_bacnet_address_that_is_none_is_told() -> None:
    pytest.importorskip("bacpypes3")
    for local, thing in (("junk", "analog-input,1"), ("127.0.0.1/8", "analog-input")):
        point = BacnetPoint(sensor="T", object=thing)
        adapter = BacnetAdapter(name="a", address="10.0.0.6", local=local, points=(point,))
        with pytest.raises(AdapterError, match="BACnet cannot read"):
            asyncio.run(observe(adapter, lambda _said: None))
