"""STS files as the field has them: TSV, CSV, with a header or without, the score first or last."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isogloss.data.readers.foreign import refuse_markup
from isogloss.data.readers.opening import is_pipe
from isogloss.data.side_check import refuse_keys
from isogloss.errors import DataFormatError
from isogloss.tasks.files import plain_suffix, read_lines

_SCORE_NAMES = frozenset(
    [
        "score",
        "similarity",
        "similarity_score",
        "gold",
        "gold_score",
        "label",
        "rating",
        "relatedness_score",
    ]
)
_FIRST_NAMES = frozenset(
    ["sentence1", "sentence_1", "sentence_a", "sent1", "s1", "text1", "text_a"]
)
_SECOND_NAMES = frozenset(
    ["sentence2", "sentence_2", "sentence_b", "sent2", "s2", "text2", "text_b"]
)
_KEY_NAMES = frozenset(["id", "pair_id", "key"])
_CONFIDENCE_NAMES = frozenset(["confidence", "translation_confidence", "quality"])
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
        path: see `isogloss.tasks.sts.read_sts`.

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
    named_csv = plain_suffix(path) == ".csv" or is_pipe(path)
    comma = named_csv and not any("\t" in line for line in lines[:1])
    if not comma:
        refuse_markup(lines[0] if lines else "", str(path), _LAYOUT, "convert it to TSV")
    refuse_semicolons(path, lines)
    records = list(_csv_records(path, lines) if comma else _tsv_records(lines))
    if not records:
        return []
    columns = find_columns(records[0].cells)
    if columns is not None:
        records = records[1:]
    else:
        columns = _find_layout(records)
    rows = [_graded_row(path, record, columns) for record in records]
    refuse_keys(
        [row.first for row in rows],
        [row.second for row in rows],
        str(path),
        ("the column of sentence 1", "the column of sentence 2"),
        f"put the columns in the order {_LAYOUT}, or name them in a header: score, sentence1,"
        " sentence2",
    )
    return rows


def find_columns(cells: Sequence[str]) -> Columns | None:
    """Where the columns stand, by their names; None where score or sentences are not named."""
    names = [cell.strip().strip('"').lower().replace(" ", "_") for cell in cells]

    def position(known: frozenset[str]) -> int | None:
        return next((at for at, name in enumerate(names) if name in known), None)

    score, first, second = (position(k) for k in (_SCORE_NAMES, _FIRST_NAMES, _SECOND_NAMES))
    if score is None or first is None or second is None:
        return None
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
    if not records or find_columns(records[0].cells) is not None:
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


def _find_layout(records: Sequence[_Record]) -> Columns:
    """The first layout that has a score in every row, else the first that has one in the first."""
    for some in (records, records[:1]):
        for columns in LAYOUTS.values():
            if all(
                max(columns[:3]) < len(record.cells)
                and _score(record.cells[columns.score]) is not None
                for record in some
            ):
                return columns
    return LAYOUTS["score first"]


def _graded_row(path: Path, record: _Record, columns: Columns) -> GradedRow:
    cells = record.cells
    least = 1 + max(at for at in columns if at is not None)
    if len(cells) < least:
        raise DataFormatError(
            f"{path}, line {record.number}: {len(cells)} columns; expected at least"
            f" {least} ({_LAYOUT}); put a tab between the columns (a comma in .csv)"
        )
    score = _score(cells[columns.score])
    if score is None:
        cell = cells[columns.score]
        comma = _score(cell.replace(",", ".")) is not None
        raise DataFormatError(
            f"{path}, line {record.number}: score is {cell[:40]!r}; expected a number"
            f" from 0 to 5 (or 0 to 1 in the whole file) in a row of {_LAYOUT}; "
            + (
                "write a decimal point in place of the comma"
                if comma
                else "correct this row, or name the columns in a header"
            )
        )
    key = "" if columns.key is None else cells[columns.key]
    confidence = None if columns.confidence is None else _confidence(path, record, columns)
    return GradedRow(
        record.number, score, cells[columns.first], cells[columns.second], key, confidence
    )


def _confidence(path: Path, record: _Record, columns: Columns) -> float:
    cell = record.cells[columns.confidence or 0]
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        raise DataFormatError(
            f"{path}, line {record.number}: confidence is {cell!r}; expected a number from 0 to 1;"
            " correct this row, or rename the column"
        )
    return value


def _score(cell: str) -> float | None:
    try:
        score = float(cell)
    except ValueError:
        return None
    return score if 0 <= score <= _TOP_SCORE else None
