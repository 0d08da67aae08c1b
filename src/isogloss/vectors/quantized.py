"""Vectors in fewer bytes, and what that costs a search.

- int8: a row times its scale is the vector, `scale = max|x| / 127`; a quarter of the bytes. Every
  row has a scale of its own, so that one long vector does not coarsen the others, and none has to
  be kept to read a cosine: `cos(q, codes)` is the cosine.
- binary: a bit a dimension, 1 where the number is positive, the first in the highest bit of a byte
  (`numpy.packbits`; `ubinary` of Sentence Transformers); a 32nd of the bytes. The fewer bits
  differ, the nearer.
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.vectors.neighbors import nearest

Quantization = Literal["int8", "binary"]
QUANTIZATIONS: tuple[Quantization, ...] = ("int8", "binary")

K = 10


class Int8Rows(NamedTuple):
    """Vectors in int8; `codes * scales[:, None]` is about what they were.

    Attributes:
        codes: int8 `(n, dim)`.
        scales: float32 `(n,)`; 0 of a row of zeros.
    """

    codes: npt.NDArray[np.int8]
    scales: FloatArray


def to_int8(vectors: FloatArray) -> Int8Rows:
    """Quantize rows to int8, each by its own scale.

    Args:
        vectors: finite, `(n, dim)`.

    Example:
        >>> to_int8(np.array([[0.5, -1.0], [0.0, 0.0]], np.float32)).codes.tolist()
        [[64, -127], [0, 0]]
    """
    scales = (np.abs(vectors).max(axis=1, initial=0.0) / 127.0).astype(np.float32)
    divisors = np.where(scales > 0, scales, 1.0).astype(np.float32)
    return Int8Rows(np.rint(vectors / divisors[:, None]).astype(np.int8), scales)


def to_bits(vectors: FloatArray) -> npt.NDArray[np.uint8]:
    """Quantize rows to a bit a dimension, uint8 `(n, ceil(dim / 8))`.

    Example:
        >>> to_bits(np.array([[0.5, -1.0, 2.0]], np.float32)).tolist()
        [[160]]
    """
    return np.packbits(vectors > 0, axis=1)


def as_searched(vectors: FloatArray, kind: Quantization) -> FloatArray:
    """Vectors whose cosines order as a search among the quantized ones does, `(n, dim)`."""
    if kind == "int8":
        return to_int8(vectors).codes.astype(np.float32)
    return np.where(vectors > 0, 1.0, -1.0).astype(np.float32)


def recall(vectors: FloatArray, kind: Quantization, k: int = K) -> float:
    """Which share of each vector's `k` nearest others are still among them when quantized.

    Args:
        vectors: of different texts, `(n, dim)` with n > k.
        kind: of both the query and the pool.
        k: neighbors.

    Returns:
        A fraction, averaged over all vectors; higher is better.

    Raises:
        InputError: there are too few vectors.
    """
    if len(vectors) <= k:
        raise InputError(f"{len(vectors)} vectors; expected more than {k} to compare neighbors")
    exact, rough = (_others(rows, k) for rows in (vectors, as_searched(vectors, kind)))
    kept = [len(np.intersect1d(a, b)) for a, b in zip(exact, rough, strict=True)]
    return float(np.mean(kept)) / k


def _others(rows: FloatArray, k: int) -> npt.NDArray[np.int64]:
    """The k nearest rows of each, itself left out, `(n, k)`."""
    found = nearest(rows, rows, k=k + 1).indices
    other = found != np.arange(len(rows))[:, None]
    other[other.all(axis=1), -1] = False  # as near as itself, and before it: the last one goes
    return np.asarray(found[other].reshape(len(rows), k))
