"""Graded sentence pairs that exist in several languages, and how to split them without a leak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from isogloss.errors import InputError
from isogloss.protocols import BoolArray, Float64Array, LongArray

TOP_GRADE = 5.0
"""Of two sentences that mean the same; 0 is of such as have nothing in common."""


class Sides(NamedTuple):
    """First and second sentences of some rows in one language."""

    first: list[str]
    second: list[str]


@dataclass(frozen=True, eq=False)
class GradedPairs:
    """Graded pairs, row by row the same in every language.

    Attributes:
        first: language to its first sentences, `(n,)`; "" where a language lacks the pair.
        second: language to its second sentences, `(n,)`; "" in the same rows.
        grades: from 0 (unrelated) to 5 (same meaning), `(n,)`.

    Raises:
        InputError: the columns have different lengths or languages.
    """

    first: Mapping[str, Sequence[str]]
    second: Mapping[str, Sequence[str]]
    grades: Float64Array

    def __post_init__(self) -> None:
        lengths = {len(column) for side in (self.first, self.second) for column in side.values()}
        if list(self.first) != list(self.second) or lengths - {len(self.grades)}:
            raise InputError(
                f"graded pairs have columns of {sorted(lengths)} rows in {list(self.first)} and "
                f"{list(self.second)}, and {len(self.grades)} grades; expected one sentence per "
                "row, side and language; give columns that belong together"
            )

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages, in the order given."""
        return tuple(self.first)

    def known(self, language: str) -> BoolArray:
        """Which rows a language has, `(n,)`."""
        both = zip(self.first[language], self.second[language], strict=True)
        return np.array([bool(a and b) for a, b in both], np.bool_)

    def take(self, rows: LongArray) -> GradedPairs:
        """The rows of the given numbers, in that order."""

        def chosen(side: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
            return {name: [column[row] for row in rows] for name, column in side.items()}

        return GradedPairs(chosen(self.first), chosen(self.second), self.grades[rows])

    def sides(self, language: str, rows: LongArray) -> Sides:
        """The sentences of one language in some rows."""
        first, second = self.first[language], self.second[language]
        return Sides([first[row] for row in rows], [second[row] for row in rows])

    def without(self, language: str, rows: BoolArray) -> GradedPairs:
        """The same pairs, some of them lacking in one language.

        Args:
            language: the language that loses them.
            rows: which, `(n,)`.
        """

        def emptied(side: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
            kept = ["" if out else text for text, out in zip(side[language], rows, strict=True)]
            return {**side, language: kept}

        return GradedPairs(emptied(self.first), emptied(self.second), self.grades)

    def sentences(self, row: int) -> list[str]:
        """All sentences of a row, of both sides and every language, as they are compared."""
        sides = (self.first, self.second)
        return [compared(side[name][row]) for side in sides for name in side if side[name][row]]


def compared(sentence: str) -> str:
    """A sentence as it is compared with others: letter case and spaces at the ends do not count."""
    return sentence.strip().casefold()


def stack(parts: Sequence[GradedPairs]) -> GradedPairs:
    """Several sets of pairs, one behind the other; a language that a set lacks is "" there."""
    names = list(dict.fromkeys(name for part in parts for name in part.first))

    def column(part: GradedPairs, side: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
        return side[name] if name in side else [""] * len(part)

    return GradedPairs(
        {n: [text for part in parts for text in column(part, part.first, n)] for n in names},
        {n: [text for part in parts for text in column(part, part.second, n)] for n in names},
        np.concatenate([part.grades for part in parts]),
    )


def sentence_groups(pairs: GradedPairs) -> LongArray:
    """Which rows belong together: those that share a sentence, in any language, directly or not.

    Args:
        pairs: the rows.

    Returns:
        Number of the connected component of every row, from 0 in order of appearance, `(n,)`.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    owner: dict[str, int] = {}
    links = [
        (row, owner.setdefault(sentence, row))
        for row in range(len(pairs))
        for sentence in pairs.sentences(row)
    ]
    ends = np.array(links, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links)), (ends[0], ends[1])), (len(pairs), len(pairs)))
    labels: LongArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def grouped_folds(
    groups: LongArray, folds: int, *, seed: int, first_share: float | None = None
) -> LongArray:
    """Folds of about equal size that no group crosses.

    Groups go, the largest first and equals in random order, each to the smallest fold so far.

    Args:
        groups: group number of every row, from 0, `(n,)`.
        folds: how many, at least 2.
        seed: decides the order of equal groups.
        first_share: of the rows that the first fold gets, the others equal parts of the rest;
            None: as much as they.

    Returns:
        Fold of every row, from 0, `(n,)`.

    Raises:
        InputError: there are fewer groups than folds, or one group is so large that a fold would
            hold more than twice its share.
    """
    sizes = np.bincount(groups)
    largest = int(sizes.max(initial=0))
    if folds < 2:
        raise InputError(f"folds is {folds}; expected at least 2; set another value")
    if len(sizes) < folds or largest > 2 * len(groups) / folds:
        raise InputError(
            f"{len(groups)} pairs make {len(sizes)} groups that share no sentence, the largest of "
            f"{largest}; expected {folds} folds of about {len(groups) // folds}: ask for fewer "
            "folds, or give pairs that share fewer sentences"
        )
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    # exact, so that a tenth and nine parts of nine tenths are equal
    own = Fraction(1, folds)
    if first_share is not None:
        own = Fraction(first_share).limit_denominator(10**6)
    room = np.array([own, *[(1 - own) / (folds - 1)] * (folds - 1)], np.float64)
    fold_of, filled = np.empty(len(sizes), np.int64), np.zeros(folds, np.int64)
    for group in order:
        fold_of[group] = (filled / room).argmin()
        filled[fold_of[group]] += sizes[group]
    return fold_of[groups]


def naive_folds(n: int, folds: int, *, seed: int) -> LongArray:
    """Folds of equal size at random, as a split that looks at no sentence makes them, `(n,)`."""
    return np.random.default_rng(seed).permutation(n) % folds


def leaked(pairs: GradedPairs, folds: LongArray) -> BoolArray:
    """Which rows share a sentence, in any language, with a row of another fold.

    Args:
        pairs: the rows.
        folds: fold of every row, `(n,)`.

    Returns:
        `(n,)`; when a row's fold is held out, true means that training has seen one of its
        sentences.
    """
    seen: dict[str, set[int]] = {}
    for row in range(len(pairs)):
        for sentence in pairs.sentences(row):
            seen.setdefault(sentence, set()).add(int(folds[row]))
    return np.array(
        [
            any(len(seen[sentence]) > 1 for sentence in pairs.sentences(row))
            for row in range(len(pairs))
        ],
        np.bool_,
    )
