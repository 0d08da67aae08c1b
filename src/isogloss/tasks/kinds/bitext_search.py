"""The search behind parallel accuracy: what each sentence finds on the other side."""

from typing import NamedTuple

import numpy as np

from isogloss.metrics.bitext import text_hits
from isogloss.protocols import BoolArray, FloatArray, LongArray
from isogloss.tasks.task import Settings
from isogloss.vectors.distinct import DistinctTexts
from isogloss.vectors.margin import neighbor_margins
from isogloss.vectors.neighbors import BothNeighbors, nearest_both

TOP = (5, 10)
"""Accuracies are also given for this many retrieved sentences."""


class Found(NamedTuple):
    """What was retrieved for every pair; hits are true on a text equal to the translation."""

    forward: BoolArray
    """Hits source→target, best first, `(n, up to 10)`."""
    backward: BoolArray
    """Hits target→source, best first, `(n, up to 10)`."""
    xsim: BoolArray
    """Whether the source's best target by margin among its k nearest is right, `(n, 1)`."""
    rows: LongArray
    """Row of the target nearest by cosine to each source, `(n,)`."""


def search_translations(
    source_embeddings: FloatArray,
    target_embeddings: FloatArray,
    source: DistinctTexts,
    target: DistinctTexts,
    settings: Settings,
) -> Found:
    """Search every sentence's translation among all distinct sentences of the other side.

    Args:
        source_embeddings: `(n, dim)`.
        target_embeddings: `(n, dim)`, the translations row by row.
        source: the distinct texts of the source side.
        target: the distinct texts of the target side.
        settings: `margin_k`, `nearest_by`.

    Returns:
        The hits. By margin, a sentence's candidates are its ten nearest by cosine.
    """
    k = settings.margin_k
    both = nearest_both(
        source_embeddings[source.first], target_embeddings[target.first], k=max(k, *TOP)
    )

    def hits(found: LongArray, side: DistinctTexts, other: DistinctTexts) -> BoolArray:
        gold = [other.texts[i] for i in other.row_to_text]
        return text_hits(found[side.row_to_text], pool=other.texts, gold=gold)

    turned = BothNeighbors(both.backward, both.forward)
    forward, backward = both.forward.indices, turned.forward.indices
    if settings.nearest_by == "margin":
        forward, backward = _by_margin(both, k), _by_margin(turned, k)
    few = both.forward._replace(
        indices=both.forward.indices[:, :k], scores=both.forward.scores[:, :k]
    )
    matches = _by_margin(BothNeighbors(few, both.backward), k)[:, :1]
    nearest_row = target.first[both.forward.indices[:, 0]][source.row_to_text]
    return Found(
        hits(forward, source, target),
        hits(backward, target, source),
        hits(matches, source, target),
        nearest_row,
    )


def _by_margin(both: BothNeighbors, k: int) -> LongArray:
    """Forward neighbors ordered by margin; of equal ones the one nearer by cosine first."""
    order = np.argsort(-neighbor_margins(both, k=k), axis=1, kind="stable")
    return np.take_along_axis(both.forward.indices, order, axis=1)
