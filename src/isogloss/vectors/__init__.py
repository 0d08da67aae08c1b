"""Embeddings: cosines, exact nearest neighbors, margin scores, mining, stores. numpy only.

`nearest` is the oracle that approximate engines are checked against: exact, blockwise, in a fixed
order.
"""

from isogloss.vectors.margin import Margin, margin_scores, neighbor_margins
from isogloss.vectors.mining import Limits, MinedPairs, Retrieval, mine_pairs, select_pairs
from isogloss.vectors.neighbors import BothNeighbors, Neighbors, nearest, nearest_both
from isogloss.vectors.similarity import normalize, paired_cosines

__all__ = [
    "BothNeighbors",
    "Limits",
    "Margin",
    "MinedPairs",
    "Neighbors",
    "Retrieval",
    "margin_scores",
    "mine_pairs",
    "nearest",
    "nearest_both",
    "neighbor_margins",
    "normalize",
    "paired_cosines",
    "select_pairs",
]
