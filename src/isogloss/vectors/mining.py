"""Mine translations from two sets of sentences by margin score.

Source: Artetxe & Schwenk 2019 (arXiv 1811.01136), sections 3 and 4.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import FloatArray, LongArray
from isogloss.vectors.margin import Margin, neighbor_margins
from isogloss.vectors.neighbors import BothNeighbors, nearest_both

K = 4
"""Neighbors on each side in margin scores."""


class Retrieval(StrEnum):
    """Which candidates become pairs; a candidate is some row's best match by margin."""

    FORWARD = "forward"
    """The best `b` of every `a`."""
    BACKWARD = "backward"
    """The best `a` of every `b`."""
    INTERSECT = "intersect"
    """Pairs that are best in both directions."""
    UNION = "union"
    """Pairs that are best in one direction or the other."""
    MAX = "max"
    """Pairs of the union, best score first, each row used once."""


@dataclass(frozen=True)
class Limits:
    """Which pairs are kept, in every retrieval mode; never who is paired with whom.

    Args:
        threshold: lowest margin score, kept if `>=`; `None` for no limit.
        score_max: highest margin score, kept if `<=`; `None` for no limit.
        min_cosine: lowest cosine, kept if `>=`; `None` for no limit.

    Raises:
        InputError: if a limit is NaN, or no score can pass both.
    """

    threshold: float | None = None
    score_max: float | None = None
    min_cosine: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and math.isnan(value):
                raise InputError(f"{name} is {value}; expected a number; leave it out for no limit")
        if None not in (self.threshold, self.score_max) and self.threshold > self.score_max:  # type: ignore[operator]
            raise InputError(
                f"threshold is {self.threshold} and score_max {self.score_max}; expected threshold"
                " <= score_max, or no pair could pass; exchange them"
            )


NO_LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class MinedPairs:
    """Pairs of rows with their scores, ordered by (-score, row of a, row of b).

    Args:
        a: rows of the first side, `(n,)`.
        b: rows of the second side, `(n,)`.
        scores: margin scores, `(n,)`; higher is better.
        cosines: cosines, `(n,)`.
    """

    a: LongArray
    b: LongArray
    scores: FloatArray
    cosines: FloatArray

    def __len__(self) -> int:
        return len(self.a)

    def within(self, limits: Limits) -> "MinedPairs":
        """The pairs that the limits keep, in the same order."""
        # in float64: a limit rounded to float32 could pass a score below it
        scores, cosines = self.scores.astype(np.float64), self.cosines.astype(np.float64)
        keep = np.ones(len(self), dtype=np.bool_)
        if limits.threshold is not None:
            keep &= scores >= limits.threshold
        if limits.score_max is not None:
            keep &= scores <= limits.score_max
        if limits.min_cosine is not None:
            keep &= cosines >= limits.min_cosine
        return self.take(np.flatnonzero(keep))

    def take(self, places: LongArray) -> "MinedPairs":
        """The pairs at some places, in the order given."""
        return MinedPairs(self.a[places], self.b[places], self.scores[places], self.cosines[places])


def mine_pairs(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    *,
    k: int = K,
    margin: Margin = Margin.RATIO,
    retrieval: Retrieval = Retrieval.MAX,
    limits: Limits = NO_LIMITS,
) -> MinedPairs:
    """Mine pairs from embeddings of two sides, exactly and blockwise.

    Give each distinct text once: equal rows would share their neighborhoods and compete.

    Args:
        a: `(n_a, dim)`; normalized inside, not changed.
        b: `(n_b, dim)`.
        k: neighbors on each side in margin scores; no more than the other side has rows.
        margin: how a cosine meets its neighborhood.
        retrieval: which candidates become pairs.
        limits: which pairs are kept.

    Returns:
        The pairs; equal input gives equal output.

    Raises:
        InputError: if `k` is below 1, the widths differ, a side is empty, or rows hold NaN.

    Example:
        >>> found = mine_pairs([[1, 0], [0, 1]], [[0, 2], [3, 0.3]])
        >>> list(zip(found.a.tolist(), found.b.tolist()))
        [(1, 0), (0, 1)]
    """
    both = nearest_both(a, b, k)
    return select_pairs(both, margin=margin, retrieval=retrieval, limits=limits)


def select_pairs(
    both: BothNeighbors,
    *,
    margin: Margin = Margin.RATIO,
    retrieval: Retrieval = Retrieval.MAX,
    limits: Limits = NO_LIMITS,
) -> MinedPairs:
    """Mine pairs from neighbors in both directions, of `nearest_both` or of an index.

    Args:
        both: neighbors in both directions.
        margin: how a cosine meets its neighborhood.
        retrieval: which candidates become pairs.
        limits: which pairs are kept.

    Returns:
        The pairs.

    Raises:
        InputError: if a neighbor has no row in the other direction.
    """
    retrieval = Retrieval(retrieval)
    forward = _best(both, margin)
    backward = _turned(_best(BothNeighbors(both.backward, both.forward), margin))
    if retrieval is Retrieval.FORWARD:
        found = _ordered(forward)
    elif retrieval is Retrieval.BACKWARD:
        found = _ordered(backward)
    else:
        found = _ordered(_joined(forward, backward))
        again = np.zeros(len(found), dtype=np.bool_)  # true where a pair follows its equal
        again[1:] = (found.a[1:] == found.a[:-1]) & (found.b[1:] == found.b[:-1])
        wanted = again if retrieval is Retrieval.INTERSECT else ~again
        found = found.take(np.flatnonzero(wanted))
        if retrieval is Retrieval.MAX:
            found = found.take(_one_to_one(found))
    return found.within(limits)


def _best(both: BothNeighbors, margin: Margin) -> MinedPairs:
    """Every row's best neighbor by margin; of equal scores the lowest row."""
    indices, cosines = both.forward.indices, both.forward.scores
    scores = neighbor_margins(both, margin=margin)
    tied = scores == scores.max(axis=1, keepdims=True)
    chosen = np.where(tied, indices, np.iinfo(np.int64).max).argmin(axis=1)
    rows = np.arange(len(indices))
    return MinedPairs(rows, indices[rows, chosen], scores[rows, chosen], cosines[rows, chosen])


def _turned(pairs: MinedPairs) -> MinedPairs:
    return MinedPairs(pairs.b, pairs.a, pairs.scores, pairs.cosines)


def _joined(one: MinedPairs, other: MinedPairs) -> MinedPairs:
    columns = zip(vars(one).values(), vars(other).values(), strict=True)
    return MinedPairs(*(np.concatenate(pair) for pair in columns))


def _ordered(pairs: MinedPairs) -> MinedPairs:
    return pairs.take(np.lexsort((pairs.b, pairs.a, -pairs.scores)))


def _one_to_one(pairs: MinedPairs) -> LongArray:
    """Places of the pairs whose two rows are both free when their turn comes."""
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    places = []
    for place, (i, j) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)):
        if i not in taken_a and j not in taken_b:
            taken_a.add(i)
            taken_b.add(j)
            places.append(place)
    return np.array(places, dtype=np.int64)
