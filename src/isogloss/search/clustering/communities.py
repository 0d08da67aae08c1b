"""Community detection: groups around a text, of all that is nearer to it than a threshold.

What Sentence Transformers' `community_detection` finds, in bounded memory: it keeps the neighbors
of every text, which are all pairs where the threshold is low.
"""

import numpy as np

from isogloss.errors import InputError
from isogloss.protocols import FloatArray, LongArray, Progress

THRESHOLD, LEAST = 0.75, 10
"""The usual bounds of a group: the least cosine to its center, the fewest texts in it."""

BLOCK_BYTES = 64 << 20
"""Of the cosines that are held at once."""


def find_communities(
    vectors: FloatArray,
    *,
    threshold: float = THRESHOLD,
    least: int = LEAST,
    progress: Progress = lambda n: None,
) -> list[LongArray]:
    """Find groups of at least `least` texts, each within `threshold` of the first of its group.

    A text is in one group at most: larger groups take theirs first. It takes one pass over all
    pairs to count neighbors, and another over those of texts with enough of them.

    Args:
        vectors: of length 1, `(n, dim)`.
        threshold: the least cosine to the center.
        least: the least number of texts in a group, its center among them.
        progress: told how many texts were looked at, `2 n` in all.

    Returns:
        Rows of each group, the center first and the others by (-cosine, row); largest group first,
        then by center.

    Raises:
        InputError: `threshold` is outside -1 to 1, or `least` is below 1.
    """
    check_bounds(threshold, least)
    n = len(vectors)
    block = max(1, BLOCK_BYTES // (4 * max(n, 1)))
    counts = np.zeros(n, np.int64)
    for start in range(0, n, block):
        cosines = vectors[start : start + block] @ vectors.T
        counts[start : start + block] = np.count_nonzero(cosines >= threshold, axis=1)
        progress(len(cosines))
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] >= least]
    progress(n - len(order))
    taken = np.zeros(n, bool)
    found: list[LongArray] = []
    for start in range(0, len(order), block):
        centers = order[start : start + block]
        progress(len(centers))
        centers = centers[~taken[centers]]
        for center, cosines in zip(centers, vectors[centers] @ vectors.T, strict=True):
            if not taken[center]:
                cosines[taken] = -np.inf
                cosines[center] = np.inf
                members = np.flatnonzero(cosines >= threshold)
                if len(members) >= least:
                    found.append(members[np.argsort(-cosines[members], kind="stable")])
                    taken[members] = True
    return sorted(found, key=len, reverse=True)


def check_bounds(threshold: float, least: int) -> None:
    """Refuse bounds that no group can have.

    Raises:
        InputError: `threshold` is outside -1 to 1, or `least` is below 1.
    """
    if not -1 <= threshold <= 1:
        raise InputError(
            f"threshold is {threshold}; expected a cosine, -1 to 1: {THRESHOLD} is usual"
        )
    if least < 1:
        raise InputError(
            f"the least size of a group is {least}; expected at least 1: {LEAST} is usual"
        )
