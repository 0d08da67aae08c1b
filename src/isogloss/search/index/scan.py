"""Search by comparing queries with every row, in blocks as they come."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from isogloss.protocols import FloatArray
from isogloss.search.index.documents import VECTOR, Hit, hit_of, vectors_of
from isogloss.vectors.neighbors import nearest_streamed

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Callable[[], Iterator["pa.RecordBatch"]]
"""Gives the same rows each time that it is called."""
View = Callable[["pa.RecordBatch"], FloatArray]
"""The vectors that rows are compared by, of length 1."""


def scan(queries: FloatArray, batches: Batches, k: int, view: View = vectors_of) -> list[list[Hit]]:
    """The k closest rows to each query, exactly.

    Args:
        queries: of length 1, `(n_queries, dim)`.
        batches: the rows.
        k: at most so many.
        view: of the rows' vectors.

    Returns:
        Hits per query, ordered by (-score, row).
    """
    found = nearest_streamed(queries, (view(batch) for batch in batches()), k=k)
    wanted = np.unique(found.indices[found.indices >= 0])
    rows: dict[int, dict[str, object]] = {}
    start = 0
    for batch in batches():
        here = wanted[(wanted >= start) & (wanted < start + len(batch))]
        if len(here):
            taken = batch.drop_columns([VECTOR]).take(here - start).to_pylist()
            rows.update(zip(here.tolist(), taken, strict=True))
        start += len(batch)
    return [
        [hit_of(rows[at], score) for at, score in zip(places, scores, strict=True) if at >= 0]
        for places, scores in zip(found.indices.tolist(), found.scores.tolist(), strict=True)
    ]
