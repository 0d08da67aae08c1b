"""STS files as the field has them: TSV, CSV, with a header or without, the score first or last."""

import csv
import logging
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isogloss.data.checks.sides import refuse_keys
from isogloss.data.readers.foreign import refuse_markup
from isogloss.data.readers.opening import is_pipe
from isogloss.data.text import plain_suffix, read_lines
from isogloss.errors import DataFormatError

logger = logging.getLogger(__name__)

# Without spaces and signs, the most telling first: `label` is often one of a class.
_SCORE_NAMES: tuple[str, ...] = ("score", "similarity", "similarityscore", "goldscore", "gold")
_SCORE_NAMES += ("relatednessscore", "grade", "rating", "scores", "label", "labels")
_FIRST_NAMES = ("sentence1", "sentencea", "sent1", "senta", "s1", "text1", "texta", "premise")
_SECOND_NAMES = ("sentence2", "sentenceb", "sent2", "sentb", "s2", "text2", "textb", "hypothesis")
_KEY_NAMES = ("id", "pairid", "key")
_CONFIDENCE_NAMES = ("confidence", "translationconfidence", "quality")
_TAKEN = (
    "score (or similarity, gold_score, grade, rating, label), sentence1 and sentence2 (or s1, s2,"
    " sentence_a, sentence_b, text1, text2; beside a score premise, hypothesis)"
)
_LAYOUT = "score, sentence 1, sentence 2"
_TOP_SCORE = 5.0
_LINES_LOOKED_AT = 20
_LEAST_GRADES = 3
_LEAST_SPREAD = 0.2
"""Share of the scale that grades cover, the lowest and highest tenth aside."""


class Columns(NamedTuple):
    """Where a file keeps its three fields, and two that only a header can name."""

    score: int
    first: int
    second: int
    key: int | None = None
    confidence: int | None = None


LAYOUTS = {
    "score first": Columns(0, 1, 2),
    "score last (stsb-multi-mt)": Columns(2, 0, 1),
    "the STS benchmark's seven columns": Columns(4, 5, 6),
}


@dataclass(frozen=True)
class GradedRow:
    """One line of an STS file."""

    number: int
    """Line number in the file, from 1."""
    score: float
    first: str
    second: str
    key: str = ""
    """What joins a row with its translations; "" where the file has no such column."""
    confidence: float | None = None
    """Of the translation, in [0, 1]; None where the file has no such column."""


class _Record(NamedTuple):
    number: int
    cells: list[str]


def read_graded_rows(path: Path) -> list[GradedRow]:
    """Read every row of an STS file; empty sentences are kept, blank lines are not.

    Args:
        path: see `isogloss.data.graded.sts.read_sts`.

    Returns:
        The rows in file order.

    Raises:
        MissingFileError: if there is no such file.
        DataFormatError: if a row has too few columns or a score that is no number in 0-5, or a
            column of sentences holds none.
    """
    return graded_rows(path, read_lines(path))


def graded_rows(path: Path, lines: Sequence[str]) -> list[GradedRow]:
    """The rows of an STS file whose lines are read; see `read_graded_rows`."""
    comma = plain_suffix(path) == ".csv" or is_pipe(path)
    comma = comma and not any("\t" in line for line in lines[:1])
    if not comma:
        refuse_markup(lines[0] if lines else "", str(path), _LAYOUT, "convert it to TSV")
    refuse_semicolons(path, lines)
    records = list(_csv_records(path, lines) if comma else _tsv_records(lines))
    if not records:
        return []
    columns = find_columns(records[0].cells, str(path))
    if columns is None:
        columns = _find_layout(path, records)
    else:
        records = records[1:]
    rows = [_graded_row(path, record, columns, records) for record in records]
    refuse_keys(
        [row.first for row in rows],
        [row.second for row in rows],
        str(path),
        ("the column of sentence 1", "the column of sentence 2"),
        f"put the columns in the order {_LAYOUT}, or name them so in a header",
    )
    return rows


