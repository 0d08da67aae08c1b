"""Opening files, compressed or not, and reading lines that end at a line feed and nowhere else."""

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError, InputError, MissingFileError

_BUFFER = 1 << 18
_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_FOREIGN = {b"BZh91AY&SY": "bzip2", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def open_bytes(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacking gzip and xz by what the file is, not by what it is called.

    Args:
        path: the file; a pipe will do.

    Yields:
        A buffered stream of the unpacked bytes.

    Raises:
        MissingFileError: there is no such file.
        InputError: it cannot be read.
        DataFormatError: it is packed in another way, or its compressed data is damaged or cut
            short (raised while reading, where the damage is met).
    """
    try:
        raw = io.BufferedReader(io.FileIO(path), _BUFFER)
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


def _unpacked(raw: "io.BufferedReader[io.FileIO]", path: str) -> BinaryIO:
    start = raw.peek(len(_XZ))
    for magic, name in _FOREIGN.items():
        if start.startswith(magic):
            raise DataFormatError(
                f"{path} is a {name} file; expected gzip, xz or plain; unpack it first"
            )
    # GzipFile and LZMAFile give lines through Python code; a buffered reader on top, at C speed.
    if start.startswith(_GZIP):
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=raw)), _BUFFER)
    if start.startswith(_XZ):
        packed = lzma.LZMAFile(raw)  # noqa: SIM115 - needs no closing of its own
        return io.BufferedReader(cast(io.RawIOBase, packed), _BUFFER)
    return raw


def read_lines(path: str) -> Iterator[bytes]:
    """Lines without their end (`\\n`, `\\r\\n`); U+2028, U+0085 and a lone `\\r` do not end one.

    Args:
        path: a text file, compressed or not.

    Yields:
        Undecoded lines; a UTF-8 byte order mark at the start of the file is dropped.

    Raises:
        DataFormatError: the file is UTF-16, or damaged; see `open_bytes`.
    """
    with open_bytes(path) as handle:
        first = handle.readline()
        if first.startswith(_UTF16_MARKS):
            raise DataFormatError(
                f"{path} is UTF-16; expected UTF-8; convert it: iconv -f UTF-16 -t UTF-8"
            )
        if first:
            yield first.removeprefix(_UTF8_MARK).rstrip(b"\r\n")
        for line in handle:
            yield line.rstrip(b"\r\n")


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
