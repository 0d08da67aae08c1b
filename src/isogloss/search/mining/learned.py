"""Another score than the margin: the log odds of a translation, learned from known pairs.

A margin knows the vectors alone. Wrong pairs with high margins are often summaries and headlines of
the same event, whose lengths differ from a translation's, or the same sentence about another
number. So it goes with the cosine, the ratio of lengths and the numbers in both texts into a
logistic regression, as the features that filters of bitexts share.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from isogloss.data.graded.pairs import naive_folds
from isogloss.metrics.intervals import SEED
from isogloss.protocols import BoolArray, Float64Array
from isogloss.search.mining.logistic import most_likely
from isogloss.vectors.mining import MinedPairs

FOLDS = 5
"""Parts of the known pairs, each scored by what the others teach."""

_NUMBER = re.compile(r"\d{1,18}")


class Learned(NamedTuple):
    """Candidates with a learned score.

    Attributes:
        found: the candidates, in the order of the score.
        unseen: the same score, of known pairs as it is learned without them, `(n,)`: what a score
            is worth is told by these, since a pair that was learned from is scored too well.
    """

    found: MinedPairs
    unseen: Float64Array


def with_learned_scores(
    found: MinedPairs, texts: Iterable[tuple[str, str]], right: BoolArray, wrong: BoolArray
) -> Learned:
    """Candidates, scored and ordered by what known ones of them teach.

    Args:
        found: candidates with margins for scores, `(n,)`.
        texts: the two of each.
        right: those known to be translations, `(n,)`.
        wrong: those known not to be.

    Returns:
        The same pairs; scores are log odds, as frequent as right pairs are among the known.
    """
    sides = np.array([_described(*pair) for pair in texts], np.float64).reshape(-1, 2)
    x = np.column_stack([found.scores.astype(np.float64), found.cosines, sides])
    scores, known = _log_odds(x, right, wrong), np.flatnonzero(right | wrong)
    unseen = scores.copy()
    unseen[known] = _without_own(x[known], right[known])
    learned = MinedPairs(found.a, found.b, scores.astype(np.float32), found.cosines)
    order = np.lexsort((found.b, found.a, -learned.scores))
    return Learned(learned.take(order), unseen[order])


def _log_odds(x: Float64Array, right: BoolArray, wrong: BoolArray) -> Float64Array:
    """The score of candidates.

    Args:
        x: margin, cosine, logarithm of the ratio of lengths, numbers that differ, `(n, 4)`.
        right: translations to learn from, `(n,)`.
        wrong: others to learn from.
    """
    known, x = right | wrong, x.copy()
    x[:, 2] = np.abs(x[:, 2] - np.median(x[right, 2]))
    x = (x - x[known].mean(axis=0)) / np.maximum(x[known].std(axis=0), 1e-9)
    x = np.hstack([x, np.ones((len(x), 1))])
    return x @ most_likely(x[known], right[known].astype(np.float64), ridge=1.0)


def _without_own(x: Float64Array, right: BoolArray) -> Float64Array:
    """The score of known pairs, each by those of other folds, which have as many of both kinds."""
    fold_of, scores = np.empty(len(x), np.int64), np.empty(len(x))
    for kind in (right, ~right):
        fold_of[kind] = naive_folds(int(kind.sum()), FOLDS, seed=SEED)
    for fold in range(FOLDS):
        own = fold_of == fold
        scores[own] = _log_odds(x, right & ~own, ~right & ~own)[own]
    return scores


def _described(source: str, target: str) -> tuple[float, float]:
    """The logarithm of the ratio of lengths, and the share of numbers that one side alone has."""
    ours, theirs = ({int(n) for n in _NUMBER.findall(text)} for text in (source, target))
    ratio = float(np.log(max(1, len(source)) / max(1, len(target))))
    return ratio, len(ours ^ theirs) / (1 + len(ours | theirs))
