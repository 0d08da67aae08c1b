"""Natural language inference as triplets: a premise, what follows from it, what contradicts it."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from isogloss.data.checks.sides import refuse_keys
from isogloss.data.graded.reader import refuse_semicolons
from isogloss.data.places import parse_graded
from isogloss.data.readers.foreign import refuse_markup
from isogloss.data.readers.opening import is_pipe
from isogloss.data.text import plain_suffix, read_lines
from isogloss.errors import DataFormatError

_PREMISE = ("premise", "sentence1", "anchor")
_HYPOTHESIS = ("hypothesis", "sentence2", "positive")
_LABEL = ("label", "gold_label")
_NEGATIVE = ("negative",)
_LABELS = {"entailment": "entailment", "0": "entailment", "contradiction": "contradiction"}
_LABELS |= {"2": "contradiction", "neutral": "", "1": "", "-": "", "-1": ""}
_MOSTLY = 0.9
"""Share of cells that are labels from which a column is one of labels."""


class Triplet(NamedTuple):
    """Three sentences: the second is close to the first, and the third is not.

    Where nothing is known to be far, `negative` is the positive once more: ranking leaves equal
    texts out.
    """

    anchor: str
    positive: str
    negative: str


def read_triplets(place: str, seed: int) -> list[Triplet]:
    """Read a `LANG=FILE` place: TSV, or CSV with a header, plain, `.gz` or `.xz`.

    With a header that names premise, hypothesis and label (or `sentence1`, `sentence2`,
    `gold_label`) each hypothesis that a premise entails makes a triplet with one that contradicts
    it, drawn at random. Else the columns are anchor, positive and, if there is one, negative.

    Args:
        place: such as `en=AllNLI.tsv.gz`.
        seed: decides which contradiction stands beside which entailment.

    Raises:
        InputError: the place has not the form `LANG=FILE`.
        MissingFileError: the file does not exist.
        DataFormatError: a row has one column, a label is unknown, no triplet is left, or a column
            holds labels and no header says so.
    """
    path = Path(parse_graded(place)[1])
    rows = _rows(path, read_lines(path))
    top = next((at for at, row in enumerate(rows) if any(row)), 0)
    header = [cell.strip().lower() for cell in rows[top]] if rows else []
    first, second, label = (_find(header, names) for names in (_PREMISE, _HYPOTHESIS, _LABEL))
    if first is not None and second is not None:
        rows = [*[[] for _ in range(top + 1)], *rows[top + 1 :]]  # numbered as in the file
    if first is None or second is None:
        _refuse_labels(path, rows)
        triplets = _plain(path, rows, 0, 1, 2)
    elif label is None:
        _refuse_labels(path, rows)
        triplets = _plain(path, rows, first, second, _find(header, _NEGATIVE))
    else:
        triplets = _labelled(path, rows, (first, second, label), seed)
    if not triplets:
        raise DataFormatError(
            f"{path} has {len(rows)} rows and no triplet; expected a premise with an entailed "
            "hypothesis, or anchor and positive, per row; check columns and labels"
        )
    refuse_keys(
        [triplet.anchor for triplet in triplets],
        [triplet.positive for triplet in triplets],
        str(path),
        ("the column of the anchor", "the column of the positive"),
        "name the columns in a header: anchor, positive, negative",
    )
    return triplets


def _rows(path: Path, lines: Sequence[str]) -> list[list[str]]:
    refuse_semicolons(path, lines)
    named_csv = plain_suffix(path) == ".csv" or is_pipe(path)
    if not named_csv or "\t" in (lines[0] if lines else ""):
        refuse_markup(
            lines[0] if lines else "", str(path), "columns with a tab between", "convert it to TSV"
        )
        return [line.split("\t") for line in lines]
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        raise DataFormatError(
            f"{path}, line {reader.line_num}: {error}; expected comma-separated fields with paired "
            "quotes; repair the quotes or save the file as TSV"
        ) from error


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name in names), None)


def _label(cell: str) -> str:
    """A label as it is known: small letters, and 0.0 as pandas writes it as 0."""
    return cell.strip().lower().removesuffix(".0")


def _refuse_labels(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Refuse rows with a column of labels: contradictions would be taught as positives."""
    full = [row for row in rows if any(cell.strip() for cell in row)]
    for at in range(max(map(len, full), default=0)):
        cells = [_label(row[at]) for row in full if at < len(row)]
        share = sum(cell in _LABELS for cell in cells) / len(full)
        if share >= _MOSTLY and (at < 3 or len(set(cells)) > 1):
            raise DataFormatError(
                f"{path}: column {at + 1} holds labels of inference, as {cells[0]!r} is, and no "
                "header names them; expected anchor, positive and negative, or labels that are "
                "named; write the header premise, hypothesis, label in the order of the columns"
            )


def _cell(path: Path, number: int, row: Sequence[str], at: int) -> str:
    if at >= len(row):
        raise DataFormatError(
            f"{path}, line {number}: {len(row)} columns; expected at least {at + 1}; put a tab "
            "between the columns (a comma in .csv)"
        )
    return row[at].strip()


def _plain(
    path: Path, rows: Sequence[Sequence[str]], first: int, second: int, third: int | None
) -> list[Triplet]:
    """Rows of anchor, positive and perhaps negative."""
    found = []
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row):
            continue
        anchor, positive = _cell(path, number, row, first), _cell(path, number, row, second)
        negative = row[third].strip() if third is not None and third < len(row) else ""
        if anchor and positive:
            found.append(Triplet(anchor, positive, negative or positive))
    return found


def _labelled(
    path: Path, rows: Sequence[Sequence[str]], columns: tuple[int, int, int], seed: int
) -> list[Triplet]:
    """Entailments of a premise, each beside one of its contradictions."""
    by_premise: dict[str, dict[str, list[str]]] = {}
    for number, row in enumerate(rows, start=1):
        if not any(cell.strip() for cell in row):
            continue
        premise, hypothesis, label = (_cell(path, number, row, at) for at in columns)
        if _label(label) not in _LABELS:
            raise DataFormatError(
                f"{path}, line {number}: label is {label!r}; expected entailment, neutral, "
                "contradiction, or 0, 1, 2; correct this row"
            )
        kind = _LABELS[_label(label)]
        if kind and premise and hypothesis:
            of_premise = by_premise.setdefault(premise, {"entailment": [], "contradiction": []})
            of_premise[kind].append(hypothesis)
    draw = np.random.default_rng(seed)
    return [
        Triplet(premise, positive, str(draw.choice(found["contradiction"])))
        for premise, found in by_premise.items()
        if found["contradiction"]
        for positive in found["entailment"]
    ]
