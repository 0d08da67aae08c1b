"""How often a translation is found: accuracy in each direction, top-k, xSIM error.

The search happens elsewhere (`vectors.neighbors`, `vectors.margin`); here are only its results.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.intervals import (
    DRAWS,
    SEED,
    bootstrap_ratio,
    wilson_interval,
)
from isogloss.metrics.score import Estimate, Interval
from isogloss.protocols import BoolArray, Float64Array, LongArray


def text_hits(nearest: LongArray, *, pool: Sequence[str], gold: Sequence[str]) -> BoolArray:
    """Mark the right ones among retrieved sentences; a hit on an equal text is right.

    Args:
        nearest: indices into `pool`, best first, `(n, k)` or `(n,)` for k = 1.
        pool: the texts that were searched.
        gold: the right text for each query, `(n,)`.

    Returns:
        `(n, k)`, true where the retrieved text is the query's gold text.

    Raises:
        InputError: if the number of queries differs from the number of gold texts.
    """
    nearest = nearest[:, None] if nearest.ndim == 1 else nearest
    if len(nearest) != len(gold):
        raise InputError(
            f"{len(nearest)} queries and {len(gold)} gold texts; expected as many of each;"
            " give one gold text per query"
        )
    numbers: dict[str, int] = {}
    pool_numbers = np.array([numbers.setdefault(text, len(numbers)) for text in pool], np.int64)
    gold_numbers = np.array([numbers.get(text, -1) for text in gold], np.int64)
    hits: BoolArray = pool_numbers[nearest] == gold_numbers[:, None]
    return hits


def accuracy(hits: BoolArray, *, k: int = 1) -> Estimate:
    """Share of queries whose translation is among the first k retrieved.

    Args:
        hits: `(n, retrieved)`, best first, see `text_hits`.
        k: how many retrieved sentences count, from 1 to `retrieved`.

    Returns:
        Share in [0, 1], higher is better, with the Wilson interval; no value for no queries.

    Raises:
        InputError: if `k` is outside 1..retrieved.
    """
    if not len(hits):
        return Estimate(None, reason="no pairs; an accuracy needs at least 1")
    if not 1 <= k <= hits.shape[1]:
        raise InputError(
            f"accuracy at k={k} with {hits.shape[1]} retrieved; expected 1 <= k <= retrieved;"
            " retrieve more neighbors or lower k"
        )
    right = int(hits[:, :k].any(axis=1).sum())
    return Estimate(right / len(hits), wilson_interval(right, len(hits)))


def mean_accuracy(
    forward: BoolArray, backward: BoolArray, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Mean of the accuracies in both directions; the interval resamples pairs, not hits.

    Args:
        forward: hits source→target, `(n, k)`; the first column counts.
        backward: hits target→source of the same pairs, `(n, k)`.
        draws: number of bootstrap samples.
        seed: seed of the draws.

    Returns:
        Share in [0, 1], higher is better; no value for no pairs.

    Raises:
        InputError: if the directions have different numbers of pairs.
    """
    if len(forward) != len(backward):
        raise InputError(
            f"{len(forward)} pairs forward and {len(backward)} backward; expected as many of each;"
            " score both directions of the same pairs"
        )
    if not len(forward):
        return Estimate(None, reason="no pairs; an accuracy needs at least 1")
    per_pair = (forward[:, 0].astype(np.float64) + backward[:, 0]) / 2
    interval = bootstrap_ratio(per_pair, np.ones(len(per_pair)), draws=draws, seed=seed)
    return Estimate(float(per_pair.mean()), interval)


def weighted_f1(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> Float64Array:
    """F1 of every item's label; their mean is the F1 weighted by the labels' counts.

    Equal to `sklearn.metrics.f1_score(labels, predictions, average="weighted", zero_division=0)`,
    which mteb prints for its tasks of finding translations (labels: the rows of the translations,
    predictions: the rows found).

    Args:
        labels: the right class of each item, `(n,)`.
        predictions: the class that was found, `(n,)`.

    Returns:
        `(n,)` in [0, 1].

    Raises:
        InputError: if the lengths differ.
    """
    gold, found = np.asarray(labels, np.int64), np.asarray(predictions, np.int64)
    if gold.shape != found.shape or gold.ndim != 1:
        raise InputError(
            f"labels and predictions have shapes {gold.shape} and {found.shape}; expected two"
            " vectors of one length; give one prediction per label"
        )
    classes, codes = np.unique(np.concatenate([gold, found]), return_inverse=True)
    of_gold, of_found = codes[: len(gold)], codes[len(gold) :]
    counts = np.bincount(codes, minlength=len(classes))
    right = np.bincount(of_gold[of_gold == of_found], minlength=len(classes))
    return np.asarray(2 * right[of_gold] / counts[of_gold], dtype=np.float64)


def xsim_error(hits: BoolArray) -> Estimate:
    """Share of sentences whose best margin match is not their translation.

    Args:
        hits: `(n, 1)` or `(n,)`, true where the best match by margin is the translation.

    Returns:
        Share in [0, 1], lower is better, with the Wilson interval; no value for no sentences.

    Source: LASER's `xsim` task; NLLB Team 2022 (arXiv 2207.04672).
    """
    found = accuracy(hits[:, None] if hits.ndim == 1 else hits)
    if found.value is None or found.interval is None:
        return found
    interval = Interval(1 - found.interval.high, 1 - found.interval.low)
    return Estimate(1 - found.value, interval)
