"""What scores are worth: pairs that are planted among the texts, or mined ones that were judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isogloss.data.rejects import RejectFile
from isogloss.errors import InputError
from isogloss.metrics.intervals import SEED
from isogloss.recipes.mine.pairs_file import read_judged, read_rows
from isogloss.recipes.mine.sides import Side
from isogloss.search.mining.calibration import (
    LEAST,
    Calibration,
    Worth,
    calibrate_by_labels,
    calibrate_by_planting,
)
from isogloss.vectors.mining import MinedPairs

SHOWN = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Precisions whose thresholds are told."""


@dataclass
class Planted:
    """Known translations among the texts of two sides.

    A third is planted whole; of the others one sentence each, so that whatever is mined for it is
    wrong.

    Attributes:
        own: texts of each side before, which the planted follow.
        whole: numbers of the two texts of the pairs that are planted whole.
    """

    own: tuple[int, int]
    whole: set[tuple[int, int]] = field(default_factory=set)

    def split(self, found: MinedPairs) -> tuple[MinedPairs, Calibration]:
        """The pairs without the planted, and what these tell.

        Args:
            found: all candidates.

        Raises:
            InputError: too few of the planted were found.
        """
        new_a, new_b = found.a >= self.own[0], found.b >= self.own[1]
        pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
        true = np.array([pair in self.whole for pair in pairs], np.bool_)
        whole_a, whole_b = (np.array([*side], np.int64) for side in zip(*self.whole, strict=True))
        of_whole = np.isin(found.a, whole_a) | np.isin(found.b, whole_b)
        false = (new_a | new_b) & ~of_whole
        rest = found.take(np.flatnonzero(~(new_a | new_b)))
        missed = len(self.whole) - int(true.sum())
        scores = found.scores.astype(np.float64)
        return rest, calibrate_by_planting(rest.scores, scores[true], scores[false], missed=missed)


def plant(path: str, sides: Sequence[Side]) -> Planted:
    """Add known translations to two sides; those with a text that is there already are left out.

    Args:
        path: a TSV file of pairs.
        sides: source and target, with all their own texts.

    Raises:
        InputError: there are too few.
    """
    planted = Planted((len(sides[0]), len(sides[1])))
    rows = dict.fromkeys(row[:2] for row in read_rows(path, RejectFile()))
    new = [row for row in rows if all(s.find(t) < 0 for s, t in zip(sides, row, strict=True))]
    if len(new) < 3 * LEAST:
        raise InputError(
            f"--known {path!r} has {len(new)} pairs of which no text is in the collections; "
            f"expected at least {3 * LEAST}: give more (some hundreds are good)"
        )
    parts = np.array_split(np.random.default_rng(SEED).permutation(len(new)), 3)
    whole, left, right = ([new[row] for row in part.tolist()] for part in parts)
    sides[0].add(row[0] for row in (*whole, *left))
    sides[1].add(row[1] for row in (*whole, *right))
    planted.whole = {(sides[0].find(row[0]), sides[1].find(row[1])) for row in whole}
    return planted


def judge(path: str, found: MinedPairs, sides: Sequence[Side]) -> Calibration:
    """What judged pairs tell; those that were not mined are left out.

    Args:
        path: a TSV file: score, source, target, judgment.
        found: all candidates.
        sides: source and target.

    Raises:
        InputError: too few of them were mined.
    """
    pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
    score_of = dict(zip(pairs, found.scores.tolist(), strict=True))
    judged = [
        (score, row.right)
        for row in read_judged(path)
        if (score := score_of.get((sides[0].find(row.source), sides[1].find(row.target))))
        is not None
    ]
    scores, right = zip(*judged, strict=True) if judged else ((), ())
    return calibrate_by_labels(found.scores, scores, right)


def told(calibration: Calibration, threshold: float | None) -> dict[str, Any]:
    """What some thresholds are worth, for JSON.

    Args:
        calibration: what scores are worth.
        threshold: the one that was used, told first; None where all pairs are kept.
    """
    wanted = [-np.inf if threshold is None else threshold]
    wanted += [t for p in SHOWN if (t := calibration.threshold_for(p)) is not None]
    worth = [calibration.worth(t) for t in wanted]
    return {
        "by": "judged pairs" if calibration.planted is None else "planted pairs",
        "at": None if worth[0] is None else _row(worth[0]),
        "thresholds": [_row(one) for one in worth[1:] if one is not None],
    }


def _row(worth: Worth) -> dict[str, Any]:
    row = worth._asdict()
    for name in ("precision_interval", "recall_interval"):
        row[name] = None if row[name] is None else list(row[name])
    return row
