"""What a person wants to know of a group of texts: its size, its languages, its middle."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from isogloss.protocols import FloatArray, LongArray
from isogloss.vectors.similarity import normalize

NO_CLUSTER = -1
"""The number of texts that are in no group."""


class Cluster(NamedTuple):
    """A group of texts.

    Attributes:
        number: from 0, the largest first.
        members: rows of its texts, the most central first.
        languages: texts by language, the most frequent first; `""` is unknown.
        cohesion: mean cosine of its texts with their mean vector, 0 to 1.
    """

    number: int
    members: LongArray
    languages: Mapping[str, int]
    cohesion: float


def describe_clusters(
    groups: Sequence[LongArray], vectors: FloatArray, languages: Sequence[str]
) -> list[Cluster]:
    """Groups with what tells them apart.

    Args:
        groups: rows of each, in the order of their numbers.
        vectors: of length 1, `(n, dim)`.
        languages: of each text; `""` is unknown.
    """
    clusters = []
    for number, rows in enumerate(groups):
        cosines = vectors[rows] @ normalize(vectors[rows].mean(axis=0, keepdims=True))[0]
        order = np.argsort(-cosines, kind="stable")
        counted = Counter(languages[row] for row in rows.tolist()).most_common()
        clusters.append(Cluster(number, rows[order], dict(counted), float(cosines.mean())))
    return clusters
