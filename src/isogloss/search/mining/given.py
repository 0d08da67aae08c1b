"""Scores of pairs that are given, against neighborhoods in a sample of their own corpus.

A margin asks for the neighborhoods of both ends. Those in the whole corpus cost its size squared,
and all of it has to be there; those in a sample cost as much for every pair, and a corpus can be
scored part by part as it is read. Where the sample is the whole, the scores are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from isogloss.metrics.intervals import SEED
from isogloss.protocols import BoolArray, Float64Array, FloatArray, LongArray
from isogloss.search.mining.calibration import LEAST, Calibration, calibrate_by_planting
from isogloss.vectors.margin import Margin, margin_scores
from isogloss.vectors.neighbors import Neighbors, nearest
from isogloss.vectors.similarity import paired_cosines

JUDGED = 2_000
"""Pairs of a sample that tell what scores are worth, at most."""

NONE = -1
"""Number of a text that is not in the sample."""


MoreEvidence = Callable[[LongArray], Float64Array]
"""Numbers of the two texts of pairs, `(n, 2)`, to what their scores gain, `(n,)`."""


class Known(NamedTuple):
    """Pairs of which it is known what they are, as numbers of their texts, `(n, 2)` each.

    Args:
        true: translations.
        false: none.
    """

    true: LongArray
    false: LongArray


@dataclass(frozen=True, eq=False)
class Sample:
    """Pairs drawn from a corpus, and the scores of any pairs against them.

    Attributes:
        source: vectors of the distinct source texts, `(n_source, dim)`.
        target: vectors of the distinct target texts, `(n_target, dim)`.
        rows: numbers of the two texts of every pair, `(n, 2)`.
        margin: how a cosine meets its neighborhoods.
        k: neighbors on each side.
    """

    source: FloatArray
    target: FloatArray
    rows: LongArray
    margin: Margin
    k: int

    def scores(self, source: FloatArray, target: FloatArray, rows: LongArray) -> FloatArray:
        """Score pairs; the partner of a text is one of its neighborhood.

        Args:
            source: vectors of the source texts, `(n, dim)`.
            target: vectors of the target texts, `(n, dim)`.
            rows: numbers in the sample of the two texts of every pair, or `NONE`; `(n, 2)`.

        Returns:
            float32 `(n,)`; higher is better.
        """
        cosines = paired_cosines(source, target)
        means = (
            self._means(nearest(source, self.target, k=self.k), cosines, rows[:, 1]),
            self._means(nearest(target, self.source, k=self.k), cosines, rows[:, 0]),
        )
        return margin_scores(cosines, *means, margin=self.margin)

    def _means(self, found: Neighbors, cosines: FloatArray, partner: LongArray) -> FloatArray:
        """Mean cosine of the k nearest, with a partner that the sample lacks among them."""
        own = np.where(partner == NONE, cosines, -np.inf).astype(np.float32)
        return _best(np.concatenate([found.scores, own[:, None]], axis=1), self.k)

    @cached_property
    def judged(self) -> LongArray:
        """The pairs that tell what scores are worth, by the numbers of their texts, `(m, 2)`."""
        order = np.random.default_rng(SEED).permutation(len(self.rows))[:JUDGED]
        return self.rows[order]

    @cached_property
    def _neighbors(self) -> tuple[Neighbors, Neighbors]:
        """Of both ends of the judged pairs, one more than a neighborhood has."""
        source, target = self.judged.T
        return (
            nearest(self.source[source], self.target, k=self.k + 1),
            nearest(self.target[target], self.source, k=self.k + 1),
        )

    @cached_property
    def true(self) -> BoolArray:
        """Which of the judged pairs have an end that is nearest to the other among all, `(m,)`.

        A text put beside a wrong one hardly is: these are known to be translations, by another
        sign than their scores.
        """
        ends = zip(self._neighbors, self.judged.T[::-1], strict=True)
        first, second = (found.indices[:, 0] == partner for found, partner in ends)
        return first | second

    @cached_property
    def known(self) -> Known:
        """Judged pairs that are translations, and their texts put beside those of the next ones."""
        source, target = self.judged.T
        other = np.roll(target, -1)
        beside = np.stack([source, other], axis=1)[other != target]
        return Known(self.judged[self.true], beside)

    def _false_scores(self) -> FloatArray:
        """Scores of judged texts put beside the next ones, whose own partner is not there."""
        source, target = self.judged.T
        other = np.roll(target, -1)
        fair = other != target
        cosines = paired_cosines(self.source[source[fair]], self.target[other[fair]])
        forward, backward = self._neighbors
        means = (
            self._without(forward, target)[fair],
            np.roll(self._without(backward, source), -1)[fair],
        )
        return margin_scores(cosines, *means, margin=self.margin)

    def _without(self, found: Neighbors, partner: LongArray) -> FloatArray:
        scores = np.where(found.indices == partner[:, None], -np.inf, found.scores)
        return _best(scores.astype(np.float32), self.k)

    def judged_scores(self) -> FloatArray:
        """Scores of the judged pairs, `(m,)`."""
        source, target = self.judged.T
        return self.scores(self.source[source], self.target[target], self.judged)

    def calibrate(self, more: MoreEvidence | None = None) -> Calibration | None:
        """What scores are worth; None where the model finds too few of the pairs to tell.

        Args:
            more: what else goes into the scores; None: nothing.
        """
        both = (self.judged, self.judged_scores()), (self.known.false, self._false_scores())
        scores, false = (own if more is None else own + more(rows) for rows, own in both)
        if self.true.sum() < LEAST or len(false) < LEAST:
            return None
        return calibrate_by_planting(scores, scores[self.true], false)


def _best(scores: FloatArray, k: int) -> FloatArray:
    """Mean of the k highest finite scores of every row, `(n,)`; 0 where there are none."""
    top = -np.sort(-scores, axis=1)[:, :k]
    known = np.isfinite(top)
    total = np.where(known, top, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(1, known.sum(axis=1)), np.float32)
