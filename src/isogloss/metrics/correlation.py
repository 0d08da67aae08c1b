"""Correlation of cosines with human grades: Spearman, Pearson and their bootstrap.

The bootstrap ranks inside every draw, as the definition asks, without sorting once per draw: the
values of a draw are the original values with new counts, so average ranks follow from a cumulative
sum of counts in the original order.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.intervals import DRAWS, SEED, resample_pairs
from isogloss.protocols import Float64Array, LongArray

Statistic = Literal["spearman", "pearson"]

FISHER_LIMIT = 1 - 1e-7
"""Correlations are clipped to it before they are averaged, so that a perfect one stays finite."""
_NO_VARIANCE = 1e-12
"""Below this a draw counts as constant; it applies to ranks and standardized values: no unit."""


def spearman(cosines: npt.ArrayLike, gold: npt.ArrayLike) -> float | None:
    """Spearman rank correlation with average ranks for ties, equal to `scipy.stats.spearmanr`.

    Args:
        cosines: similarity of each pair, `(n,)`.
        gold: human grade of each pair, `(n,)`, on any increasing scale.

    Returns:
        Between -1 and 1, higher is better; `None` if n < 3 or one side is constant.

    Raises:
        InputError: if the lengths differ or a number is NaN or infinite.
    """
    x, y = checked(cosines, gold), checked(gold, cosines)
    if undefined_reason(x, y):
        return None
    return _correlate(_average_ranks(x), _average_ranks(y))


def pearson(cosines: npt.ArrayLike, gold: npt.ArrayLike) -> float | None:
    """Pearson correlation, equal to `scipy.stats.pearsonr`.

    Args:
        cosines: similarity of each pair, `(n,)`.
        gold: human grade of each pair, `(n,)`.

    Returns:
        Between -1 and 1, higher is better; `None` if n < 3 or one side is constant.

    Raises:
        InputError: if the lengths differ or a number is NaN or infinite.
    """
    x, y = checked(cosines, gold), checked(gold, cosines)
    return None if undefined_reason(x, y) else _correlate(x, y)


def bootstrap_draws(
    cosines: npt.ArrayLike,
    gold: npt.ArrayLike,
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
    pairs: LongArray | None = None,
    among: LongArray | None = None,
) -> Float64Array:
    """The correlation in each bootstrap draw over pairs.

    Args:
        cosines: similarity of each pair, `(n,)`.
        gold: human grade of each pair, `(n,)`.
        statistic: `spearman` (ranked inside each draw) or `pearson`.
        draws: number of bootstrap samples.
        seed: seed of the draws; equal n and seed give equal draws, so that two models can be
            paired.
        pairs: number of each item's pair, `(n,)`: equal ones are drawn together; `None`: every item
            is a pair of its own.
        among: see `resample_pairs`.

    Returns:
        `(draws,)`; NaN where a draw has a constant side.

    Raises:
        InputError: if the lengths differ, are 0, or a number is NaN or infinite.
    """
    x, y = checked(cosines, gold), checked(gold, cosines)
    numbers = np.arange(len(x)) if pairs is None else pairs
    drawn = resample_pairs(numbers, draws=draws, seed=seed, among=among)
    blocks = []
    if statistic == "pearson":
        standard = np.stack([_standardized(x), _standardized(y)], axis=1)
        for counts in drawn:
            blocks.append(_weighted_pearson(counts, standard))
    else:
        ranks_x, ranks_y = _DrawRanks(x), _DrawRanks(y)
        for counts in drawn:
            blocks.append(_weighted_correlation(counts, ranks_x(counts), ranks_y(counts)))
    return np.concatenate(blocks)


def fisher_mean(values: npt.ArrayLike) -> float | None:
    """Mean of correlations on Fisher's z scale.

    Args:
        values: correlations in [-1, 1]; clipped to ±(1 - 1e-7) so that a perfect one stays finite.

    Returns:
        `tanh(mean(atanh(r)))`; `None` for no values.

    Raises:
        InputError: if a value is NaN or outside [-1, 1].
    """
    array = np.asarray(values, dtype=np.float64)
    if not array.size:
        return None
    if not (np.abs(array) <= 1).all():
        raise InputError(
            f"correlations range from {array.min()} to {array.max()}; expected values in [-1, 1];"
            " leave undefined ones out and do not multiply by 100"
        )
    return float(np.tanh(np.arctanh(np.clip(array, -FISHER_LIMIT, FISHER_LIMIT)).mean()))


class _DrawRanks:
    """Average ranks of one variable inside each bootstrap draw, from the draw's counts."""

    def __init__(self, values: Float64Array) -> None:
        self._order = np.argsort(values, kind="stable")
        ordered = values[self._order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._starts = starts
        self._group = np.empty(len(values), dtype=np.int64)
        self._group[self._order] = np.repeat(
            np.arange(len(starts)), np.diff(np.r_[starts, len(values)])
        )

    def __call__(self, counts: Float64Array) -> Float64Array:
        """Ranks `(draws, n)`: items taken zero times get a rank too, which weighs nothing."""
        tied = np.add.reduceat(counts[:, self._order], self._starts, axis=1)
        ranks = np.cumsum(tied, axis=1) - tied + (tied + 1) / 2
        return np.asarray(ranks[:, self._group], dtype=np.float64)


def _weighted_correlation(counts: Float64Array, x: Float64Array, y: Float64Array) -> Float64Array:
    """Pearson correlation per draw of ranks that differ between draws; the mean rank is known."""
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    x, y = x - middle, y - middle
    weighted = counts * x
    covariance = np.einsum("dn,dn->d", weighted, y)
    variance_x = np.einsum("dn,dn->d", weighted, x)
    variance_y = np.einsum("dn,dn,dn->d", counts, y, y)
    return _ratio(covariance, variance_x, variance_y)


def _weighted_pearson(counts: Float64Array, standard: Float64Array) -> Float64Array:
    """Pearson correlation per draw of standardized values `(n, 2)`, from weighted moments."""
    x, y = standard[:, 0], standard[:, 1]
    sums = counts @ np.stack([x, y, x * x, y * y, x * y], axis=1)
    taken = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    mean_x, mean_y, square_x, square_y, product = (sums / taken).T
    return _ratio(product - mean_x * mean_y, square_x - mean_x**2, square_y - mean_y**2)


def _ratio(
    covariance: Float64Array, variance_x: Float64Array, variance_y: Float64Array
) -> Float64Array:
    defined = (variance_x > _NO_VARIANCE) & (variance_y > _NO_VARIANCE)
    scale = np.sqrt(np.where(defined, variance_x * variance_y, 1.0))
    return np.asarray(np.where(defined, np.clip(covariance / scale, -1.0, 1.0), np.nan))


def _standardized(values: Float64Array) -> Float64Array:
    centered = values - values.mean()
    deviation = float(np.sqrt(np.mean(centered**2)))
    return np.asarray(centered / (deviation or 1.0), dtype=np.float64)


def _average_ranks(values: Float64Array) -> Float64Array:
    once = np.ones((1, len(values)))
    return _DrawRanks(values)(once).ravel()


def _correlate(x: Float64Array, y: Float64Array) -> float:
    x, y = _unit(x), _unit(y)
    return float(np.clip(x @ y, -1.0, 1.0))


def _unit(values: Float64Array) -> Float64Array:
    centered = values - values.mean()
    centered /= np.abs(centered).max()  # first, so that the square of a tiny spread stays above 0
    return np.asarray(centered / np.linalg.norm(centered), dtype=np.float64)


def undefined_reason(x: Float64Array, y: Float64Array) -> str | None:
    """Why these checked cosines and grades have no correlation; `None` if they have one."""
    if len(x) < 3:
        return f"{len(x)} pairs; a correlation needs at least 3"
    if (x == x[0]).all():
        return "every pair has the same cosine"
    if (y == y[0]).all():
        return "every pair has the same gold score"
    return None


def checked(values: npt.ArrayLike, other: npt.ArrayLike) -> Float64Array:
    """One side as float64 `(n,)`; InputError if it does not match the other or is not finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.shape != np.shape(other):
        raise InputError(
            f"cosines and gold have shapes {array.shape} and {np.shape(other)};"
            " expected two vectors of one length; pass one number per pair on each side"
        )
    if not np.isfinite(array).all():
        raise InputError(
            f"{int((~np.isfinite(array)).sum())} of {len(array)} numbers are NaN or infinite;"
            " expected finite numbers; look at the embeddings or the gold file"
        )
    return array
