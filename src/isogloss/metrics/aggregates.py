"""One number for several subsets: mean, weighted mean, Fisher mean, one correlation over all pairs.

A subset whose correlation is undefined (fewer than three pairs, a constant side) is left out of
every aggregate and named; it never counts as 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.correlation import (
    FISHER_LIMIT,
    Statistic,
    bootstrap_draws,
    checked,
    fisher_mean,
    pearson,
    spearman,
    undefined_reason,
)
from isogloss.metrics.intervals import DRAWS, SEED, percentile_interval
from isogloss.metrics.items import ItemValues, graded, join_items, shared_numbers
from isogloss.metrics.score import Estimate
from isogloss.protocols import Float64Array, LongArray

AGGREGATES = ("mean", "weighted", "fisher", "joined")
"""Names of the aggregates, in the order they come."""


def mean(values: Sequence[float | None]) -> Estimate:
    """Plain mean of the values that are defined.

    Args:
        values: one per subset; `None` where it is undefined.

    Returns:
        The mean, without an interval; no value if none is defined.
    """
    return weighted(values, [1] * len(values))


def weighted(values: Sequence[float | None], n: Sequence[int]) -> Estimate:
    """Mean of the values that are defined, weighted by the subsets' numbers of pairs.

    Args:
        values: one per subset; `None` where it is undefined.
        n: number of pairs of each subset.

    Returns:
        The mean, without an interval; no value if none is defined.

    Raises:
        InputError: if the lengths differ.
    """
    if len(values) != len(n):
        raise InputError(
            f"{len(values)} values and {len(n)} weights; expected as many of each;"
            " give the number of pairs of every subset"
        )
    pairs = [(value, size) for value, size in zip(values, n, strict=True) if value is not None]
    total = sum(size for _, size in pairs)
    if not total:
        return Estimate(None, reason=_nothing(len(values)))
    return Estimate(sum(value * size for value, size in pairs) / total)


def fisher(values: Sequence[float | None]) -> Estimate:
    """`tanh(mean(atanh(r)))` of the correlations that are defined.

    Args:
        values: one correlation per subset, in [-1, 1]; `None` where it is undefined.

    Returns:
        The mean, without an interval; no value if none is defined.

    Raises:
        InputError: if a value is outside [-1, 1].
    """
    found = fisher_mean([value for value in values if value is not None])
    return Estimate(None, reason=_nothing(len(values))) if found is None else Estimate(found)


def joined(
    subsets: Sequence[ItemValues],
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Estimate:
    """One correlation over the pairs of all subsets, as if they were one test set.

    A pair that stands in several subsets, in several languages, is resampled with all of its items.

    Args:
        subsets: cosines and gold of each subset, gold on one scale; those without a correlation of
            their own are left out.
        statistic: `spearman` or `pearson`.
        draws: number of bootstrap samples over the different pairs.
        seed: seed of the draws.

    Returns:
        The correlation with its interval; no value if no subset has one.

    Raises:
        InputError: if a subset has no gold, or a number is NaN or infinite.
    """
    defined = [subset for subset in subsets if _value(subset, statistic) is not None]
    if not defined:
        return Estimate(None, reason=_nothing(len(subsets)))
    items = join_items(defined)
    cosines, gold = items.values, graded(items)
    resampled = bootstrap_draws(
        cosines, gold, statistic=statistic, draws=draws, seed=seed, pairs=items.pairs
    )
    value = _correlation(cosines, gold, statistic)
    return Estimate(value, percentile_interval(resampled))


@dataclass(frozen=True)
class Aggregated:
    """All aggregates of some subsets.

    Args:
        estimates: by the names of `AGGREGATES`, with intervals.
        n: number of items in the subsets that count; a pair counts once in each subset.
        used: names of the subsets that count, in the order given.
        left_out: the others, with the reason.
    """

    estimates: Mapping[str, Estimate]
    n: int
    used: tuple[str, ...]
    left_out: Mapping[str, str]


def aggregate(
    subsets: Mapping[str, ItemValues],
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Aggregated:
    """Mean, weighted mean, Fisher mean and joined correlation of several subsets.

    Intervals resample pairs. Subsets that hold the same pairs in several languages see the same
    draws of them; others see draws of their own.

    Args:
        subsets: cosines and gold of each subset by name, gold on one scale; those that do not
            number their pairs hold the same ones as others of equal gold.
        statistic: `spearman` or `pearson`.
        draws: number of bootstrap samples.
        seed: seed of the draws; two models scored on the same subsets see the same draws.

    Returns:
        The aggregates over the subsets that have a correlation; if none has, no values.

    Raises:
        InputError: if a subset has no gold, or a number is NaN or infinite.
    """
    values = {name: _value(subset, statistic) for name, subset in subsets.items()}
    used = tuple(name for name, value in values.items() if value is not None)
    left_out = {name: _reason(subsets[name]) for name in subsets if name not in used}
    chosen = [subsets[name] for name in used]
    sizes = [len(subset) for subset in chosen]
    numbers = [values[name] for name in used]
    if not used:
        nothing = Estimate(None, reason=_nothing(len(subsets)))
        return Aggregated(dict.fromkeys(AGGREGATES, nothing), 0, used, left_out)
    resampled = subset_draws(chosen, statistic=statistic, draws=draws, seed=seed)
    share = np.array(sizes, dtype=np.float64) / sum(sizes)
    bounded = np.clip(resampled, -FISHER_LIMIT, FISHER_LIMIT)
    drawn = {
        "mean": resampled.mean(axis=0),
        "weighted": share @ resampled,
        "fisher": np.tanh(np.arctanh(bounded).mean(axis=0)),
    }
    points = {
        "mean": mean(numbers),
        "weighted": weighted(numbers, sizes),
        "fisher": fisher(numbers),
    }
    estimates = {
        name: Estimate(point.value, percentile_interval(drawn[name]))
        for name, point in points.items()
    }
    estimates["joined"] = joined(chosen, statistic=statistic, draws=draws, seed=seed)
    return Aggregated(estimates, sum(sizes), used, left_out)


def subset_draws(
    subsets: Sequence[ItemValues],
    *,
    statistic: Statistic = "spearman",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Float64Array:
    """The correlation of every subset in every bootstrap draw.

    Args:
        subsets: cosines and gold of each subset.
        statistic: `spearman` or `pearson`.
        draws: number of bootstrap samples.
        seed: seed of the first subset's draws; subsets that have pairs in common share theirs.

    Returns:
        `(n_subsets, draws)`; NaN where a draw has a constant side.

    Raises:
        InputError: if a subset has no gold, or a number is NaN or infinite.
    """
    numbers = shared_numbers(subsets)
    rows: dict[int, Float64Array] = {}
    for place, group in enumerate(_related(numbers)):
        among = np.concatenate([numbers[at] for at in group])
        for at in group:
            rows[at] = bootstrap_draws(
                subsets[at].values,
                graded(subsets[at]),
                statistic=statistic,
                draws=draws,
                seed=seed + place,
                pairs=numbers[at],
                among=among,
            )
    return np.stack([rows[at] for at in range(len(subsets))])


def _related(numbers: Sequence[LongArray]) -> list[list[int]]:
    """Places of the subsets that have pairs in common, directly or not, in order of appearance."""
    groups: list[list[int]] = []
    held: list[set[int]] = []
    for at, own in enumerate(numbers):
        pairs = set(own.tolist())
        touched = [place for place, known in enumerate(held) if not known.isdisjoint(pairs)]
        if not touched:
            groups.append([at])
            held.append(pairs)
            continue
        first, *others = touched
        groups[first].append(at)
        held[first] |= pairs
        for place in reversed(others):
            groups[first] += groups.pop(place)
            held[first] |= held.pop(place)
    return [sorted(group) for group in groups]


def _value(subset: ItemValues, statistic: Statistic) -> float | None:
    return _correlation(subset.values, graded(subset), statistic)


def _correlation(
    cosines: npt.NDArray[np.generic], gold: Float64Array, statistic: Statistic
) -> float | None:
    return spearman(cosines, gold) if statistic == "spearman" else pearson(cosines, gold)


def _reason(subset: ItemValues) -> str:
    gold = graded(subset)
    x, y = checked(subset.values, gold), checked(gold, subset.values)
    return undefined_reason(x, y) or "no correlation"


def _nothing(n: int) -> str:
    return f"none of {n} subsets has a value; an aggregate needs at least 1"
