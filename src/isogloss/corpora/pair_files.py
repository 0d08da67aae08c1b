"""Files of pairs: written beside their place, packed, and renamed when they are whole."""

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from isogloss.writing import writing

_LEVEL = 6


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that appears whole, once the block ends without an error.

    Raises:
        OutputFolderError: it cannot be written.
    """
    beside = path.with_name(f".{path.name[:40]}.{os.getpid()}")
    with writing(str(path), below=path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        finally:
            with suppress(OSError):  # of which the first tells
                beside.unlink(missing_ok=True)


def write_pairs(path: Path, pairs: Iterable[tuple[str, str]]) -> int:
    """Write pairs as `source TAB target`, packed with gzip; the same pairs give the same bytes.

    Args:
        path: the file.
        pairs: tidy, so that none holds a tab or a line end.

    Returns:
        How many there were.
    """
    count = 0
    with whole_file(path) as stream, _packed(stream) as packed:
        for source, target in pairs:
            packed.write(f"{source}\t{target}\n".encode("utf-8", "backslashreplace"))
            count += 1
    return count


def join_files(path: Path, parts: Iterable[Path]) -> None:
    """Write files end to end; packed ones are, as one, a packed file too."""
    with whole_file(path) as stream:
        for part in parts:
            stream.write(part.read_bytes())


def _packed(stream: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0)
