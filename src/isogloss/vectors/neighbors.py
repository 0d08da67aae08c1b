"""Exact nearest neighbors by cosine, in blocks: never a full `(n, n)` matrix, and one fixed order.

Order is (-score, index). A block's best column is taken with `argmax`, which returns the first of
equals, and the blocks come in ascending order; so ties need no sorting pass and no input can make a
block's memory grow.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import FloatArray, Progress
from isogloss.vectors.similarity import normalize

QUERY_BLOCK = 1024
POOL_BLOCK = 4096


class Neighbors(NamedTuple):
    """The k best rows of a pool for every query, best first."""

    indices: npt.NDArray[np.int64]
    """Rows of the pool, `(n_queries, k)`."""
    scores: FloatArray
    """Their cosines, `(n_queries, k)`; higher is closer."""


class BothNeighbors(NamedTuple):
    """Neighbors in both directions, from one pass."""

    forward: Neighbors
    """For each row of `a`, rows of `b`."""
    backward: Neighbors
    """For each row of `b`, rows of `a`."""


def nearest(
    queries: npt.ArrayLike, pool: npt.ArrayLike, *, k: int = 1, block: int = QUERY_BLOCK
) -> Neighbors:
    """Find the k closest rows of a pool for every query, exactly.

    Args:
        queries: `(n_queries, dim)`; normalized inside, not changed.
        pool: `(n_pool, dim)`.
        k: neighbors per query; at most `n_pool` are returned.
        block: queries per matrix product; memory beside the inputs' copies is about `block` times
            16 kB.

    Returns:
        min(k, n_pool) neighbors per query, ordered by (-score, index).

    Raises:
        InputError: if `k` or `block` is below 1, the widths differ, the pool is empty, or rows hold
            NaN.
    """
    rows, columns = check_sides(queries, pool, k)
    if block < 1:
        raise InputError(f"block is {block}; expected at least 1; leave it out for {QUERY_BLOCK}")
    best = _Best(len(rows), min(k, len(columns)))
    for top in range(0, len(rows), block):
        for left in range(0, len(columns), POOL_BLOCK):
            cosines = rows[top : top + block] @ columns[left : left + POOL_BLOCK].T
            best.offer(cosines, row=top, column=left)
    return best.neighbors()


def nearest_both(a: npt.ArrayLike, b: npt.ArrayLike, k: int = 1) -> BothNeighbors:
    """Find the k closest rows in both directions, computing every cosine once.

    Args:
        a: `(n_a, dim)`; normalized inside, not changed.
        b: `(n_b, dim)`.
        k: neighbors per row; each direction returns at most as many as the other side has rows.

    Returns:
        Neighbors a→b and b→a, each ordered by (-score, index).

    Raises:
        InputError: if `k` is below 1, the widths differ, a side is empty, or rows hold NaN.
    """
    rows, columns = check_both_sides(a, b, k)
    forward = _Best(len(rows), min(k, len(columns)))
    backward = _Best(len(columns), min(k, len(rows)))
    for top in range(0, len(rows), QUERY_BLOCK):
        for left in range(0, len(columns), POOL_BLOCK):
            cosines = rows[top : top + QUERY_BLOCK] @ columns[left : left + POOL_BLOCK].T
            forward.offer(cosines, row=top, column=left)
            backward.offer(np.ascontiguousarray(cosines.T), row=left, column=top)
    return BothNeighbors(forward.neighbors(), backward.neighbors())


def nearest_within(
    embeddings: npt.NDArray[np.floating], *, k: int = 1, progress: Progress | None = None
) -> Neighbors:
    """Find the k closest other rows of every row, computing every cosine once.

    Args:
        embeddings: `(n, dim)`; normalized block by block, not changed, so that a file that is
            mapped into memory will do.
        k: neighbors per row; at most `n - 1` are returned.
        progress: told of rows that are done.

    Returns:
        min(k, n - 1) neighbors per row, ordered by (-score, index); a row is not its own neighbor.

    Raises:
        InputError: if `k` is below 1, or rows hold NaN.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1; ask for one neighbor or more")
    n = len(embeddings)
    best = _Best(n, max(0, min(k, n - 1)))
    for top in range(0, n, QUERY_BLOCK):
        rows = normalize(embeddings[top : top + QUERY_BLOCK])
        own = np.arange(len(rows))
        for left in range(top, n, POOL_BLOCK):
            cosines = rows @ normalize(embeddings[left : left + POOL_BLOCK]).T
            if left == top:
                cosines[own, own] = -np.inf
            best.offer(cosines, row=top, column=left)
            after = max(left, top + len(rows))  # the rows' own columns were offered both ways
            below = np.ascontiguousarray(cosines[:, after - left :].T)
            best.offer(below, row=after, column=top)
        if progress is not None:
            progress(len(rows))
    return best.neighbors()


