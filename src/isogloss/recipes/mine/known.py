"""What scores are worth: pairs that are planted among the texts, or mined ones that were judged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from isogloss.data.rejects import RejectFile
from isogloss.errors import InputError
from isogloss.metrics.intervals import SEED
from isogloss.protocols import BoolArray, Float64Array, FloatArray
from isogloss.recipes.mine.pairs_file import read_judged, read_rows
from isogloss.recipes.mine.sides import Side
from isogloss.search.mining.calibration import (
    LEAST,
    Calibration,
    Worth,
    calibrate_by_labels,
    calibrate_by_planting,
    check_known,
)
from isogloss.search.mining.learned import Learned, with_learned_scores
from isogloss.vectors.mining import MinedPairs

SHOWN = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Precisions whose thresholds are told."""


class ToldApart(NamedTuple):
    """Candidates by what is known of them; each `(n,)`.

    Attributes:
        right: translations.
        wrong: those that are none.
        rest: those that are the collections' own.
    """

    right: BoolArray
    wrong: BoolArray
    rest: BoolArray


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

    def split(
        self, found: MinedPairs, scores: Float64Array | FloatArray
    ) -> tuple[MinedPairs, Calibration]:
        """The pairs without the planted, and what these tell.

        Args:
            found: all candidates.
            scores: by which they tell it, `(n,)`.

        Raises:
            InputError: too few of the planted were found.
        """
        true, false, rest = self.told_apart(found)
        missed = len(self.whole) - int(true.sum())
        mined = found.take(np.flatnonzero(rest))
        known = calibrate_by_planting(mined.scores, scores[true], scores[false], missed=missed)
        return mined, known

    def told_apart(self, found: MinedPairs) -> "ToldApart":
        """Which candidates are the planted translations, and which are wrong for sure.

        Args:
            found: all candidates.
        """
        new_a, new_b = found.a >= self.own[0], found.b >= self.own[1]
        pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
        true = np.array([pair in self.whole for pair in pairs], np.bool_)
        whole_a, whole_b = (np.array([*side], np.int64) for side in zip(*self.whole, strict=True))
        of_whole = np.isin(found.a, whole_a) | np.isin(found.b, whole_b)
        false = (new_a | new_b) & ~of_whole
        return ToldApart(true, false, ~(new_a | new_b))


def plant(path: str, sides: Sequence[Side]) -> Planted:
    """Add known translations to two sides; those with a text that is there already are left out.

    Args:
        path: a TSV file of pairs.
        sides: source and target, with all their own texts.

    Raises:
        InputError: there are too few.
    """
    planted = Planted((len(sides[0]), len(sides[1])))
    new = [
        row
        for row in _without_repeated(row[:2] for row in read_rows(path, RejectFile()))
        if all(s.find(t) < 0 for s, t in zip(sides, row, strict=True))
    ]
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


def _without_repeated(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Pairs of which neither side stood before: of two translations both would be right."""
    seen: tuple[set[str], set[str]] = set(), set()
    for row in rows:
        if all(text not in texts for text, texts in zip(row, seen, strict=True)):
            yield row
        for text, texts in zip(row, seen, strict=True):
            texts.add(text)


def learn(found: MinedPairs, sides: Sequence[Side], planted: Planted | str) -> Learned:
    """Candidates with the score that known ones of them teach, in its order.

    Args:
        found: all candidates, by margin.
        sides: source and target.
        planted: what was planted; or a TSV file of judged pairs.

    Raises:
        InputError: too few are known.
    """
    apart = (
        _judged(planted, found, sides) if isinstance(planted, str) else planted.told_apart(found)
    )
    check_known(
        apart.right[apart.right | apart.wrong], "known translations that were mined", "known others"
    )
    texts = zip(sides[0].texts(found.a), sides[1].texts(found.b), strict=True)
    return with_learned_scores(found, texts, apart.right, apart.wrong)


def judge(
    path: str, found: MinedPairs, sides: Sequence[Side], scores: Float64Array | FloatArray
) -> Calibration:
    """What judged pairs tell; those that were not mined are left out.

    Args:
        path: a TSV file: score, source, target, judgment.
        found: all candidates.
        sides: source and target.
        scores: by which the judged tell it, `(n,)`.

    Raises:
        InputError: too few of them were mined.
    """
    apart = _judged(path, found, sides)
    known = apart.right | apart.wrong
    return calibrate_by_labels(found.scores, scores[known], apart.right[known])


def _judged(path: str, found: MinedPairs, sides: Sequence[Side]) -> ToldApart:
    """Judgments by candidate; of a pair that was judged twice the last counts."""
    judgment = {
        (sides[0].find(row.source), sides[1].find(row.target)): row.right
        for row in read_judged(path)
    }
    pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
    told = [judgment.get(pair) for pair in pairs]
    right, wrong = (np.array([one is kind for one in told], np.bool_) for kind in (True, False))
    return ToldApart(right, wrong, np.ones(len(found), np.bool_))


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
