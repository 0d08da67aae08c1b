"""What every request passes: its key, its size; what every answer leaves: a log line."""

import asyncio
import base64
import binascii
import hmac
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.errors import InputError, MissingFileError
from isogloss.server.limits import Limits
from isogloss.server.refusals import CLOSE, Refused, refuse
from isogloss.server.service import Service
from isogloss.writing import json_text

access = logging.getLogger("isogloss.server.access")

OPEN = ("/health",)
"""Paths that need no key: what asks whether the service lives has none."""

HEARTBEAT = "/heartbeat/"
"""In the paths of Gradio's streams that last as long as a page is open."""

LEFT = 499
"""How a log notes a request whose client left before the answer, as nginx does."""

LINGER_SECONDS, LINGER_BODIES = 2.0, 2
"""How long, and for how much, a client that was refused may send on."""

SMALL = 2**16
"""Bytes that a request may always have: large ones of others are not in its way."""


class Passing:
    """A request on its way through the gate, and the answer on its way back.

    Args:
        gate: which counts what is held for all of them.
        receive: gives the request.
        send: takes the answer.

    Attributes:
        taken: bytes of the body.
        status: of the answer.
        refused: why the gate answers in place of the application; None: it does not.
    """

    def __init__(self, gate: "Gate", receive: Receive, send: Send) -> None:
        self.gate, self._receive, self._send = gate, receive, send
        self.taken, self.status = 0, LEFT
        self.refused: Refused | None = None
        self._left, self._more = False, True

    async def receive(self) -> Message:
        """Count the body as it comes in, whatever its headers say of it.

        To the application a body that is too large is a client that left.
        """
        message = await self._next()
        size = len(message.get("body", b""))
        self.taken += size
        self.gate.held += size
        self.refused = self.refused or self.gate.too_much(self.taken)
        self._left = self._left or message["type"] == "http.disconnect"
        return {"type": "http.disconnect"} if self.refused else message

    async def send(self, message: Message) -> None:
        """Pass an answer on, but for one to a client that left: frameworks have a 500 for it."""
        if self.refused or self._left:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif self._more and not message.get("more_body"):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _next(self) -> Message:
        message = await self._receive()
        self._more = message.get("more_body", False)
        return message

    async def _linger(self) -> None:
        """Let a client that has its answer before its body was read send on, to no purpose.

        Most clients read only once all is sent, and a connection that is closed with something
        unread takes the answer with it.
        """
        left = LINGER_BODIES * self.gate.service.limits.body_bytes
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._more and left > 0:
                    left -= len((await self._next()).get("body", b""))

    async def end(self, scope: Scope) -> None:
        """Answer for the gate, if the application has not begun to."""
        if self.refused is not None and self.status == LEFT:
            told, self.refused = refuse(self.refused, scope["path"]), None
            await told(scope, self._receive, self.send)


