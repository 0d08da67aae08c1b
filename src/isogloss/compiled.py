"""Inner loops that numba compiles."""

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """What numba makes of a function; kept on disk, where a folder for that can be written.

    It lets other threads of Python run meanwhile.

    Args:
        function: takes and gives numbers and arrays.
        **options: of `numba.njit`.
    """
    options = {"nogil": True, **options}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # compiled anew in every process, in seconds
        return numba.njit(**options)(function)
