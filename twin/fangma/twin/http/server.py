"""The web server as a process of its own: ``python -m fangma.twin.http.server FD``.

``fangma up`` binds the socket, so that a port in use is told before anything starts, and hands it
down as a file descriptor.
"""

from __future__ import annotations

import logging
import logging.config
import socket
import sys
from typing import TYPE_CHECKING, Final

import uvicorn

from fangma.twin.http.app import create_app
from fangma.twin.http.log_lines import JsonLines
from fangma.twin.http.sockets import BoundedSocket
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_DRAIN_S: Final = 10  # how long running requests may take to end when the server is told to stop


def serve(listening: socket.socket) -> None:
    """Serve the application on a socket until SIGTERM or SIGINT."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    settings = read_settings()
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,  # fangma.http writes one line a request
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_DRAIN_S,
        ws=BoundedSocket,
        ws_per_message_deflate=False,  # to 200 watchers it costs more than the network does
        h11_max_incomplete_event_size=64 * 1024,
    )
    uvicorn.Server(config).run(sockets=[listening])


def main(arguments: Sequence[str]) -> None:
    """Take the socket of the given file descriptor and serve on it."""
    with socket.socket(fileno=int(arguments[0])) as listening:
        serve(listening)


if __name__ == "__main__":
    main(sys.argv[1:])
