"""What a margin score is worth: how probable it is that a mined pair is a translation.

Scores mean another thing for every model and every collection, so they are compared with pairs of
which it is known. Log odds are taken as a line in the score (Platt 1999). Known pairs that were
planted in the collections are not as frequent as true ones among what is mined: their line gives
how much more often true pairs have a score than false ones, and the share of true ones is what
makes the mined scores most likely (Saerens et al. 2002). Intervals draw the known pairs again.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.intervals import SEED, percentile_interval, wilson_interval
from isogloss.metrics.score import Interval
from isogloss.protocols import BoolArray, Float64Array
from isogloss.search.mining.logistic import most_likely, sigmoid

LEAST = 20
"""Known pairs of each kind, true and false, at least."""

DRAWS = 200
_STEPS = 500
_BINS = 512
"""Bins of equal count that mined scores are summed in: finer than any interval."""


class Worth(NamedTuple):
    """What the mined pairs with at least some score are worth.

    Attributes:
        threshold: the score.
        kept: how many pairs have it.
        precision: share of them that are translations, as estimated.
        precision_interval: 95%, of the estimate.
        recall: share of the planted translations that have it; None where none were planted.
        recall_interval: 95%.
    """

    threshold: float
    kept: int
    precision: float
    precision_interval: Interval
    recall: float | None = None
    recall_interval: Interval | None = None


class _Line(NamedTuple):
    """Log odds of a score: `slope * score + intercept`."""

    slope: float
    intercept: float

    def probabilities(self, scores: Float64Array) -> Float64Array:
        return sigmoid(self.slope * scores + self.intercept)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Probabilities of mined scores.

    Args:
        lines: log odds, the estimate first, then those of the draws.
        mined: scores of all candidates, `(n,)`.
        planted: scores of the planted translations, minus infinity for those that were not mined;
            None where none were planted.
    """

    lines: tuple[_Line, ...]
    mined: Float64Array
    planted: Float64Array | None = None

    @property
    def slope(self) -> float:
        """Log odds that a point of score is worth; 0 where scores tell nothing."""
        return self.lines[0].slope

    def probability(self, scores: npt.ArrayLike) -> Float64Array:
        """How probable it is that pairs with these scores are translations, `(n,)`."""
        return self.lines[0].probabilities(np.asarray(scores, np.float64))

    def score_for(self, probability: float) -> float:
        """The score at which pairs are so probably translations; infinite where none tells.

        Args:
            probability: between 0 and 1.
        """
        slope, intercept = self.lines[0]
        log_odds = float(np.log(probability / (1 - probability)))
        return (log_odds - intercept) / slope if slope > 0 else float("inf")

    def worth(self, threshold: float) -> Worth | None:
        """What the pairs with at least a score are worth; None where there are none."""
        kept = self.mined[self.mined >= threshold]
        if not len(kept):
            return None
        values, counts = _binned(kept)
        shares = [np.average(line.probabilities(values), weights=counts) for line in self.lines]
        interval = percentile_interval(shares)
        assert interval is not None
        found = Worth(threshold, len(kept), float(shares[0]), interval)
        if self.planted is None:
            return found
        hits = int((self.planted >= threshold).sum())
        return found._replace(
            recall=hits / len(self.planted),
            recall_interval=wilson_interval(hits, len(self.planted)),
        )

    def threshold_for(self, precision: float) -> float | None:
        """The lowest score from which on so large a share are translations; None if none is.

        Args:
            precision: from 0 to 1.
        """
        scores = np.sort(self.mined)[::-1]
        shares = np.cumsum(self.probability(scores)) / np.arange(1, len(scores) + 1)
        ends = np.append(scores[:-1] > scores[1:], True)[: len(scores)]  # of equal scores, together
        good = np.flatnonzero((shares >= precision) & ends)
        return float(scores[good[-1]]) if len(good) else None


