"""Whether a model's vectors are of use: finite, and different for different sentences."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import Encoder
from isogloss.spooled import Joined

CONSTANT = 1e-6
"""Mean squared distance from the mean vector, over the mean squared norm; what is less is noise."""

SAMPLE = 64
"""Sentences that a model is tried on, about."""


def check_vectors(model: Encoder, name: str, sentences: Sequence[str]) -> None:
    """Refuse a model that gives no vectors, or one and the same to every sentence.

    Args:
        model: the model; it embeds a sample.
        name: what to call it in the message, such as `teacher 'NAME'`.
        sentences: of its language, at least 2 different ones.

    Raises:
        InputError: a vector is not finite, or all are one.
    """
    distinct = Joined([sentences]).distinct()
    sample = distinct[:: max(1, len(distinct) // SAMPLE)][:SAMPLE]
    vectors = model.encode(sample).astype(np.float64)
    check_finite(vectors, name, sample)
    if len(sample) > 1 and are_one(vectors):
        raise InputError(
            f"{name} gives one and the same vector to {len(sample)} different sentences (such as "
            f"{sample[0][:40]!r} and {sample[-1][:40]!r}); expected vectors that tell them apart: "
            "it has collapsed, or it does not read this language; take another model"
        )


def are_one(vectors: npt.NDArray[np.floating]) -> bool:
    """Whether all vectors are one and the same, noise aside.

    Args:
        vectors: finite, `(n, dim)`, at least one.

    Example:
        >>> are_one(np.ones((3, 2))), are_one(np.eye(2)), are_one(np.zeros((3, 2)))
        (True, False, True)
    """
    rows = vectors.astype(np.float64, copy=False)
    spread = np.square(rows - rows.mean(axis=0)).sum(axis=1).mean()
    return bool(spread <= CONSTANT * np.square(rows).sum(axis=1).mean())


def not_finite(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Which rows hold NaN or infinity, `(n,)`.

    Args:
        vectors: `(n, dim)`.
    """
    return np.asarray(~np.isfinite(vectors).all(axis=1))


def check_finite(vectors: npt.NDArray[np.floating], name: str, sentences: Sequence[str]) -> None:
    """Refuse vectors with NaN or infinity.

    Args:
        vectors: `(n, dim)`.
        name: what to call their model in the message.
        sentences: that were embedded, as many.

    Raises:
        InputError: one holds NaN or infinity.
    """
    bad = not_finite(vectors)
    if bad.any():
        raise InputError(
            f"{name} gives vectors with NaN or infinity, {int(bad.sum())} of {len(vectors)} "
            f"(first: {sentences[int(bad.argmax())][:40]!r}); expected finite numbers: look at its "
            "precision and configuration, or take another model"
        )
