"""Which document of one folder is the translation of which document of another.

The score of two documents is BiMax: the mean, over the lines of each, of the cosine to the nearest
line of the other, averaged over both ways. It looks at no order, and costs one matrix product.

Source: BiMax (arXiv 2510.15577).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from isogloss.errors import InputError
from isogloss.protocols import Float64Array, FloatArray

CANDIDATES = 50
"""Documents that one is compared with line by line: those whose mean vectors are nearest."""

NEIGHBORS = 4
"""Other documents that the score of a pair is held against."""

DISTINCT = 0.8
"""Two documents are translations if their distance is at most this share of the usual one between
them and the nearest others."""

NEVER = -2.0
"""Score of documents that were not compared; below every cosine."""


class DocumentPair(NamedTuple):
    """Two documents that are taken for translations of each other."""

    source: int
    target: int
    score: float | None
    """BiMax score, at most 1; None where they were not compared."""


def bimax(a: FloatArray, b: FloatArray) -> float:
    """Score of two documents; higher is closer.

    Args:
        a: vectors of the lines of one, `(n, dim)`, of length 1, at least one.
        b: of the other, `(m, dim)`.

    Example:
        >>> bimax(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[:1])
        0.75
    """
    cosines = a @ b.T
    ways = [cosines.max(axis=axis).mean(dtype=np.float64) for axis in (0, 1)]
    return float(sum(ways) / 2)


def pair_documents(
    sources: Sequence[FloatArray], targets: Sequence[FloatArray]
) -> list[DocumentPair]:
    """Pair documents one to one, so that the sum of their scores is the highest.

    Two that are hardly nearer to each other than to their nearest other documents are left out.

    Args:
        sources: vectors of the lines of each document, of length 1; at least one line each.
        targets: the same of the other side.

    Returns:
        The pairs, in order of sources.
    """
    if not sources or not targets:
        return []
    scores = _scores(sources, targets)
    pairs = []
    for i, j in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
        row, column = np.delete(scores[i], j), np.delete(scores[:, j], i)
        other = (_level(row) + _level(column)) / 2
        if scores[i, j] > NEVER and 1 - scores[i, j] <= DISTINCT * (1 - other):
            pairs.append(DocumentPair(int(i), int(j), float(scores[i, j])))
    return pairs


def _scores(sources: Sequence[FloatArray], targets: Sequence[FloatArray]) -> Float64Array:
    """Scores of all documents, `(sources, targets)`."""
    means = [np.stack([rows.mean(axis=0) for rows in side]) for side in (sources, targets)]
    centered = [side - side.mean(axis=0) if len(side) > 1 else side for side in means]
    near = centered[0] @ centered[1].T
    compared = _best(near) | _best(near.T).T
    scores = np.full(near.shape, NEVER)
    for i, j in np.argwhere(compared).tolist():
        scores[i, j] = bimax(sources[i], targets[j])
    return scores


def _best(near: FloatArray) -> npt.NDArray[np.bool_]:
    """The candidates of each row."""
    if near.shape[1] <= CANDIDATES:
        return np.ones(near.shape, np.bool_)
    marked = np.zeros(near.shape, np.bool_)
    best = np.argsort(-near, axis=1, kind="stable")[:, :CANDIDATES]
    np.put_along_axis(marked, best, True, axis=1)
    return marked


def _level(others: Float64Array) -> float:
    """Mean score of the nearest other documents; that of no likeness where there are none."""
    compared = np.sort(others[others > NEVER])[::-1][:NEIGHBORS]
    return float(compared.mean()) if len(compared) else -1.0


def pair_by_name(sources: Sequence[str], targets: Sequence[str]) -> list[DocumentPair]:
    """Pair documents whose names are the same up to their suffixes: `a/7.en.txt` and `a/7.de`.

    Args:
        sources: names.
        targets: names.

    Returns:
        The pairs, in order of sources.

    Raises:
        InputError: two documents of one side have the same name.
    """
    sides = []
    for names in (sources, targets):
        stems: dict[str, int] = {}
        for number, name in enumerate(names):
            folder, slash, file = name.rpartition("/")
            stem = folder + slash + file.partition(".")[0]
            if stem in stems:
                raise InputError(
                    f"documents {names[stems[stem]]!r} and {name!r} have one name up to the first "
                    "dot; expected each once; rename one, or pair them by what they say"
                )
            stems[stem] = number
        sides.append(stems)
    return [
        DocumentPair(i, sides[1][stem], None) for stem, i in sides[0].items() if stem in sides[1]
    ]
