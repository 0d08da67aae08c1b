"""A filter that learns which words go together, and finds sides that have none in common.

No model and no dictionary: two words belong together where they meet in more pairs of the place
than chance would have it. A pair is judged by how well each word is met on the other side, and how
much better that is than in pairs put together at random; what is not told from those goes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.corpora.filters.filter import Fault, Pair
from isogloss.corpora.words import words_or_twos
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason

MIN_PAIRS = 3_000
"""Pairs without which too few words meet twice."""

_SET_ON = 8
"""Every so manieth pair is not learned from, and sets the limit."""

_STEM = 5
"""First letters of a longer word count too: endings differ."""

_LIFT = 3.0
"""So many times as often as by chance must two words meet."""

_APART = 97
"""Places between a pair and the one, of about its length, that it is put together with."""

_LEAST = 0.4
"""Share of the pairs by chance that lie below the lowest limit: fewer tell nothing."""

_LEVELS = 12
_RARITIES = 4

Floats = npt.NDArray[np.float64]


class _Side(NamedTuple):
    """One side of many pairs: the known words of pair i are `words[starts[i]:starts[i + 1]]`."""

    words: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]


class _Marks(NamedTuple):
    """What was seen of the words of pairs: a class and the pair of each word, how many pairs."""

    classes: npt.NDArray[np.int64]
    pairs: npt.NDArray[np.int64]
    size: int


class Lexical:
    """The words of a pair meet as little as those of two sentences put together at random."""

    name = "words"

    def __init__(self, lost: float) -> None:
        """Set what it may cost.

        Args:
            lost: good pairs that may be lost for each bad one, by the filter's own estimate.
        """
        self._lost = lost

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Learn which words meet, what that says, and from where on a pair is one by chance."""
        if len(pairs) < MIN_PAIRS:
            return f"{len(pairs)} pairs say too little of which words go together"
        self._known: tuple[dict[str, int], dict[str, int]] = ({}, {})
        # what is learned from a pair speaks for it: the limit is set on pairs of which nothing was
        learned = [pair for at, pair in enumerate(pairs) if at % _SET_ON]
        others = pairs[::_SET_ON]
        sides = [self._side([pair[at] for pair in learned], at, grow=True) for at in (0, 1)]
        self._associate(sides, len(learned))
        source, target = (self._side([pair[at] for pair in others], at) for at in (0, 1))
        apart = self._side(_targets_of_others(others), 1)
        true, chance = self._marks(source, target), self._marks(source, apart)
        self._weights = _weights(true, chance)
        self._limit = _limit(self._evidence(true), self._evidence(chance), self._lost)
        return ""

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Find pairs whose words do not meet."""
        sides = [self._side([pair[at] for pair in pairs], at) for at in (0, 1)]
        evidence = self._evidence(self._marks(*sides))
        return [
            Fault(Reason.WORDS, f"evidence {value:.1f}") if value < self._limit else None
            for value in evidence
        ]

    def _side(self, texts: Sequence[str], at: int, *, grow: bool = False) -> _Side:
        """The words of texts as numbers, each once a text; unknown words are left out."""
        known, words, starts = self._known[at], list[int](), [0]
        for text in texts:
            for word in dict.fromkeys(_forms(text)):
                number = known.setdefault(word, len(known)) if grow else known.get(word, -1)
                if number >= 0:
                    words.append(number)
            starts.append(len(words))
        return _Side(np.array(words, np.int32), np.array(starts, np.int64))

    def _associate(self, sides: Sequence[_Side], pairs: int) -> None:
        """How strongly any two words belong together (Dice), less one meeting: its own."""
        from scipy import sparse

        tables = [
            sparse.csr_matrix(
                (np.ones(len(side.words), np.float32), side.words, side.starts),
                shape=(pairs, len(known)),
            )
            for side, known in zip(sides, self._known, strict=True)
        ]
        often = [np.asarray(table.sum(axis=0)).ravel() for table in tables]
        self._rarity = [
            np.digitize(np.log10(pairs / counts), (1.0, 2.0, 3.0)).astype(np.int64)
            for counts in often
        ]
        met = (tables[0].T @ tables[1]).tocoo()
        chance = often[0][met.row] * often[1][met.col] / pairs
        strong = (met.data >= 2) & (met.data >= _LIFT * chance)
        row, col, data = met.row[strong], met.col[strong], met.data[strong]
        dice = 2 * (data - 1) / (often[0][row] + often[1][col] - 1)
        shape = met.shape
        self._table = sparse.csr_matrix((dice.astype(np.float32), (row, col)), shape=shape)

    def _marks(self, source: _Side, target: _Side) -> _Marks:
        """The class of every word of every pair, by side, rarity and best meeting."""
        from isogloss.corpora.filters.meetings import best_meetings

        table = self._table
        best = best_meetings(
            *source,
            *target,
            table.indptr.astype(np.int64),
            table.indices.astype(np.int32),
            table.data,
            len(self._known[1]),
        )
        pairs, classes = [], []
        for at, side in enumerate((source, target)):
            strength = np.clip(np.log2(np.maximum(best[at], 1e-9)) + _LEVELS - 2, 0, _LEVELS - 2)
            level = np.where(best[at] > 0, 1 + strength, 0).astype(np.int64)
            rarity = self._rarity[at][side.words]
            classes.append((at * _RARITIES + rarity) * _LEVELS + level)
            pairs.append(np.repeat(np.arange(len(side.starts) - 1), np.diff(side.starts)))
        return _Marks(np.concatenate(classes), np.concatenate(pairs), len(source.starts) - 1)

    def _evidence(self, marks: _Marks) -> Floats:
        """The evidence of every pair that it is one, `(pairs,)`: 0 says nothing."""
        weights = self._weights[marks.classes]
        return np.bincount(marks.pairs, weights=weights, minlength=marks.size).astype(np.float64)


def _targets_of_others(pairs: Sequence[Pair]) -> list[str]:
    """For every pair the target of one whose source is about as long."""
    by_length = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]))
    targets = [""] * len(pairs)
    for place, at in enumerate(by_length):
        targets[at] = pairs[by_length[(place + _APART) % len(pairs)]][1]
    return targets


def _weights(true: _Marks, chance: _Marks) -> Floats:
    """How much more likely each class is in a true pair than in one by chance (log)."""
    shares = []
    for marks in (true, chance):
        counts = np.bincount(marks.classes, minlength=2 * _RARITIES * _LEVELS) + 1.0
        grouped = counts.reshape(2 * _RARITIES, _LEVELS)
        shares.append((grouped / grouped.sum(axis=1, keepdims=True)).ravel())
    weights: Floats = np.log(shares[0] / shares[1])
    return weights


def _forms(text: str) -> list[str]:
    """The words of a text, and the beginnings of long ones."""
    words = words_or_twos(text)
    return words + [f"{word[:_STEM]}-" for word in words if len(word) > _STEM + 1]


def _limit(true: Floats, chance: Floats, lost: float) -> float:
    """The evidence below which pairs go.

    The place is a mixture of good pairs and some by chance. Their share is at most what lies below
    a limit, over what does of the pairs by chance; good pairs only add to that, so the least over
    all limits is nearest. The limit rises as long as the good pairs below it, by this share, are
    not too many for the bad ones: where there are hardly any, hardly one is lost.

    Args:
        true: evidence of the place's own pairs.
        chance: that of pairs put together by chance.
        lost: good pairs that may lie below it for each one by chance.
    """
    limits = np.quantile(chance, np.linspace(_LEAST, 0.999, 200))
    limits = limits[limits < 0]
    if not len(limits):
        return -np.inf
    below = [np.array([(part < limit).mean() for limit in limits]) for part in (true, chance)]
    bad = float((below[0] / below[1]).min()) * below[1]
    allowed = limits[below[0] - bad <= lost * bad]
    return float(allowed.max()) if len(allowed) else -np.inf
