"""What a pair of windows costs: its distance, against that of windows drawn at random.

The cost of x and y is (1 - cos(x, y)) / far, where far is the mean distance of x to random windows
as long as y and of y to random ones as long as x. So 0 is what equal vectors have and 1 what chance
gives, whatever the model: one whose cosines all lie between 0.7 and 1 is read as one whose cosines
lie between 0 and 1. On a path it is multiplied by a weight that grows with the lines of the pair: a
merge would else always be cheap, being one pair where there could be two.

Source: Thompson & Koehn 2019, Vecalign (aclanthology.org/D19-1136), section 3. There the weight is
the product of the numbers of lines, and the draw has windows of all lengths.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.protocols import FloatArray
from isogloss.search.documents.windows import Windows

DRAWN = 100
"""Windows of the other document that a window is compared with."""

LEAST = 1e-6
"""Distances below this count as this: a document of equal lines is far from nothing."""

QUANTILE = 0.2
"""Share of random pairs of lines that are nearer than the one that a limit is taken from."""

LIMIT = 0.8
"""Share of the cost of that random pair from which on two lines are left out rather than paired."""

FURTHER = 0.7
"""Weight of each further line beside a single one.

With 1, as the product has it, merges were missed by a model whose translations have half the
distance of random sentences (multilingual-e5-small: strict F1 0.92 on planted news, with 0.7 0.96);
what a low weight takes into a pair too much is taken out again by `links.trimmed`.
"""


class Costs(NamedTuple):
    """What steps cost between two documents; see `kernels.cheapest_path`."""

    source_far: FloatArray
    """Mean distance of each source window to random ones of the target, `(n, sizes, sizes)`."""
    target_far: FloatArray
    """The same of target windows, `(m, sizes, sizes)`."""
    weights: FloatArray
    """What the cost of a pair of a and b lines is multiplied by, `(sizes, sizes)`."""
    skip: float
    """What it costs to leave out a line."""


def measure_costs(source: Windows, target: Windows, *, seed: int) -> Costs:
    """Draw windows and see how far others are.

    Args:
        source: windows of one document, at least one line.
        target: of the other, with as many sizes.
        seed: decides the draw.
    """
    chance = np.random.default_rng(seed)
    source_far = _far(source, target, chance)
    target_far = _far(target, source, chance)
    drawn = _drawn(target, 1, chance)
    near = source.vectors[:, 0] @ target.vectors[drawn, 0].T
    random = 2 * (1 - near) / (source_far[:, 0, 0][:, None] + target_far[drawn, 0, 0])
    others = np.ones(near.shape, np.bool_)  # the nearest is no random one: it may be the partner
    others[np.arange(len(near)), near.argmax(axis=1)] = False
    pair = float(np.quantile(random[others], QUANTILE)) if others.any() else 2.0
    skip = max(LIMIT * pair / 2, LEAST)
    return Costs(source_far, target_far, _weights(source.sizes), skip)


def _far(windows: Windows, others: Windows, chance: np.random.Generator) -> FloatArray:
    """Mean distance to random windows of the other document, `(n, sizes, other sizes)`."""
    n, sizes, dim = windows.vectors.shape
    far = np.ones((n, sizes, others.sizes), np.float32)
    for size in range(min(others.sizes, len(others))):
        drawn = others.vectors[_drawn(others, size + 1, chance), size]
        if len(drawn) > 1:
            near = windows.vectors.reshape(-1, dim) @ drawn.T
            mean = (near.sum(axis=1) - near.max(axis=1)) / (len(drawn) - 1)
            far[:, :, size] = 1 - mean.reshape(n, sizes)
    return np.maximum(far, LEAST)


def _drawn(windows: Windows, size: int, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    """Last lines of random windows of a size."""
    ends = np.arange(size - 1, len(windows))
    return chance.choice(ends, min(DRAWN, len(ends)), replace=False)


def _weights(sizes: int) -> FloatArray:
    """The product of both numbers of lines, and less where one of them is 1."""
    lines = np.arange(1, sizes + 1, dtype=np.float32)
    weights = lines[:, None] * lines
    weights[0] = weights[:, 0] = 1 + FURTHER * (lines - 1)
    return weights
