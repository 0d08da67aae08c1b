"""Corpora of OPUS: the two sides of a fetched Moses archive, read where they are packed."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from isogloss.data.languages import best_match
from isogloss.data.places import Where
from isogloss.data.readers.moses import pair_lines
from isogloss.data.readers.opening import lines_of
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError, IsoglossError, MissingFileError

MAX_PACKED = 200
"""So many times may a file grow when it is unpacked; text grows four- to twentyfold."""

_LINK = 0o120000
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, struct.error, OSError),  # of places in the file that are none
)


def read_opus(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read line i of one side with line i of the other; nothing is unpacked to the disk.

    Args:
        where: the archive in the cache of fetched corpora.
        rejects: told of pairs with a line that is not UTF-8.

    Yields:
        Pairs numbered by line.

    Raises:
        MissingFileError: the corpus was not fetched.
        DataFormatError: the archive is damaged or unsafe, or its sides differ in their lines.
    """
    path = Path(where.locations[0])
    if not path.is_file():
        raise MissingFileError(
            f"{where.text} was not fetched: {path} is not there; expected the corpus in the cache; "
            f"fetch it: isogloss data fetch {where.text} --out DIR"
        )
    with opened_archive(path, where.text) as archive:
        names = side_names(archive, where)
        first, second = (
            lines_of(BufferedReader(cast(Any, archive.open(name))), f"{path}, {name}")
            for name in names
        )
        yield from pair_lines(first, second, names, rejects)


@contextmanager
def opened_archive(path: Path, text: str) -> Iterator[zipfile.ZipFile]:
    """An archive of text; what is wrong with it, also while it is read, becomes one line.

    Args:
        path: the archive.
        text: the place as the user wrote it.

    Raises:
        DataFormatError: it is damaged, or holds what no corpus holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                fault = _fault(member)
                if fault:
                    raise DataFormatError(
                        f"{text}: {path} holds {member.filename[:80]!r}, {fault}; expected files "
                        "of text; delete the archive, and do not use that source"
                    )
            yield archive
    except IsoglossError:
        raise
    except _FAULTS as error:
        if isinstance(error, OSError) and error.filename:
            raise  # it cannot be opened
        raise DataFormatError(
            f"{text}: {path} is no sound zip archive ({error}); expected the Moses files of a "
            "corpus; delete it and fetch it again"
        ) from error


def _fault(member: zipfile.ZipInfo) -> str:
    """What makes a member of an archive unsafe; empty for one that is safe."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name.partition("/")[0]:
        return "a name that leads out of its folder"
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return "a link"
    if member.flag_bits & 1:
        return "an encrypted file"
    if member.file_size > MAX_PACKED * max(member.compress_size, 1 << 10):
        return f"which would grow from {member.compress_size:,} to {member.file_size:,} bytes"
    return ""


def side_names(archive: zipfile.ZipFile, where: Where) -> tuple[str, str]:
    """The members with the source and the target side: `TED2020.en-uk.en`, `TED2020.en-uk.uk`.

    Raises:
        DataFormatError: a side is missing.
    """
    named = {name.rpartition(".")[2]: name for name in archive.namelist() if "." in name}
    found = [best_match(tuple(named), language) for language in where.languages]
    sides = [list(named.values())[at] if at is not None else "" for at in found]
    if not all(sides) or sides[0] == sides[1]:
        held = ", ".join(map(repr, archive.namelist()[:8]))
        raise DataFormatError(
            f"{where.text}: the archive holds {held}; expected a file that ends in "
            f".{where.languages.source} and one in .{where.languages.target}; check the languages"
        )
    return sides[0], sides[1]
