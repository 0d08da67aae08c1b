"""Detect, while reading, columns of scores, ids, or the other language among the sentences."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from isogloss.data.checks.as_saved import are_quoted, encoding_fault
from isogloss.data.checks.bypass import bypass_hint
from isogloss.data.checks.content import (
    are_sentences,
    are_turned,
    find_keys,
    find_other_content,
    foreign_alphabet,
    text_columns,
)
from isogloss.data.columns import are_names
from isogloss.data.language_names import LANGUAGE_NAMES
from isogloss.data.languages import LanguagePair, canonical_language, language_name
from isogloss.data.places import Where
from isogloss.data.readers.opening import is_pipe, read_lines
from isogloss.data.readers.pair import RawPair
from isogloss.errors import DataFormatError

logger = logging.getLogger(__name__)

LOOKED_AT = 2000
"""Pairs at the start that are looked at."""

_LINES_FOR_COLUMNS = 200
_LONGEST_NAME, _LEAST_ROWS = 20, 10
"""Letters of a name of a column; rows below it without which nothing is said of it."""
# Codes that a file may be called by for another reason.
_WORDS_TOO = {
    *("am", "as", "be", "he", "hi", "id", "is", "it", "la", "lo", "mi", "ml", "mt", "my", "no"),
    *("om", "or", "pa", "so", "st", "ts"),
}
_TABLES = frozenset({"tsv", "jsonl", "parquet", "hf"})
_QUOTED = (
    "%s: cells stand in double quotes, as spreadsheets and CSV writers put them; they are read as "
    "they stand, with their quotes; save the file without quoting, or as JSON Lines"
)


class SideCheck:
    """Looks at the first pairs of a place on their way, and refuses keys beside sentences.

    Args:
        where: the place; columns that the user named are not refused for what they hold.
    """

    def __init__(self, where: Where) -> None:
        self._where = where
        self._head: list[RawPair] | None = []

    def passing(self, rows: Iterable[RawPair]) -> Iterator[RawPair]:
        """Pass rows on, and look at them once there are enough.

        Raises:
            DataFormatError: see `conclude`.
        """
        for row in rows:
            if self._head is not None:
                self._head.append(row)
                if len(self._head) == LOOKED_AT:
                    self.conclude()
            yield row

    def conclude(self) -> None:
        """Look at the rows that came by, if that was not done.

        Raises:
            DataFormatError: nearly all cells of a column are numbers, ids, addresses or codes, and
                the other's are sentences; or each side is in the other's script.
        """
        head, self._head = self._head, None
        if not head:
            return
        where = self._where
        if where.kind in ("tsv", "moses") and are_quoted(
            [text for row in head for text in row[1:3]]
        ):
            logger.warning(_QUOTED, where.text)
        _note_encoding([text for row in head for text in row[1:3]], where.text)
        source = [row.source.strip() for row in head]
        target = [row.target.strip() for row in head]
        if where.kind == "tsv" and head[0].number == 1:
            _note_header(source, target, where.text)
        found = find_other_content(source, target)
        if found is not None:
            name, cell = ("source", "target")[found.side], (source, target)[found.side][found.row]
            fault = (
                f"{where.text}: the {name} side holds {found.what}, not sentences "
                f"({cell[:40]!r} in line {head[found.row].number}; {found.rows:,} of the "
                f"first {len(head):,} rows are like it)"
            )
            if where.columns is None:
                raise DataFormatError(
                    f"{fault}; expected text on both sides; {columns_hint(where)}; "
                    f"{bypass_hint(where)}"
                )
            logger.warning("%s; the columns are those that were named", fault)
        elif are_turned(source, target, where.languages):
            raise DataFormatError(
                f"{where.text}: the sides are in each other's script ({source[0][:40]!r} cannot be "
                f"{language_name(where.languages.source)}); expected "
                f"{where.languages.source} first; {_turned(where)}"
            )
        else:
            note_foreign_letters(source, where.languages.source, where.text)
            note_foreign_letters(target, where.languages.target, where.text)


def note_foreign_letters(texts: Sequence[str], language: str, place: str) -> None:
    """Warn where nearly all texts are in letters that their language is not written in."""
    alphabet = foreign_alphabet(texts[:LOOKED_AT], language)
    if alphabet:
        logger.warning(
            "%s: what should be %s is in %s letters; check the languages and columns",
            place,
            language_name(language),
            alphabet,
        )


def _note_header(source: Sequence[str], target: Sequence[str], place: str) -> None:
    """Warn where the first row may name the columns, in a language whose names are not known."""
    first = (source[0], target[0])
    bare = are_names(first) and all(cell.isalpha() and len(cell) <= _LONGEST_NAME for cell in first)
    if bare and len(source) >= _LEAST_ROWS and all(map(are_sentences, (source[1:], target[1:]))):
        logger.warning(
            "%s: the first line, %r and %r, may name the columns, and is taken for a pair like "
            "all others; take it out, or write the languages' codes or English names there",
            place,
            *first,
        )


def _note_encoding(cells: Sequence[str], place: str) -> None:
    fault = encoding_fault(cells)
    if fault:
        logger.warning("%s: holds %s; fetch or convert it again from what it was", place, fault)


def note_other_name(path: Path, languages: Sequence[str]) -> None:
    """Warn where a file's name has the two letters of another language, and of none that it is for.

    Args:
        path: the file.
        languages: what it is read as.
    """
    words = [word for word in re.split(r"[-_. ]", path.name) if len(word) == 2]
    named = {
        canonical_language(word)
        for word in words
        if word in LANGUAGE_NAMES and word not in _WORDS_TOO
    }
    if len(named) == 1 and not named & {code.partition("-")[0] for code in languages}:
        logger.warning(
            "%s: read as %s, but the name says %s", path, " and ".join(languages), named.pop()
        )


def note_two_languages(code: str, text: str) -> None:
    """Warn of what may be meant for two languages, and is read as a language in a region.

    Args:
        code: as the user wrote it.
        text: the whole argument.
    """
    first, _, second = code.replace("_", "-").partition("-")
    if first in LANGUAGE_NAMES and second in LANGUAGE_NAMES:
        logger.warning(
            "%s: %s is read as %s, both sentences in one language; a file whose sentences are in "
            "two can be evaluated, with --task sts:%s=FILE; write %s-%s if the region is meant",
            *(text, code, language_name(code), code, first, second.upper()),
        )


def refuse_keys(
    first: Sequence[str], second: Sequence[str], place: str, names: tuple[str, str], way_out: str
) -> None:
    """Refuse two columns of a test set or of graded pairs if one of them holds no sentences.

    Args:
        first: cells of one column.
        second: cells of the other, `(n,)` as well.
        place: the file, for the message.
        names: what the columns are called.
        way_out: what the user can do.

    Raises:
        DataFormatError: nearly all cells of one are numbers, ids, addresses or codes, and most of
            the other's are sentences.
    """
    found = find_other_content(first[:LOOKED_AT], second[:LOOKED_AT])
    if found is not None:
        cell = (first, second)[found.side][found.row]
        raise DataFormatError(
            f"{place}: {names[found.side]} holds {found.what}, as {cell[:40]!r} is; expected "
            f"sentences; {way_out}"
        )
    cells = [*first[:LOOKED_AT], *second[:LOOKED_AT]]
    if are_quoted(cells):
        logger.warning(_QUOTED, place)
    _note_encoding(cells, place)


def refuse_key_column(texts: Sequence[str], place: str, way_out: str) -> None:
    """Refuse a column of sentences that holds none.

    Args:
        texts: its cells.
        place: the file, for the message.
        way_out: what the user can do.

    Raises:
        DataFormatError: nearly all cells are numbers, ids, addresses or codes.
    """
    found = find_keys(texts[:LOOKED_AT])
    if found is not None:
        raise DataFormatError(
            f"{place} holds {found.what} where sentences should stand, as "
            f"{texts[found.row][:40]!r} is; expected sentences; {way_out}"
        )


def refuse_turned(
    first: Sequence[str], second: Sequence[str], languages: LanguagePair, place: str
) -> None:
    """Refuse sides that are in each other's script; warn where one is in a third.

    Args:
        first: texts that should be in the first language.
        second: texts that should be in the second.
        languages: the two.
        place: the task, for the message.

    Raises:
        DataFormatError: they are.
    """
    if are_turned(first[:LOOKED_AT], second[:LOOKED_AT], languages):
        raise DataFormatError(
            f"{place}: the sides are in each other's script ({first[0][:40]!r} cannot be "
            f"{language_name(languages.source)}); expected {languages.source} first; write the "
            f"languages as {languages.target}-{languages.source}, or turn the columns or files"
        )
    note_foreign_letters(first, languages.source, place)
    note_foreign_letters(second, languages.target, place)


def _turned(where: Where) -> str:
    if where.kind == "moses":
        return "name the files in the other order"
    if where.kind == "tmx":
        return "check the languages that its variants state"
    named = where.columns
    other = f"?source={named.target}&target={named.source}" if named else "?source=2&target=1"
    if where.kind != "tsv" and named is None:
        other = "?source=COLUMN&target=COLUMN"
    return f"turn the columns: '{other}'"


def columns_hint(where: Where) -> str:
    """What to do about a side without sentences; which columns of a TSV hold some is looked up.

    Args:
        where: the place, read before.
    """
    if where.kind not in _TABLES:
        return "check the files, and which languages they are in"
    if where.kind != "tsv":
        return "name the two columns of text: '?source=COLUMN&target=COLUMN'"
    if is_pipe(where.locations[0]):
        return "name the two columns of text by number, as in '?source=2&target=3'"
    lines = islice(read_lines(where.locations[0]), 1, _LINES_FOR_COLUMNS)
    rows = [line.decode("utf-8", "replace").split("\t") for line in lines]
    found = [at + 1 for at in text_columns([row for row in rows if len(row) > 1])]
    if len(found) < 2:
        return (
            f"of its columns only {found[0]} holds text: give a file with both languages"
            if found
            else "none of its columns holds text: check the file"
        )
    more = f" (columns {', '.join(map(str, found))} hold text)" if len(found) > 2 else ""
    return f"name the columns: '?source={found[0]}&target={found[1]}'{more}"
