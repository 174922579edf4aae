from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sensors_bridge.broker import BridgeProcess, Broker, Publisher


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    found = Broker(folder=folder)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def bridge(tmp_path: Path, broker: Broker, dsn: str) -> Iterator[BridgeProcess]:
    found = BridgeProcess(home=tmp_path / "home", database_url=dsn, mqtt_url=broker.url)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    found = Publisher(url=broker.url)
    yield found
    found.close()
