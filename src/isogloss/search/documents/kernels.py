"""The cheapest monotone path through two documents: compiled by numba, arrays in, arrays out."""

import numpy as np

from isogloss.compiled import compiled

UNREACHED = 1e30
"""Cost of what no path leads to."""

LEAST = 1e-4
"""Distances below this count as this, so that of equal lines two pairs are cheaper than one of all
four lines."""


def _product(x, y):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for k in range(len(x)):
        total += x[k] * y[k]
    return total


# sums in any order, so that the processor adds several terms at once
_dot = compiled(_product, fastmath={"reassoc", "contract"})


@compiled
def cheapest_path(source, target, source_far, target_far, weights, skip, low, high):  # type: ignore[no-untyped-def]
    """Find the cheapest way from the first lines of two documents behind their last ones.

    A point (i, j) stands behind i source lines and j target lines. A step takes a source lines and
    b target lines that are one pair, or leaves out a single line. See `costs` for what it costs.

    Args:
        source: float32 `(n, sizes, dim)`, rows of length 1; `[i, a - 1]` embeds the a lines that
            end with line i, and is not looked at where there are not so many.
        target: the same of the other document, `(m, sizes, dim)`.
        source_far: `(n, sizes, sizes)`; `[i, a - 1, b - 1]` is the mean distance of such a window
            to random ones of b lines in the other document.
        target_far: the same of the other document.
        weights: `(sizes, sizes)`; what the distance of a pair of a and b lines is multiplied by.
        skip: what it costs to leave out a line.
        low: first j that is visited for each i from 0 to n; never falls, begins with 0.
        high: last j that is visited; never falls, ends with m.

    Returns:
        int64 `(steps, 4)`: first source line of each step and the one behind its last, the same of
        target lines; in order.
    """
    n, m = len(source), len(target)
    source_sizes, target_sizes = source.shape[1], target.shape[1]
    starts = np.zeros(n + 2, np.int64)
    for i in range(n + 1):
        starts[i + 1] = starts[i] + high[i] - low[i] + 1
    costs = np.full(starts[n + 1], UNREACHED)
    taken = np.zeros((starts[n + 1], 2), np.uint8)
    costs[0] = 0.0
    for i in range(n + 1):
        for j in range(low[i], high[i] + 1):
            at = starts[i] + j - low[i]
            for a in range(min(i, source_sizes) + 1):
                for b in range(min(j, target_sizes) + 1):
                    if a + b == 0 or (a * b == 0 and a + b > 1):
                        continue
                    if j - b < low[i - a] or j - b > high[i - a]:
                        continue
                    cost = costs[starts[i - a] + j - b - low[i - a]]
                    if cost >= costs[at]:
                        continue
                    if a * b == 0:
                        cost += skip
                    else:
                        far = source_far[i - 1, a - 1, b - 1] + target_far[j - 1, b - 1, a - 1]
                        near = _dot(source[i - 1, a - 1], target[j - 1, b - 1])
                        cost += weights[a - 1, b - 1] * 2.0 * max(LEAST, 1.0 - near) / far
                    if cost < costs[at]:
                        costs[at] = cost
                        taken[at, 0], taken[at, 1] = a, b
    steps = np.empty((n + m, 4), np.int64)
    count = 0
    i, j = n, m
    while i > 0 or j > 0:
        at = starts[i] + j - low[i]
        a, b = taken[at]
        steps[count] = i - a, i, j - b, j
        i, j = i - a, j - b
        count += 1
    return steps[:count][::-1].copy()
