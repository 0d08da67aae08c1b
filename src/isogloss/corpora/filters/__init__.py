"""Filters of parallel text, by name and in order: the cheap ones first, comparisons last.

Each stands behind `filter.Filter`; one that knows a model has the same form, and is handed in
(`Making.last`). Mild by default: a good pair that is lost teaches nothing, a bad one little.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Annotated

from pydantic import Field, PositiveInt

from isogloss.config import Part, settings
from isogloss.corpora.filters.filter import Fault, Filter, Pair
from isogloss.corpora.filters.language import Language
from isogloss.corpora.filters.lengths import Endings, Lengths
from isogloss.corpora.filters.lexical import Lexical
from isogloss.corpora.filters.mending import MENDERS
from isogloss.corpora.filters.numbers import Numbers
from isogloss.corpora.filters.seen import Duplicates, Leaked, NearDuplicates
from isogloss.corpora.filters.surface import Addresses, Basic, Copied, Markup, Script
from isogloss.data.cleaning import Cleaning
from isogloss.errors import InputError, did_you_mean


@settings("filtering")
class Filtering:
    """How strict the filters are.

    Attributes:
        copied: share of words that the target may have from the source, of five or more.
        unlikely_length: distance of a length from the usual, in robust standard deviations.
        cut_length: the same where a side lacks its end.
        words_lost: good pairs that may be lost, for each bad one found, where words do not belong
            together; by the filter's own estimate.
        language_doubt: confidence in the expected language below which another is believed.
        near: likeness from which on two pairs are one.
        near_among: kept pairs that a pair is compared with for it, the latest: 1.4 kB of memory
            each.
    """

    copied: Part = 0.7
    unlikely_length: Annotated[float, Field(gt=0)] = 6.0
    cut_length: Annotated[float, Field(gt=0)] = 1.0
    words_lost: Part = 0.05
    language_doubt: Part = 0.02
    near: Part = 0.9
    near_among: PositiveInt = 500_000


class Making:
    """What filters are made of, for all places of a run.

    Args:
        cleaning: bounds of the basic filter.
        filtering: how strict the others are.
        tested: sentences of evaluation sets.
        last: filters that this room does not know, by name; they judge after all others.
    """

    def __init__(
        self,
        cleaning: Cleaning,
        filtering: Filtering,
        tested: Collection[str] = (),
        last: Mapping[str, Callable[[], Filter]] | None = None,
        weigh: str | None = None,
    ) -> None:
        self.cleaning, self.filtering, self.tested = cleaning, filtering, tested
        self.last, self.weigh = last or {}, weigh

    def filters(self, names: Sequence[str]) -> dict[str, Callable[[], Filter]]:
        """How to make each of the filters named, in the order in which they judge."""
        made: dict[str, Callable[[], Filter]] = {}
        for name, make in FILTERS.items():
            made[name] = partial(make, self)
        made |= self.last
        return {name: make for name, make in made.items() if name in names}


FILTERS: Mapping[str, Callable[[Making], Filter]] = {
    "basic": lambda making: Basic(making.cleaning),
    "script": lambda making: Script(),
    "leftover-markup": lambda making: Markup(),
    "copied": lambda making: Copied(making.filtering.copied),
    "addresses": lambda making: Addresses(),
    "numbers": lambda making: Numbers(),
    "lengths": lambda making: Lengths(
        making.filtering.unlikely_length, making.filtering.cut_length
    ),
    "endings": lambda making: Endings(),
    "words": lambda making: Lexical(making.filtering.words_lost),
    "language": lambda making: Language(making.filtering.language_doubt),
    "tested": lambda making: Leaked(making.tested),
    "duplicates": lambda making: Duplicates(),
    "near-duplicates": lambda making: NearDuplicates(
        making.filtering.near, making.filtering.near_among
    ),
}
"""Filters by name, in the order in which they judge."""

NAMES = (*MENDERS, *FILTERS)
"""All that a run can be told to do, in order."""


def check_names(names: Sequence[str]) -> None:
    """Refuse a name that is no filter.

    Raises:
        InputError: there is one; names the nearest.
    """
    for name in names:
        if name not in NAMES:
            way = did_you_mean(name, NAMES, f"choose among {', '.join(NAMES)}")
            raise InputError(f"filter {name!r} is unknown; expected the name of one; {way}")


__all__ = [
    "FILTERS",
    "MENDERS",
    "NAMES",
    "Fault",
    "Filter",
    "Filtering",
    "Making",
    "Pair",
    "check_names",
]
