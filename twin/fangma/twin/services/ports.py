"""Ports of this machine: take one, or say who has it."""

from __future__ import annotations

import errno
import socket

from fangma.twin.errors import HomeError, PortInUseError, SettingsError


def bind(host: str, port: int) -> socket.socket:
    """Return a TCP socket bound to ``host`` and ``port``, not yet listening.

    It is bound before anything else is started, so that a port in use is told at once, and it
    outlives the server's process, so that a restart of that loses no client.

    Raises
    ------
    PortInUseError
        When another program listens there.
    SettingsError
        When ``host`` is no address of this machine, or the port needs more rights.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise _no_address(host, str(error)) from error
    bound = socket.socket(family, kind)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise in_use(host, port, "FANGMA_PORT") from error
        if error.errno == errno.EACCES:
            raise SettingsError(
                f"Port {port} is kept for root.",
                "Choose one from 1024 on: set FANGMA_PORT, or put a reverse proxy before Fangma.",
            ) from error
        raise _no_address(host, error.strerror or str(error)) from error
    return bound


def in_use(host: str, port: int, variable: str) -> PortInUseError:
    """Say that another program has the port, and how to find it or go round it."""
    return PortInUseError(
        f"Port {port} on {host} is taken by another program.",
        f"Set {variable} to a free port, or end that program: "
        f"ss -ltnp 'sport = :{port}' names it (macOS: lsof -i :{port}).",
    )


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on ``port``."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(host: str, first: int, count: int) -> int:
    """Find a port nobody listens on, below the range that outgoing connections are given.

    Raises
    ------
    HomeError
        When all ``count`` ports from ``first`` on are taken.
    """
    for port in range(first, first + count):
        if is_free(host, port):
            return port
    raise HomeError(
        f"All ports from {first} to {first + count - 1} on {host} are taken.",
        "End some of the programs that listen there (ss -ltnp names them).",
    )


def _no_address(host: str, why: str) -> SettingsError:
    return SettingsError(
        f"FANGMA_HOST is {host!r}, which is no address of this machine: {why}.",
        "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for its network.",
    )
