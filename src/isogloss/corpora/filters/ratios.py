"""How long translations are in a place, learned from its pairs."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from isogloss.corpora.filters.filter import Pair

_BINS = 12
_IN_A_BIN = 40
"""Pairs of a length, at least, from which its usual ratio is learned."""


class UsualRatios:
    """The ratio of a target's length to its source's, by the length of the source.

    The logarithm of a ratio is compared with those of pairs whose source is about as long: its
    distance from the median, in robust standard deviations.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Learn medians and spreads.

        Args:
            pairs: of the place, at least one; a part may be no translations.
        """
        sizes, ratios = _ratios(pairs)
        bins = min(_BINS, max(1, len(pairs) // _IN_A_BIN))
        edges = np.unique(np.quantile(sizes, np.linspace(0, 1, bins + 1)))
        centers, medians, spreads = [], [], []
        for low, high in pairwise(edges):
            within = ratios[(sizes >= low) & (sizes <= high)]
            median = float(np.median(within))
            centers.append((low + high) / 2)
            medians.append(median)
            spreads.append(max(1.4826 * float(np.median(np.abs(within - median))), 0.08))
        if not centers:
            centers, medians, spreads = [float(edges[0])], [float(np.median(ratios))], [0.3]
        self._centers, self._medians, self._spreads = centers, medians, spreads

    def distances(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """By how many deviations targets are longer than usual, `(n,)`; below 0: shorter."""
        sizes, ratios = _ratios(pairs)
        usual = np.interp(sizes, self._centers, self._medians)
        spread = np.interp(sizes, self._centers, self._spreads)
        return np.asarray((ratios - usual) / spread, np.float64)


def _ratios(pairs: Sequence[Pair]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Log lengths of the sources, and log ratios of target to source, `(n,)` each."""
    lengths = np.array([[len(source) + 3.0, len(target) + 3.0] for source, target in pairs])
    logs = np.log(lengths.reshape(-1, 2))
    return logs[:, 0], logs[:, 1] - logs[:, 0]
