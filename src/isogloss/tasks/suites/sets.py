"""From rows, wherever they come from, to the tasks of a suite."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from isogloss.data.graded.reader import GradedRow
from isogloss.data.graded.sts import cross_rows, sts_data
from isogloss.errors import DataFormatError
from isogloss.protocols import Role
from isogloss.tasks.kinds.bitext import BitextTask
from isogloss.tasks.kinds.bucc import BuccTask
from isogloss.tasks.kinds.sts import StsTask
from isogloss.tasks.readers.bitext import BitextData
from isogloss.tasks.readers.bucc import BuccData
from isogloss.tasks.suites.card import PIVOT, Subset, SuiteCard
from isogloss.tasks.suites.places import crossings
from isogloss.tasks.task import Task

ALL_CROSSINGS = 4
"""With so many languages at most, every crossing is scored; with more, those with English."""


class MiningSets(NamedTuple):
    """A mining set.

    Attributes:
        data: the set.
        train: another to tune its threshold on, where there is one.
        name: what tables call the data; the card's name where it is not given.
    """

    data: BuccData
    train: BuccData | None = None
    name: str = ""


Rows = list[GradedRow] | BitextData | MiningSets
"""What a reader gives: graded rows as they stand in the data, translations, or mining sets."""
Read = Callable[[Subset], Rows | None]
"""Reads a set; `None` where it is missing."""


@dataclass
class FoundSets:
    """What was read.

    Attributes:
        name: what tables call the data.
        tasks: one per set found.
        missing: languages of the others, with the reason.
        notes: what a reader of the numbers must know.
    """

    name: str
    tasks: list[Task] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_sets(card: SuiteCard, subsets: Sequence[Subset], read: Read) -> FoundSets:
    """Read the sets of a suite, and make the crossings of one that has them.

    Args:
        card: the suite.
        subsets: its sets that are wanted.
        read: reads one.

    Returns:
        The tasks in the order of the sets, crossings last.

    Raises:
        DataFormatError: data were found and cannot be used.
    """
    found = FoundSets(card.name)
    graded: dict[Subset, list[GradedRow]] = {}
    for subset in subsets:
        rows = read(subset)
        if rows is None:
            found.missing[subset.languages] = "missing: no such test set was found"
        elif isinstance(rows, BitextData):
            _check_size(card, subset, len(rows) + sum(rows.dropped.values()), found)
            found.tasks.append(BitextTask(subset.languages, rows, card.name, _use(card)))
        elif isinstance(rows, MiningSets):
            name = rows.name or card.name
            if name == card.name:
                _check_size(card, subset, len(rows.data.gold), found)
            found.tasks.append(BuccTask(subset.languages, rows.data, name, _use(card), rows.train))
        else:
            _check_size(card, subset, len(rows), found)
            graded[subset] = rows
            found.tasks.append(_sts(card, subset, rows))
    if card.crossed:
        _cross(card, graded, found)
    names = {task.name for task in found.tasks if isinstance(task, BuccTask)}
    if len(names) == 1:
        found.name = names.pop()
    return found


def _sts(card: SuiteCard, subset: Subset, rows: Sequence[GradedRow]) -> StsTask:
    data = sts_data(rows, f"{card.name} {subset.languages}")
    return StsTask(subset.languages, data, card.name, _use(card))


def _use(card: SuiteCard) -> Role:
    """What a model reads its sentences for, in mteb's words."""
    return Role("STS" if card.kind == "sts" else "BitextMining", task=card.mteb)


def _cross(card: SuiteCard, graded: dict[Subset, list[GradedRow]], found: FoundSets) -> None:
    """Every first sentence with every second one of another language, row by row."""
    by_language = {subset.first: rows for subset, rows in graded.items()}
    many = len(graded) > ALL_CROSSINGS
    if many:
        found.notes.append(
            f"{card.name}: {len(graded)} languages, so crossings are those with {PIVOT}; for"
            f" others name at most {ALL_CROSSINGS} with --languages"
        )
    for subset in crossings(tuple(graded), only_with=PIVOT if many else None):
        try:
            rows = cross_rows(
                by_language[subset.first],
                by_language[subset.second],
                f"{card.name} {subset.first}",
                subset.second,
            )
        except DataFormatError as error:
            found.missing[subset.languages] = f"missing: {error}"
        else:
            found.tasks.append(_sts(card, subset, rows))
    own = [subset.languages.partition("-")[0] for subset in graded if not subset.published]
    if own:
        found.notes.append(
            f"{card.name} as published has no {', '.join(own)}; what lay beside it is counted in"
        )


def _check_size(card: SuiteCard, subset: Subset, n: int, found: FoundSets) -> None:
    if subset.n is not None and n != subset.n and subset.published:
        found.notes.append(
            f"{card.name} {subset.languages} has {n:,} pairs where the published set has"
            f" {subset.n:,}: its numbers are not comparable with published ones"
        )
