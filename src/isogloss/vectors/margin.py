"""Margin scores: a cosine judged against the neighborhoods of its two ends.

Source: Artetxe & Schwenk 2019 (arXiv 1811.01136).
"""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.vectors.neighbors import BothNeighbors

FLOOR = 1e-3
"""The ratio's denominator never falls below this: a sparse neighborhood blows no score up."""


class Margin(StrEnum):
    """How the cosine a meets the neighborhood mean b."""

    RATIO = "ratio"
    """a / b"""
    DISTANCE = "distance"
    """a - b"""
    HALF = "half"
    """a - b / 2: between the two, for pairs that are given, of which a part may be wrong"""
    ABSOLUTE = "absolute"
    """a"""


def margin_scores(
    cosines: npt.ArrayLike,
    forward_means: npt.ArrayLike,
    backward_means: npt.ArrayLike,
    *,
    margin: Margin = Margin.RATIO,
) -> FloatArray:
    """Score pairs against the mean cosine of both neighborhoods.

    Args:
        cosines: cos(x, y) of each pair, any shape.
        forward_means: mean cosine of x with its k nearest y, same or broadcastable shape.
        backward_means: mean cosine of y with its k nearest x.
        margin: how to combine.

    Returns:
        float32 scores of the broadcast shape; higher is better.
    """
    margin = Margin(margin)  # its name will do
    a = np.asarray(cosines, dtype=np.float64)
    b = (np.asarray(forward_means, np.float64) + np.asarray(backward_means, np.float64)) / 2
    if margin is Margin.RATIO:
        scores = a / np.maximum(b, FLOOR)
    elif margin is Margin.DISTANCE:
        scores = a - b
    elif margin is Margin.HALF:
        scores = a - b / 2
    else:
        scores = a + np.zeros_like(b)
    return scores.astype(np.float32)


def neighbor_margins(
    both: BothNeighbors, *, margin: Margin = Margin.RATIO, k: int | None = None
) -> FloatArray:
    """Margin score of every forward neighbor.

    Args:
        both: neighbors in both directions of one search, see `vectors.neighbors.nearest_both`.
        margin: how to combine.
        k: how many of the neighbors, the best first, make a neighborhood's mean; `None`: all.

    Returns:
        float32 `(n_a, retrieved)`: entry (i, j) scores row i of `a` with row
        `both.forward.indices[i, j]` of `b`.

    Raises:
        InputError: if a forward index has no row in the backward direction.
    """
    indices = both.forward.indices
    if indices.size and int(indices.max()) >= len(both.backward.scores):
        raise InputError(
            f"a forward neighbor is row {int(indices.max())} of {len(both.backward.scores)};"
            " expected both directions of one search; use nearest_both"
        )
    forward_means = both.forward.scores[:, :k].mean(axis=1, dtype=np.float64)[:, None]
    backward_means = both.backward.scores[:, :k].mean(axis=1, dtype=np.float64)[indices]
    return margin_scores(both.forward.scores, forward_means, backward_means, margin=margin)
