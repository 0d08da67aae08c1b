"""One file from the network, whole: resumed by range, tried again with patience, checked."""

import http.client
import json
import logging
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from isogloss.console import Advance
from isogloss.corpora.manifest import file_hash
from isogloss.corpora.sources.patience import (
    BROKEN,
    PASSING,
    TRIES,
    UnreachableError,
    wait_or_raise,
)
from isogloss.errors import DataFormatError, IsoglossError, MissingFileError
from isogloss.locks import lock
from isogloss.runs.provenance import code_version
from isogloss.writing import write_json, writing

logger = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds without a byte after which a connection is dead."""

_BLOCK = 1 << 18


def is_offline() -> bool:
    """Whether the user asked the hub's libraries to stay away from the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


@dataclass(frozen=True)
class Announced:
    """What is known of a file before it is fetched.

    Attributes:
        bytes: its size, exactly; None where it is not known.
        about: its size, roughly (catalogs round it); None where it is not known.
        sha256: its hash; empty where it is not known.
    """

    bytes: int | None = None
    about: int | None = None
    sha256: str = ""


def read_json(url: str, *, tries: int = TRIES) -> Any:
    """A small JSON answer.

    Args:
        url: what to ask.
        tries: attempts before the server is given up.

    Raises:
        UnreachableError: the server cannot be reached, or the answer is no JSON.
        MissingFileError: there is no such page.
    """
    for attempt in range(tries):
        try:
            with _open(url, {}) as answer:
                return json.loads(answer.read())
        except IsoglossError:
            raise
        except ValueError as error:
            raise UnreachableError(
                f"{url} answers with no JSON ({error}); expected a catalog: try again later"
            ) from error
        except BROKEN as error:
            wait_or_raise(url, error, attempt, tries)
    raise AssertionError("the last attempt raises")


def download(url: str, path: Path, announced: Announced, advance: Advance) -> None:
    """Fetch a file; what an earlier attempt left is gone on with.

    The bytes go to `path` with `.part` behind it, and beside it what tells whether the file on the
    server is still the same. `path` appears when it is whole and checked.

    Args:
        url: of `http` or `https`.
        path: the file to make.
        announced: what is known of it.
        advance: called with the bytes just received.

    Raises:
        UnreachableError: the server cannot be reached, or gives the file up.
        MissingFileError: the server has no such file.
        DataFormatError: the file is not what was announced.
        OutputFolderError: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    with writing(str(part)):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = part.open("ab")
    with stream:
        lock(stream, wait=True)  # another process may fetch the same file
        if path.exists():
            return
        attempt = 0
        while True:
            before = stream.tell()
            try:
                if _receive(url, stream, part, announced, advance):
                    break
                error: Exception = http.client.IncompleteRead(b"")
            except IsoglossError:
                raise
            except BROKEN as broken:
                error = broken
            attempt = 0 if stream.tell() > before else attempt
            wait_or_raise(url, error, attempt, TRIES)
            attempt += 1
        _check(url, part, announced)
        with writing(str(path)):
            part.replace(path)
            _mark(part).unlink(missing_ok=True)


def _receive(
    url: str, stream: IO[bytes], part: Path, announced: Announced, advance: Advance
) -> bool:
    """Receive what is missing; whether the file is whole then."""
    have = stream.seek(0, 2)
    known = _known(part)
    headers = {}
    if have and known.get("validator") and known.get("url") == url:
        headers = {"Range": f"bytes={have}-", "If-Range": known["validator"]}
    try:
        answer = _open(url, headers)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        _begin_anew(stream)  # what is here is no beginning of what is there
        return False
    with answer:
        if answer.status != 206:
            have = 0
            _begin_anew(stream)
        elif not _goes_on(answer, have, known["validator"]):
            _begin_anew(stream)
            return False
        total = _total(answer, have)
        _check_size(url, total, announced)
        write_json(_mark(part), {"url": url, "validator": _validator(answer), "bytes": total})
        advance(have)
        most = announced.bytes if total is None else total
        while block := answer.read(_BLOCK):
            with writing(str(part)):
                stream.write(block)
            advance(len(block))
            if most is not None and stream.tell() > most:
                raise _other_size(url, stream.tell(), most)
        stream.flush()
    return total is None or stream.tell() >= total


def _validator(answer: Any) -> str:
    """What tells whether the file is still the same; empty where nothing does for sure."""
    told = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    return "" if told.startswith("W/") else told


def _goes_on(answer: Any, have: int, validator: str) -> bool:
    """Whether a part is what was asked for: some caches look at no `If-Range`, others at no range.

    Args:
        answer: with the status 206.
        have: bytes that are here.
        validator: of the file that they are of.
    """
    begins = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    return begins and _validator(answer) in ("", validator)


def _begin_anew(stream: IO[bytes]) -> None:
    stream.seek(0)
    stream.truncate()


def _open(url: str, headers: dict[str, str]) -> Any:
    """Open a URL, of the web alone; what no second attempt can mend is told in a line."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise UnreachableError(
            f"{url[:200]!r} is no address of the web; expected http or https: check the catalog"
        )
    headers = {"User-Agent": f"isogloss/{code_version()}", **headers}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code not in (*PASSING, 416):
            error.close()
        if error.code in (404, 410):
            raise MissingFileError(
                f"{url} is not there ({error.code}); expected a file; check the name"
            ) from error
        if error.code not in (*PASSING, 416):
            said = " ".join(str(error.reason).split())[:120]
            raise UnreachableError(
                f"{url} is refused ({error.code} {said}); expected a file; "
                "try another source, or bring the file yourself"
            ) from error
        raise


def _total(answer: Any, have: int) -> int | None:
    """The size of the whole file, as an answer tells it."""
    length = answer.headers.get("Content-Length")
    return have + int(length) if length and length.isdigit() else None


def _check_size(url: str, total: int | None, announced: Announced) -> None:
    if total is None:
        return
    if announced.bytes is not None and total != announced.bytes:
        raise _other_size(url, total, announced.bytes)
    # a catalog counts in KB, of 1,000 bytes or of 1,024
    if announced.about is not None and abs(total - announced.about) > 0.05 * total + 4096:
        raise _other_size(url, total, announced.about)


def _other_size(url: str, found: int, expected: int) -> DataFormatError:
    return DataFormatError(
        f"{url} has {found:,} bytes; expected {expected:,}, as announced; the file changed or the "
        "server is at fault: try again later, or bring the file yourself"
    )


def _check(url: str, part: Path, announced: Announced) -> None:
    """Refuse, and remove, a file that is whole but another."""
    size = part.stat().st_size
    fault: DataFormatError | None = None
    if announced.bytes is not None and size != announced.bytes:
        fault = _other_size(url, size, announced.bytes)
    elif announced.sha256 and (found := file_hash(part)) != announced.sha256:
        fault = DataFormatError(
            f"{url} has the hash {found[:12]}; expected {announced.sha256[:12]}; the file changed "
            "or was damaged on its way: fetch it again, or take the new one with --update"
        )
    if fault is not None:
        part.unlink()
        _mark(part).unlink(missing_ok=True)
        raise fault


def _mark(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _known(part: Path) -> dict[str, str]:
    """What was noted of a file that was begun."""
    try:
        known = json.loads(_mark(part).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
