"""Run an application until it is told to stop, then answer what was accepted."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from math import ceil
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from isogloss.errors import InputError
from isogloss.server.gate import Gate
from isogloss.server.limits import Limits

logger = logging.getLogger(__name__)

BACKLOG = 2_048
HEADER_BYTES = 32 * 1024

MACOS_OPEN_FILES = 10_240
"""Its `OPEN_MAX`, the most that setrlimit(2) takes where the hard limit is unlimited."""


class Connection(H11Protocol):
    """A client that has a while to ask, and a while to read the answer.

    uvicorn closes a connection that is idle after an answer; this one also closes those that never
    ask, ask a byte at a time, or never read.
    """

    seconds: float = Limits().body_seconds

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect_request(self.seconds)

    def data_received(self, data: bytes) -> None:
        """Read on; the time for the headers does not begin anew."""
        super().data_received(data)
        asked = self.cycle is not None and not self.cycle.response_complete
        if not asked and self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self._expect_request(max(0.0, self._due - self.loop.time()))

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._due = self.loop.time() + self.seconds
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close; what was not read by then is dropped a while later."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.seconds, self.transport.abort)

    def pause_writing(self) -> None:
        """Give a client that does not read a while; then leave it."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads."""
        self._stalled.cancel()
        super().resume_writing()

    def _expect_request(self, seconds: float) -> None:
        self._due = self.loop.time() + seconds
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )


class Server(uvicorn.Server):
    """Stops in order at the first signal, at once at the second; neither is an error."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], leave_pages: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._begun, self._leave_pages = started, leave_pages

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when requests are taken."""
        await super().startup(sockets)
        self._begun()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was accepted; what has no end is ended."""
        self._leave_pages()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal; uvicorn would raise it again after the last answer."""
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that clients can connect to.

    Raises:
        InputError: the port is taken, or the address is none of this machine's.
    """
    if not host:  # the system takes it for every address
        raise InputError(
            "--host is empty; expected an address to listen on: 127.0.0.1 for this machine alone, "
            "0.0.0.0 for all that can reach it"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, UnicodeError, TypeError) as error:  # TypeError: a name that is no text
        listener.close()
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise InputError(
            f"--host {host} --port {port} cannot be listened on ({reason}); expected an address "
            "of this machine and a free port: choose another --host or --port"
        ) from error
    return listener


def make_server(app: Gate, limits: Limits, started: Callable[[], None]) -> Server:
    """What answers requests until SIGINT, SIGTERM or `should_exit`; see `run`.

    Args:
        app: the application.
        limits: how long clients have.
        started: called when the first request can come.
    """
    config = uvicorn.Config(
        app,
        http=type("Connection", (Connection,), {"seconds": limits.body_seconds}),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=ceil(limits.body_seconds),
        timeout_graceful_shutdown=ceil(limits.stop_seconds),
    )
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    return Server(config, started, app.leave_pages)


def run(server: Server, listener: socket.socket) -> None:
    """Answer requests; all that were accepted are answered before this returns."""
    _raise_file_limit()
    gc.freeze()  # half a million objects stay: no request waits until they are looked through
    try:
        asyncio.run(server.serve([listener]))
    finally:
        gc.unfreeze()


def _raise_file_limit() -> None:
    """As many connections as the system lets this process have, where it has such a limit."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except ValueError:  # macOS: its hard limit is "unlimited", and it refuses that as a soft one
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, MACOS_OPEN_FILES), hard))