class Gate:
    """Wraps the application.

    Args:
        app: the routes.
        service: whose keys and limits hold.
        known: paths that are counted by their own name; all others are `other`, so that a client
            cannot make up series.

    Attributes:
        held: bytes of the bodies of all requests that have no answer yet.
    """

    def __init__(self, app: ASGIApp, service: Service, known: frozenset[str]) -> None:
        self.app, self.service, self.known = app, service, known
        self.held = 0
        self._endless: set[asyncio.Task[Any]] = set()

    def leave_pages(self) -> None:
        """End the streams by which open pages watch whether the service lives."""
        for task in self._endless:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.monotonic()
        scope.setdefault("state", {})
        passing = Passing(self, receive, send)
        task = asyncio.current_task()
        if task is not None and HEARTBEAT in scope["path"]:
            self._endless.add(task)
            task.add_done_callback(self._endless.discard)
        try:
            self._check(scope)
            await self.app(scope, passing.receive, passing.send)
        except Refused as refused:
            passing.refused = refused
        except (ClientDisconnect, asyncio.CancelledError):  # the client left, or the service does
            pass
        except BaseException:
            passing.status = 500
            raise
        finally:
            try:
                await passing.end(scope)
            finally:
                self.held -= passing.taken
                self._note(scope, passing.status, time.monotonic() - start)

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if self.service.keys and path not in OPEN and not self._has_key(headers):
            challenge = "Bearer" if path.startswith("/v1/") else 'Basic realm="isogloss"'
            raise Refused(
                401,
                "the key is missing or wrong; expected the header Authorization: Bearer KEY",
                code="invalid_api_key",
                headers={"www-authenticate": challenge} | CLOSE,
            )
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self.service.limits.body_bytes:
            raise too_large(self.service.limits)

    def too_much(self, taken: int) -> Refused | None:
        """Why a request may not go on.

        Args:
            taken: bytes of its body so far.
        """
        limits = self.service.limits
        if taken > limits.body_bytes:
            return too_large(limits)
        if taken > SMALL and self.held > limits.held_bytes:
            return Refused(
                429,
                f"the service holds {limits.held_bytes} bytes of requests, as many as it may; "
                "expected fewer or smaller ones at once: try again",
                headers={"retry-after": "1"} | CLOSE,
            )
        return None

    def _has_key(self, headers: Headers) -> bool:
        """Whether a client has a key, compared in the same time whatever it sent."""
        given = given_key(headers.get("authorization", ""))
        same = [hmac.compare_digest(given, key.encode()) for key in self.service.keys]
        return any(same)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"]
        shown = path if path in self.known else "other"
        self.service.metrics.request(shown, status, seconds)
        if not access.isEnabledFor(logging.INFO):
            return
        counted: dict[str, Any] = scope["state"].get("counted", {})
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": (scope.get("client") or ("",))[0],
            "method": scope["method"],
            "path": path[:200],
            "status": status,
            "seconds": round(seconds, 4),
            **counted,
        }
        access.info("%s", json_text(line, indent=None, ascii_only=True))


def too_large(limits: Limits) -> Refused:
    """The refusal of a body."""
    return Refused(
        413,
        f"the body is larger than {limits.body_bytes} bytes; expected at most these: send fewer "
        "texts at once",
        headers=CLOSE,
    )


def given_key(header: str) -> bytes:
    """The key in a header: `Bearer KEY`, or the password of `Basic`, which browsers ask for."""
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip().encode("utf-8", "surrogateescape")
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""


def read_keys(path: Path | None, variable: str | None) -> tuple[str, ...]:
    """The keys of a service.

    Args:
        path: a file with a key per line; lines with `#` in front are none. None: the environment.
        variable: what `ISOGLOSS_API_KEY` holds, keys with commas between; None: it is not set.

    Raises:
        MissingFileError: the file is not there.
        InputError: there is no key in it, or one that is too short or not in ASCII.
    """
    if path is None:
        place, way_out = "ISOGLOSS_API_KEY", "keys with commas between; unset it to serve everybody"
        keys = [key.strip() for key in (variable or "").split(",") if key.strip()]
    else:
        place, way_out = f"--api-keys {str(path)!r}", "one per line; add one"
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise MissingFileError(
                f"{place} is no file; expected one with a key per line; check the path"
            ) from error
        except UnicodeDecodeError as error:
            raise InputError(f"{place} is not UTF-8; expected a key per line; write it") from error
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys and not (path is None and variable is None):
        raise InputError(f"{place} holds no key; expected {way_out}")
    for number, key in enumerate(keys, 1):
        if not key.isascii():
            raise InputError(
                f"{place}: key {number} has letters beyond ASCII, which headers do not carry; "
                "expected ASCII alone: make one with `openssl rand -hex 32`"
            )
        if len(key) < SHORTEST_KEY:
            raise InputError(
                f"{place}: key {number} has {len(key)} characters; expected {SHORTEST_KEY} at "
                "least: make one with `openssl rand -hex 32`"
            )
    return tuple(keys)


SHORTEST_KEY = 8
