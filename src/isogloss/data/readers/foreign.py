"""Files that are something else than they are taken for, told by their first bytes."""

import re

from isogloss.errors import DataFormatError

# What a file starts with, what it is then, and what to do with it.
_MAGIC = (
    (b"BZh", "a bzip2 file", "unpack it first"),
    (b"PK\x03\x04", "a zip file (so are .xlsx and .docx)", "unpack it, or export it as text"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file", "unpack it first"),
    (b"Rar!\x1a\x07", "a rar file", "unpack it first"),
    (b"ARROW1", "an Arrow file", "save it as Parquet or JSON Lines"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as TSV"),
    (b"%PDF-", "a PDF", "export its text"),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself: git lfs pull"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "export it as TSV in UTF-8"),
)
_PACKED = ((b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\x00", "xz"))
_OTHER_MARKS = (
    *((b"\xff\xfe\0\0", "UTF-32"), (b"\0\0\xfe\xff", "UTF-32")),
    *((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")),
)
_WITHOUT_MARK = (
    *(("UTF-16LE", 2, {1}), ("UTF-16BE", 2, {0})),
    *(("UTF-32LE", 4, {1, 2, 3}), ("UTF-32BE", 4, {0, 1, 2})),
)
"""What may lack a byte order mark: bytes of a character, and which of them are NUL at times."""

_MOST_NULS, _LEAST_NULS = 0.05, 4
"""Share and number of NUL bytes from which a file holds no UTF-8 text; a corpus has stray ones."""

LOOKED_AT = 1 << 12
"""Bytes at the start that are looked at."""


def refuse_foreign(start: bytes, path: str) -> None:
    """Refuse a file that starts as an archive, a document, or a database does.

    Args:
        start: its first bytes, unpacked.
        path: the file, for the message.

    Raises:
        DataFormatError: it is one of these.
    """
    for magic, name, way_out in _MAGIC:
        if start.startswith(magic):
            raise DataFormatError(f"{path} is {name}; expected plain text, gzip or xz; {way_out}")
    if start[257:262] == b"ustar":
        raise DataFormatError(
            f"{path} is a tar archive; expected one file; unpack it (tar -xf) and name the files"
        )


def refuse_packed_twice(start: bytes, path: str) -> None:
    """Refuse what is still packed once it is unpacked.

    Args:
        start: its first bytes, unpacked once.
        path: the file, for the message.

    Raises:
        DataFormatError: it is.
    """
    for magic, name in _PACKED:
        if start.startswith(magic):
            raise DataFormatError(
                f"{path} is packed twice: {name} inside; expected text in it; unpack it once"
            )


def refuse_no_text(start: bytes, path: str) -> None:
    """Refuse UTF-16 and UTF-32, Parquet, and other bytes that are no text.

    Args:
        start: the first bytes, unpacked.
        path: the file, for the message.

    Raises:
        DataFormatError: it is one of these.
    """
    for mark, name in _OTHER_MARKS:
        if start.startswith(mark):
            raise DataFormatError(
                f"{path} is {name}; expected UTF-8; convert it: iconv -f {name} -t UTF-8"
            )
    if start.startswith(b"PAR1"):
        way = "convert it to TSV" if ".parquet" in path else "give it a name that ends in .parquet"
        raise DataFormatError(f"{path} is a Parquet file; expected text; {way}")
    nuls = [at for at, byte in enumerate(start) if byte == 0]
    if len(nuls) < max(_LEAST_NULS, _MOST_NULS * len(start)):
        return
    for name, width, places in _WITHOUT_MARK:
        if all(at % width in places for at in nuls) and 2 * len(nuls) >= (width > 2) * len(start):
            raise DataFormatError(
                f"{path} looks like {name} without a byte order mark; expected UTF-8; convert it: "
                f"iconv -f {name} -t UTF-8"
            )
    raise DataFormatError(
        f"{path} is no text: {len(nuls):,} of its first {len(start):,} bytes are NUL; expected "
        "UTF-8; export it as text"
    )


def refuse_lone_returns(line: bytes, path: str) -> None:
    """Refuse a file that is one line, with carriage returns inside where lines would end.

    Args:
        line: the first line, with its end where it has one.
        path: the file, for the message.

    Raises:
        DataFormatError: it is.
    """
    if not line.endswith(b"\n") and b"\r" in line.rstrip(b"\r"):
        raise DataFormatError(
            f"{path} ends its lines with a carriage return alone; expected a line feed; convert "
            "it: tr '\\r' '\\n'"
        )


def refuse_markup(line: str, path: str, expected: str, way_out: str) -> None:
    """Refuse a table whose first line is JSON or XML: what a file is, its name tells.

    Args:
        line: the first line of a table whose cells are parted by tabs or commas.
        path: the file, for the message.
        expected: what it should hold.
        way_out: what the user can do.

    Raises:
        DataFormatError: it is.
    """
    start, what = line.lstrip(), ""
    if re.match(r"<\?xml\b|<!DOCTYPE\b|<tmx\b|<html\b", start, re.IGNORECASE):
        what = "XML or HTML"
    if re.match(r'\{\s*"[^"]*"\s*:|\[\s*[\[{]', start):
        what = "JSON"
    if what:
        raise DataFormatError(f"{path} is {what}; expected {expected}; {way_out}")
