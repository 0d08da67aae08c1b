"""The monotone path through two documents, from coarse to fine, in linear time.

Lines are averaged two by two until few are left, and these are aligned in full. The path found is
then refined level by level: each one searches only near the path of the one above it.

Source: Thompson & Koehn 2019, Vecalign (aclanthology.org/D19-1136), section 3; the scheme is that
of FastDTW (Salvador & Chan 2007).
"""

from typing import NamedTuple

import numpy as np

from isogloss.protocols import FloatArray, LongArray
from isogloss.search.documents.costs import Costs, measure_costs
from isogloss.search.documents.kernels import cheapest_path
from isogloss.search.documents.windows import Windows, mean_windows
from isogloss.vectors import normalize

FEW = 200
"""Lines of the longer document from which on it is averaged."""


class PathSettings(NamedTuple):
    """How a path is searched.

    Attributes:
        buffer: lines beside the path of the coarser level that are searched.
        seed: decides which windows are compared with.
    """

    buffer: int = 10
    seed: int = 0


class Band(NamedTuple):
    """The part of all points that is searched; see `kernels.cheapest_path`."""

    low: LongArray
    high: LongArray


def find_path(
    source: Windows, target: Windows, settings: PathSettings, costs: Costs | None = None
) -> LongArray:
    """Align two documents.

    Args:
        source: windows of one, at least one line.
        target: of the other.
        settings: how to search.
        costs: of steps; None measures them.

    Returns:
        Steps, `(steps, 4)`; see `kernels.cheapest_path`.
    """
    n, m = len(source), len(target)
    if max(n, m) <= FEW:
        band = Band(np.zeros(n + 1, np.int64), np.full(n + 1, m, np.int64))
    else:
        coarse = find_path(_halved(source), _halved(target), settings)
        band = _near(coarse, n, m, settings.buffer)
    if costs is None:
        costs = measure_costs(source, target, seed=settings.seed)
    return cheapest_path(source.vectors, target.vectors, *costs, *band)


def _halved(windows: Windows) -> Windows:
    """The document with the mean of every two lines in their place; windows are single lines."""
    lines = windows.vectors[:, 0]
    return mean_windows(windows.lines[::2], _pair_means(lines), 1)


def _pair_means(rows: FloatArray) -> FloatArray:
    means = rows[::2].copy()
    means[: len(rows) // 2] += rows[1::2]
    return normalize(means)


def _near(coarse: LongArray, n: int, m: int, buffer: int) -> Band:
    """The band around the path of the level above.

    Args:
        coarse: its steps, in lines of half the number.
        n: source lines here.
        m: target lines here.
        buffer: how far the band reaches on all sides.
    """
    low, high = np.full(n + 1, m), np.zeros(n + 1, np.int64)
    for i, end, j, last in np.minimum(2 * coarse, [n, n, m, m]).tolist():
        crossed = slice(i, end + 1)
        low[crossed] = np.minimum(low[crossed], j)
        high[crossed] = np.maximum(high[crossed], last)
    rows = np.arange(n + 1)
    low = np.maximum(low[np.maximum(rows - buffer, 0)] - buffer, 0)
    high = np.minimum(high[np.minimum(rows + buffer, n)] + buffer, m)
    return Band(low, high)
