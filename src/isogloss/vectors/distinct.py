"""Collapse equal texts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class DistinctTexts(NamedTuple):
    """Distinct texts of one side: where each first stands, and which one every row is."""

    texts: list[str]
    """In the order of their first rows."""
    first: npt.NDArray[np.int64]
    """Row where each text stands first, `(n_texts,)`, ascending."""
    row_to_text: npt.NDArray[np.int64]
    """Number of each row's text, `(n_rows,)`."""


def distinct_texts(texts: Sequence[str]) -> DistinctTexts:
    """Collapse equal texts; the first of them is kept.

    Args:
        texts: any texts.

    Returns:
        The distinct ones, with the way back to the rows.

    Example:
        >>> found = distinct_texts(["b", "a", "b"])
        >>> found.texts, found.first.tolist(), found.row_to_text.tolist()
        (['b', 'a'], [0, 1], [0, 1, 0])
    """
    numbers: dict[str, int] = {}
    rows = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
    _, first = np.unique(rows, return_index=True)
    return DistinctTexts(list(numbers), first.astype(np.int64), rows)
