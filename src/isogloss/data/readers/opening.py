"""Opening files, compressed or not, and reading lines that end at a line feed and nowhere else."""

import gzip
import io
import logging
import lzma
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from isogloss.data.places import STDIN
from isogloss.data.readers.foreign import (
    LOOKED_AT,
    refuse_foreign,
    refuse_lone_returns,
    refuse_no_text,
    refuse_packed_twice,
)
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError, InputError, MissingFileError

logger = logging.getLogger(__name__)

_BUFFER = 1 << 18
_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_UTF8_MARK = b"\xef\xbb\xbf"
_SEPARATOR = re.compile(rb'"?sep=.{0,2}"?', re.IGNORECASE)
"""A first line by which Excel tells itself what parts the columns."""

_MANY_RETURNS = 10
"""Carriage returns inside a line from which they end lines; sentences have stray ones."""


@contextmanager
def open_bytes(path: str) -> Iterator["io.BufferedReader[Any]"]:
    """Open a file for reading, unpacking gzip and xz by what the file is, not by what it is called.

    Args:
        path: the file; a pipe will do, and `-` is the standard input.

    Yields:
        A buffered stream of the unpacked bytes.

    Raises:
        MissingFileError: there is no such file.
        InputError: it cannot be read.
        DataFormatError: it is packed in another way or twice, or its compressed data is damaged or
            cut short (raised while reading, where the damage is met).
    """
    try:
        source = io.FileIO(0, closefd=False) if path == STDIN else io.FileIO(path)
        raw = io.BufferedReader(source, _BUFFER)
    except FileNotFoundError as error:
        raise MissingFileError(
            f"no file {path!r}; expected an existing file; check the path"
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check what it is and its rights"
        ) from error
    with raw:
        try:
            yield _unpacked(raw, path)
        except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
            raise DataFormatError(
                f"{path}: damaged or incomplete compressed data ({error}); fetch the file again"
            ) from error


def _unpacked(raw: "io.BufferedReader[io.FileIO]", path: str) -> "io.BufferedReader[Any]":
    start = raw.peek(LOOKED_AT)
    # GzipFile and LZMAFile give lines through Python code; a buffered reader on top, at C speed.
    packed: Any = None
    if start.startswith(_GZIP):
        packed = gzip.GzipFile(fileobj=raw)
    elif start.startswith(_XZ):
        packed = lzma.LZMAFile(raw)  # noqa: SIM115 - needs no closing of its own
    if packed is None:
        refuse_foreign(start, path)
        return raw
    stream = io.BufferedReader(cast(io.RawIOBase, packed), _BUFFER)
    inside = stream.peek(LOOKED_AT)
    refuse_packed_twice(inside, path)
    refuse_foreign(inside, path)
    return stream


def read_lines(path: str) -> Iterator[bytes]:
    """Lines without their end (`\\n`, `\\r\\n`); U+2028, U+0085 and a lone `\\r` do not end one.

    Args:
        path: a text file, compressed or not.

    Yields:
        Undecoded lines; a UTF-8 byte order mark at the start of a line is dropped, and a first line
        that only says which letter parts the columns is empty.

    Raises:
        DataFormatError: the file is UTF-16 or no text, has lone carriage returns for line ends, or
            is damaged; see `open_bytes`.
    """
    with open_bytes(path) as handle:
        yield from lines_of(handle, path)


def lines_of(handle: "io.BufferedReader[Any]", path: str) -> Iterator[bytes]:
    """Lines of an open file, as `read_lines` gives them.

    Args:
        handle: unpacked bytes.
        path: the file, for messages.
    """
    refuse_no_text(handle.peek(LOOKED_AT)[:LOOKED_AT], path)
    first = handle.readline()
    refuse_lone_returns(first, path)
    if first:
        row = first.removeprefix(_UTF8_MARK).rstrip(b"\r\n")
        yield b"" if _SEPARATOR.fullmatch(row) else row
    told = False
    for number, line in enumerate(handle, start=2):
        row = line.removeprefix(_UTF8_MARK).rstrip(b"\r\n")  # of a file put behind another
        if not told and row.count(b"\r") >= _MANY_RETURNS:
            told = True
            logger.warning(
                "%s, line %d holds %d carriage returns, and is read as one line; expected a "
                "line feed behind each line: convert it: sed 's/\\r\\n*/\\n/g'",
                *(path, number, row.count(b"\r")),
            )
        yield row


def is_pipe(path: Path | str) -> bool:
    """Whether a path can be read, but only once: a pipe, `-`, `/dev/stdin`, a device."""
    if str(path) == STDIN:
        return True
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def decode_line(line: bytes, number: int, rejects: RejectFile) -> str | None:
    """Decode strictly; a line that is not UTF-8 (lone surrogates included) goes to the rejects.

    Args:
        line: bytes of one line.
        number: its number, from 1.
        rejects: told of a line that cannot be decoded.

    Returns:
        The text, or None where it was rejected.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        rejects.add(number, Reason.NOT_UTF8, line.decode("utf-8", "backslashreplace"))
        return None
