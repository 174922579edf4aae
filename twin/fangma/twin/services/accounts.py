"""Which account of the operating system a service runs as.

PostgreSQL refuses to run as root, and a broker has no business being root. Started by root, a
service therefore runs as an unprivileged account through ``setpriv`` (util-linux); started by
anyone else, it runs as that person.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fangma.twin.errors import HomeError, MissingProgramError
from fangma.twin.settings import environment_for_service

if TYPE_CHECKING:
    from collections.abc import Sequence

# Bits of capabilities(7), least power first: pass directories, or read and write everything.
_PASSING = (("dac_read_search", 2), ("dac_override", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who runs a service.

    Attributes
    ----------
    name : str
        Name of the account.
    uid, gid : int
        Its numbers.
    is_self : bool
        True when it is who we are, so that no change of account is needed.
    """

    name: str
    uid: int
    gid: int
    is_self: bool


def service_account(*preferred: str) -> Account:
    """Choose the account for a service: ourselves, or as root the first of ``preferred``.

    ``nobody`` is the last resort, there on every Linux.

    Raises
    ------
    MissingProgramError
        As root where accounts cannot be changed.
    """
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        return Account(name=own.pw_name, uid=own.pw_uid, gid=own.pw_gid, is_self=True)
    if shutil.which("setpriv") is None:
        raise MissingProgramError(
            "Started as root, and setpriv (util-linux), which gives up root's rights, is missing.",
            "Run fangma as an ordinary user.",
        )
    for name in (*preferred, "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=found.pw_uid, gid=found.pw_gid, is_self=False)
    raise MissingProgramError(
        f"Started as root, and none of the accounts {', '.join(preferred)}, nobody exists.",
        "Run fangma as an ordinary user, or create one of these accounts.",
    )


def give_directory(directory: Path, account: Account) -> None:
    """Make ``directory`` when it is missing, and private to ``account`` in any case."""
    directory.mkdir(parents=True, exist_ok=True)
    if not account.is_self:
        os.chown(directory, account.uid, account.gid)
    directory.chmod(0o700)


def run(
    command: Sequence[str | Path], *, account: Account, within: Path, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a command as ``account`` and return what it printed, both streams as one text.

    Parameters
    ----------
    command : sequence of str or Path
        Program and arguments.
    account : Account
        Who runs it.
    within : Path
        Directory that belongs to the account and that the command works on.
    timeout_s : float
        Seconds after which it is ended.

    Raises
    ------
    subprocess.TimeoutExpired
        When it took longer.
    """
    return subprocess.run(  # noqa: S603 - programs found by us, arguments of our own
        [*_prefix(account, within), *map(str, command)],
        cwd="/",
        env=environment_for_service(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
    )


def _prefix(account: Account, within: Path) -> list[str]:
    """Return what goes before a command so that it runs as ``account``."""
    if account.is_self:
        return []
    change = ["setpriv", "--reuid", account.name, "--regid", str(account.gid), "--init-groups"]
    closed = _closed_directory(account, within)
    if closed is None:
        return [*change, "--"]
    # A home below a 0700 directory of root: the service gets the one right to pass through, kept
    # over exec as an ambient capability, and none over files that other accounts may not write.
    allowed = _bounding_set()
    for name, bit in _PASSING:
        if allowed >> bit & 1:
            return [*change, "--inh-caps", f"+{name}", "--ambient-caps", f"+{name}", "--"]
    raise HomeError(
        f"The account {account.name} cannot reach {within}: {closed} is closed to it, and this "
        "machine gives no right to pass.",
        f"Choose a FANGMA_HOME that {account.name} can reach, or run: chmod o+x {closed}",
    )


def _closed_directory(account: Account, path: Path) -> Path | None:
    """Find the topmost directory above ``path`` that ``account`` may not pass, else None."""
    groups = set(os.getgrouplist(account.name, account.gid))
    for directory in reversed(path.resolve().parents):
        status = directory.stat()
        if status.st_uid == account.uid:
            bit = 0o100
        elif status.st_gid in groups:
            bit = 0o010
        else:
            bit = 0o001
        if not status.st_mode & bit:
            return directory
    return None


def _bounding_set() -> int:
    """Return the capabilities that a program started here can have, as a bit set."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapBnd:")), 0)
