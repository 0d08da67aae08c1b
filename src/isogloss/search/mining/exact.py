"""Exact neighbors in both directions, from one pass over the similarity matrix.

Every cosine is computed once, roughly, in bfloat16 where the processor does that natively, and
judged in both directions by `kernel.scan`, which computes those in full that could count. How far a
rough cosine may be off is known, not guessed: the product of two rounded vectors differs from that
of the vectors by no more than the lengths of what rounding took from them (Cauchy and Schwarz). So
the result is exact, and the same whatever the precision, the blocks, or the parts.
"""

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from isogloss.encoders.precision import Precision, choose_precision
from isogloss.protocols import FloatArray
from isogloss.search.mining.kernel import Best, scan, settle_keys
from isogloss.search.mining.parts import join_parts
from isogloss.threads import one_thread_each
from isogloss.vectors.neighbors import BothNeighbors, Neighbors, check_both_sides

logger = logging.getLogger(__name__)

ROWS, COLUMNS = 1024, 2048
"""Shape of a block: 4 MB in bfloat16, which stays in the cache until it is judged."""

TILE = 8192
"""Columns that all rows of a part pass before the next; so their vectors stay in the cache, too."""

CROWDED = 0.025
"""Share of full cosines above which a pass goes on in float32: one takes 40 times as long as a
rough one in bfloat16, which is twice as fast as one in float32 (measured on a Zen 4)."""

Advance = Callable[[float], None]


def nearest_both(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    k: int = 1,
    *,
    precision: str = "auto",
    threads: int | None = None,
    advance: Advance | None = None,
) -> BothNeighbors:
    """Find the k closest rows in both directions; as `isogloss.vectors.nearest_both`, but fast.

    Args:
        a: `(n_a, dim)`; normalized inside, not changed.
        b: `(n_b, dim)`.
        k: neighbors per row; each direction returns at most as many as the other side has rows.
        precision: of the rough cosines, "auto", "fp32" or "bf16"; of no influence on the result.
        threads: None for as many as torch uses.
        advance: told the number of cosines that were judged since it was last called.

    Returns:
        Neighbors a→b and b→a, each ordered by (-score, index).

    Raises:
        InputError: if `k` is below 1, the widths differ, a side is empty, or rows hold NaN.
    """
    sides = check_both_sides(a, b, k)
    rows, columns = sides
    return search_rows(rows, columns, k, precision=precision, threads=threads, advance=advance)


