"""Memory for training on a CPU: set once, before torch is loaded.

A training step takes and gives back hundreds of megabytes. Left alone, glibc returns them to the
system each time, and the pages must be faulted in and zeroed again; and oneDNN keeps a compiled
kernel for each of a thousand shapes of batch. What each line is worth is in dev/LOG.md.
"""

import ctypes
import gc
import mmap
import os
from collections.abc import Callable
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8  # malloc.h
_NEVER = 2**31 - 1


def keep_memory() -> None:
    """Keep freed memory for the next step, in huge pages where the system has them.

    What the user's environment says already is left as it is. Outside glibc only the environment
    is set.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)


def give_back_memory() -> None:
    """Return to the system what is free now: between two stages that need different things."""
    gc.collect()
    malloc_trim = _of_glibc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


def give_back_pages(*arrays: Any) -> None:
    """Let go of what was read of arrays on disk, which would count as memory of this process.

    The system keeps it as long as it has room, and it is read again when it is needed.

    Args:
        arrays: views of mapped files, read-only; others stay as they are.
    """
    for array in arrays:
        mapped = array
        while mapped is not None and not isinstance(mapped, mmap.mmap):
            mapped = getattr(mapped, "base", None)
        if mapped is not None and hasattr(mapped, "madvise"):
            mapped.madvise(mmap.MADV_DONTNEED)


def lacks_memory(error: BaseException) -> bool:
    """Whether there is no more of it; torch has no type for that of the main processor."""
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return known or "can't allocate memory" in str(error)


def _of_glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
