"""The process of the web server: ``python -m fangma.twin.http.server DESCRIPTOR``.

The supervisor binds the port and hands its socket over, so that a restart of this process loses no
client that is connecting.
"""

from __future__ import annotations

import socket
import sys

import uvicorn

from fangma.twin.http.app import create_app
from fangma.twin.settings import read_settings


def main(descriptor: int) -> None:
    """Serve on the socket that file descriptor ``descriptor`` is, until SIGTERM or Ctrl-C."""
    configuration = uvicorn.Config(
        create_app(read_settings()),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    with socket.socket(fileno=descriptor) as listening:
        uvicorn.Server(configuration).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
