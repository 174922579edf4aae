"""A private PostgreSQL cluster in the home: made, started, stopped, and mended after a crash.

It listens on a unix socket alone, in a folder that only its account (and root) can enter;
whoever may enter it is trusted. So there is no password to keep, and no port to collide.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fangma.twin.errors import ServiceFailedError, TwinError, WrongVersionError
from fangma.twin.services.accounts import Account, give_directory, run, service_account
from fangma.twin.services.home import Home, disk_full, require_room
from fangma.twin.services.postgresql import Installation, choose_installation
from fangma.twin.services.processes import end, is_alive, is_process, read_pid

if TYPE_CHECKING:
    from fangma.twin.settings import Settings

#: Owner of the cluster and of the one database in it.
OWNER = DATABASE = "fangma"
#: PostgreSQL names its socket by a port, though no port is opened.
PORT = 5432
#: ``sun_path`` of unix(7) holds 108 bytes with the closing zero; macOS has 104.
_LONGEST_SOCKET = 107 if sys.platform == "linux" else 103
_START_S, _STOP_S = 180, 60
_LARGEST_LOG = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The private cluster of one home."""

    settings: Settings
    home: Home

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home.postgresql / "data"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.home.postgresql / "postgresql.log"

    @property
    def url(self) -> str:
        """Where to connect; the socket's folder may be outside the home when that is deep."""
        socket = quote(str(self.socket_directory()), safe="")
        return f"postgresql://{OWNER}@/{DATABASE}?host={socket}&port={PORT}"

    def socket_directory(self) -> Path:
        """Return the folder of the socket: in the home, or the recorded short one."""
        inside = self.home.postgresql / "socket"
        if _fits(inside):
            return inside
        try:
            return Path(self._socket_record.read_text())
        except FileNotFoundError:
            return inside

    def _socket(self) -> Path:
        return self.socket_directory() / f".s.PGSQL.{PORT}"

    @property
    def _socket_record(self) -> Path:
        return self.home.postgresql / "socket-directory"

    def made_with(self) -> int | None:
        """Return the major version of PostgreSQL that made the data; None before there are any.

        Raises
        ------
        WrongVersionError
            When the data do not say, or name no version.
        """
        try:
            said = (self.data / "PG_VERSION").read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            return None
        major = said.partition(".")[0]  # 9.6 was the last of two numbers
        if not (major.isascii() and major.isdecimal() and len(major) < 4):
            raise WrongVersionError(
                f"{self.data / 'PG_VERSION'} holds {said[:20]!r}, expected the major version of "
                "PostgreSQL that made the data.",
                "Restore the folder from a backup; the data beside it may be damaged too.",
            )
        return int(major)

    def process(self) -> int | None:
        """Return the number of the running server process, None when there is none."""
        pid = read_pid(self.data / "postmaster.pid")
        if pid is None or not is_process(pid, str(self.data)):
            return None
        return pid

    def start(self) -> None:
        """Start the server, making the cluster at first; return when it takes connections.

        Call it under the home's services lock.

        Raises
        ------
        MissingServiceError
            A kind of it for each of: programs missing, wrong version, full disk, anything else.
        """
        if self.process() is not None:
            if self._socket().exists():
                return
            self.stop()  # a cleaner of temporary folders took the socket: nobody can reach it
        installation = choose_installation(self.settings, major=self.made_with())
        require_room(self.home)
        account = service_account("postgres")
        give_directory(self.home.postgresql, account)
        if self.made_with() is None:
            self._make(installation, account)
        self._clear_stale_lock()
        self._configure(account)
        self._launch(installation, account)

    def stop(self) -> bool:
        """Stop the server, rolling back what runs; tell whether one was running.

        Raises
        ------
        ServiceFailedError
            When it does not stop.
        """
        pid = self.process()
        if pid is None:
            return False
        # By signals, not pg_ctl: it can be stopped after its programs have been removed. SIGINT is
        # PostgreSQL's fast shutdown, SIGQUIT its immediate one, after which the log is replayed.
        is_gone = end(
            pid,
            str(self.data),
            within_s=_STOP_S,
            politely=signal.SIGINT,
            firmly=signal.SIGQUIT,
        )
        if not is_gone:
            raise ServiceFailedError(
                f"The database (process {pid}) does not stop.",
                f"Look at the end of {self.log}; kill -9 {pid} loses nothing acknowledged.",
            )
        return True

    def create_database(self) -> None:
        """Create the one database of the cluster; no error when it exists."""
        installation = choose_installation(self.settings, major=self.made_with())
        answer = run(
            [
                *(installation.bin / "createdb", "-h", self.socket_directory(), "-p", str(PORT)),
                *("-U", OWNER, "--maintenance-db", "postgres", DATABASE),
            ],
            account=service_account("postgres"),
            within=self.data,
            timeout_s=60,
        )
        if answer.returncode != 0 and "already exists" not in answer.stdout:
            raise self._failure(answer.stdout)

    def _make(self, installation: Installation, account: Account) -> None:
        """Run initdb beside the final place, so that a killed one leaves nothing half-made."""
        draft = self.home.postgresql / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        answer = run(
            [
                *(installation.bin / "initdb", "-D", draft, "-U", OWNER, "-A", "trust"),
                *("--encoding=UTF8", "--locale=C", "--data-checksums", "--auth-host=reject"),
            ],
            account=account,
            within=self.home.postgresql,
            timeout_s=_START_S,
        )
        if answer.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise self._failure(answer.stdout)
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'fangma.conf'  # written by Fangma at every start\n")
        draft.rename(self.data)

    def _configure(self, account: Account) -> None:
        """Write the server's settings, and make the socket's folder."""
        socket = self._prepare_socket_directory(account)
        # Parallel queries share memory in /dev/shm, which containers often keep tiny.
        shared = Path("/dev/shm")  # noqa: S108 - measured, nothing is put there by us
        roomy = not shared.is_dir() or shutil.disk_usage(shared).total >= 2**30
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(socket),
            "unix_socket_permissions": "0700",
            "fsync": "on",
            "synchronous_commit": "on",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "maintenance_work_mem": "256MB",
            "work_mem": "16MB",
            "max_wal_size": "2GB",
            "wal_compression": "on",
            "jit": "off",
            "random_page_cost": "1.1",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "dynamic_shared_memory_type": "posix" if roomy else "mmap",
        }
        file = self.data / "fangma.conf"
        with file.open("w") as stream:
            for name, value in settings.items():
                quoted = value.replace("'", "''")
                stream.write(f"{name} = '{quoted}'\n")
        file.chmod(0o644)  # beneath a 0700 folder: the account must read what root wrote

    def _prepare_socket_directory(self, account: Account) -> Path:
        """Make the folder of the socket, a short one elsewhere when the home is too deep."""
        inside = self.home.postgresql / "socket"
        directory = self.socket_directory()
        is_too_deep = not _fits(inside)
        if is_too_deep and (directory == inside or not _is_private(directory, account)):
            directory = self._make_short_directory()
        give_directory(directory, account)
        return directory

    def _make_short_directory(self) -> Path:
        """Make a folder with a short, unguessable name and record it in the home."""
        mark = hashlib.sha256(os.fsencode(self.home.directory)).hexdigest()[:8]
        directory = Path(tempfile.mkdtemp(prefix=f"fangma-{mark}-", dir=_short_place()))
        self._socket_record.write_text(str(directory))
        return directory

    def _clear_stale_lock(self) -> None:
        """Remove the lock of a dead server where PostgreSQL itself would not dare to.

        PostgreSQL removes a lock whose process is gone. After a restart of the machine (or of a
        container, where numbers begin anew) the number may belong to another process of the same
        account, the server of a second home for one; then it refuses to start for ever.
        """
        lock = self.data / "postmaster.pid"
        pid = read_pid(lock)
        if pid is not None and is_alive(pid) and not is_process(pid, str(self.data)):
            lock.unlink()
            self._socket().with_name(f"{self._socket().name}.lock").unlink(missing_ok=True)

    def _launch(self, installation: Installation, account: Account) -> None:
        """Start the server and wait until it takes connections."""
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        told_before = self.log.stat().st_size if self.log.exists() else 0
        deadline = time.monotonic() + 20
        while True:
            answer = run(
                [
                    *(installation.bin / "pg_ctl", "start", "-w", "-t", str(_START_S)),
                    *("-D", self.data, "-l", self.log),
                ],
                account=account,
                within=self.data,
                timeout_s=_START_S + 30,
            )
            if answer.returncode == 0:
                return
            said = answer.stdout + self._said_since(told_before)
            # After kill -9 of the server alone its workers live on for a moment, and it waits.
            if "still in use" not in said or time.monotonic() > deadline:
                raise self._failure(said)
            told_before = self.log.stat().st_size
            time.sleep(0.5)

    def _said_since(self, offset: int) -> str:
        """Return what the server wrote into its log after ``offset`` bytes."""
        try:
            with self.log.open("rb") as file:
                file.seek(offset)
                return file.read(64_000).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _failure(self, said: str) -> TwinError:
        """Say what the output of a failed program means."""
        if "No space left on device" in said or "Disk quota exceeded" in said:
            return disk_full(self.home.directory)
        telling = [
            line for line in said.splitlines() if any(w in line for w in ("FATAL", "PANIC", "rror"))
        ]
        words = " / ".join((telling or said.strip().splitlines())[-3:])
        return ServiceFailedError(
            f"The private database did not start: {words}",
            f"Look at the end of {self.log}; fangma doctor checks this machine.",
        )


def _fits(directory: Path) -> bool:
    """Tell whether the name of a socket in ``directory`` fits into a socket address."""
    return len(os.fsencode(directory / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET


def _short_place() -> Path | None:
    """Choose where a short folder can be: the run-time folder of ours, else the temporary one."""
    places = [Path("/run")] if os.geteuid() == 0 else [Path(f"/run/user/{os.geteuid()}")]
    return next((place for place in places if os.access(place, os.W_OK)), None)


def _is_private(directory: Path, account: Account) -> bool:
    """Tell whether a recorded folder is still ours alone, and nobody put another in its place."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(status.st_mode) and status.st_uid == account.uid and not status.st_mode & 0o077
    )
