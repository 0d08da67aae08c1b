"""Provenance of a result: versions, machine, memory."""

import functools
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.runs.descriptions import Environment

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


def environment() -> "Environment":
    """Versions and machine, as `run.json` records them."""
    from isogloss.runs.descriptions import Environment

    return Environment(
        python=platform.python_version(),
        machine=platform.machine(),
        processors=os.cpu_count(),
        packages={name: _version(name) for name in PACKAGES},
    )


def now() -> str:
    """The time as `run.json` records it: ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory_bytes() -> int | None:
    """Peak resident memory of this process; None where the system does not report it.

    On Linux of this program alone: what `getrusage` reports there may be the peak of the process
    that started it.
    """
    status = Path("/proc/self/status")
    if sys.platform == "linux" and status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
