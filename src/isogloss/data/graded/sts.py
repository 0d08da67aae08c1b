"""Graded sentence pairs as test data: an STS file, or the crossing of two."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path

import numpy as np

from isogloss.data.graded.reader import GradedRow, read_graded_rows
from isogloss.data.text import graded_fingerprint
from isogloss.errors import DataFormatError, InputError
from isogloss.keys import key_of
from isogloss.protocols import Float64Array, LongArray

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class StsData:
    """Graded sentence pairs.

    Args:
        sentences1: first sentences, `(n,)`.
        sentences2: second sentences, `(n,)`.
        gold: human grades, `(n,)`, from 0 (unrelated) to 5 (same meaning).
        dropped: rows left out when reading, by reason.
        pairs: number of each pair, `(n,)`: the same pair in another language has the same, see
            `pair_numbers`; `None`: no pair was left out, so that the grades tell.

    Raises:
        InputError: if the first three have different lengths.
    """

    sentences1: Sequence[str]
    sentences2: Sequence[str]
    gold: Float64Array
    dropped: Mapping[str, int] = field(default_factory=dict)
    pairs: LongArray | None = None

    def __post_init__(self) -> None:
        lengths = [len(self.sentences1), len(self.sentences2), len(self.gold)]
        if len(set(lengths)) != 1:
            raise InputError(
                f"STS data have {lengths[0]} first sentences, {lengths[1]} second and {lengths[2]}"
                " grades; expected as many of each; give one grade per pair"
            )

    def __len__(self) -> int:
        return len(self.gold)

    def fingerprint(self) -> str:
        """Hash of sentences and grades."""
        return graded_fingerprint(self.sentences1, self.sentences2, self.gold)

    @property
    def numbers(self) -> LongArray:
        """Number of each pair, `(n,)`; equal where data in another language have the same pair."""
        return pair_numbers(self.gold) if self.pairs is None else self.pairs


def pair_numbers(grades: Float64Array) -> LongArray:
    """Number the pairs of a test set.

    Sets with the same grades row by row are the same pairs in several languages: they get the same
    numbers. Pairs that are left out later take theirs with them, so that what is left can still be
    told.

    Args:
        grades: of all pairs, on one scale, `(n,)`.

    Returns:
        `(n,)`, the same on every machine; sets of other grades have other numbers.
    """
    start = key_of(np.asarray(grades, "<f8").tobytes()) >> 2  # leaves room to count up
    return start + np.arange(len(grades), dtype=np.int64)


def read_sts(path: Path | str, crossed_with: Path | str | None = None) -> StsData:
    """Read an STS file, or the crossing of two.

    Accepted: TSV (any suffix) or CSV (`.csv` without tabs), plain, `.gz` or `.xz`; columns found by
    the names in a header, else score first, score last (stsb-multi-mt) or the STS benchmark's own
    seven columns. In TSV a quote is an ordinary character. Grades are on 0-5; a file whose grades
    all lie in 0-1, some of them broken numbers, is taken as 0-1 and multiplied by 5, with a note in
    the log (no correlation changes by it).

    Args:
        path: the file.
        crossed_with: the same pairs in another language, joined by the column `id` where both
            have the same ids, else row by row; second sentences come from it.

    Returns:
        The pairs in file order; pairs with an empty sentence are dropped and counted.

    Raises:
        MissingFileError: if there is no such file.
        DataFormatError: if a row cannot be used (the message has its line number), or no pair is
            left.
    """
    path = Path(path)
    rows = read_graded_rows(path)
    if crossed_with is not None:
        rows = cross_rows(rows, read_graded_rows(Path(crossed_with)), path, crossed_with)
    return sts_data(rows, path)


def sts_data(rows: Sequence[GradedRow], where: Path | str) -> StsData:
    """Graded rows as data; see `read_sts`.

    Args:
        rows: rows as they stand in the file.
        where: what to call it in messages.

    Raises:
        DataFormatError: if no pair is left.
    """
    known = np.array([bool(row.first and row.second) for row in rows], np.bool_)
    kept = list(compress(rows, known))
    if not kept:
        raise DataFormatError(
            f"{where} has {len(rows)} rows and no usable pair; expected rows of score, sentence 1,"
            " sentence 2; check the file"
        )
    gold = on_one_scale(where, np.array([row.score for row in rows]))
    empty = len(rows) - len(kept)
    dropped = {"empty sentence": empty} if empty else {}
    first, second = [row.first for row in kept], [row.second for row in kept]
    return StsData(first, second, gold[known], dropped, pair_numbers(gold)[known])


def on_one_scale(path: Path | str, gold: Float64Array) -> Float64Array:
    """Grades on the scale 0-5; those of a file that has 0-1 are multiplied, with a note in the log.

    Args:
        path: the file, for the note.
        gold: its grades as they stand there, `(n,)`.
    """
    if gold.max() > 1 or not (gold % 1 != 0).any():
        return gold
    logger.info("%s: all scores lie in 0-1; multiplied by 5 to the scale 0-5", path)
    return gold * 5


def cross_rows(
    rows: Sequence[GradedRow], others: Sequence[GradedRow], path: Path | str, other: Path | str
) -> list[GradedRow]:
    """First sentences of one file, second sentences of another.

    Args:
        rows: rows of the first file.
        others: the same pairs in another language, by the ids that both have, else row by row.
        path: what to call the first in messages.
        other: what to call the other.

    Raises:
        DataFormatError: if their numbers, ids or grades differ.
    """
    if len(rows) != len(others):
        raise DataFormatError(
            f"{path} has {len(rows)} rows and {other} has {len(others)}; expected the same pairs"
            " in two languages, row by row; name two files that belong together"
        )
    others = _by_key(rows, others, path, other)
    for ours, theirs in zip(rows, others, strict=True):
        if ours.score != theirs.score:
            raise DataFormatError(
                f"{path}, line {ours.number}, has the score {ours.score} and {other}, line"
                f" {theirs.number}, {theirs.score}; expected the same pairs in two languages, row"
                " by row; name two files that belong together"
            )
    return [replace(ours, second=its.second) for ours, its in zip(rows, others, strict=True)]


def _by_key(
    rows: Sequence[GradedRow], others: Sequence[GradedRow], path: Path | str, other: Path | str
) -> Sequence[GradedRow]:
    """The rows of the other file in the order of the first, where both have the same ids."""
    keyed = {row.key: row for row in others if row.key}
    keys = {row.key for row in rows if row.key}
    if not keys & keyed.keys():  # none, or each language has its own
        return others
    if len(keyed) == len(keys) == len(rows) and keys == keyed.keys():
        return [keyed[row.key] for row in rows]
    lone = sorted(keys ^ keyed.keys()) or ["one that comes twice"]
    raise DataFormatError(
        f"{path} and {other} have other ids ({lone[0]!r}); expected the same ones, each once: name "
        "two files that belong together, or leave the column out of one to go row by row"
    )