def nearest_streamed(
    queries: FloatArray, blocks: Iterable[FloatArray], *, k: int, rows: int = QUERY_BLOCK
) -> Neighbors:
    """Find the k closest rows of a pool that comes in blocks, exactly.

    Args:
        queries: of length 1, `(n_queries, dim)`.
        blocks: rows of length 1, `(n, dim)` each; numbered through in the order that they come.
        k: neighbors per query.
        rows: queries per matrix product.

    Returns:
        k neighbors per query, ordered by (-score, index); -1 with a score of -inf where the pool
        has fewer rows.
    """
    best, column = _Best(len(queries), k), 0
    for block in blocks:
        for top in range(0, len(queries), rows) if len(block) else ():
            best.offer(queries[top : top + rows] @ block.T, row=top, column=column)
        column += len(block)
    return best.neighbors()


class _Best:
    """The running k best of every row while blocks of columns pass by in ascending order."""

    def __init__(self, rows: int, k: int) -> None:
        self._scores = np.full((rows, k), -np.inf, dtype=np.float32)
        self._indices = np.full((rows, k), -1, dtype=np.int64)

    def offer(self, cosines: FloatArray, *, row: int, column: int) -> None:
        """Take what is better than the current k-th.

        Args:
            cosines: `(rows, columns)` block, contiguous; not changed.
            row: number of its first row.
            column: number of its first column; earlier columns were offered before.
        """
        rows = np.arange(row, row + len(cosines))
        block = cosines
        for _ in range(min(self._scores.shape[1], cosines.shape[1])):
            chosen = block.argmax(axis=1)
            scores = block[np.arange(len(block)), chosen]
            # strictly better: on a tie the earlier column, already held, stays
            better = scores > self._scores[rows, -1]
            if not better.any():
                return
            rows, chosen, block = rows[better], chosen[better], block[better]
            self._insert(rows, scores[better], chosen + column)
            block[np.arange(len(block)), chosen] = -np.inf

    def _insert(
        self, rows: npt.NDArray[np.int64], scores: FloatArray, columns: npt.NDArray[np.int64]
    ) -> None:
        self._scores[rows, -1] = scores
        self._indices[rows, -1] = columns
        order = np.argsort(-self._scores[rows], axis=1, kind="stable")
        self._scores[rows] = np.take_along_axis(self._scores[rows], order, axis=1)
        self._indices[rows] = np.take_along_axis(self._indices[rows], order, axis=1)

    def neighbors(self) -> Neighbors:
        return Neighbors(self._indices, self._scores)


class Sides(NamedTuple):
    """Two sides of a search, each row of length 1."""

    queries: FloatArray
    pool: FloatArray


def check_sides(queries: npt.ArrayLike, pool: npt.ArrayLike, k: int) -> Sides:
    """Normalize what is searched for and in.

    Raises:
        InputError: see `nearest`.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1; ask for one neighbor or more")
    sides = Sides(normalize(queries), normalize(pool))
    if not len(sides.pool):
        raise InputError("the pool has no rows; expected at least one; add sentences to search in")
    if sides.queries.shape[1] != sides.pool.shape[1]:
        raise InputError(
            f"queries have {sides.queries.shape[1]} dimensions and the pool {sides.pool.shape[1]};"
            " expected equal widths; embed both with one model"
        )
    return sides


def check_both_sides(a: npt.ArrayLike, b: npt.ArrayLike, k: int) -> Sides:
    """Normalize two sides that search in each other.

    Raises:
        InputError: see `nearest_both`.
    """
    sides = check_sides(a, b, k)
    if not len(sides.queries):
        raise InputError("the first side has no rows; expected at least one on each side; add some")
    return sides
