"""Two documents, sentence by sentence: which lines are translations of which."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from isogloss.protocols import BoolArray, Encoder, FloatArray, LongArray
from isogloss.search.documents.costs import measure_costs
from isogloss.search.documents.links import Links, link_costs, trimmed
from isogloss.search.documents.moved import find_moved
from isogloss.search.documents.path import PathSettings, find_path
from isogloss.search.documents.windows import (
    Windows,
    mean_windows,
    read_windows,
)


class AlignSettings(NamedTuple):
    """How two documents are aligned.

    Attributes:
        largest: most lines of one side in a pair.
        moved: whether what the monotone path leaves out is looked for elsewhere.
        path: how the path is searched.
    """

    largest: int = 3
    moved: bool = True
    path: PathSettings = PathSettings()


def align_lines(
    source: tuple[Sequence[str], FloatArray],
    target: tuple[Sequence[str], FloatArray],
    encoder: Encoder,
    settings: AlignSettings = AlignSettings(),  # noqa: B008 - cannot be changed
) -> Links:
    """Align two documents.

    They are aligned twice: first with windows whose vectors are means of their lines' vectors, then
    with windows that the model reads as one text, where the first path is in doubt. Reading all of
    them would cost several times as much as reading the lines.

    Args:
        source: lines of one document, none empty, and their vectors, of length 1.
        target: of the other.
        encoder: the model.
        settings: how to align.

    Returns:
        The links, in order of source lines; lines that are in none have no partner.
    """
    if not len(source[0]) or not len(target[0]):
        return Links.none()
    left, right = (mean_windows(*side, settings.largest) for side in (source, target))
    if settings.largest == 1:
        return align_windows(left, right, settings)
    first = align_windows(left, right, settings._replace(moved=False))
    left = read_windows(left, windows_in_doubt(first, left, side=0), encoder)
    right = read_windows(right, windows_in_doubt(first, right, side=1), encoder)
    return align_windows(left, right, settings)


def align_windows(source: Windows, target: Windows, settings: AlignSettings) -> Links:
    """Align two documents by the vectors of their windows alone; see `align_lines`."""
    costs = measure_costs(source, target, seed=settings.path.seed)
    steps = find_path(source, target, settings.path, costs)
    pairs = steps[(steps[:, 1] > steps[:, 0]) & (steps[:, 3] > steps[:, 2])]
    links = Links(pairs, link_costs(source, target, pairs, costs))
    links = trimmed(source, target, links, costs)
    if not settings.moved:
        return links
    free = links.free(len(source), len(target))
    return links.joined(find_moved(source, target, free, costs)).ordered()


def windows_in_doubt(links: Links, windows: Windows, *, side: int) -> LongArray:
    """Windows of two lines or more that hold a line whose partner is not sure.

    A line is sure if it is paired with one line, and the pair is not much dearer than usual.

    Args:
        links: of the first path.
        windows: of one document.
        side: 0 for source lines, 1 for target lines.

    Returns:
        Last line and number of lines of each, `(k, 2)`.
    """
    doubtful = _doubtful(links, len(windows), side)
    found = []
    for size in range(2, windows.sizes + 1):
        count = np.convolve(doubtful, np.ones(size, np.int64))[: len(windows)]
        ends = np.flatnonzero(count)
        ends = ends[ends >= size - 1]
        found.append(np.stack([ends, np.full(len(ends), size)], axis=1))
    return np.concatenate(found)


SLACK = 0.15
"""What a pair of single lines may cost more than half of them do, before it is in doubt."""


def _doubtful(links: Links, n: int, side: int) -> BoolArray:
    sizes = links.rows[:, [1, 3]] - links.rows[:, [0, 2]]
    single = (sizes == 1).all(axis=1)
    usual = float(np.median(links.costs[single])) if single.any() else 0.0
    sure = links.rows[single & (links.costs <= usual + SLACK), 2 * side]
    doubtful = np.ones(n, np.bool_)
    doubtful[sure] = False
    return doubtful
