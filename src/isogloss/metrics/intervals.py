"""Intervals: Wilson for a share, order statistics for a quantile, else the percentile bootstrap.

One resampling stream serves every bootstrap: `resample_counts` depends only on `(n, draws, seed)`,
so two models scored on the same items see the same draws, and differences and ratios between them
are paired. Items that are one pair in several languages are drawn together (`resample_pairs`).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.score import Estimate, Interval
from isogloss.protocols import Float64Array, LongArray

DRAWS = 1000
SEED = 12345
Z95 = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95% of a normal distribution."""
_CHUNK_ITEMS = 1 << 19
"""Numbers held per array and chunk: 4 MB in float64, so that a bootstrap stays well under 50 MB."""


def resample_counts(
    n: int, *, draws: int, seed: int, width: int | None = None
) -> Iterator[Float64Array]:
    """Draw bootstrap samples as counts: how often each item was taken.

    Counts turn resampling into matrix products and make ranks with ties cheap (see `correlation`).

    Args:
        n: number of items, at least 1.
        draws: number of bootstrap samples.
        seed: seed of the generator.
        width: numbers that a draw will be spread to, where these are more than n; only the size of
            blocks depends on it.

    Yields:
        Blocks `(draws_in_block, n)`; every row sums to n, the blocks together have `draws` rows.

    Raises:
        InputError: if `n` or `draws` is below 1.
    """
    if n < 1 or draws < 1:
        raise InputError(
            f"a bootstrap of n={n} items with draws={draws} was asked for;"
            " expected both at least 1; give more items or draws"
        )
    generator = np.random.default_rng(seed)
    per_chunk = max(1, _CHUNK_ITEMS // max(n, width or 0))
    for start in range(0, draws, per_chunk):
        rows = min(per_chunk, draws - start)
        taken = generator.integers(0, n, size=(rows, n))
        taken += np.arange(rows)[:, None] * n
        counts = np.bincount(taken.ravel(), minlength=rows * n)
        yield counts.reshape(rows, n).astype(np.float64)


def resample_pairs(
    pairs: LongArray, *, draws: int, seed: int, among: LongArray | None = None
) -> Iterator[Float64Array]:
    """Draw bootstrap samples of pairs, each with all of its items, as counts of the items.

    The same pair in several languages is one piece of evidence: drawn as if they were several, its
    items would make an interval too narrow.

    Args:
        pairs: number of each item's pair, `(n,)`; items of one number are drawn together.
        draws: number of bootstrap samples.
        seed: seed of the generator.
        among: the pairs to draw from, where they are more than those of the items, `(m,)`; repeated
            ones count once.

    Yields:
        Blocks `(draws_in_block, n)`. Where no pair is repeated, the blocks of `resample_counts`;
        else rows sum to n only if all pairs have equally many items.

    Raises:
        InputError: if there is no pair or `draws` is below 1.
    """
    numbers: dict[int, int] = {}
    for pair in (pairs if among is None else among).tolist():
        numbers.setdefault(pair, len(numbers))
    places = np.array([numbers[pair] for pair in pairs.tolist()], np.int64)
    each_once = len(places) == len(numbers) and bool((np.diff(places) > 0).all())
    for counts in resample_counts(len(numbers), draws=draws, seed=seed, width=len(pairs)):
        yield counts if each_once else counts[:, places]


def percentile_interval(draws: npt.ArrayLike) -> Interval | None:
    """The 2.5th and 97.5th percentile of bootstrap draws.

    Args:
        draws: the statistic in each draw; NaN where a draw does not define it.

    Returns:
        The interval over the defined draws; `None` if none is defined.
    """
    values = np.asarray(draws, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))


def bootstrap_ratio(
    numerators: Float64Array,
    denominators: Float64Array,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Percentile bootstrap of `sum(numerators) / sum(denominators)` over paired items.

    Args:
        numerators: one number per item, `(n,)`.
        denominators: one number per item, `(n,)`; all ones give the interval of a mean.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        The 95% interval; `None` if the denominator vanishes in every draw.
    """
    columns = np.stack([numerators, denominators], axis=1).astype(np.float64)
    ratios = []
    for counts in resample_counts(len(columns), draws=draws, seed=seed):
        sums = counts @ columns
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(sums[:, 0] / sums[:, 1])
    return percentile_interval(np.concatenate(ratios))


def mean_estimate(values: npt.ArrayLike, *, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Mean over items with its bootstrap interval.

    Args:
        values: one number per item, `(n,)`.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        The mean; no value for no items.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not len(numbers):
        return Estimate(None, reason="no items; a mean needs at least 1")
    interval = bootstrap_ratio(numbers, np.ones(len(numbers)), draws=draws, seed=seed)
    return Estimate(float(numbers.mean()), interval)


def wilson_interval(successes: int, n: int) -> Interval:
    """Interval of a share, right at the edges too (0 of n, n of n).

    Args:
        successes: number of hits, from 0 to n.
        n: number of trials, at least 1.

    Returns:
        The 95% score interval inside [0, 1].

    Raises:
        InputError: if `n` is below 1 or `successes` is outside 0..n.

    Source: Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference.
    """
    if n < 1 or not 0 <= successes <= n:
        raise InputError(
            f"{successes} hits of {n} trials; expected 0 <= hits <= trials and at least one trial;"
            " check the counts"
        )
    from scipy import stats

    interval = stats.binomtest(successes, n).proportion_ci(method="wilson")
    return Interval(float(interval.low), float(interval.high))


def quantile_interval(values: Float64Array, quantile: float) -> Interval:
    """Distribution-free interval of a quantile, from order statistics.

    The number of items below the true quantile is binomial, so its 2.5% and 97.5% points are ranks
    in the sorted values. Few items around an extreme quantile make the interval end at the smallest
    or largest value.

    Args:
        values: `(n,)`, at least one.
        quantile: strictly between 0 and 1.

    Returns:
        The 95% interval; both ends are items of `values`.
    """
    from scipy import stats

    n = len(values)
    ranks = stats.binom.ppf([0.025, 0.975], n, quantile)
    low, high = max(0, int(ranks[0]) - 1), min(n - 1, int(ranks[1]))
    ordered = np.sort(values)
    return Interval(float(ordered[low]), float(ordered[high]))
