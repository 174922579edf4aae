import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from fangma.twin.errors import (
    DiskFullError,
    MissingProgramError,
    MissingServiceError,
    SettingsError,
    WrongVersionError,
)
from fangma.twin.services import database, home as homes
from fangma.twin.services.accounts import service_account
from fangma.twin.services.cluster import Cluster
from fangma.twin.services.examination import examine
from fangma.twin.services.home import Home
from fangma.twin.services.supervisor import down
from fangma.twin.settings import Settings, environment_for_child

pytestmark = [pytest.mark.db, pytest.mark.slow]
IS_ROOT = os.geteuid() == 0


def cluster_of(settings: Settings) -> Cluster:
    return Cluster(settings=settings, home=Home(directory=settings.home))


def server_process(settings: Settings) -> int:
    pid = cluster_of(settings).process()
    assert pid is not None
    return pid


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(question).fetchone()
    return None if row is None else row[0]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "did not come true within 20 s"
        time.sleep(0.05)


def remember(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 'acknowledged' AS word")


def socket_directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def test_a_command_without_a_server_starts_a_private_one_with_the_newest_schema(
    settings: Settings,
) -> None:
    url = database.ensure(settings)
    assert ask(url, "SELECT postgis_lib_version() IS NOT NULL") is True
    assert ask(url, "SELECT to_regclass('fangma.entry') IS NOT NULL") is True
    pid = server_process(settings)
    assert database.ensure(settings) == url
    assert server_process(settings) == pid
    assert database.state(settings) == (url, "running")


def test_the_private_server_is_safe_from_power_cuts_and_from_the_network(
    settings: Settings,
) -> None:
    url = database.ensure(settings)
    assert ask(url, "SHOW listen_addresses") == ""
    assert [ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
    assert ask(url, "SHOW data_checksums") == "on"
    status = socket_directory(url).stat()
    account = service_account("postgres")
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == account.uid


@pytest.mark.skipif(not IS_ROOT, reason="only root changes accounts")
def test_root_gives_the_server_no_right_but_to_pass_closed_folders(settings: Settings) -> None:
    settings.home.parent.chmod(0o700)
    database.ensure(settings)
    lines = Path(f"/proc/{server_process(settings)}/status").read_text().splitlines()
    said = {line.split(":")[0]: line.split(":")[1].split() for line in lines}
    assert said["Uid"][0] == str(pwd.getpwnam("postgres").pw_uid)
    assert int(said["CapEff"][0], 16) in (1 << 2, 1 << 1)  # CAP_DAC_READ_SEARCH, or _OVERRIDE


@pytest.mark.skipif(not IS_ROOT, reason="only root changes accounts")
def test_root_gives_the_server_no_right_at_all_where_the_way_is_open() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        settings = Settings(home=Path(folder) / "home")
        try:
            database.ensure(settings)
            status = Path(f"/proc/{server_process(settings)}/status").read_text()
            assert "CapEff:\t0000000000000000" in status
        finally:
            down(settings)


def test_an_ordinary_user_runs_the_server_as_themselves() -> None:
    if not IS_ROOT:
        pytest.skip("everything else here already runs as an ordinary user")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        program = (
            "from fangma.twin.services import broker, database\n"
            "from fangma.twin.services.supervisor import down\n"
            "from fangma.twin.settings import read_settings\n"
            "settings = read_settings()\n"
            "try:\n"
            "    database._start_private(settings), broker.ensure(settings)\n"
            "    print(database.state(settings)[1], broker.state(settings)[1])\n"
            "finally:\n"
            "    down(settings)\n"
        )
        answer = subprocess.run(
            # The checkout may lie in a closed folder of root's.
            [
                *("setpriv", "--reuid", "nobody", "--clear-groups", "--inh-caps"),
                *("+dac_read_search", "--ambient-caps", "+dac_read_search"),
                *(sys.executable, "-c", program),
            ],
            env=environment_for_child(Settings(home=Path(folder) / "home")),
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.stdout == "running running\n", answer.stderr


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home whose path is longer than a socket's may be."""
    settings = Settings(home=tmp_path / ("deep-" * 20) / "home")
    yield settings
    down(settings)
    shutil.rmtree(cluster_of(settings).socket_directory(), ignore_errors=True)


def test_a_home_too_deep_for_a_socket_gets_a_short_folder_elsewhere(deep: Settings) -> None:
    url = database.ensure(deep)
    folder = socket_directory(url)
    assert not folder.is_relative_to(deep.home)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    down(deep)
    assert database.ensure(deep) == url


def test_a_short_folder_that_a_restart_of_the_machine_took_is_made_anew(deep: Settings) -> None:
    taken = socket_directory(database.ensure(deep))
    down(deep)
    shutil.rmtree(taken)
    assert ask(database.ensure(deep), "SELECT 1") == 1


@pytest.mark.skipif(not IS_ROOT, reason="only root can play the other user")
def test_a_short_folder_that_another_user_made_first_is_not_trusted(deep: Settings) -> None:
    taken = socket_directory(database.ensure(deep))
    down(deep)
    os.chown(taken, pwd.getpwnam("nobody").pw_uid, -1)
    assert socket_directory(database.ensure(deep)) != taken
    shutil.rmtree(taken)


def test_a_server_whose_socket_was_cleaned_away_is_started_again(settings: Settings) -> None:
    url = database.ensure(settings)
    (socket_directory(url) / ".s.PGSQL.5432").unlink()
    assert database.state(settings) == (url, "unreachable")
    assert ask(database.ensure(settings), "SELECT 1") == 1


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "o'dd 房 %40 name")
    try:
        assert ask(database.ensure(settings), "SELECT 1") == 1
    finally:
        down(settings)


def test_two_homes_are_two_databases_at_once(settings: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    try:
        remember(database.ensure(settings))
        assert ask(database.ensure(other), "SELECT to_regclass('kept')") is None
        assert server_process(settings) != server_process(other)
    finally:
        down(other)


def test_commands_that_start_at_the_same_time_start_one_server(settings: Settings) -> None:
    program = (
        "from fangma.twin.services import database; from fangma.twin.settings import read_settings;"
        "print(database.ensure(read_settings()))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment_for_child(settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [each.communicate(timeout=120)[0] for each in started]
    assert answers == [f"{cluster_of(settings).url}\n"] * 3


def test_what_was_acknowledged_outlives_a_killed_cluster(settings: Settings) -> None:
    url = database.ensure(settings)
    remember(url)
    server = server_process(settings)
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    for pid in (server, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    until(lambda: cluster_of(settings).process() is None)
    assert database.state(settings)[1] == "stopped"
    assert ask(database.ensure(settings), "SELECT word FROM kept") == "acknowledged"


def test_a_server_killed_under_its_workers_is_started_when_they_are_gone(
    settings: Settings,
) -> None:
    url = database.ensure(settings)
    with psycopg.connect(url):
        os.kill(server_process(settings), signal.SIGKILL)
        until(lambda: cluster_of(settings).process() is None)
        assert ask(database.ensure(settings), "SELECT 1") == 1


@pytest.fixture
def stranger() -> Iterator[int]:
    """Number of a process of the server's account that is no server."""
    account = service_account("postgres")
    with subprocess.Popen(
        ["sleep", "600"], user=None if account.is_self else account.uid
    ) as process:
        yield process.pid
        process.kill()


def test_a_lock_left_by_a_crash_does_not_block_when_its_number_is_another_program_now(
    settings: Settings, stranger: int
) -> None:
    remember(database.ensure(settings))
    cluster = cluster_of(settings)
    lock = cluster.data / "postmaster.pid"
    left = lock.read_text().splitlines()
    down(settings)
    lock.write_text("\n".join([str(stranger), *left[1:]]) + "\n")
    socket_lock = cluster.socket_directory() / ".s.PGSQL.5432.lock"
    socket_lock.write_text("\n".join([str(stranger), *left[1:5]]) + "\n")
    if IS_ROOT:
        for file in (lock, socket_lock):
            shutil.chown(file, "postgres")
    assert database.state(settings)[1] == "stopped"
    assert ask(database.ensure(settings), "SELECT word FROM kept") == "acknowledged"
    os.kill(stranger, 0)  # and it has been left alone


def test_a_cluster_that_was_killed_while_it_was_made_is_made_anew(settings: Settings) -> None:
    half = settings.home / "postgresql" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    assert ask(database.ensure(settings), "SELECT 1") == 1
    assert not half.exists()


def test_data_of_another_major_version_are_refused_with_what_to_install(
    settings: Settings,
) -> None:
    database.ensure(settings)
    down(settings)
    (cluster_of(settings).data / "PG_VERSION").write_text("9\n")
    with pytest.raises(WrongVersionError, match="made with PostgreSQL 9; installed: 1") as raised:
        database.ensure(settings)
    assert "postgresql-9-postgis-3" in raised.value.remedy
    for said, found in (("9.6\n", "made with PostgreSQL 9;"), ("", "holds ''"), ("x1", "'x1'")):
        (cluster_of(settings).data / "PG_VERSION").write_text(said)
        with pytest.raises(WrongVersionError, match=found):
            database.ensure(settings)
        (check,) = [c for c in examine(settings).checks if c.name == "postgresql"]
        assert not check.ok
        assert found in check.message


def test_missing_programs_are_told_with_what_to_install(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", postgres_bin=tmp_path)
    with pytest.raises(MissingProgramError, match="initdb and postgres are missing") as raised:
        database.ensure(settings)
    assert "apt-get install" in raised.value.remedy


@pytest.mark.skipif(not IS_ROOT, reason="only root mounts a small disk")
def test_a_full_disk_is_told_and_the_data_are_there_when_it_has_room_again(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk], check=True)
    settings = Settings(home=disk / "home")
    filling = disk / "filling"
    try:
        url = database.ensure(settings)
        remember(url)
        fill(filling)
        with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.DiskFull):
            conn.execute(
                "CREATE TABLE big AS SELECT repeat(md5(i::text), 30) FROM "
                "generate_series(1, 500000) AS i"
            )
        down(settings)
        with pytest.raises(DiskFullError, match="No room is left on the disk") as raised:
            database.ensure(settings)
        assert str(disk) in raised.value.message
        filling.unlink()
        assert ask(database.ensure(settings), "SELECT word FROM kept") == "acknowledged"
    finally:
        down(settings)
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(not IS_ROOT, reason="only root mounts a small disk")
def test_a_disk_that_fills_while_the_cluster_is_made_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", disk], check=True)
    settings = Settings(home=disk / "home")
    monkeypatch.setattr(homes, "LEAST_FREE_BYTES", 0)  # what is found empty fills meanwhile
    try:
        with pytest.raises(DiskFullError):
            database.ensure(settings)
        assert cluster_of(settings).made_with() is None
        assert not (settings.home / "postgresql" / "data.new").exists()
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        assert ask(database.ensure(settings), "SELECT 1") == 1
    finally:
        down(settings)
        subprocess.run(["umount", disk], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"0" * 2**20)
        except OSError:
            return


def test_a_server_of_the_users_own_is_used_and_never_stopped(dsn: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", database_url=dsn)
    assert database.ensure(settings) == dsn
    assert down(settings) == []
    assert database.state(settings)[1] == "running"
    assert not (tmp_path / "home" / "postgresql").exists()


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://me:secret@/none?host={tmp_path}"
    settings = Settings(home=tmp_path, database_url=url)
    with pytest.raises(MissingServiceError, match="does not answer") as raised:
        database.ensure(settings)
    assert "secret" not in raised.value.message
    assert database.state(settings) == (f"postgresql://me@/none?host={tmp_path}", "unreachable")


def test_a_connection_string_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://host:port/x")
    with pytest.raises((SettingsError, MissingServiceError), match="port"):
        database.ensure(settings)
