"""What the lengths of two texts say, beside a model, of whether they are translations."""

from collections.abc import Sequence

import numpy as np

from isogloss.corpora.filters import Pair
from isogloss.corpora.filters.ratios import UsualRatios
from isogloss.protocols import Float64Array

_FREEDOM = 4.0
"""Degrees of freedom: good pairs of odd lengths are more frequent than a normal law has them."""


class LengthEvidence:
    """How much odd lengths speak against a pair, in the unit of the score that they go with.

    Distances of translations from the usual ratio follow Student's law, and those of texts put
    together at random the same one, wider. The logarithm of how much more often translations have
    a distance is in log odds; over those that a point of score is worth, it is in points. A pair
    of the usual length loses nothing.

    Source:
        Gale and Church 1993, "A Program for Aligning Sentences in Bilingual Corpora", for lengths
        as a sign of translations.
    """

    def __init__(self, true: Sequence[Pair], false: Sequence[Pair], slope: float) -> None:
        """Learn what is usual in a place.

        Args:
            true: pairs that are translations.
            false: texts of the place put together at random.
            slope: log odds that a point of score is worth, above 0.
        """
        self._usual, self._slope = UsualRatios(true), slope
        self._wider = max(1.0, 1.4826 * float(np.median(np.abs(self._usual.distances(false)))))

    def of(self, pairs: Sequence[Pair]) -> Float64Array:
        """Points that pairs lose by their lengths, `(n,)`; 0 or less."""
        distances = self._usual.distances(pairs)
        at_random = _log_density(distances / self._wider)
        return np.asarray((_log_density(distances) - at_random) / self._slope, np.float64)


def _log_density(distances: Float64Array) -> Float64Array:
    """Of Student's law, but for a constant."""
    return -(_FREEDOM + 1) / 2 * np.log1p(distances**2 / _FREEDOM)
