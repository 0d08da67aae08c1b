"""Paraphrases: texts of one collection that are near each other, each pair once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.protocols import FloatArray, LongArray, Progress
from isogloss.vectors.neighbors import nearest_within

K = 5
"""Neighbors that are looked at for each text."""


class ParaphrasePairs(NamedTuple):
    """Pairs of rows, ordered by (-score, a, b)."""

    a: LongArray
    """The lower row of each pair, `(n,)`."""
    b: LongArray
    """The higher row, `(n,)`."""
    scores: FloatArray
    """Their cosines."""


def find_paraphrases(
    embeddings: npt.NDArray[np.floating],
    *,
    k: int = K,
    min_score: float | None = None,
    max_pairs: int | None = None,
    progress: Progress | None = None,
) -> ParaphrasePairs:
    """Find, exactly, the pairs in which one text is among the k nearest of the other.

    Memory beside the embeddings grows with `len(embeddings) * k`.

    Args:
        embeddings: `(n, dim)` of distinct texts; not changed.
        k: neighbors of each text.
        min_score: lowest cosine, kept if `>=`; None keeps all.
        max_pairs: keep so many, the best; None keeps all.
        progress: told of rows that are done.

    Returns:
        The pairs, best first.

    Raises:
        InputError: if `k` is below 1, or rows hold NaN.

    Example:
        >>> found = find_paraphrases(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]]), k=1)
        >>> list(zip(found.a.tolist(), found.b.tolist()))
        [(0, 2), (1, 2)]
    """
    near = nearest_within(embeddings, k=k, progress=progress)
    rows = np.repeat(np.arange(len(near.indices)), near.indices.shape[1])
    columns, scores = near.indices.ravel(), near.scores.ravel()
    # in float64: a limit rounded to float32 could pass a score below it
    kept = slice(None) if min_score is None else scores.astype(np.float64) >= min_score
    rows, columns, scores = rows[kept], columns[kept], scores[kept]
    a, b = np.minimum(rows, columns), np.maximum(rows, columns)
    _, once = np.unique(a * len(near.indices) + b, return_index=True)
    a, b, scores = a[once], b[once], scores[once]
    best = np.lexsort((b, a, -scores))[:max_pairs]
    return ParaphrasePairs(a[best], b[best], scores[best])
