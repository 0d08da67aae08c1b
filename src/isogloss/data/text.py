"""Text of evaluation files, decoded strictly: a test set is never thinned in silence."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from isogloss.data.places import COMPRESSED, STDIN, without_compression
from isogloss.data.readers import opening
from isogloss.errors import DataFormatError


def read_lines(path: Path) -> list[str]:
    """Read a text file into lines.

    Args:
        path: UTF-8 text, plain, gzip or xz; a byte order mark is dropped.

    Returns:
        The lines without their ends (`\\n` or `\\r\\n`); line number i stands at index i - 1.

    Raises:
        MissingFileError: if there is no such file.
        DataFormatError: if it cannot be decompressed, or a line is not UTF-8 (the message has its
            number).
    """
    texts = []
    for number, line in enumerate(opening.read_lines(str(path)), start=1):
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise DataFormatError(
                f"{path}, line {number}: byte {line[error.start]:#04x} at column {error.start + 1}"
                " is not UTF-8; expected UTF-8 text; convert the file (iconv -f ENCODING -t UTF-8)"
            ) from error
    return texts


def is_readable(path: Path) -> bool:
    """Whether there is something to read, and not a folder: a file, or a pipe."""
    return str(path) == STDIN or (path.exists() and not path.is_dir())


def plain_or_packed(path: Path) -> Path | None:
    """The file of a name, or that with a suffix of compression; `None` if neither is there."""
    paths = (path, *(path.with_name(f"{path.name}{suffix}") for suffix in COMPRESSED))
    return next(filter(is_readable, paths), None)


def plain_suffix(path: Path) -> str:
    """The suffix below a compression suffix, lower case: `.csv` for `x.CSV.gz`."""
    return Path(without_compression(path.name)).suffix.lower()


def text_fingerprint(*columns: Iterable[str]) -> str:
    """Hash of columns of text: equal content gives an equal fingerprint on every machine.

    Args:
        *columns: texts; their borders count, so moving text between cells changes the hash.

    Returns:
        16 hexadecimal characters.
    """
    digest = hashlib.blake2b(digest_size=8)
    for column in columns:
        for text in column:
            encoded = text.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
        digest.update(b"\xff" * 8)
    return digest.hexdigest()


def graded_fingerprint(first: Iterable[str], second: Iterable[str], grades: Iterable[float]) -> str:
    """Hash of graded sentence pairs."""
    return text_fingerprint(first, second, (repr(float(grade)) for grade in grades))
