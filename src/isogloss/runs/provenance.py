"""Provenance of a result: versions, machine, memory."""

import functools
import os
import platform
import sys
from datetime import UTC, datetime
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
    """Peak resident memory of this process; None where the system does not report it."""
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
