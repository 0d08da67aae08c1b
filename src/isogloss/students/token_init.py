"""First embeddings of new tokens: the weighted mean of the source tokens they translate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from isogloss.protocols import FloatArray

if TYPE_CHECKING:
    import scipy.sparse


BLOCK = 10_000
"""Texts mixed at once: bounds the memory, a few numbers for every two tokens that were linked."""


@dataclass(frozen=True)
class InitialRows:
    """Embeddings for new tokens.

    Attributes:
        rows: float32 `(n_new, dim)`.
        aligned: bool `(n_new,)`; False where the lexicon knew nothing and the row is the mean of
            all tokens.
    """

    rows: FloatArray
    aligned: npt.NDArray[np.bool_]


def translate_rows(
    old: FloatArray,
    lexicon: scipy.sparse.csr_matrix,
    tied: dict[int, str],
    *,
    sharpen: float = 1.5,
    least_count: float = 0.3,
) -> InitialRows:
    """Mix the teacher's token embeddings into first embeddings of new tokens.

    Args:
        old: the teacher's token embeddings, `(n_old, dim)`.
        lexicon: expected link counts of the new tokens, `(n_new, n_old)`: the lower rows of what
            `learn_lexicon` gives.
        tied: new id to its text; ids of equal text ("haus", "##haus") pool their counts.
        sharpen: exponent on the translation probabilities: above 1, likely translations weigh more.
        least_count: a token linked less often than this in all starts at the mean of all old
            tokens.

    Returns:
        One row per new token, in the order of their ids.
    """
    import scipy.sparse

    n_old, n_new = len(old), lexicon.shape[0]
    texts: dict[str, int] = {}
    text_of = np.array(
        [texts.setdefault(tied.get(n_old + i, f"\0{i}"), len(texts)) for i in range(n_new)],
        np.int64,
    )
    pool = scipy.sparse.csr_matrix(
        (np.ones(n_new), (text_of, np.arange(n_new))), shape=(len(texts), n_new)
    )
    rows, aligned = np.empty((len(texts), old.shape[1]), np.float32), np.empty(len(texts), bool)
    exact, mean = old.astype(np.float64), old.mean(0, dtype=np.float64)
    for start in range(0, len(texts), BLOCK):
        block = slice(start, start + BLOCK)
        counts = (pool[block] @ lexicon).tocsr()
        aligned[block] = np.asarray(counts.sum(1)).ravel() >= least_count
        weights = _row_normalized(counts)
        weights.data **= sharpen
        mixed = _row_normalized(weights) @ exact
        rows[block] = np.where(aligned[block, None], mixed, mean)
    return InitialRows(rows[text_of], aligned[text_of])


def _row_normalized(matrix: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Each row divided by its sum; empty rows stay empty."""
    sums = np.asarray(matrix.sum(1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return matrix.multiply(scale[:, None]).tocsr()
