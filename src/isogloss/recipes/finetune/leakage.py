"""Keep tests apart from training: refuse tests trained on, and find the unseen part of others."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import NamedTuple

import numpy as np

from isogloss.data.graded.nli import Triplet
from isogloss.data.graded.pairs import GradedPairs, compared, leaked, stack
from isogloss.data.graded.sts import StsData
from isogloss.data.places import parse_graded
from isogloss.errors import InputError
from isogloss.protocols import BoolArray
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.reports.wording import two_languages
from isogloss.runs.roles import UNSEEN
from isogloss.tasks import StsTask, Task

logger = logging.getLogger(__name__)

MOSTLY = 0.5
"""A test of which more than this share of pairs was given is no test."""


def seen_sentences(parts: Sequence[GradedPairs | None], texts: Iterable[str] = ()) -> set[str]:
    """Every sentence of some graded pairs, and some more texts, normalized for comparison."""
    return {compared(text) for text in texts} | {
        compared(text)
        for part in parts
        if part is not None
        for side in (part.first, part.second)
        for column in side.values()
        for text in column
        if text
    }


def unseen_tasks(tasks: Sequence[Task], seen: Collection[str]) -> list[Task]:
    """STS tasks without the pairs seen in training.

    Tasks may be one test in several languages (`StsData.numbers`), even where a language lacks
    some of its pairs: one of which a sentence was seen in one language is left out in all.

    Args:
        tasks: the official tests.
        seen: from `seen_sentences`.
    """
    graded = [task for task in tasks if isinstance(task, StsTask)]
    old: set[int] = set()
    for task in graded:
        old |= set(task.data.numbers[~_unseen(task.data, seen)].tolist())
    found: list[Task] = []
    for task in graded:
        rows = np.isin(task.data.numbers, list(old), invert=True)
        if not rows.all():
            data = _taken(task.data, rows)
            found.append(replace(task, data=data, name=task.name + UNSEEN))
    return found


def refuse_given_tests(
    recipe: FinetuneRecipe,
    given: Mapping[str, GradedPairs],
    test: GradedPairs | None,
    tasks: Sequence[Task],
    triplets: Sequence[Triplet] = (),
) -> None:
    """Refuse tests most of whose pairs are trained on, or choose the weights.

    Args:
        recipe: the resolved recipe, whose places the message names.
        given: pairs by the key of the recipe that names them, "sts" or "dev".
        test: those of its `test`; None without any.
        tasks: further tests.
        triplets: those of its `nli`; an anchor and its positive are a pair.

    Raises:
        InputError: more than `MOSTLY` of a test's pairs are given, both sentences in that order.
    """
    tests = list(_tests(recipe, test, tasks))
    holders = {key: _holder(pairs) for key, pairs in given.items()} if tests else {}
    if tests and triplets:
        holders["nli"] = _holder_of_triplets(triplets, tests)
    for key, holds in holders.items():
        for name, languages, data in tests:
            n = sum(map(holds, data.sentences1, data.sentences2))
            if n > MOSTLY * len(data):
                places = {"sts": recipe.sts, "dev": recipe.dev, "nli": recipe.nli}[key]
                raise InputError(
                    f"{n} of {len(data)} pairs of {name} are among those of "
                    f"{_named(key, places, languages)}; expected tests that neither training nor "
                    "the choice of weights has seen: give other data to one of them"
                )


def apart(triplets: Sequence[Triplet], held_out: GradedPairs) -> BoolArray:
    """Which triplets hold no sentence of some pairs, in any language, `(n,)`."""
    held = seen_sentences([held_out])
    return np.array([held.isdisjoint(map(compared, each)) for each in triplets], np.bool_)


def count_seen_dev(train: GradedPairs, dev: GradedPairs) -> int:
    """Count the dev pairs that share a sentence with training.

    Args:
        train: graded pairs to train on.
        dev: those that choose the weights.

    Raises:
        InputError: most of them are training pairs.
    """

    def pairs_of(pairs: GradedPairs, row: int) -> set[tuple[str, str]]:
        sides = ((pairs.first[name][row], pairs.second[name][row]) for name in pairs.languages)
        return {(compared(one), compared(other)) for one, other in sides if one and other}

    given = {pair for row in range(len(train)) for pair in pairs_of(train, row)}
    n = sum(not given.isdisjoint(pairs_of(dev, row)) for row in range(len(dev)))
    if n > MOSTLY * len(dev):
        raise InputError(
            f"{n} of {len(dev)} pairs of --dev are among those of --sts; expected pairs that "
            "training has not seen, as they choose the weights: give others, or leave --dev out"
        )
    if n > MOSTLY / 10 * len(dev):  # of STSb's own dev set 22 of 1,500 in five languages
        told = "%d of %d pairs of --dev are among those of --sts: knowing them by heart will count"
        logger.warning(told, n, len(dev))
    both, side = stack([train, dev]), np.repeat([0, 1], [len(train), len(dev)])
    return int(leaked(both, side)[side == 1].sum())


class _Test(NamedTuple):
    """A test, what its user calls it, and its languages."""

    name: str
    languages: Collection[str]
    data: StsData


def _tests(
    recipe: FinetuneRecipe, test: GradedPairs | None, tasks: Sequence[Task]
) -> Iterator[_Test]:
    for task in tasks:
        if isinstance(task, StsTask):
            name = f"--task {task.kind}:{task.languages}={task.name}"
            yield _Test(name, two_languages(task.languages), task.data)
    if test is not None:
        for language in test.languages:
            rows = np.flatnonzero(test.known(language))
            data = StsData(*test.sides(language, rows), test.grades[rows])
            yield _Test(_named("test", recipe.test, [language]), [language], data)


def _named(key: str, places: Sequence[str], languages: Collection[str]) -> str:
    """An option with its places in some languages; with all places if there are none."""
    own = [place for place in places if parse_graded(place)[0] in languages]
    return " ".join(f"--{key} {place}" for place in own or places)


def _holder(pairs: GradedPairs) -> Callable[[str, str], bool]:
    """Tells whether graded pairs have two sentences in a row, in whatever languages."""
    first, second = _rows_by_sentence(pairs.first), _rows_by_sentence(pairs.second)
    return lambda one, other: bool(first(one) & second(other))


def _holder_of_triplets(
    triplets: Sequence[Triplet], tests: Sequence[_Test]
) -> Callable[[str, str], bool]:
    """Tells of pairs of tests whether a triplet has them as anchor and positive."""
    asked = {compared(text) for test in tests for text in test.data.sentences1}
    pairs = ((compared(each.anchor), compared(each.positive)) for each in triplets)
    found = {pair for pair in pairs if pair[0] in asked}
    return lambda one, other: (compared(one), compared(other)) in found


def _rows_by_sentence(side: Mapping[str, Sequence[str]]) -> Callable[[str], set[int]]:
    """Tells the rows where a sentence stands on one side, in any language."""
    rows: dict[str, set[int]] = {}
    for column in side.values():
        for row, text in enumerate(column):
            if text:
                rows.setdefault(compared(text), set()).add(row)
    return lambda text: rows.get(compared(text), set())


def _unseen(data: StsData, seen: Collection[str]) -> BoolArray:
    sides = zip(data.sentences1, data.sentences2, strict=True)
    return np.array([compared(a) not in seen and compared(b) not in seen for a, b in sides])


def _taken(data: StsData, rows: BoolArray) -> StsData:
    return StsData(
        list(compress(data.sentences1, rows)),
        list(compress(data.sentences2, rows)),
        data.gold[rows],
        {**data.dropped, "seen in training": int((~rows).sum())},
        data.numbers[rows],
    )
