"""One process at a time changes an index; any number may search it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from isogloss.errors import OutputFolderError
from isogloss.locks import lock
from isogloss.writing import writing

LOCK = ".lock"


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """A block that changes an index; the system ends the lock when the process ends.

    Raises:
        OutputFolderError: another process changes it, or the folder cannot be written.
    """
    place = f"index {str(folder)!r}"
    with writing(place, below=folder):
        stream = (folder / LOCK).open("ab")
    with stream:
        try:
            mine = lock(stream) and _is_there(stream, folder / LOCK)
        except OSError as error:
            raise OutputFolderError(
                f"{place} lies on a file system without locks ({error.strerror}); expected one "
                "that has them: copy the folder to a local disk, and change it there"
            ) from error
        if not mine:
            raise OutputFolderError(
                f"{place} is being changed by another process; expected one at a time: wait for "
                "that one to end"
            )
        yield


def _is_there(stream: IO[bytes], path: Path) -> bool:
    """Whether a file has not been removed since it was opened, as a refused build does."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False
