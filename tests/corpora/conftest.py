"""A stand-in for OPUS on this machine, with the faults that servers have; how a filter is asked."""

import http.server
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from isogloss.corpora.filters.filter import Filter
from isogloss.corpora.sources import patience
from isogloss.data.rejects import Reason

ENGLISH = [f"This is sentence number {i}." for i in range(400)]
UKRAINIAN = [f"Це речення номер {i}." for i in range(400)]


def moses(names: dict[str, str], **more: Any) -> bytes:
    """A zip archive of text files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, **more) as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return stream.getvalue()


@dataclass
class Opus:
    """What the server has, what is wrong with it, and what it was asked.

    Attributes:
        url: where it listens.
        content: the archive that it gives.
        etag: of the archive.
        faults: taken one by one, one for each request for the archive: "cut" after half of what is
            asked for, "hang" there, "stale" (a part, though the file is another by now), "shifted"
            (another part than was asked for), a status, `(status, headers)`; then all is well.
        kilobytes: size in the catalog; None for the true one.
        down: whether the catalog answers with errors.
        asked: paths and ranges, in order.
        hanging: set once half a file was given, and no more comes until `go_on` is.
    """

    url: str = ""
    content: bytes = moses(
        {"TED2020.en-uk.en": "\n".join(ENGLISH), "TED2020.en-uk.uk": "\n".join(UKRAINIAN)}
    )
    etag: str = '"1"'
    faults: list[Any] = field(default_factory=list)
    kilobytes: int | None = None
    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of the archive."""
        return list(zip(ENGLISH, UKRAINIAN, strict=True))

    @property
    def files(self) -> list[tuple[str, str]]:
        """What was asked of the archive."""
        return [one for one in self.asked if one[0].endswith(".zip")]

    def catalog(self, query: str) -> list[dict[str, Any]]:
        """The rows of an answer."""
        if "corpus=TED2020" not in query and "corpus=" in query:
            return []
        if "source=" in query and not ("source=en" in query and "target=uk" in query):
            return []
        size = len(self.content) // 1024 + 1 if self.kilobytes is None else self.kilobytes
        row = {"corpus": "TED2020", "version": "v1", "source": "en", "target": "uk"}
        url = f"{self.url}/OPUS-TED2020/v1/moses/en-uk.txt.zip"
        return [row | {"url": url, "size": size, "alignment_pairs": len(ENGLISH)}, {"corpus": 1}]


class _Handler(http.server.BaseHTTPRequestHandler):
    opus: Opus

    def log_message(self, *words: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer, or fail as told."""
        opus = self.opus
        opus.asked.append((self.path, self.headers.get("Range", "")))
        if self.path.startswith("/opusapi/"):
            if opus.down:
                self.send_error(503)
                return
            self._give(json.dumps({"corpora": opus.catalog(self.path)}).encode(), {})
            return
        if not self.path.endswith(".zip"):
            self.send_error(404)
            return
        fault = opus.faults.pop(0) if opus.faults else None
        if isinstance(fault, int):
            fault = (fault, {})
        if isinstance(fault, tuple):
            self.send_response(fault[0])
            for name, value in fault[1].items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._give(opus.content, {"ETag": opus.etag, "Accept-Ranges": "bytes"}, fault)

    def _give(self, content: bytes, headers: dict[str, str], fault: str | None = None) -> None:
        first, status, cut = 0, 200, fault in ("cut", "hang")
        asked = self.headers.get("Range")
        if asked and (self.headers.get("If-Range") == headers.get("ETag") or fault == "stale"):
            first, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
            first += fault == "shifted"
            headers = headers | {
                "Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"
            }
        rest = content[first:]
        self.send_response(status)
        self.send_header("Content-Length", str(len(rest)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest[: len(rest) // 2] if cut else rest)
        if fault == "hang":
            self.wfile.flush()
            self.opus.hanging.set()
            self.opus.go_on.wait(60)
        if cut:
            self.close_connection = True


@pytest.fixture
def opus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opus]:
    """A running server that stands in for OPUS, an empty cache, and no waiting."""
    state = Opus()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"opus": state})
    )
    state.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("ISOGLOSS_OPUS", state.url)
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are noted and not waited for."""
    noted: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", noted.append)
    return noted


@pytest.fixture(scope="session")
def pack() -> Callable[..., bytes]:
    """Makes zip archives."""
    return moses


def found(each: Filter, source: str, target: str) -> Reason | None:
    """What a filter says of one pair."""
    (fault,) = each.judge([(source, target)])
    return fault.reason if fault else None
