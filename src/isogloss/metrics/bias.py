"""Language bias: does a model prefer some language pairs, whatever the sentences mean?

Scores of subsets in several languages say nothing about it: each may rank its own pairs well while
the cosines of one language lie above those of another. Joined in one list, they would be out of
order.

Source: Reimers & Gurevych 2020 (arXiv 2004.09813), section 5.2 and table 8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.correlation import checked, spearman, undefined_reason
from isogloss.metrics.intervals import DRAWS, SEED, mean_estimate
from isogloss.metrics.items import ItemValues, graded
from isogloss.metrics.score import Estimate
from isogloss.protocols import Float64Array

SUBSAMPLES = 20
"""Draws of the smallest subset's size, where subsets differ in size."""

GOLD_EDGES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
"""Edges of the gold bins; a bin holds its lower edge, the last one its upper edge too."""


@dataclass(frozen=True)
class LanguageBias:
    """What joining the subsets costs.

    Args:
        expected: mean of the subsets' own Spearman correlations.
        actual: Spearman of all of their pairs joined.
        bias: actual - expected; 0 is no bias, below 0 the languages are out of order.
        n: pairs taken from each subset.
        subsamples: number of random subsamples that were averaged; 1 where all are of one size.
        used: names of the subsets that count.
        left_out: the others, with the reason.
    """

    expected: Estimate
    actual: Estimate
    bias: Estimate
    n: int
    subsamples: int
    used: tuple[str, ...]
    left_out: Mapping[str, str]


def language_bias(
    subsets: Mapping[str, ItemValues], *, subsamples: int = SUBSAMPLES, seed: int = SEED
) -> LanguageBias:
    """Compare the mean of the subsets' correlations with the correlation of all of them joined.

    Subsets of different sizes would weigh differently in the two, so each is then cut to the
    smallest size at random, and the figures are means over several such draws.

    Args:
        subsets: cosines and gold of each subset by name, gold on one scale (0-5).
        subsamples: number of draws where sizes differ.
        seed: seed of the draws; equal subsets give equal draws, so that models can be compared.

    Returns:
        The three figures, without intervals; no values with fewer than 2 subsets that have a
        correlation.

    Raises:
        InputError: if a subset has no gold, a number is NaN or infinite, or `subsamples` is below
            1.
    """
    if subsamples < 1:
        raise InputError(f"subsamples is {subsamples}; expected at least 1; 20 is usual")
    sides = {name: _sides(subset) for name, subset in subsets.items()}
    reasons = {name: undefined_reason(*both) for name, both in sides.items()}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    used = tuple(name for name in subsets if name not in left_out)
    if len(used) < 2:
        nothing = Estimate(
            None, reason=f"{len(used)} subsets with a value; a bias needs at least 2"
        )
        return LanguageBias(nothing, nothing, nothing, 0, 0, used, left_out)
    chosen = [sides[name] for name in used]
    sizes = [len(both.cosines) for both in chosen]
    smallest, equal = min(sizes), len(set(sizes)) == 1
    generator = np.random.default_rng(seed)
    draws = []
    for _ in range(1 if equal else subsamples):
        taken = [both if equal else _subsample(both, smallest, generator) for both in chosen]
        draws.append(_expected_and_actual(taken))
    expected, actual = (
        _mean_of([draw[place] for draw in draws], "constant in every subsample") for place in (0, 1)
    )
    return LanguageBias(
        expected, actual, _minus(actual, expected), smallest, len(draws), used, left_out
    )


@dataclass(frozen=True, eq=False)
class GoldBins:
    """Mean cosine of each subset inside equal gold bins: where a bias sits.

    Args:
        names: the subsets, `(n_subsets,)`.
        edges: edges of the bins, `(n_bins + 1,)`.
        means: mean cosine, `(n_subsets, n_bins)`; `None` where a bin is empty.
        counts: number of pairs, `(n_subsets, n_bins)`.
    """

    names: tuple[str, ...]
    edges: tuple[float, ...]
    means: tuple[tuple[float | None, ...], ...]
    counts: tuple[tuple[int, ...], ...]


