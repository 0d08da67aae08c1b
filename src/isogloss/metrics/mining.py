"""Scores of mined pairs: precision, recall and F1 at a tuned threshold, average precision.

Scores that are equal cannot be told apart by a threshold, so they are taken together everywhere.
Recall is over all gold pairs, found among the candidates or not.

Source: the BUCC shared tasks (Zweigenbaum et al. 2017, 2018).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.intervals import (
    DRAWS,
    SEED,
    bootstrap_ratio,
    percentile_interval,
    resample_counts,
)
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate
from isogloss.protocols import BoolArray, Float64Array, LongArray

FOLDS = 5


class Threshold(NamedTuple):
    """Where to cut a ranking, and what the cut is worth on the data it was tuned on."""

    value: float
    """Pairs are kept if their score is at least this; infinite if no cut has an F1 above 0."""
    f1: float


@dataclass(frozen=True, eq=False)
class Candidates:
    """Mined pairs, to be cut by a threshold, beside the gold they are judged by.

    Args:
        scores: score of each pair, `(m,)`, in any order; higher is better.
        correct: whether each is a gold pair, `(m,)`.
        sources: number of each pair's source sentence, `(m,)`.
        gold: number of gold pairs of each source sentence, `(n_source,)`.

    Raises:
        InputError: if the lengths differ, a score is NaN or infinite, or more pairs of a source
            sentence are correct than it has in gold.
    """

    scores: Float64Array
    correct: BoolArray
    sources: LongArray
    gold: LongArray

    def __post_init__(self) -> None:
        _check(self.scores, self.correct)
        if len(self.sources) != len(self.scores):
            raise InputError(
                f"{len(self.sources)} source sentences for {len(self.scores)} candidates; expected"
                " as many of each; give every candidate its source"
            )
        if (self.per_source(self.correct) > self.gold).any():
            raise InputError(
                "a source sentence has more correct candidates than gold pairs; expected each pair"
                " once; look for repeated candidates"
            )

    @property
    def n_gold(self) -> int:
        """Number of gold pairs."""
        return int(self.gold.sum())

    def per_source(self, marked: BoolArray) -> LongArray:
        """How many marked candidates each source sentence has, `(n_source,)`."""
        return np.bincount(self.sources[marked], minlength=len(self.gold))


def tune_threshold(scores: npt.ArrayLike, correct: npt.ArrayLike, n_gold: int) -> Threshold:
    """Find the threshold of the best F1.

    Args:
        scores: score of each candidate, `(m,)`, in any order.
        correct: whether each is a gold pair, `(m,)`.
        n_gold: number of gold pairs, candidates or not.

    Returns:
        The midpoint between the last group of equal scores that is kept and the next one (the
        higher of the two if they are adjacent floats), or the last group's score at the end; of
        equal F1 the highest threshold.

    Raises:
        InputError: if the lengths differ or a score is NaN or infinite.
    """
    ranking = _ranking(np.asarray(scores, np.float64), np.asarray(correct, np.bool_))
    if not len(ranking.scores) or n_gold < 1:
        return Threshold(math.inf, 0.0)
    f1 = 2 * ranking.right / (ranking.kept + n_gold)
    best = int(f1.argmax())
    if f1[best] <= 0:
        return Threshold(math.inf, 0.0)
    last = float(ranking.scores[best])
    if best + 1 == len(f1):
        return Threshold(last, float(f1[best]))
    after = float(ranking.scores[best + 1])
    middle = after + (last - after) / 2
    return Threshold(middle if after < middle else last, float(f1[best]))


def kept_by_folds(candidates: Candidates, *, folds: int = FOLDS, seed: int = SEED) -> BoolArray:
    """Which candidates pass a threshold that was tuned without their source sentence.

    The source sentences are dealt to folds at random; each fold is cut by the threshold tuned on
    the others.

    Args:
        candidates: the mined pairs.
        folds: number of folds, at least 2.
        seed: seed of the deal.

    Returns:
        `(m,)`, true where a candidate is kept.

    Raises:
        InputError: if `folds` is below 2.
    """
    if folds < 2:
        raise InputError(f"folds is {folds}; expected at least 2; 5 is usual")
    n = len(candidates.gold)
    fold_of = np.random.default_rng(seed).permutation(n) % folds
    kept = np.zeros(len(candidates.scores), dtype=np.bool_)
    for fold in range(folds):
        inside = fold_of[candidates.sources] == fold
        others = int(candidates.gold[fold_of != fold].sum())
        cut = tune_threshold(candidates.scores[~inside], candidates.correct[~inside], others)
        kept |= inside & (candidates.scores >= cut.value)
    return kept


class MinedScores(NamedTuple):
    """What the kept pairs are worth, and the counts per source sentence behind each figure."""

    f1: Estimate
    precision: Estimate
    recall: Estimate
    items: dict[str, ItemValues]
    """By `f1`, `precision`, `recall`; sums of values over sums of weights."""


def score_mined(
    candidates: Candidates, kept: BoolArray, *, draws: int = DRAWS, seed: int = SEED
) -> MinedScores:
    """Precision, recall and F1 of the kept pairs; intervals resample source sentences.

    Args:
        candidates: the mined pairs.
        kept: which of them are kept, `(m,)`.
        draws: number of bootstrap samples; the threshold stays as it is.
        seed: seed of the draws.

    Returns:
        Shares in [0, 1], higher is better. No value without gold pairs; no precision where nothing
        is kept.
    """
    right = candidates.per_source(kept & candidates.correct)
    mined, gold = candidates.per_source(kept), candidates.gold
    parts = {
        "f1": ItemValues(2 * right, weights=mined + gold),
        "precision": ItemValues(right, weights=mined),
        "recall": ItemValues(right, weights=gold),
    }
    if not candidates.n_gold:
        nothing = Estimate(None, reason="no gold pairs; mining is scored against at least 1")
        return MinedScores(nothing, nothing, nothing, {})
    f1, precision, recall = (_ratio(items, draws, seed) for items in parts.values())
    return MinedScores(f1, precision, recall, parts)


def estimate_average_precision(
    candidates: Candidates, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Average precision of the ranking: precision at each gain of recall, weighted by the gain.

    Equal to `sklearn.metrics.average_precision_score` times the share of the gold pairs that are
    candidates.

    Args:
        candidates: the mined pairs.
        draws: number of bootstrap samples over source sentences.
        seed: seed of the draws.

    Returns:
        In [0, 1], higher is better; no value without gold pairs.
    """
    if not candidates.n_gold:
        return Estimate(None, reason="no gold pairs; mining is scored against at least 1")
    order = np.argsort(-candidates.scores, kind="stable")
    ends = _group_ends(candidates.scores[order])
    correct, sources = candidates.correct[order].astype(np.float64), candidates.sources[order]
    gold = candidates.gold.astype(np.float64)

    def average(counts: Float64Array) -> Float64Array:
        taken = counts[:, sources]
        kept = np.cumsum(taken, axis=1)[:, ends]
        right = np.cumsum(taken * correct, axis=1)[:, ends]
        gains = np.diff(right, axis=1, prepend=0.0)
        precision = right / np.maximum(kept, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((precision * gains).sum(axis=1) / (counts @ gold))

    value = float(average(np.ones((1, len(gold))))[0])
    blocks = [average(counts) for counts in resample_counts(len(gold), draws=draws, seed=seed)]
    return Estimate(value, percentile_interval(np.concatenate(blocks)))


class _Ranking(NamedTuple):
    """Counts at the end of each group of equal scores, best first."""

    scores: Float64Array
    kept: LongArray
    right: LongArray


def _ranking(scores: Float64Array, correct: BoolArray) -> _Ranking:
    _check(scores, correct)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = _group_ends(ordered)
    return _Ranking(ordered[ends], ends + 1, np.cumsum(correct[order], dtype=np.int64)[ends])


def _group_ends(ordered: Float64Array) -> LongArray:
    """Last place of each run of equal scores."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])


def _ratio(items: ItemValues, draws: int, seed: int) -> Estimate:
    assert items.weights is not None
    values, weights = items.values.astype(np.float64), items.weights.astype(np.float64)
    if not weights.sum():
        return Estimate(None, reason="no pair passes the threshold; a precision needs at least 1")
    interval = bootstrap_ratio(values, weights, draws=draws, seed=seed)
    return Estimate(float(values.sum() / weights.sum()), interval)


def _check(scores: Float64Array, correct: BoolArray) -> None:
    if scores.ndim != 1 or scores.shape != correct.shape:
        raise InputError(
            f"scores and marks have shapes {scores.shape} and {correct.shape}; expected two vectors"
            " of one length; mark every candidate"
        )
    if not np.isfinite(scores).all():
        raise InputError(
            f"{int((~np.isfinite(scores)).sum())} of {len(scores)} scores are NaN or infinite;"
            " expected finite numbers; look at the embeddings"
        )
