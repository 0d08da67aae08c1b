"""Retrieval: how well a ranking of documents answers each query. Values per query, in [0, 1].

A ranking arrives as the grades of the documents retrieved, best first; how ties were ordered is the
search's business (`vectors.neighbors`: by score, then by row).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import Float64Array


def ndcg_values(gains: npt.ArrayLike, grades: Sequence[npt.ArrayLike], *, k: int) -> Float64Array:
    """Normalized discounted cumulative gain at k, as trec_eval and BEIR compute it.

    Args:
        gains: grades of the documents retrieved, best first, `(n_queries, retrieved)`; 0 for a
            document that was not judged.
        grades: for each query the grades of all its relevant documents, in any order, all above 0.
        k: how many retrieved documents count.

    Returns:
        `(n_queries,)`: Σ grade / log2(rank + 1) over the first k, divided by the same sum of the
        best possible ranking.

    Raises:
        InputError: if a query has no relevant document, a grade is not above 0, `k` is below 1, or
            the lengths differ.

    Source: Järvelin & Kekäläinen 2002, Cumulated gain-based evaluation of IR techniques.
    """
    table = _checked(gains, len(grades), k)[:, :k]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.empty(len(grades))
    for row, own in enumerate(grades):
        best = np.sort(np.asarray(own, dtype=np.float64))[::-1]
        if not len(best) or best[-1] <= 0:
            raise InputError(
                f"query {row} has the grades {best.tolist()}; expected at least one, all above 0;"
                " leave queries without a relevant document out"
            )
        best = best[:k]
        ideal[row] = best @ discounts[: len(best)]
    return np.asarray((table @ discounts[: table.shape[1]]) / ideal, dtype=np.float64)


def mrr_values(gains: npt.ArrayLike, *, k: int) -> Float64Array:
    """Reciprocal rank of the first relevant document among the first k; 0 if there is none.

    Args:
        gains: grades of the documents retrieved, best first, `(n_queries, retrieved)`.
        k: how many retrieved documents count.

    Returns:
        `(n_queries,)`.

    Raises:
        InputError: if `k` is below 1.
    """
    relevant = _checked(gains, None, k)[:, :k] > 0
    first = relevant.argmax(axis=1)
    return np.asarray(relevant.any(axis=1) / (first + 1.0), dtype=np.float64)


def recall_values(gains: npt.ArrayLike, n_relevant: npt.ArrayLike, *, k: int) -> Float64Array:
    """Share of a query's relevant documents that are among the first k.

    Args:
        gains: grades of the documents retrieved, best first, `(n_queries, retrieved)`.
        n_relevant: number of relevant documents of each query, at least 1.
        k: how many retrieved documents count.

    Returns:
        `(n_queries,)`.

    Raises:
        InputError: if a query has no relevant document, `k` is below 1, or the lengths differ.
    """
    counts = np.asarray(n_relevant, dtype=np.float64)
    table = _checked(gains, len(counts), k)[:, :k]
    if (counts < 1).any():
        raise InputError(
            f"{int((counts < 1).sum())} queries have no relevant document; expected at least 1"
            " each; leave such queries out"
        )
    return np.asarray((table > 0).sum(axis=1) / counts, dtype=np.float64)


def _checked(gains: npt.ArrayLike, n: int | None, k: int) -> Float64Array:
    table = np.asarray(gains, dtype=np.float64)
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1; 10 is usual")
    if table.ndim != 2 or (n is not None and len(table) != n):
        raise InputError(
            f"gains have shape {table.shape} for {n} queries; expected (n_queries, retrieved);"
            " give one ranking per query"
        )
    if not np.isfinite(table).all():
        raise InputError("gains hold NaN or infinity; expected grades; check the judgments")
    return table