def cosines_in_gold_bins(
    subsets: Mapping[str, ItemValues], *, edges: Sequence[float] = GOLD_EDGES
) -> GoldBins:
    """Mean cosine per language pair inside equal gold bins.

    Equal grades should have equal cosines in every language pair; a row that lies above the others
    is a pair of languages that the model prefers.

    Args:
        subsets: cosines and gold of each subset by name, gold on one scale.
        edges: ascending edges of the bins.

    Returns:
        One row per subset.

    Raises:
        InputError: if the edges do not ascend, a grade lies outside them, or a subset has no gold.
    """
    borders = np.asarray(edges, dtype=np.float64)
    if len(borders) < 2 or not (np.diff(borders) > 0).all():
        raise InputError(
            f"edges are {list(edges)}; expected at least 2 ascending numbers; sort them"
        )
    means, counts = [], []
    for name, subset in subsets.items():
        cosines, gold = _sides(subset)
        if len(gold) and not (borders[0] <= gold.min() and gold.max() <= borders[-1]):
            raise InputError(
                f"{name} has gold from {gold.min()} to {gold.max()}; expected {borders[0]} to"
                f" {borders[-1]}; bring all subsets to one scale"
            )
        of_pair = np.minimum(np.searchsorted(borders, gold, side="right"), len(borders) - 1) - 1
        count = np.bincount(of_pair, minlength=len(borders) - 1)
        total = np.bincount(of_pair, weights=cosines, minlength=len(borders) - 1)
        counts.append(tuple(count.tolist()))
        means.append(tuple(float(t / c) if c else None for t, c in zip(total, count, strict=True)))
    return GoldBins(tuple(subsets), tuple(borders.tolist()), tuple(means), tuple(counts))


def preference_rate(
    same: npt.ArrayLike, other: npt.ArrayLike, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """How often a sentence's nearest neighbor in a pool of two languages is in its own language.

    Args:
        same: for each query, the best cosine to another sentence of its own language, `(n,)`.
        other: the best cosine to a sentence of the other language that is not its translation,
            `(n,)`; the two pools should be of one size.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        Share in [0, 1]; 0.5 is no preference, 1 always its own language. Equal cosines count half.
        No value for no queries.

    Raises:
        InputError: if the lengths differ or a cosine is NaN or infinite.
    """
    return mean_estimate(preferred(same, other), draws=draws, seed=seed)


def preferred(same: npt.ArrayLike, other: npt.ArrayLike) -> Float64Array:
    """Whether each query's nearest neighbor is in its own language: 1, 0, or half where both are.

    Args:
        same: see `preference_rate`.
        other: see `preference_rate`.

    Returns:
        `(n,)`.

    Raises:
        InputError: see `preference_rate`.
    """
    ours, theirs = checked(same, other), checked(other, same)
    found: Float64Array = (ours > theirs) + (ours == theirs) / 2
    return found


class _Sides(NamedTuple):
    cosines: Float64Array
    gold: Float64Array


def _sides(subset: ItemValues) -> _Sides:
    gold = graded(subset)
    return _Sides(checked(subset.values, gold), checked(gold, subset.values))


def _subsample(both: _Sides, n: int, generator: np.random.Generator) -> _Sides:
    rows = generator.choice(len(both.cosines), size=n, replace=False)
    return _Sides(both.cosines[rows], both.gold[rows])


def _expected_and_actual(chosen: Sequence[_Sides]) -> tuple[float | None, float | None]:
    own = [spearman(*both) for both in chosen]
    defined = [value for value in own if value is not None]
    cosines, gold = (np.concatenate(side) for side in zip(*chosen, strict=True))
    # a subsample may be constant where its subset is not: such a draw says nothing
    return (fmean(defined), spearman(cosines, gold)) if len(defined) == len(own) else (None, None)


def _mean_of(values: Sequence[float | None], reason: str) -> Estimate:
    defined = [value for value in values if value is not None]
    return Estimate(fmean(defined)) if defined else Estimate(None, reason=reason)


def _minus(one: Estimate, other: Estimate) -> Estimate:
    if one.value is None or other.value is None:
        return Estimate(None, reason=one.reason or other.reason)
    return Estimate(one.value - other.value)
