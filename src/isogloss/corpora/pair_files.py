"""Files of pairs: written beside their place, packed, and renamed when they are whole."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import IO

from isogloss.writing import whole_file, writing

_LEVEL = 6


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that appears whole; what is read on the way has errors of its own.

    Raises:
        OutputFolderError: it cannot be written.
    """
    with writing(str(path), below=path.parent), whole_file(path) as stream:
        yield stream


def write_pairs(
    path: Path, pairs: Iterable[tuple[str, str]], weights: Iterable[float] | None = None
) -> int:
    """Write pairs as `source TAB target`, packed with gzip; the same pairs give the same bytes.

    Args:
        path: the file.
        pairs: tidy, so that none holds a tab or a line end.
        weights: what each counts, for a third column, as many; None: there is none.

    Returns:
        How many there were.
    """
    count = 0
    with _written(path) as stream, _packed(stream) as packed:
        ends = repeat("") if weights is None else (f"\t{weight:.6g}" for weight in weights)
        for (source, target), end in zip(pairs, ends, strict=weights is not None):
            packed.write(f"{source}\t{target}{end}\n".encode("utf-8", "backslashreplace"))
            count += 1
    return count


def join_files(path: Path, parts: Iterable[Path]) -> None:
    """Write files end to end; packed ones are, as one, a packed file too."""
    with _written(path) as stream:
        for part in parts:
            stream.write(part.read_bytes())


def _packed(stream: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0)
