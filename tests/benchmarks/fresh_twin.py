"""A twin of a benchmark's own: a new home and database, and commands that are measured."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

START_S = 300
FANGMA = str(Path(sys.executable).with_name("fangma"))

# Runs a command and prints, last, what it and all its children took.
METER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
wall = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stdout.buffer.write(done.stdout)
print()
print(json.dumps({"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime,
    "peak_mb": used.ru_maxrss // 1024}))
sys.exit(done.returncode)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a command answered and took.

    Attributes
    ----------
    cpu_s : float
        Of the command and its children; the database server's is not in it.
    peak_mb : int
        Of the largest process among them.
    """

    answer: Any
    wall_s: float
    cpu_s: float
    peak_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshTwin:
    """A home with a private database server that runs already."""

    home: Path
    environment: dict[str, str]

    def run(self, *arguments: str) -> Measured:
        """Run ``fangma`` with ``--json`` and measure it.

        Raises
        ------
        SystemExit
            With what the command said, when it failed; findings (exit 1) are no failure.
        """
        done = subprocess.run(
            [sys.executable, "-c", METER, FANGMA, *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 1}:
            raise SystemExit(done.stderr)
        body, _, measured = done.stdout.rstrip().rpartition("\n")
        return Measured(answer=json.loads(body), **json.loads(measured))

    def database_url(self) -> str:
        """Say where its database is."""
        done = subprocess.run(
            [FANGMA, "doctor", "--json"], env=self.environment, capture_output=True, check=False
        )
        return str(json.loads(done.stdout)["services"]["database"]["url"])

    def add_account(self, user: str, password: str, *roles: str) -> None:
        """Add an account that sees every site."""
        asked = [word for role in roles for word in ("--role", role)]
        subprocess.run(
            [FANGMA, "user", "add", user, *asked, "--every-site", "--password-stdin"],
            env=self.environment, input=password, text=True, check=True, capture_output=True,
        )  # fmt: skip

    @contextmanager
    def serving(self, user: str, password: str) -> Iterator[str]:
        """Run ``fangma up`` with an account that sees everything; give the address."""
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            port = str(asked.getsockname()[1])
        environment = self.environment | {"FANGMA_PORT": port}
        self.add_account(user, password, "planner", "maintainer")
        process = subprocess.Popen(
            [FANGMA, "up"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/healthz", process)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)

    def bytes_of_database(self) -> int:
        """Size of all tables and indexes of the cluster on disk, the write-ahead log apart."""
        return _bytes(p for base in self.home.rglob("base") for p in base.rglob("*"))

    def bytes_of_tiles(self) -> int:
        """Size of all contents."""
        return _bytes((self.home / "tiles").rglob("*.glb"))


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise SystemExit(f"nothing answered at {address}")


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


@contextmanager
def fresh_twin() -> Iterator[FreshTwin]:
    """Start a twin with one empty site, and take it away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fangma-bench-"))
    folder.chmod(0o755)  # as root the cluster runs as another user, who must get in
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FANGMA_")}
    environment = kept | {"FANGMA_HOME": str(folder / "home")}
    twin = FreshTwin(home=folder / "home", environment=environment)
    try:
        twin.run("site", "add", "--division", "330302", "--name", "Benchmark", "--epsg", "4549")
        yield twin
    finally:
        subprocess.run([FANGMA, "down"], env=environment, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