def calibrate_by_labels(
    mined: npt.ArrayLike, scores: npt.ArrayLike, right: npt.ArrayLike, *, seed: int = SEED
) -> Calibration:
    """Learn from mined pairs that somebody has judged; drawn at random, or evenly over scores.

    Args:
        mined: scores of all mined pairs.
        scores: scores of the judged ones, `(n,)`.
        right: whether each is a translation, `(n,)`.
        seed: of the draws.

    Raises:
        InputError: there are fewer than `LEAST` of a kind.
    """
    judged, known = np.asarray(scores, np.float64), np.asarray(right, np.bool_)
    check_known(
        known,
        "judged pairs that were mined and are right",
        "judged pairs that were mined and are wrong",
    )
    draws = _resampled(judged, known, seed)
    return Calibration(tuple(_fit(*draw) for draw in draws), np.asarray(mined, np.float64))


def calibrate_by_planting(
    mined: npt.ArrayLike,
    true: npt.ArrayLike,
    false: npt.ArrayLike,
    *,
    missed: int = 0,
    seed: int = SEED,
) -> Calibration:
    """Learn from translations that were planted, and from sentences planted without theirs.

    Args:
        mined: scores of the mined pairs that nothing planted is in.
        true: scores of the planted translations that were mined.
        false: scores of what was mined for sentences whose translation is not there.
        missed: planted translations that were not mined.
        seed: of the draws.

    Raises:
        InputError: there are fewer than `LEAST` of a kind.
    """
    scores = [np.asarray(part, np.float64) for part in (mined, true, false)]
    judged = np.concatenate(scores[1:])
    known = np.arange(len(judged)) < len(scores[1])
    check_known(known, "planted translations that were found", "pairs of sentences planted alone")
    values, counts = _binned(scores[0])
    lines = tuple(
        _shifted(_fit(*draw), float(draw[1].mean()), values, counts)
        for draw in _resampled(judged, known, seed)
    )
    planted = np.concatenate([scores[1], np.full(missed, -np.inf)])
    return Calibration(lines, scores[0], planted)


def _fit(scores: Float64Array, right: BoolArray) -> _Line:
    """The most likely line; targets are Platt's, so that it is never a wall."""
    hits, misses = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    middle, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = np.stack([(scores - middle) / spread, np.ones(len(scores))], axis=1)
    weights = most_likely(x, wanted)
    slope = max(0.0, float(weights[0])) / spread  # a higher score is never worse
    return _Line(slope, float(weights[1]) - slope * middle)


def _shifted(line: _Line, share: float, values: Float64Array, counts: Float64Array) -> _Line:
    """A line learned at one share of right pairs, moved to another, unknown share."""
    neutral = line.intercept - np.log(share / (1 - share))
    own = 0.5
    for _ in range(_STEPS):
        moved = _Line(line.slope, neutral + np.log(own / (1 - own)))
        after = float(np.average(moved.probabilities(values), weights=counts))
        after = min(max(after, 1e-6), 1 - 1e-6)
        if abs(after - own) < 1e-7:
            break
        own = after
    return _Line(line.slope, neutral + np.log(own / (1 - own)))


def _binned(scores: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Means and sizes of bins of equal count."""
    parts = np.array_split(np.sort(scores), min(_BINS, len(scores)))
    return np.array([part.mean() for part in parts]), np.array([len(p) for p in parts], np.float64)


def _resampled(
    scores: Float64Array, right: BoolArray, seed: int
) -> list[tuple[Float64Array, BoolArray]]:
    """The judged pairs, then as many drawn from each kind, `DRAWS` times."""
    generator = np.random.default_rng(seed)
    kinds = np.flatnonzero(right), np.flatnonzero(~right)
    drawn = [
        np.concatenate([generator.choice(kind, len(kind)) for kind in kinds]) for _ in range(DRAWS)
    ]
    return [(scores, right), *((scores[rows], right[rows]) for rows in drawn)]


def check_known(right: BoolArray, hits: str, misses: str) -> None:
    """Refuse to learn from too few.

    Args:
        right: whether each known pair is a translation, `(n,)`.
        hits: what those that are one are called.
        misses: the others.

    Raises:
        InputError: there are fewer than `LEAST` of a kind.
    """
    for number, what in ((int(right.sum()), hits), (int((~right).sum()), misses)):
        if number < LEAST:
            raise InputError(
                f"{number} {what}; expected at least {LEAST} of them to tell what a score is "
                "worth; give more (200 are good)"
            )