def find_columns(cells: Sequence[str], place: str | None) -> Columns | None:
    """Where the columns stand, by their names; None where score or sentences are not named.

    Args:
        cells: the names; letter case, spaces and signs do not count.
        place: what to call them where two names fit, which a warning tells; None: no warning.
    """
    names = [re.sub(r"[\W_]+", "", cell.lower()) for cell in cells]

    def position(known: Sequence[str]) -> int | None:
        found = sorted((known.index(name), at) for at, name in enumerate(names) if name in known)
        if len(found) > 1 and place:
            fit = [cells[at] for _, at in found]
            logger.warning("%s: column %r is taken, %s left aside", place, fit[0], fit[1:])
        return found[0][1] if found else None

    score, first, second = (position(k) for k in (_SCORE_NAMES, _FIRST_NAMES, _SECOND_NAMES))
    if score is None or first is None or second is None:
        return None
    if names[first] == "premise" and names[score].startswith("label"):
        return None  # labels of inference are no grades
    return Columns(score, first, second, position(_KEY_NAMES), position(_CONFIDENCE_NAMES))


def looks_graded(lines: Sequence[str]) -> bool:
    """Whether these lines are an STS file and not plain pairs: every first column is a score.

    Args:
        lines: lines of a tab-separated file.

    Returns:
        True if there are lines, and all have three columns of which the first is a number in 0-5,
        spread over the scale (mining scores are not: all of them lie about 1.1); or if a header
        names a score, sentence 1 and sentence 2.
    """
    records = list(_tsv_records(lines))
    if not records or find_columns(records[0].cells, None) is not None:
        return bool(records)
    scores = [_score(record.cells[0]) if len(record.cells) >= 3 else None for record in records]
    grades = sorted(score for score in scores if score is not None)
    if len(grades) < len(scores):
        return False
    tenth = len(grades) // 10
    spread = grades[-1 - tenth] - grades[tenth]
    return len(grades) < _LEAST_GRADES or spread >= _LEAST_SPREAD * (5 if grades[-1] > 1 else 1)


def _tsv_records(lines: Sequence[str]) -> Iterator[_Record]:
    # split by hand: the csv module takes a stray quote for the start of a field over many lines
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _Record(number, [cell.strip() for cell in line.split("\t")])


def _csv_records(path: Path, lines: Sequence[str]) -> Iterator[_Record]:
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _Record(reader.line_num, [" ".join(cell.split()) for cell in cells])
    except csv.Error as error:
        raise DataFormatError(
            f"{path}, line {reader.line_num}: {error}; expected comma-separated fields with paired"
            " quotes; repair the quotes or save the file as TSV"
        ) from error


def refuse_semicolons(path: Path, lines: Sequence[str]) -> None:
    """Refuse columns that are parted by semicolons, as spreadsheets write where 4,5 is a number.

    Raises:
        DataFormatError: every one of the first lines holds two of them, and no tab.
    """
    head = [line for line in lines[:_LINES_LOOKED_AT] if line.strip()]
    if head and all(line.count(";") >= 2 and "\t" not in line for line in head):
        raise DataFormatError(
            f"{path} has semicolons between its columns; expected tabs (commas in .csv), and a"
            " decimal point in numbers, 4.5 for 4,5; save it as TSV in this way"
        )


def _refuse_unknown_header(path: Path, records: Sequence[_Record]) -> None:
    """Refuse a first row of short words above rows that have a number in one column."""
    (number, names), rest = records[0], records[1 : 1 + _LINES_LOOKED_AT]
    short = all(len(name) <= 30 and name[-1:] not in set(".?!") for name in names)
    if len(names) < 3 or not rest or not short or any(_loose(name) is not None for name in names):
        return
    columns = range(min(len(record.cells) for record in rest))
    if any(all(_loose(record.cells[at]) is not None for record in rest) for at in columns):
        raise DataFormatError(
            f"{path}, line {number} is a header that does not name all columns: {names!r};"
            f" expected {_TAKEN}; rename them"
        )


