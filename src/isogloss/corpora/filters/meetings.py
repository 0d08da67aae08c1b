"""Which words of a pair meet, the inner loop: compiled by numba, arrays in, arrays out."""

import numpy as np

from isogloss.compiled import compiled


def _best_meetings(  # type: ignore[no-untyped-def]
    source, source_starts, target, target_starts, starts, partners, strengths, targets
):
    """For every word the strongest of its partners on the other side; 0 where none is there.

    Args:
        source: words of the source sides, end to end.
        source_starts: first word of every pair, and the end.
        target: words of the target sides.
        target_starts: likewise.
        starts: first partner of every source word, and the end.
        partners: target words.
        strengths: of each partner, positive.
        targets: number of target words that there are.

    Returns:
        The strengths by source word and by target word, as long as `source` and `target`.
    """
    best_source = np.zeros(len(source), np.float64)
    best_target = np.zeros(len(target), np.float64)
    place = np.full(targets, -1, np.int64)
    for pair in range(len(source_starts) - 1):
        for at in range(target_starts[pair], target_starts[pair + 1]):
            place[target[at]] = at
        for at in range(source_starts[pair], source_starts[pair + 1]):
            word = source[at]
            for cell in range(starts[word], starts[word + 1]):
                other = place[partners[cell]]
                if other >= 0:
                    best_source[at] = max(best_source[at], strengths[cell])
                    best_target[other] = max(best_target[other], strengths[cell])
        for at in range(target_starts[pair], target_starts[pair + 1]):
            place[target[at]] = -1
    return best_source, best_target


best_meetings = compiled(_best_meetings)
