"""What a score was computed from, item by item: enough to compute it again on any resample.

Two models that were scored on the same items can be compared by a paired test only if their values
per item are kept.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError


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

    Raises:
        InputError: if shapes differ, a number is NaN or infinite, or both `gold` and `weights` are
            given.
    """

    values: npt.NDArray[np.generic]
    gold: npt.NDArray[np.generic] | None = None
    weights: npt.NDArray[np.generic] | None = None

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
        columns = {"values": self.values, "gold": self.gold, "weights": self.weights}
        return {name: column for name, column in columns.items() if column is not None}