def _find_layout(path: Path, records: Sequence[_Record]) -> Columns:
    """The first layout that has a score in every row, else any number, else one in the first."""
    _refuse_unknown_header(path, records)
    for some, value in ((records, _score), (records, _number), (records[:1], _score)):
        for columns in LAYOUTS.values():
            at, width = columns.score, 1 + max(columns[:3])
            if all(len(row.cells) >= width and value(row.cells[at]) is not None for row in some):
                _refuse_rivals(path, some, at)
                return columns
    return LAYOUTS["score first"]


def _refuse_rivals(path: Path, records: Sequence[_Record], at: int) -> None:
    """Refuse whole numbers as scores where a column behind could as well be the score."""
    fractions = any((_score(record.cells[at]) or 0) % 1 for record in records)
    for other in range(3, min(len(record.cells) for record in records) if at < 3 else 0):
        scores = {_score(record.cells[other]) for record in records}
        whole = not any((score or 0) % 1 for score in scores)
        if len(scores) > 1 and None not in scores and not (fractions and whole):
            raise DataFormatError(
                f"{path} has no header, and column {at + 1} or {other + 1} could be the score;"
                " expected one; write a header that names score, sentence1 and sentence2"
            )


def _graded_row(
    path: Path, record: _Record, columns: Columns, records: Sequence[_Record]
) -> GradedRow:
    number, cells = record
    least = 1 + max(at for at in columns if at is not None)
    if len(cells) < least:
        raise DataFormatError(
            f"{path}, line {number}: {len(cells)} columns; expected at least"
            f" {least} ({_LAYOUT}); put a tab between the columns (a comma in .csv)"
        )
    score = _score(cells[columns.score])
    if score is None:
        raise DataFormatError(
            f"{path}, line {number}: score is {cells[columns.score][:40]!r}; expected a"
            f" number from 0 to 5 (or 0 to 1 in the whole file) in a row of {_LAYOUT};"
            f" {_way_out(record, columns.score, records)}"
        )
    key = "" if columns.key is None else cells[columns.key]
    at = columns.confidence
    confidence = None if at is None else _confidence(f"{path}, line {number}", cells[at])
    return GradedRow(number, score, cells[columns.first], cells[columns.second], key, confidence)


def _way_out(record: _Record, at: int, records: Sequence[_Record]) -> str:
    """What to do about a score that is not a number."""
    if any(cell.startswith('"') and _loose(cell) is not None for cell in record.cells):
        return "its cells are quoted, unlike those of TSV: save the file without quotes"
    if _number(record.cells[at]) is None and _loose(record.cells[at]) is not None:
        return "write a decimal point in place of the comma"
    found = [number for row in records if (number := _number("".join(row.cells[at : at + 1])))]
    outside = sum(not 0 <= number <= _TOP_SCORE for number in found)
    if outside > 1:
        return f"{outside} lie outside, such as {max(found, key=abs):g}: rescale all to 0-5 or 0-1"
    return "correct this row, or name the columns in a header"


def _confidence(place: str, cell: str) -> float:
    value = _number(cell)
    if value is None or not 0 <= value <= 1:
        raise DataFormatError(
            f"{place}: confidence is {cell!r}; expected a number from 0 to 1; correct this row, or"
            " rename the column"
        )
    return value


def _score(cell: str) -> float | None:
    number = _number(cell)
    return number if number is not None and 0 <= number <= _TOP_SCORE else None


def _number(cell: str) -> float | None:
    try:
        number = float(cell if "_" not in cell else "")  # which Python takes within numbers
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _loose(cell: str) -> float | None:
    """A number that may be quoted, or have a decimal comma."""
    return _number(cell.strip('"').replace(",", "."))
