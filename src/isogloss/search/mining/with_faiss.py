"""Approximate neighbors in both directions by faiss, beyond what an exact pass is worth."""

import math
from typing import Any

import numpy as np

from isogloss.errors import need
from isogloss.protocols import FloatArray
from isogloss.vectors.neighbors import BothNeighbors, Neighbors

KINDS = ("ivf", "hnsw")

CELLS_SEARCHED = 16
"""Cells of an inverted file that a query looks into, of about 4 times the root of the rows."""

HNSW_LINKS, HNSW_BREADTH = 32, 128
SAMPLE_PER_CELL = 64
"""Rows that a cell's center is learned from."""


def check_faiss() -> None:
    """Refuse to go on without faiss.

    Raises:
        MissingExtraError: it is not installed.
    """
    need("--index ivf and hnsw", "faiss", "faiss")


def nearest_both_approximate(a: FloatArray, b: FloatArray, k: int, kind: str) -> BothNeighbors:
    """Find close rows in both directions; some of the closest may be missed.

    Args:
        a: rows of length 1, `(n_a, dim)`.
        b: likewise, `(n_b, dim)`.
        k: neighbors per row, at most as many as the other side has.
        kind: `ivf` (an inverted file, small and even) or `hnsw` (a graph, fast and large).

    Returns:
        Neighbors a→b and b→a, ordered by (-score, index); a row that has found fewer repeats its
        last.
    """
    return BothNeighbors(_search(a, b, min(k, len(b)), kind), _search(b, a, min(k, len(a)), kind))


def _search(queries: FloatArray, pool: FloatArray, k: int, kind: str) -> Neighbors:
    index = _index(np.ascontiguousarray(pool), kind)
    scores, indices = index.search(np.ascontiguousarray(queries), k)
    for at in range(1, k):
        short = indices[:, at] < 0
        indices[short, at], scores[short, at] = indices[short, at - 1], scores[short, at - 1]
    order = np.lexsort((indices, -scores))
    found = (np.take_along_axis(part, order, axis=1) for part in (indices, scores))
    return Neighbors(*found)


def _index(pool: FloatArray, kind: str) -> Any:
    import faiss

    n, dim = pool.shape
    cells = max(1, min(round(4 * math.sqrt(n)), n // SAMPLE_PER_CELL))
    recipe = f"HNSW{HNSW_LINKS}" if kind == "hnsw" else f"IVF{cells},Flat"
    index: Any = faiss.index_factory(dim, recipe, faiss.METRIC_INNER_PRODUCT)
    if kind == "hnsw":
        index.hnsw.efConstruction = index.hnsw.efSearch = HNSW_BREADTH
    else:
        index.nprobe = CELLS_SEARCHED
        index.train(pool)
    index.add(pool)
    return index
