"""Two models on the same items: the difference, its interval, and whether it may be chance."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from isogloss.errors import InputError
from isogloss.metrics.correlation import (
    Statistic,
    bootstrap_draws,
    checked,
    pearson,
    spearman,
    undefined_reason,
)
from isogloss.metrics.intervals import DRAWS, SEED, percentile_interval, resample_pairs
from isogloss.metrics.items import ItemValues
from isogloss.protocols import Float64Array, LongArray


@dataclass(frozen=True)
class Difference:
    """Model B against model A on the same items.

    Args:
        a: value of model A; `None` where it is undefined.
        b: value of model B; `None` where it is undefined.
        difference: b - a; `None` where either is.
        low: lower end of the difference's 95% interval, or `None`.
        high: upper end of the difference's 95% interval, or `None`.
        p_value: two-sided bootstrap p-value, see `paired_difference`; or `None`.
        mcnemar: p-value of McNemar's exact test, where every item is right or wrong; else `None`.
        reason: why there is no difference; `None` if there is one.
    """

    a: float | None
    b: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    mcnemar: float | None = None
    reason: str | None = None

    @property
    def real(self) -> bool:
        """Whether the 95% interval of the difference excludes 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def paired_difference(
    a: ItemValues,
    b: ItemValues,
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Difference:
    """Compare two models by the paired bootstrap: both see the same resampled items.

    Items that are the same pair in several languages (`ItemValues.pairs`, which one side may lack)
    are resampled together.

    The p-value is the smallest level at which the percentile interval of the difference still holds
    0: with c₋ draws at or below 0 and c₊ at or above it, of B in all,
    `min(1, 2 (1 + min(c₋, c₊)) / (B + 1))`. It cannot be smaller than 2 / (B + 1).

    Args:
        a: values of model A.
        b: values of model B on the same items in the same order.
        statistic: the correlation, where the items have gold.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        The difference; no value, with the reason, where either model has none.

    Raises:
        InputError: if the items are not the same: other numbers of them, other gold, or a
            correlation against a mean.
    """
    _check_same(a, b)
    values = (_value(a, statistic), _value(b, statistic))
    if values[0].number is None or values[1].number is None:
        sides = zip("AB", values, strict=True)
        reason = "; ".join(f"{name}: {value.reason}" for name, value in sides if value.reason)
        return Difference(values[0].number, values[1].number, None, reason=reason)
    pairs = next((one.pairs for one in (a, b) if one.pairs is not None), np.arange(len(a)))
    ours, theirs = (_draws(one, pairs, statistic, draws, seed) for one in (a, b))
    resampled = theirs - ours
    interval = percentile_interval(resampled)
    return Difference(
        values[0].number,
        values[1].number,
        values[1].number - values[0].number,
        None if interval is None else interval.low,
        None if interval is None else interval.high,
        bootstrap_p_value(resampled),
        mcnemar_p_value(a, b),
    )


def bootstrap_p_value(differences: Float64Array) -> float | None:
    """Two-sided p-value of a difference from its bootstrap draws; see `paired_difference`.

    Args:
        differences: `(draws,)`; NaN where a draw does not define it.

    Returns:
        In (0, 1]; `None` if no draw is defined.
    """
    defined = differences[np.isfinite(differences)]
    if not len(defined):
        return None
    rarer = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return min(1.0, 2 * (1 + rarer) / (len(defined) + 1))


def mcnemar_p_value(a: ItemValues, b: ItemValues) -> float | None:
    """McNemar's exact test: do the items that only one model gets right lean to one side?

    Args:
        a: hits of model A.
        b: hits of model B on the same items.

    Returns:
        Two-sided p-value in (0, 1]; `None` where the items are not all 0 or 1.

    Source: McNemar 1947, in its exact binomial form.
    """
    plain = all(items.gold is None and items.weights is None for items in (a, b))
    if not plain or not np.isin(np.concatenate([a.values, b.values]), (0, 1)).all():
        return None
    ours, theirs = a.values.astype(np.bool_), b.values.astype(np.bool_)
    only_a, only_b = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    if only_a == only_b:
        return 1.0
    from scipy import stats

    return float(stats.binomtest(only_a, only_a + only_b).pvalue)


class _Value(NamedTuple):
    number: float | None
    reason: str | None = None


def _value(items: ItemValues, statistic: Statistic) -> _Value:
    if items.gold is not None:
        x, y = checked(items.values, items.gold), checked(items.gold, items.values)
        if reason := undefined_reason(x, y):
            return _Value(None, reason)
        return _Value(spearman(x, y) if statistic == "spearman" else pearson(x, y))
    total = float(len(items) if items.weights is None else items.weights.astype(np.float64).sum())
    if not total:
        return _Value(None, "nothing to divide by")
    return _Value(float(items.values.astype(np.float64).sum()) / total)


def _draws(
    items: ItemValues, pairs: LongArray, statistic: Statistic, draws: int, seed: int
) -> Float64Array:
    if items.gold is not None:
        return bootstrap_draws(
            items.values, items.gold, statistic=statistic, draws=draws, seed=seed, pairs=pairs
        )
    weights = np.ones(len(items)) if items.weights is None else items.weights
    columns = np.stack([items.values, weights], axis=1).astype(np.float64)
    ratios = []
    for counts in resample_pairs(pairs, draws=draws, seed=seed):
        sums = counts @ columns
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(sums[:, 0] / sums[:, 1])
    return np.concatenate(ratios)


def _check_same(a: ItemValues, b: ItemValues) -> None:
    if len(a) != len(b):
        raise InputError(
            f"{len(a)} items of one model and {len(b)} of the other; expected the same items;"
            " score both on the same data"
        )
    if a.columns().keys() - {"pairs"} != b.columns().keys() - {"pairs"}:
        raise InputError(
            f"items of one model have {', '.join(a.columns())} and of the other"
            f" {', '.join(b.columns())}; expected the same metric; compare like with like"
        )
    if a.gold is not None and not np.array_equal(a.gold, b.gold):  # type: ignore[arg-type]
        raise InputError(
            "the items of the two models have different gold; expected the same items in the same"
            " order; score both on the same data"
        )
