"""Where a result comes from: versions, machine, memory, and files that are written whole or not at all."""

import importlib.metadata
import json
import os
import platform
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGES = ("isogloss", "torch", "transformers", "sentence-transformers", "tokenizers", "accelerate", "numpy", "numba")


def code_version() -> str:
    """The installed version of isogloss."""
    return _version("isogloss")


def environment() -> dict[str, Any]:
    """Versions and machine, as `run.json` records them."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def write_whole(path: Path, text: str) -> None:
    """Write a text file beside its place, sync it, rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON, indented, whole or not at all."""
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
