"""Where a result comes from: versions, machine, memory; and files written whole or not at all."""

import functools
import json
import math
import os
import platform
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isogloss.writing import writing

PACKAGES = (
    "isogloss",
    "torch",
    "transformers",
    "sentence-transformers",
    "tokenizers",
    "accelerate",
    "numpy",
    "numba",
)


@functools.cache
def code_version() -> str:
    """The installed version of isogloss, or `unknown` where it runs from a bare source tree."""
    return _version("isogloss")


def environment() -> dict[str, Any]:
    """Versions and machine, as `run.json` records them."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def now() -> str:
    """The time as `run.json` records it: ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory_bytes() -> int | None:
    """Largest resident size of this process so far; None on a system that does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that appears whole or not at all: beside its place, synced, renamed.

    Args:
        path: the file; an existing one is replaced, and its folder is made where it is missing.
        content: text, written as UTF-8 with `\\n` line ends, or bytes; what UTF-8 lacks, such as
            half a character in the name of a file, is written as JSON does, `\\udcff`.

    Raises:
        OutputFolderError: it cannot be written; what was there before is untouched.
    """
    written = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}")  # a name has an end
    with writing(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as stream:
                stream.write(written)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            with suppress(OSError):  # of which the first tells
                temporary.unlink(missing_ok=True)


def json_text(content: object, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """Strict JSON of all that isogloss writes or prints; a number that is none becomes null.

    Args:
        content: what JSON can hold, or NaN and infinity among it.
        indent: spaces a level; None puts everything on one line.
        ascii_only: write other letters as `\\u00e4`.

    Example:
        >>> json_text({"value": float("nan")}, indent=None)
        '{"value": null}'
    """
    return json.dumps(_finite(content), indent=indent, ensure_ascii=ascii_only, allow_nan=False)


def write_json(path: Path, content: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON, indented, whole or not at all."""
    write_whole(path, json_text(content) + "\n")


def _finite(content: object) -> object:
    """The same with None for NaN and infinity, however deep they stand."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
