"""The inner loop of exact mining: a block of rough cosines judged in both directions at once.

A rough cosine (of a product in bfloat16) is compared with the key of its row and that of its
column: the least number that could belong to something better than the k-th best found so far. Few
pass. These get their cosine in full, and if that is better they are kept; so the result is that of
the full cosines alone.

A key is a float by its bits: of floats that are not negative the order is that of their bits, and
integers of 16 bits are compared 32 at once.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.compiled import compiled
from isogloss.protocols import FloatArray

STRIDE = 64
"""Numbers of a block that are compared before a look at whether any passed."""

ROUNDING = np.float32(2.0**-9)
"""Relative error of a number that is rounded to bfloat16."""


class Best(NamedTuple):
    """The k best found so far for every vector of one side.

    Attributes:
        scores: cosines, best first, `(n, k)`; minus infinity where there is none.
        indices: of the other side, `(n, k)`; of equal cosines the lower one comes first.
        keys: least rough number that could be better than the k-th, as bits, `(n,)`.
        slack: how far a rough cosine may be from the full one, before it is rounded, `(n,)`.
    """

    scores: FloatArray
    indices: npt.NDArray[np.int32]
    keys: npt.NDArray[np.generic]
    slack: FloatArray


@partial(compiled, nogil=True)
def scan(block, top, left, first, a, b, rows, columns):  # type: ignore[no-untyped-def]
    """Keep what a block has that is better than what is known.

    Blocks of one row come with `left` ascending, those of one column with `top` ascending, so that
    of equal cosines the lower index is kept.

    Args:
        block: rough cosines as bits, int16 of bfloat16 or int32 of float32, `(n, m)`.
        top: number of its first row.
        left: number of its first column.
        first: what row 0 is called in `columns.indices`.
        a: vectors of the rows, float32 of length 1.
        b: vectors of the columns.
        rows: the best of every row; changed.
        columns: the best of every column; changed.

    Returns:
        How many cosines were computed in full.
    """
    scratch = np.zeros(1, np.float32)
    full = 0
    height, width = block.shape
    for r in range(height):
        i = top + r
        key = rows.keys[i]
        for start in range(0, width, STRIDE):
            stop = min(width, start + STRIDE)
            part = block[r, start:stop]
            keys = columns.keys[left + start : left + stop]
            passed = False
            for c in range(stop - start):
                passed |= (part[c] >= key) | (part[c] >= keys[c])
            if not passed:
                continue
            for c in range(stop - start):
                if part[c] >= key or part[c] >= keys[c]:
                    full += 1
                    j = left + start + c
                    score = cosine(a, i, b, j)
                    if _keep(rows, i, score, j):
                        key = _key(rows, i, scratch)
                        rows.keys[i] = key
                    if _keep(columns, j, score, first + i):
                        columns.keys[j] = _key(columns, j, scratch)
    return full


@compiled
def settle_keys(best):  # type: ignore[no-untyped-def]
    """Compute all keys, after a change of their type or of the slack.

    Args:
        best: its keys are changed.
    """
    scratch = np.zeros(1, np.float32)
    for i in range(len(best.keys)):
        best.keys[i] = _key(best, i, scratch)


def _products(a, i, b, j):  # type: ignore[no-untyped-def]
    """Cosine of two vectors of length 1: summed in float64, so that no order of sums shows."""
    total = 0.0
    for d in range(a.shape[1]):
        total += np.float64(a[i, d]) * np.float64(b[j, d])
    return np.float32(total)


cosine = compiled(_products, fastmath={"reassoc", "contract"})


@compiled
def _keep(best, i, score, j):  # type: ignore[no-untyped-def]
    """Put a cosine where it belongs among the k best of `i`, if it does."""
    scores, indices = best.scores, best.indices
    at = scores.shape[1] - 1
    if not score > scores[i, at]:
        return False
    while at > 0 and score > scores[i, at - 1]:
        scores[i, at], indices[i, at] = scores[i, at - 1], indices[i, at - 1]
        at -= 1
    scores[i, at], indices[i, at] = score, j
    return True


@compiled
def _key(best, i, scratch):  # type: ignore[no-untyped-def]
    """The key of `i`, see `Best`; the least integer where one below 0 could be better."""
    narrow = best.keys.itemsize == 2
    worst = best.scores[i, -1]
    slack = best.slack[i]
    if narrow:
        slack += abs(worst) * ROUNDING
    least = worst - slack
    if not least >= 0:
        return -32768 if narrow else -2147483648
    scratch[0] = least
    bits = scratch.view(np.int32)[0]
    if narrow:
        bits >>= 16  # rounds down
    return bits if slack > 0 else bits + 1  # without slack only more is better
