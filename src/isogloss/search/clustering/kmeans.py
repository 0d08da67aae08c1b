"""k-means on directions: every text in the one of k groups whose mean is nearest."""

import warnings

import numpy as np

from isogloss.errors import InputError
from isogloss.protocols import FloatArray, LongArray
from isogloss.vectors.similarity import normalize

BATCH = 4_096
"""Texts from which on means are moved by samples of so many (mini-batches)."""


def kmeans(vectors: FloatArray, k: int, *, seed: int = 0) -> list[LongArray]:
    """Part texts into k groups.

    Args:
        vectors: of length 1, `(n, dim)`.
        k: number of groups; fewer come out where texts are equal.
        seed: of the first means.

    Returns:
        Rows of each group, by (-cosine to its mean, row); largest group first.

    Raises:
        InputError: `k` is below 1, or above the number of texts.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    check_k(k, len(vectors))
    if len(vectors) > BATCH:
        model = MiniBatchKMeans(k, random_state=seed, n_init=3, batch_size=BATCH)
    else:
        model = KMeans(k, random_state=seed, n_init=3)
    with warnings.catch_warnings():  # of fewer different texts than groups
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = model.fit_predict(vectors)
    groups = []
    for label in range(k):
        members = np.flatnonzero(labels == label)
        if len(members):
            cosines = vectors[members] @ normalize(vectors[members].mean(axis=0, keepdims=True))[0]
            groups.append(members[np.argsort(-cosines, kind="stable")])
    return sorted(groups, key=len, reverse=True)


def check_k(k: int, texts: int) -> None:
    """Refuse a number of groups that so many texts cannot have.

    Raises:
        InputError: `k` is below 1, or above the number of texts.
    """
    if not 1 <= k <= texts:
        raise InputError(
            f"{k} clusters of {texts} texts; expected at least one, and at most one a text: give "
            "another --k"
        )
