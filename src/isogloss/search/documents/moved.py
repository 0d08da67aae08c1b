"""What stands elsewhere in the other document: blocks of lines that the monotone path left out."""

from collections.abc import Iterator

import numpy as np

from isogloss.protocols import BoolArray, LongArray
from isogloss.search.documents.costs import Costs
from isogloss.search.documents.kernels import cheapest_path
from isogloss.search.documents.links import Links, link_costs
from isogloss.search.documents.windows import Windows
from isogloss.vectors import nearest_both

ROUNDS = 3
"""How often what is still left is looked through."""

STANDS_OUT = 0.85
"""Two lines are taken for translations if their distance is at most this share of that to the
second nearest: of many lines, some are near each other by chance."""


def find_moved(
    source: Windows, target: Windows, free: tuple[BoolArray, BoolArray], costs: Costs
) -> Links:
    """Align lines that are free with lines that are free, wherever they stand.

    Lines that are nearest to each other seed blocks; a block goes on while its lines are near each
    other in both documents, and is aligned like a document.

    Args:
        source: windows of one document.
        target: of the other.
        free: which lines of each have no partner; not changed.
        costs: of steps between the two.

    Returns:
        The links, in order of source lines.
    """
    left, right = free[0].copy(), free[1].copy()
    found = Links.none()
    for _ in range(ROUNDS):
        before = len(found)
        for block in _blocks(source, target, left, right, costs):
            links = _align_block(source, target, block, (left, right), costs)
            for i, end, j, last in links.rows.tolist():
                left[i:end] = right[j:last] = False
            found = found.joined(links)
        if len(found) == before:
            break
    return found.ordered()


def _blocks(
    source: Windows, target: Windows, left: BoolArray, right: BoolArray, costs: Costs
) -> Iterator[LongArray]:
    """Chains of seeds, `(seeds, 2)`, the longest first."""
    rows, columns = np.flatnonzero(left), np.flatnonzero(right)
    if not len(rows) or not len(columns):
        return
    seeds = _seeds(source, target, rows, columns)
    single = np.concatenate([seeds[:, :1], seeds[:, :1] + 1, seeds[:, 1:], seeds[:, 1:] + 1], 1)
    seeds = seeds[link_costs(source, target, single, costs) < 2 * costs.skip]
    chains: list[list[list[int]]] = []
    for i, j in seeds.tolist():
        last = chains[-1][-1] if chains else None
        if (
            last
            and _go_on(last[0], i, left, source.sizes)
            and _go_on(last[1], j, right, target.sizes)
        ):
            chains[-1].append([i, j])
        else:
            chains.append([[i, j]])
    for chain in sorted(chains, key=len, reverse=True):
        yield np.array(chain)


def _seeds(source: Windows, target: Windows, rows: LongArray, columns: LongArray) -> LongArray:
    """Lines that are each other's nearest, and much nearer than the second, `(seeds, 2)`."""
    both = nearest_both(source.vectors[rows, 0], target.vectors[columns, 0], k=2)
    there, back = both.forward.indices[:, 0], both.backward.indices[:, 0]
    stands_out = [
        1 - near.scores[:, 0] <= STANDS_OUT * (1 - near.scores[:, -1])
        if near.scores.shape[1] > 1
        else np.ones(len(near.scores), np.bool_)
        for near in both
    ]
    kept = (back[there] == np.arange(len(rows))) & stands_out[0] & stands_out[1][there]
    return np.stack([rows[kept], columns[there[kept]]], axis=1)


def _go_on(line: int, other: int, free: BoolArray, sizes: int) -> bool:
    """Whether a line follows another, with no more than a step and free lines between."""
    return 0 < other - line <= sizes + 1 and bool(free[line:other].all())


def _align_block(
    source: Windows,
    target: Windows,
    block: LongArray,
    free: tuple[BoolArray, BoolArray],
    costs: Costs,
) -> Links:
    """Align the lines of a block, and free ones around it, as far as a step reaches."""
    (i, j), (end, last) = block[0], block[-1] + 1
    if not (free[0][i:end].all() and free[1][j:last].all()):
        return Links.none()  # taken by a longer block
    i, end = _widened(i, end, free[0], source.sizes)
    j, last = _widened(j, last, free[1], target.sizes)
    steps = cheapest_path(
        source.vectors[i:end],
        target.vectors[j:last],
        costs.source_far[i:end],
        costs.target_far[j:last],
        costs.weights,
        costs.skip,
        np.zeros(end - i + 1, np.int64),
        np.full(end - i + 1, last - j),
    )
    pairs = steps[(steps[:, 1] > steps[:, 0]) & (steps[:, 3] > steps[:, 2])]
    pairs += np.array([i, i, j, j])
    return Links(pairs, link_costs(source, target, pairs, costs))


def _widened(start: int, end: int, free: BoolArray, most: int) -> tuple[int, int]:
    """A range with the free lines around it, a limited number on each side."""
    first, last = start, end
    while first > 0 and free[first - 1] and start - first < most:
        first -= 1
    while last < len(free) and free[last] and last - end < most:
        last += 1
    return first, last