def search_rows(
    rows: FloatArray,
    columns: FloatArray,
    k: int,
    *,
    first: int = 0,
    precision: str = "auto",
    threads: int | None = None,
    advance: Advance | None = None,
) -> BothNeighbors:
    """What some rows of one side, and all of the other side, find in each other.

    Args:
        rows: float32 of length 1 (or 0), `(n, dim)`; may be mapped from a file.
        columns: likewise, `(m, dim)`.
        k: neighbors, at least 1.
        first: number of the first of these rows in the whole.
        precision: see `nearest_both`.
        threads: see `nearest_both`.
        advance: see `nearest_both`.

    Returns:
        A part, see `isogloss.search.mining.parts`.
    """
    kind = choose_precision(precision)
    size = -(-len(rows) // (threads or torch.get_num_threads()))
    starts = range(0, len(rows), size)

    def find(start: int) -> BothNeighbors:
        part = rows[start : start + size]
        return _search(part, columns, k, first=first + start, precision=kind, advance=advance)

    if len(starts) == 1:
        return find(0)
    with one_thread_each(len(starts)) as pool:
        return join_parts(pool.map(find, starts), k)


def _search(
    rows: FloatArray,
    columns: FloatArray,
    k: int,
    *,
    first: int,
    precision: Precision,
    advance: Advance | None,
) -> BothNeighbors:
    rows, columns = _sealed(rows), _sealed(columns)
    rough = _Rough(rows, columns, precision)
    forward = rough.keyed(_nothing(len(rows), min(k, len(columns))), rough.slack_of_rows)
    backward = rough.keyed(_nothing(len(columns), min(k, len(rows))), rough.slack_of_columns)
    for left in range(0, len(columns), TILE):
        full = 0
        for block in rough.blocks(left, min(left + TILE, len(columns))):
            full += scan(*block, first, rows, columns, forward, backward)
            if advance is not None:
                advance(block.bits.size)
        if rough.precision == "bf16" and full > CROWDED * len(rows) * TILE:
            logger.info("vectors lie close together: cosines are computed in fp32 from here on")
            rough = _Rough(rows, columns, "fp32")
            forward = rough.keyed(forward, rough.slack_of_rows)
            backward = rough.keyed(backward, rough.slack_of_columns)
    return BothNeighbors(_neighbors(forward), _neighbors(backward))


class _Block(NamedTuple):
    """Rough cosines as bits, and the numbers of their first row and column."""

    bits: npt.NDArray[np.integer]
    top: int
    left: int


class _Rough:
    """Rough cosines of two sides, and how far they may be off."""

    def __init__(self, rows: FloatArray, columns: FloatArray, precision: Precision) -> None:
        self.rows, self.columns, self.precision = rows, columns, precision
        self._kind = torch.bfloat16 if precision == "bf16" else torch.float32
        self._bits = np.int16 if precision == "bf16" else np.int32
        self._room = torch.empty(ROWS * COLUMNS, dtype=self._kind)
        lost_rows, lost_columns = self._lost(rows), self._lost(columns)
        self.slack_of_rows = self._slack(rows, lost_rows, float(lost_columns.max(initial=0)))
        self.slack_of_columns = self._slack(columns, lost_columns, float(lost_rows.max(initial=0)))

    def keyed(self, best: Best, slack: FloatArray) -> Best:
        """The same with the keys and the slack of these cosines."""
        best = best._replace(keys=np.empty(len(slack), self._bits), slack=slack)
        settle_keys(best)
        return best

    def blocks(self, left: int, right: int) -> Iterator[_Block]:
        """The cosines of all rows and some columns; each block is good until the next."""
        tile = self._tensor(self.columns[left:right])
        for top in range(0, len(self.rows), ROWS):
            some = self._tensor(self.rows[top : top + ROWS])
            for start in range(0, right - left, COLUMNS):
                others = tile[start : start + COLUMNS]
                room = self._room[: len(some) * len(others)].view(len(some), len(others))
                torch.mm(some, others.T, out=room)
                bits = room.view(torch.int16 if self._bits is np.int16 else torch.int32)
                yield _Block(bits.numpy(), top, left + start)

    def _tensor(self, vectors: FloatArray) -> torch.Tensor:
        return torch.from_numpy(np.array(vectors)).to(self._kind)

    def _lost(self, vectors: FloatArray) -> FloatArray:
        """Length of what rounding takes from every vector."""
        lost = np.zeros(len(vectors), np.float32)
        if self.precision == "bf16":
            for start in range(0, len(vectors), TILE):
                full = torch.from_numpy(np.array(vectors[start : start + TILE]))
                lost[start : start + TILE] = (full - full.bfloat16().float()).norm(dim=1).numpy()
        return lost

    def _slack(self, vectors: FloatArray, lost: FloatArray, most: float) -> FloatArray:
        """How far the rough cosines of every vector may be off, if the others lose at most `most`.

        Vectors have length 1 or 0; sums in float32 add at most a rounding for each product.
        """
        lengths = vectors.any(axis=1).astype(np.float32)
        return lost * np.float32(1 + most) + lengths * np.float32(most + vectors.shape[1] * 2**-23)


def _sealed(vectors: FloatArray) -> FloatArray:
    """A view that cannot be written, as that of a file: compiled loops are made for one kind."""
    view = np.asarray(vectors).view()
    view.setflags(write=False)
    return view


def _nothing(n: int, k: int) -> Best:
    scores = np.full((n, k), -np.inf, np.float32)
    unset = np.zeros(0, np.float32)
    return Best(scores, np.full((n, k), -1, np.int32), unset, unset)


def _neighbors(best: Best) -> Neighbors:
    return Neighbors(best.indices.astype(np.int64), best.scores)
