"""Parts of a search in both directions, and the whole that they make.

A part is what some rows of one side, and all of the other side, find in each other: `forward` has
the neighbors of these rows; `backward`, for every vector of the other side, its neighbors among
these rows by their numbers in the whole: as many as asked for, or as there are rows.
"""

import io
from collections.abc import Iterable

import numpy as np

from isogloss.vectors.neighbors import BothNeighbors, Neighbors


def join_parts(parts: Iterable[BothNeighbors], k: int) -> BothNeighbors:
    """Join the parts of one side, of which no more than two are held at once.

    Args:
        parts: in the order of their rows; at least one.
        k: neighbors that were asked for.

    Returns:
        The whole, ordered by (-score, index).
    """
    forward: list[Neighbors] = []
    backward: Neighbors | None = None
    for part in parts:
        forward.append(part.forward)
        backward = part.backward if backward is None else _better(backward, part.backward, k)
    assert backward is not None
    return BothNeighbors(Neighbors(*map(np.concatenate, zip(*forward, strict=True))), backward)


def part_to_bytes(part: BothNeighbors) -> bytes:
    """A part as bytes, equal for equal content."""
    stream = io.BytesIO()
    narrow = [array.astype(np.int32) if array.dtype == np.int64 else array for array in _flat(part)]
    np.savez(stream, *narrow)
    return stream.getvalue()


def part_from_bytes(content: bytes) -> BothNeighbors:
    """What `part_to_bytes` wrote."""
    with np.load(io.BytesIO(content)) as stored:
        a, b, c, d = (stored[f"arr_{n}"] for n in range(4))
    return BothNeighbors(Neighbors(a.astype(np.int64), b), Neighbors(c.astype(np.int64), d))


def _flat(part: BothNeighbors) -> list[np.ndarray]:
    return [*part.forward, *part.backward]


def _better(earlier: Neighbors, later: Neighbors, k: int) -> Neighbors:
    """The k best of both; of equal scores the earlier, whose rows have lower numbers."""
    scores = np.concatenate([earlier.scores, later.scores], axis=1)
    indices = np.concatenate([earlier.indices, later.indices], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return Neighbors(*(np.take_along_axis(part, order, axis=1) for part in (indices, scores)))
