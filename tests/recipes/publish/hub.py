"""A stand-in for the hub on loopback: the calls that a publication makes, kept in memory."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of_a_test"


@dataclass
class Hub:
    """What the hub knows, and how it is to fail.

    Attributes:
        repositories: repository to its visibility.
        files: repository to path to content.
        stored: sha256 to content of large files.
        uploads: sha256 of large files in the order in which they came.
        refuse: part of a path to the status with which requests to it are refused, once.
        bad_card: what is wrong with every card.
    """

    repositories: dict[str, bool] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    bad_card: str = ""
    url: str = ""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON for a request that brings the token."""
        for part, status in list(self.refuse.items()):
            if part in path:
                del self.refuse[part]
                return status, {"error": "refused"}
        if path == "/api/whoami-v2":
            return 200, {"name": "ada", "type": "user"}
        if path == "/api/validate-yaml":
            return (400, self.bad_card) if self.bad_card else (200, {})
        if path == "/api/repos/create":
            given = json.loads(body)
            name = f"{given.get('organization') or 'ada'}/{given['name']}"
            if given.get("type") == "space":
                name = f"spaces/{name}"
            if name in self.repositories:
                return 409, {"error": "exists", "url": f"{self.url}/{name}"}
            self.repositories[name] = given.get("private") or given.get("visibility") == "private"
            return 200, {"url": f"{self.url}/{name}"}
        if method == "PUT":
            digest = hashlib.sha256(body).hexdigest()
            self.stored[digest] = body
            self.uploads.append(digest)
            return 200, {}
        if path.endswith("/preupload/main"):
            return 200, {"files": [self._mode(file) for file in json.loads(body)["files"]]}
        if path.endswith("/info/lfs/objects/batch"):
            objects = [self._lfs(one) for one in json.loads(body)["objects"]]
            return 200, {"transfer": "basic", "objects": objects}
        if "/commit/main" in path:
            name = path.removeprefix("/api/").removeprefix("models/").split("/commit")[0]
            return self._commit(name, body)
        return 404, {"error": f"{method} {path} is not known here"}

    def _mode(self, file: dict[str, Any]) -> dict[str, Any]:
        large = file["path"].endswith((".safetensors", ".bin"))
        mode = "lfs" if large else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _lfs(self, one: dict[str, Any]) -> dict[str, Any]:
        upload = {"upload": {"href": f"{self.url}/store/{one['oid']}", "header": {}}}
        known = one["oid"] in self.stored
        return {"oid": one["oid"], "size": one["size"]} | ({} if known else {"actions": upload})

    def _commit(self, name: str, body: bytes) -> tuple[int, Any]:
        files = self.files.setdefault(name, {})
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.stored[value["oid"]]
        return 200, {"commitUrl": f"{self.url}/{name}/commit/c0ffee", "commitOid": "c0ffee"}


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that listens until the block ends."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            known = self.headers.get("authorization") == f"Bearer {TOKEN}"
            free = self.path == "/api/validate-yaml" or self.command == "PUT"
            status, answer = (
                hub.answer(self.command, self.path.partition("?")[0], body)
                if known or free
                else (401, {"error": "no token"})
            )
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _handle

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
