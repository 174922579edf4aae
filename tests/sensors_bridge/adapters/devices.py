"""Devices of each protocol on loopback, as processes: ``python devices.py KIND PORT``.

Each changes its values as it runs, so that a reader sees more than a constant.
"""

from __future__ import annotations

import asyncio
import sys


async def modbus(port: int) -> None:
    """Holding registers 100 (int16, tenths) and 101/102 (float32), coil 3."""
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    device = SimDevice(
        id=1,
        simdata=(
            [SimData(0, values=[False, False, False, True], datatype=DataType.BITS)],
            [SimData(0, values=[True], datatype=DataType.BITS)],
            [
                SimData(100, values=[65_436], datatype=DataType.REGISTERS),
                SimData(101, values=[12.5], datatype=DataType.FLOAT32),
            ],
            [SimData(7, values=[70_000], datatype=DataType.UINT32)],
        ),
    )
    await ModbusTcpServer(device, address=("127.0.0.1", port)).serve_forever()


async def opcua(port: int) -> None:
    """Variables ``flow`` (counts up) and ``open``."""
    from asyncua import ua
    from asyncua.server.server import Server

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    await server.register_namespace("urn:fangma:tests")
    flow = await server.nodes.objects.add_variable("ns=2;s=flow", "2:flow", 0.0)
    await server.nodes.objects.add_variable("ns=2;s=open", "2:open", True)
    async with server:
        value = 0.0
        while True:
            await asyncio.sleep(0.3)
            value += 1.0
            await flow.write_value(value)


async def bacnet(port: int) -> None:
    """``analog-input,1`` (changes) and ``binary-input,2``."""
    from bacpypes3.ipv4.app import NormalApplication
    from bacpypes3.local.analog import AnalogInputObject
    from bacpypes3.local.binary import BinaryInputObject
    from bacpypes3.local.device import DeviceObject
    from bacpypes3.pdu import IPv4Address

    device = DeviceObject(objectIdentifier=("device", 77), objectName="ahu", vendorIdentifier=999)
    app = NormalApplication(device, IPv4Address(f"127.0.0.1/24:{port}"))
    analog = AnalogInputObject(
        objectIdentifier=("analog-input", 1),
        objectName="supply",
        presentValue=14.0,
        covIncrement=0.5,
    )
    app.add_object(analog)
    app.add_object(
        BinaryInputObject(
            objectIdentifier=("binary-input", 2), objectName="fan", presentValue="active"
        )
    )
    while True:
        await asyncio.sleep(0.5)
        analog.presentValue = float(analog.presentValue) + 1.0


if __name__ == "__main__":
    kinds = {"modbus": modbus, "opcua": opcua, "bacnet": bacnet}
    asyncio.run(kinds[sys.argv[1]](int(sys.argv[2])))
