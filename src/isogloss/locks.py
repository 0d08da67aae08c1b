"""Locks on open files: the system lets go of them when the process ends, however it ends."""

import time
from typing import IO, Any

_FAR = 1 << 30
"""Where Windows locks a byte: behind all that is in the file, which others may read."""


def lock(stream: IO[Any], *, wait: bool = False) -> bool:
    """Lock an open file until it is closed.

    Args:
        stream: open for writing.
        wait: until another process lets go of it.

    Returns:
        Whether it is locked; False only without `wait`, where another process has it.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        import fcntl
    except ImportError:
        return _lock_on_windows(stream, wait=wait)
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _lock_on_windows(stream: IO[Any], *, wait: bool) -> bool:
    import msvcrt

    windows: Any = msvcrt  # known to type checkers on that system only
    before = stream.tell()
    while True:
        stream.seek(_FAR)
        try:
            windows.locking(stream.fileno(), windows.LK_NBLCK, 1)
        except PermissionError:
            if not wait:
                return False
            time.sleep(0.2)
        else:
            return True
        finally:
            stream.seek(before)
