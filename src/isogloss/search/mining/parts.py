"""Parts of a search in both directions, and the whole that they make."""

import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from isogloss.vectors.neighbors import BothNeighbors, Neighbors


class PartNeighbors(NamedTuple):
    """What a part of the rows of one side, and all of the other side, find in each other.

    Attributes:
        rows: the neighbors of these rows.
        columns: for every vector of the other side its neighbors among these rows, by their numbers
            in the whole: as many as asked for, or as there are rows.
    """

    rows: Neighbors
    columns: Neighbors

    def to_bytes(self) -> bytes:
        """The same as bytes, equal for equal content."""
        stream = io.BytesIO()
        arrays = (*self.rows, *self.columns)
        np.savez(stream, *(a.astype(np.int32) if a.dtype == np.int64 else a for a in arrays))
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "PartNeighbors":
        """What `to_bytes` wrote."""
        with np.load(io.BytesIO(content)) as stored:
            one, two, three, four = (stored[f"arr_{n}"] for n in range(4))
        return cls(Neighbors(one.astype(np.int64), two), Neighbors(three.astype(np.int64), four))


def join_parts(parts: Iterable[PartNeighbors], k: int) -> BothNeighbors:
    """Join the parts of one side, of which no more than two are held at once.

    Args:
        parts: in the order of their rows; at least one.
        k: neighbors that were asked for.

    Returns:
        Neighbors in both directions, each ordered by (-score, index).
    """
    indices, scores = [], []
    backward: Neighbors | None = None
    for part in parts:
        indices.append(part.rows.indices)
        scores.append(part.rows.scores)
        backward = part.columns if backward is None else _better(backward, part.columns, k)
    assert backward is not None
    return BothNeighbors(Neighbors(np.concatenate(indices), np.concatenate(scores)), backward)


def _better(earlier: Neighbors, later: Neighbors, k: int) -> Neighbors:
    """The k best of both; of equal scores the earlier, whose rows have lower numbers."""
    scores = np.concatenate([earlier.scores, later.scores], axis=1)
    indices = np.concatenate([earlier.indices, later.indices], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return Neighbors(*(np.take_along_axis(part, order, axis=1) for part in (indices, scores)))
