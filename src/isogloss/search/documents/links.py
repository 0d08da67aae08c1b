"""Links: lines of two documents that belong together, and what it costs to say so."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from isogloss.protocols import BoolArray, Float64Array, LongArray
from isogloss.search.documents.costs import Costs
from isogloss.search.documents.windows import Windows


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of windows.

    Args:
        rows: `(k, 4)`: first source line and the one behind the last, the same of target lines.
        costs: of each, by pair of lines: 0 for equal vectors, 1 for what chance gives, `(k,)`.
    """

    rows: LongArray
    costs: Float64Array

    def __len__(self) -> int:
        return len(self.rows)

    @staticmethod
    def none() -> "Links":
        """No links."""
        return Links(np.empty((0, 4), np.int64), np.empty(0))

    def joined(self, other: "Links") -> "Links":
        """These and others."""
        return Links(
            np.concatenate([self.rows, other.rows]), np.concatenate([self.costs, other.costs])
        )

    def take(self, which: LongArray | BoolArray) -> "Links":
        """Some of them."""
        return Links(self.rows[which], self.costs[which])

    def ordered(self) -> "Links":
        """The same in order of source lines."""
        return self.take(np.argsort(self.rows[:, 0], kind="stable"))

    def shapes(self) -> dict[str, int]:
        """How many there are by their numbers of lines, as `{"1-1": 90, "2-1": 4}`."""
        a, b = self.rows[:, 1] - self.rows[:, 0], self.rows[:, 3] - self.rows[:, 2]
        return dict(Counter(f"{i}-{j}" for i, j in zip(a.tolist(), b.tolist(), strict=True)))

    def free(self, n: int, m: int) -> tuple[BoolArray, BoolArray]:
        """Which lines of two documents are in none of them.

        Args:
            n: source lines.
            m: target lines.
        """
        left, right = np.ones(n, np.bool_), np.ones(m, np.bool_)
        for i, end, j, last in self.rows.tolist():
            left[i:end] = right[j:last] = False
        return left, right


def link_costs(source: Windows, target: Windows, rows: LongArray, costs: Costs) -> Float64Array:
    """Cost of links by pair of lines; see `costs`.

    Args:
        source: windows of one document.
        target: of the other.
        rows: `(k, 4)`; see `Links`.
        costs: of steps between the two.
    """
    ends, a = rows[:, 1] - 1, rows[:, 1] - rows[:, 0] - 1
    lasts, b = rows[:, 3] - 1, rows[:, 3] - rows[:, 2] - 1
    near = np.einsum(
        "kd,kd->k", source.vectors[ends, a], target.vectors[lasts, b], dtype=np.float64
    )
    far = costs.source_far[ends, a, b] + costs.target_far[lasts, b, a]
    return 2 * np.maximum(0, 1 - near) / far


def trimmed(source: Windows, target: Windows, links: Links, costs: Costs) -> Links:
    """Links without the lines at their ends that their partners say nothing of.

    A sentence is hardly further from its translation when a stray line is joined to that, and this
    is cheaper than to leave the line out. So of each link the part with the lowest cost is kept.

    Args:
        source: windows of one document.
        target: of the other.
        links: of the path.
        costs: of steps between the two.

    Returns:
        As many links, in the same order; those of single lines are as they were.
    """
    rows, best = links.rows.copy(), links.costs.copy()
    sizes = rows[:, [1, 3]] - rows[:, [0, 2]]
    for k in np.flatnonzero((sizes > 1).any(axis=1)).tolist():
        i, end, j, last = links.rows[k].tolist()
        parts = np.array(
            [
                (first, after, first_target, after_target)
                for first, after in combinations(range(i, end + 1), 2)
                for first_target, after_target in combinations(range(j, last + 1), 2)
            ]
        )
        found = link_costs(source, target, parts, costs)
        if found.min() < best[k]:
            rows[k], best[k] = parts[found.argmin()], found.min()
    return Links(rows, best)
