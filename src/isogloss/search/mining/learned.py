"""Another score than the margin: the log odds of a translation, learned from known pairs.

A margin knows the vectors alone. Wrong pairs with high margins are often summaries and headlines of
the same event, whose lengths differ from a translation's, or the same sentence about another
number. So it goes with the cosine, the ratio of lengths and the numbers in both texts into a
logistic regression, as the features that filters of bitexts share.
"""

import re
from collections.abc import Iterable

import numpy as np

from isogloss.protocols import BoolArray
from isogloss.search.mining.logistic import most_likely
from isogloss.vectors.mining import MinedPairs

_NUMBER = re.compile(r"\d{1,18}")


def with_learned_scores(
    found: MinedPairs, texts: Iterable[tuple[str, str]], right: BoolArray, wrong: BoolArray
) -> MinedPairs:
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
    off = np.abs(sides[:, 0] - np.median(sides[right, 0]))
    x = np.stack([found.scores.astype(np.float64), found.cosines, off, sides[:, 1]], axis=1)
    known = right | wrong
    x = (x - x[known].mean(axis=0)) / np.maximum(x[known].std(axis=0), 1e-9)
    x = np.hstack([x, np.ones((len(x), 1))])
    scores = x @ most_likely(x[known], right[known].astype(np.float64), ridge=1.0)
    learned = MinedPairs(found.a, found.b, scores.astype(np.float32), found.cosines)
    return learned.take(np.lexsort((found.b, found.a, -learned.scores)))


def _described(source: str, target: str) -> tuple[float, float]:
    """The logarithm of the ratio of lengths, and the share of numbers that one side alone has."""
    ours, theirs = ({int(n) for n in _NUMBER.findall(text)} for text in (source, target))
    ratio = float(np.log(max(1, len(source)) / max(1, len(target))))
    return ratio, len(ours ^ theirs) / (1 + len(ours | theirs))
