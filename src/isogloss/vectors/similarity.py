"""Cosine similarity of rows."""

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import FloatArray

EPS = 1e-12
"""Norms below this count as this: a zero row stays zero, its cosines are 0."""


def normalize(embeddings: npt.ArrayLike) -> FloatArray:
    """Scale every row to length 1.

    Args:
        embeddings: `(n, dim)`, any float type; not changed.

    Returns:
        A new float32 array `(n, dim)`; a zero row stays zero.

    Raises:
        InputError: if the array is not two-dimensional, or rows hold NaN or infinity.

    Example:
        >>> normalize([[3.0, 4.0]]).round(2).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    rows = np.asarray(embeddings)
    rows = rows.astype(
        np.float32 if rows.dtype in (np.float16, np.float32) else np.float64, copy=False
    )
    if rows.ndim != 2:
        raise InputError(
            f"embeddings have shape {rows.shape}; expected (n, dim); stack one row per sentence"
        )
    # float64 sums: a float32 square overflows above 1.8e19 and vanishes below 1e-23
    norms = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    bad = int((~np.isfinite(norms)).sum())
    if bad:
        raise InputError(
            f"{bad} of {len(rows)} embeddings hold NaN or infinity; expected finite numbers;"
            " look at the model, its precision and these sentences"
        )
    unit = rows / np.maximum(norms, EPS)[:, None].astype(rows.dtype)
    return np.asarray(unit, dtype=np.float32)


def paired_cosines(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Cosine of each row of `a` with the same row of `b`.

    Args:
        a: `(n, dim)`.
        b: `(n, dim)`.

    Returns:
        float32 `(n,)` in [-1, 1]; higher is closer.

    Raises:
        InputError: if the shapes differ, or rows hold NaN or infinity.
    """
    unit_a, unit_b = normalize(a), normalize(b)
    if unit_a.shape != unit_b.shape:
        raise InputError(
            f"embeddings have shapes {unit_a.shape} and {unit_b.shape}; expected equal shapes;"
            " embed as many sentences on each side with one model"
        )
    cosines = np.einsum("nd,nd->n", unit_a, unit_b, dtype=np.float64)
    return np.asarray(np.clip(cosines, -1.0, 1.0), dtype=np.float32)
