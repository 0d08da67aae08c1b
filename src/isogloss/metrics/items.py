"""What a score was computed from, item by item: enough to compute it again on any resample.

Two models that were scored on the same items can be compared by a paired test only if their values
per item are kept.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.protocols import Float64Array, LongArray


@dataclass(frozen=True, eq=False)
class ItemValues:
    """The values behind one score, in the order of the data's items.

    With `gold` the score is a correlation of the values with it; else it is
    `sum(values) / sum(weights)`: a mean where no weights are given, a ratio of sums (F1, FVU)
    where they are.

    Args:
        values: one number per item, `(n,)`: a cosine, a hit, an error.
        gold: the grade of each item, `(n,)`, on any scale; `None` where the score is no
            correlation.
        weights: denominator of each item, `(n,)`; `None` means 1 each.
        pairs: number of each item's pair, `(n,)`: items of one number are the same pair in several
            languages, and are resampled together; `None`: every item is by itself.

    Raises:
        InputError: if shapes differ, a number is NaN or infinite, or both `gold` and `weights` are
            given.
    """

    values: npt.NDArray[np.generic]
    gold: npt.NDArray[np.generic] | None = None
    weights: npt.NDArray[np.generic] | None = None
    pairs: LongArray | None = None

    def __post_init__(self) -> None:
        if self.gold is not None and self.weights is not None:
            raise InputError(
                "items with both gold and weights; expected one of them at most: gold for a"
                " correlation, weights for a ratio of sums; drop the other"
            )
        for name, column in self.columns().items():
            if column.ndim != 1 or len(column) != len(self.values):
                raise InputError(
                    f"items have {name} of shape {column.shape} beside {len(self.values)} values;"
                    " expected one number per item; check where they were made"
                )
            if not np.isfinite(column.astype(np.float64)).all():
                raise InputError(
                    f"items have NaN or infinite {name}; expected finite numbers;"
                    " look at the embeddings or the gold file"
                )

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """The columns that are there, by name."""
        columns = {
            "values": self.values,
            "gold": self.gold,
            "weights": self.weights,
            "pairs": self.pairs,
        }
        return {name: column for name, column in columns.items() if column is not None}


def shared_numbers(subsets: Sequence[ItemValues]) -> list[LongArray]:
    """Number the pairs of several subsets: those that stand in several have one number.

    Args:
        subsets: those that do not number their pairs hold the same ones, row by row, as others of
            the same gold.

    Returns:
        For each subset, from 0 in order of appearance, `(n,)`.
    """
    known: dict[Hashable, int] = {}
    found = []
    for one in subsets:
        keys: list[Hashable] = []
        if one.pairs is not None:
            keys += one.pairs.tolist()
        else:
            gold = b"" if one.gold is None else one.gold.astype(np.float64).tobytes()
            keys += [(gold, row) for row in range(len(one))]
        found.append(np.array([known.setdefault(key, len(known)) for key in keys], np.int64))
    return found


def join_items(subsets: Sequence[ItemValues]) -> ItemValues:
    """The items of several graded subsets as one; the same pair in several of them has one number.

    Args:
        subsets: cosines and gold of each.

    Raises:
        InputError: if a subset has no gold, or a number is NaN or infinite.
    """
    nothing, number = np.zeros(0), np.zeros(0, np.int64)
    gold = [graded(one) for one in subsets]
    return ItemValues(
        np.concatenate([nothing, *(one.values for one in subsets)]),
        np.concatenate([nothing, *gold]),
        pairs=np.concatenate([number, *shared_numbers(subsets)]),
    )


def graded(subset: ItemValues) -> Float64Array:
    """The gold of a subset, `(n,)`; InputError if it has none."""
    if subset.gold is None:
        raise InputError(
            "a subset has no gold; expected cosines with the grade of each pair;"
            " take the items of an STS task"
        )
    return subset.gold.astype(np.float64)
