"""First embeddings of new tokens: the weighted mean of the source tokens they translate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import scipy.sparse

FloatArray = npt.NDArray[np.float32]


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
        lexicon: expected link counts, `(n_old + n_new, n_old)`, from `learn_lexicon`.
        tied: new id to its text; ids of equal text ("haus", "##haus") pool their counts.
        sharpen: exponent on the translation probabilities: above 1, likely translations weigh more.
        least_count: a token linked less often than this in all starts at the mean of all old
            tokens.

    Returns:
        One row per new token, in the order of their ids.
    """
    import scipy.sparse

    n_old, size = len(old), lexicon.shape[0]
    new_ids = np.arange(n_old, size)
    groups: dict[str, int] = {}
    group = np.array([groups.setdefault(tied.get(int(i), f"\0{i}"), len(groups)) for i in new_ids])
    pool = scipy.sparse.csr_matrix(
        (np.ones(len(new_ids)), (group, np.arange(len(new_ids)))), shape=(len(groups), len(new_ids))
    )
    counts = (pool @ lexicon[new_ids]).tocsr()
    totals = np.asarray(counts.sum(1)).ravel()
    weights = _row_normalized(counts)
    weights.data **= sharpen
    mixed = _row_normalized(weights) @ old.astype(np.float64)
    aligned = totals >= least_count
    rows = np.where(aligned[:, None], mixed, old.mean(0, dtype=np.float64))
    return InitialRows(rows[group].astype(np.float32), aligned[group])


def _row_normalized(matrix: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    """Each row divided by its sum; empty rows stay empty."""
    sums = np.asarray(matrix.sum(1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return matrix.multiply(scale[:, None]).tocsr()
