"""Filters that learn a place's habits: how long a translation is, and how sentences end."""

from collections.abc import Sequence

import numpy as np

from isogloss.corpora.filters.filter import Fault, Pair
from isogloss.corpora.filters.ratios import UsualRatios
from isogloss.data.cleaning import INVISIBLE
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason

MIN_PAIRS = 500
"""Pairs without which nothing is known of a place's habits."""

_ENDS = tuple(".!?…\"”»›’'):;。！？」』）؟।॥։۔።፧။។|")  # noqa: RUF001 - ends of other scripts too
_QUESTIONS = ("?", "？", "؟", "\u037e", "՞", "፧")  # noqa: RUF001
_GREEK_QUESTIONS = (*_QUESTIONS, ";")
_QUOTES = INVISIBLE + "\"'”“’»«›」』)） "  # noqa: RUF001
_HABIT = 0.95
"""Share of sentences from which a habit is a rule."""

_MANY = 0.01
"""Share of a place's pairs that are cut off on one side, from which on it is known to cut them."""

_RARE = 2.0
"""How much further than usual a length must be where hardly any are cut off.

Of clean en-ja, 0.34% have an end on the target alone and are longer than usual by a deviation:
headlines, which Japanese makes into sentences."""


class Lengths:
    """A side is far shorter than translations of that length are (`UsualRatios`), or is cut off."""

    name = "lengths"

    def __init__(self, unlikely: float, cut: float) -> None:
        """Set the distances.

        Args:
            unlikely: in standard deviations: beyond it a length is a fault by itself.
            cut: beyond it a side is cut off if it lacks the end that the other one has. Where many
                are, being shorter than usual is enough; where hardly any are, it is doubled.
        """
        self._unlikely, self._cut = unlikely, cut

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Learn the usual ratios of lengths, and how sides end."""
        if len(pairs) < MIN_PAIRS:
            return f"{len(pairs)} pairs say too little of usual lengths"
        self._usual = UsualRatios(pairs)
        self._ends_alike = (
            _habit([(_ends(source), _ends(target)) for source, target in pairs]),
            _habit([(_ends(target), _ends(source)) for source, target in pairs]),
        )
        self._cuts = self._distances(pairs)
        return ""

    def _distances(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """From where on a target, and a source, is cut off that lacks its end.

        What lacks its end and is short, less what lacks it and is as much too long, was cut off.
        """
        distance = self._usual.distances(pairs)
        ends = np.array([[_ends(side) for side in pair] for pair in pairs])
        cuts = []
        for side, sign in ((1, -1), (0, 1)):
            lacks = ends[:, 1 - side] & ~ends[:, side]
            short, long = (lacks & (turn * distance > self._cut) for turn in (sign, -sign))
            many = short.mean() - long.mean() >= _MANY
            cuts.append(0.0 if many else _RARE * self._cut)
        return cuts[0], cuts[1]

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Find lengths that are unlikely, more so where an end is missing."""
        if not pairs:
            return []
        distance = self._usual.distances(pairs)
        return [self._fault(pair, float(z)) for pair, z in zip(pairs, distance, strict=True)]

    def _fault(self, pair: Pair, distance: float) -> Fault | None:
        side = "target" if distance < 0 else "source"
        if abs(distance) > self._unlikely:
            return Fault(Reason.LENGTH, f"the {side} is short by {abs(distance):.1f} deviations")
        whole, short = pair if distance < 0 else pair[::-1]
        usual = self._ends_alike[0 if distance < 0 else 1]
        if short.casefold() in whole.casefold():  # quoted beside its translation
            return None
        cut = self._cuts[0 if distance < 0 else 1]
        if abs(distance) > cut and usual and _ends(whole) and not _ends(short):
            return Fault(Reason.CUT, f"the {side} lacks its end")
        return None


class Endings:
    """One side asks and the other does not, where the place's questions are marked on both."""

    name = "endings"

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Learn whether a question mark on one side goes with one on the other."""
        if len(pairs) < MIN_PAIRS:
            return f"{len(pairs)} pairs say too little of how sentences end"
        self._marks = [
            _GREEK_QUESTIONS if code.partition("-")[0] == "el" else _QUESTIONS for code in languages
        ]
        asks = [self._asks(pair) for pair in pairs]
        self._alike = tuple(_habit([pair[::turn] for pair in asks], 0.75) for turn in (1, -1))
        return "" if any(self._alike) else "questions are not marked on both sides"

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Find pairs of which one side alone is a question."""
        found: list[Fault | None] = []
        for pair in pairs:
            here, there = self._asks(pair)
            odd = (here and not there and self._alike[0]) or (there and not here and self._alike[1])
            fault = Fault(Reason.ENDINGS, f"the {'source' if here else 'target'} alone asks")
            found.append(fault if odd else None)
        return found

    def _asks(self, pair: Pair) -> tuple[bool, bool]:
        """Which of the sides is a question."""
        source, target = (
            text.rstrip(_QUOTES).endswith(marks)
            for text, marks in zip(pair, self._marks, strict=True)
        )
        return source, target


def _habit(marks: Sequence[tuple[bool, ...]], least: float = _HABIT - 0.15) -> bool:
    """Whether most pairs with a mark on the first side have one on the second, but for noise."""
    marked = [second for first, second in marks if first]
    return len(marked) >= 50 and sum(marked) >= least * len(marked)


def _ends(text: str) -> bool:
    return text.rstrip(INVISIBLE).endswith(_ENDS)  # marks of direction in subtitles
