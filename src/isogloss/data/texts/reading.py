"""Texts out of rows, with an account of the rows that hold none."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from isogloss.data.checks.dropping import WAYS, counted
from isogloss.data.places import find_location, without_compression
from isogloss.data.rejects import Reason, RejectFile
from isogloss.data.texts.columns import Text, Wanted
from isogloss.data.texts.rows import read_rows
from isogloss.errors import DataFormatError, InputError
from isogloss.surrogates import surrogate_at

logger = logging.getLogger(__name__)

_LOOKED_AT = 100
"""Rows of which half must be UTF-8."""


def read_texts(
    place: str | Path,
    column: str | None = None,
    *,
    id_column: str | None = None,
    metadata: bool = False,
    every_row: bool = False,
    rejects: RejectFile | None = None,
) -> Iterator[Text]:
    """Stream the texts of a file, in bounded memory.

    What it is, its name tells: `.tsv`, `.jsonl` (or `.ndjson`, `.json`), `.parquet`, each also
    packed; any other file has a text a line, and cells with tabs between where a column is named.
    Of the standard input (`-`) and of pipes the first line tells whether they are JSON Lines.

    A row that holds no text (empty, not UTF-8, no such field) is counted, and warned of at the end.

    Args:
        place: the file, or `-`.
        column: name of the column or field that holds the texts; in TSV also its number, counted
            from 1. None takes the first of `TEXT_NAMES` that is there, else the only column.
        id_column: likewise for the ids. None takes one of `ID_NAMES`, else rows are numbered.
        metadata: give the other columns, too.
        every_row: give a row without text as the empty text, so that row i stays row i.
        rejects: told of the rows that hold no text; None counts them here.

    Returns:
        The texts in file order, read as they are asked for.

    Raises:
        MissingFileError: there is no such file.
        InputError: it is a folder, two files, or CSV.
        DataFormatError: raised while reading: it is not what its name says, is damaged, has no such
            column, or no text at all.
    """
    path = check_texts(place)
    wanted = Wanted(path, column, id_column, metadata)
    return _accounted(wanted, every_row, rejects if rejects is not None else RejectFile())


def check_texts(place: str | Path) -> str:
    """Refuse a place that cannot be a file of texts, before anything is read.

    Returns:
        Its path, or `-`.

    Raises:
        MissingFileError, InputError: see `read_texts`.
    """
    path = find_location(str(place), str(place))
    suffix = Path(without_compression(path)).suffix.lower()
    if suffix in (".csv", ".tmx"):
        raise InputError(
            f"{place} is {suffix[1:].upper()}; expected text, TSV, JSON Lines or Parquet: convert "
            "it"
        )
    return path


def _accounted(wanted: Wanted, every_row: bool, rejects: RejectFile) -> Iterator[Text]:
    """Texts; what is none is told at the end, and a file that holds none is refused."""
    read = kept = 0
    for number, row in read_rows(wanted, rejects):
        read += 1  # a header has a number, and is no row
        text = None if row is None else _text(number, row, wanted, rejects)
        if read == _LOOKED_AT:
            _refuse_other_encoding(wanted.path, rejects, read)
        kept += text is not None
        if text is not None or every_row:
            yield wanted.pick(number, row or {}, text or "")
    dropped = rejects.counts
    if read < _LOOKED_AT:
        _refuse_other_encoding(wanted.path, rejects, read)
    if not kept:
        reasons = counted(dropped, rejects.examples) or "it is empty"
        raise DataFormatError(
            f"{wanted.path}: no text in {read:,} rows ({reasons}); expected some; check the "
            "file and its column"
        )
    if kept < read:
        fate = "they stand as empty texts" if every_row else "they are left out"
        logger.warning(
            "%s: %s of %s rows hold no text (%s); %s",
            *(wanted.path, f"{read - kept:,}", f"{read:,}"),
            *(counted(dropped, rejects.examples), fate),
        )


def _text(
    number: int, row: Mapping[str, object], wanted: Wanted, rejects: RejectFile
) -> str | None:
    value = row.get(wanted.text)
    if isinstance(value, str):
        if surrogate_at(value) is None:
            if value and not value.isspace():
                return value
            rejects.add(number, Reason.EMPTY, value)
        else:
            rejects.add(number, Reason.SURROGATE, value)
    else:
        rejects.add(number, Reason.EMPTY if value is None else Reason.NOT_TEXT, str(value))
    return None


def _refuse_other_encoding(path: str, rejects: RejectFile, read: int) -> None:
    bad = rejects.counts.get(Reason.NOT_UTF8, 0)
    if 2 * bad > read:
        raise DataFormatError(
            f"{path}: {bad:,} of its first {read:,} lines are not UTF-8; expected text in UTF-8; "
            f"{WAYS[Reason.NOT_UTF8]}"
        )
