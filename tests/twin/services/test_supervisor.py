import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fangma.twin.services import broker, database
from fangma.twin.services.home import Home
from fangma.twin.services.processes import command_line
from fangma.twin.services.supervisor import down, running_supervisor, web_answers
from fangma.twin.settings import Settings, environment_for_child

pytestmark = [pytest.mark.db, pytest.mark.slow]
FANGMA = Path(sys.executable).with_name("fangma")


def until(condition: Callable[[], bool], *, within_s: float = 40) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {within_s} s"
        time.sleep(0.1)


@contextmanager
def up(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``fangma up`` as a shell does, in a process group of its own, until it answers."""
    with subprocess.Popen(
        [FANGMA, "up"],
        env=environment_for_child(settings),
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line.startswith("address: http://127.0.0.1:"), line
            yield process, line.split()[1]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)


def group(leader: int) -> dict[int, tuple[str, ...]]:
    """Return the processes of a group by their number, with their command lines."""
    members = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if after_name[0] != "Z" and int(after_name[2]) == leader:
            members[int(entry.name)] = command_line(int(entry.name))
    return members


def child_with(leader: int, word: str) -> int | None:
    """Find the child of a supervisor that has ``word`` in its command line."""
    found = [pid for pid, line in group(leader).items() if pid != leader and word in " ".join(line)]
    assert len(found) < 2
    return found[0] if found else None


def states(settings: Settings) -> list[str]:
    return [database.state(settings)[1], broker.state(settings)[1]]


def test_up_serves_until_ctrl_c_and_leaves_nothing_running(settings: Settings) -> None:
    with up(settings) as (process, address):
        assert web_answers(address)
        assert states(settings) == ["running", "running"]
        assert running_supervisor(Home(directory=settings.home)) is not None
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
    assert not web_answers(address)
    assert states(settings) == ["stopped", "stopped"]
    assert group(process.pid) == {}


def test_ctrl_c_interrupts_other_work_while_everything_is_up(settings: Settings) -> None:
    # As `fangma demo` does, which imports its sample between the start and the wait.
    program = (
        "import sys, time; from fangma.twin.services.supervisor import supervise\n"
        "from fangma.twin.settings import read_settings\n"
        "with supervise(read_settings(), sys.stderr.write):\n"
        "    print('working', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment_for_child(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert states(settings) == ["stopped", "stopped"]


def test_down_from_another_shell_stops_it(settings: Settings) -> None:
    with up(settings) as (process, _):
        assert down(settings) == ["web", "mqtt", "database"]
        assert process.wait(10) == 0
    assert states(settings) == ["stopped", "stopped"]
    assert down(settings) == []


@pytest.mark.parametrize("module", ["fangma.twin.http.server", "fangma.sensors_bridge.bridge"])
def test_a_child_in_the_process_group_is_started_again_when_it_dies(
    settings: Settings, module: str
) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"there is no {module} yet")
    with up(settings) as (process, address):
        first = child_with(process.pid, module)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        until(lambda: child_with(process.pid, module) not in (None, first))
        until(lambda: web_answers(address))


def test_database_and_broker_are_started_again_when_they_are_killed(settings: Settings) -> None:
    with up(settings) as (_, address):
        home = settings.home
        for file in (home / "postgresql/data/postmaster.pid", home / "mqtt/mosquitto.pid"):
            os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
        until(lambda: states(settings) == ["running", "running"])
        until(lambda: web_answers(address))


def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_takes_over(
    settings: Settings,
) -> None:
    with up(settings) as (process, address):
        process.kill()
        process.wait()
        until(lambda: group(process.pid) == {})
        assert states(settings) == ["running", "running"], "what was acknowledged is safe in them"
        assert not web_answers(address)
    with up(settings) as (_, address):
        assert web_answers(address)
    assert states(settings) == ["stopped", "stopped"]


def test_down_stops_what_a_killed_supervisor_left(settings: Settings) -> None:
    with up(settings) as (process, _):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert down(settings) == ["mqtt", "database"]
    assert states(settings) == ["stopped", "stopped"]


def test_a_second_up_of_one_home_is_refused_and_two_homes_are_not(
    settings: Settings, tmp_path: Path
) -> None:
    with up(settings) as (_, address):
        again = run_up(settings)
        assert again.returncode == 1
        assert re.search(rf"is up already at {re.escape(address)} \(process \d+\)", again.stderr)
        other = settings.model_copy(update={"home": tmp_path / "other"})
        with up(other) as (_, second):
            assert second != address
            assert web_answers(second)
            assert web_answers(address)


def test_a_port_in_use_is_told_before_anything_is_started(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run_up(settings.model_copy(update={"port": port}))
    assert answer.returncode == 3
    assert f"Port {port} on 127.0.0.1 is taken by another program." in answer.stderr
    assert "FANGMA_PORT" in answer.stderr
    assert not (settings.home / "postgresql").exists()


def test_a_host_that_is_not_of_this_machine_is_wrong_usage(settings: Settings) -> None:
    answer = run_up(settings.model_copy(update={"host": "192.0.2.1"}))
    assert answer.returncode == 2
    assert "FANGMA_HOST is '192.0.2.1', which is no address of this machine" in answer.stderr


def test_up_uses_servers_of_the_users_own_and_leaves_them(dsn: str, tmp_path: Path) -> None:
    elsewhere = Settings(home=tmp_path / "elsewhere")
    try:
        mqtt_url = broker.ensure(elsewhere)
        settings = Settings(home=tmp_path / "home", port=0, database_url=dsn, mqtt_url=mqtt_url)
        with up(settings) as (_, address):
            assert web_answers(address)
        assert states(settings) == ["running", "running"]
        assert not (settings.home / "postgresql").exists()
    finally:
        down(elsewhere)


def run_up(settings: Settings) -> subprocess.CompletedProcess[str]:
    """Run a ``fangma up`` that is expected to refuse."""
    return subprocess.run(
        [FANGMA, "up"],
        env=environment_for_child(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
