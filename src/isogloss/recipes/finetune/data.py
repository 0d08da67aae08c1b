"""What a fine-tuning trains on: graded pairs and their crossings, triplets, parallel sentences."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np

from isogloss.data.graded.align import read_graded
from isogloss.data.graded.nli import Triplet, read_triplets
from isogloss.data.graded.pairs import (
    TOP_GRADE,
    GradedPairs,
    compared,
    grouped_folds,
    leaked,
    sentence_groups,
    stack,
)
from isogloss.data.loading import load_parallel
from isogloss.data.places import parse_graded
from isogloss.data.repeated import without_repeated
from isogloss.data.text import text_fingerprint
from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.tokens import tokenize
from isogloss.errors import InputError
from isogloss.protocols import LongArray
from isogloss.recipes.finetune.leakage import MOSTLY, refuse_given_tests
from isogloss.recipes.finetune.pairs import check_grades, read_given
from isogloss.recipes.finetune.recipe import Crossings, FinetuneRecipe
from isogloss.spooled import Joined
from isogloss.tasks import Task
from isogloss.training.finetune.job import FinetuneExamples
from isogloss.vectors.checks import check_vectors

logger = logging.getLogger(__name__)

MIN_HELD_OUT = 10
"""Fewer held-out pairs than this say nothing about a model."""


@dataclass(frozen=True, eq=False)
class FinetuneData:
    """All that a fine-tuning was given, read and filtered.

    Attributes:
        train: graded pairs to train on; None without `sts`.
        dev: graded pairs that choose the weights; None where nothing does.
        test: graded pairs that are scored before and after; None without any.
        triplets: anchor, positive, negative.
        anchors: sentences that are held to a target.
        sources: for each anchor the sentence whose vector is its target.
        account: rows per place, what was left out and why; JSON-able.
    """

    train: GradedPairs | None = None
    dev: GradedPairs | None = None
    test: GradedPairs | None = None
    triplets: Sequence[Triplet] = ()
    anchors: Sequence[str] = ()
    sources: Sequence[str] = ()
    account: dict[str, Any] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """Hash of all that decides what is trained on, by the option that named it."""
        found = {
            f"--{name} {language}": part["fingerprint"]
            for name in ("sts", "dev")
            for language, part in self.account.get(name, {}).items()
        }
        for part in self.account.get("pairs", ()):
            found[f"--pairs {part['where']}"] = part["fingerprint"]
        if self.triplets:
            found["--nli"] = self.account["triplets_fingerprint"]
        return found


def gather_data(
    recipe: FinetuneRecipe, model: SentenceEncoder, pivot: str, tasks: Sequence[Task] = ()
) -> FinetuneData:
    """Read what a recipe names.

    Args:
        recipe: the resolved recipe.
        model: the model before training; it judges the agreement of translations.
        pivot: the language that others are compared with.
        tasks: tests beside those of the recipe's `test`, none of which may be among the pairs.

    Raises:
        InputError: languages have no pair in common, or one file; nothing can be held out; all
            grades are one; a test is trained on, or chooses the weights; most pairs that choose the
            weights are trained on; the model gives every sentence one vector.
        DataFormatError: a file cannot be read, or files that belong together do not fit.
    """
    _refuse_one_file(recipe)
    given, account = read_given(recipe, model, pivot) if recipe.sts else ({}, {})
    test = None
    if recipe.test:
        test = read_graded(recipe.test, aligned=recipe.crossings != "none").pairs
        check_grades(test, "--test", "have no correlation with anything", "leave --test out")
        account["test_pairs"] = len(test)
    _note_one_language(given | ({"test": test} if test is not None else {}))
    refuse_given_tests(recipe, given, test, tasks)
    train, dev = given.get("sts"), given.get("dev")
    if train is not None and dev is not None:
        account["dev_pairs_seen_in_training"] = _seen_dev(train, dev)
    elif train is not None and recipe.dev_share and not recipe.search.trials:  # it has folds
        train, dev = hold_out(train, recipe.dev_share, recipe.training.seed)
    if dev is not None:
        named = "--dev" if recipe.dev else "--sts that are held out"
        way = "set dev_share = 0 to train on everything, without --dev"
        check_grades(dev, named, "cannot choose the weights", way)
    if train is not None:
        account["train_pairs"], account["dev_pairs"] = len(train), len(dev or ())
    triplets = [t for place in recipe.nli for t in read_triplets(place, recipe.training.seed)]
    if recipe.nli:
        account["triplets"] = len(triplets)
        in_triplets = (text for triplet in triplets for text in triplet)
        account["triplets_fingerprint"] = text_fingerprint(in_triplets)
    sides = train.first.values() if train is not None else ()
    texts = [text for column in sides for text in column if text]
    check_vectors(model, f"model {recipe.model!r}", texts or [t.anchor for t in triplets])
    anchors, sources, parallel = _anchors(recipe)
    return FinetuneData(train, dev, test, triplets, anchors, sources, account | parallel)


def _refuse_one_file(recipe: FinetuneRecipe) -> None:
    """Refuse a file that is given for two languages."""
    for key, places in (("sts", recipe.sts), ("dev", recipe.dev), ("test", recipe.test)):
        owner: dict[str, str] = {}
        for language, path in map(parse_graded, places):
            other = owner.setdefault(os.path.realpath(path), language)
            if other != language:
                raise InputError(
                    f"--{key} {language}={path} is the file of {other} too; expected a file per "
                    f"language: give that of {language}, or leave one language out"
                )


def _note_one_language(given: Mapping[str, GradedPairs]) -> None:
    """Warn where two languages have mostly the same sentences."""
    told = "--%s: %d of %d sentences of %s and %s are the same; check the files"
    for key, pairs in given.items():
        for one, other in combinations(pairs.languages, 2):
            rows = np.flatnonzero(pairs.known(one) & pairs.known(other))
            sides = zip(pairs.sides(one, rows), pairs.sides(other, rows), strict=True)
            equal = [compared(a) == compared(b) for s in sides for a, b in zip(*s, strict=True)]
            if sum(equal) > MOSTLY * len(equal):
                logger.warning(told, key, sum(equal), len(equal), one, other)


def _seen_dev(train: GradedPairs, dev: GradedPairs) -> int:
    """Count dev pairs sharing a sentence with training; refuse them if most are training pairs."""

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


def hold_out(pairs: GradedPairs, share: float, seed: int) -> tuple[GradedPairs, GradedPairs]:
    """Split training and dev pairs so that they share no sentence in any language.

    Args:
        pairs: all pairs.
        share: of the pairs that is held out, above 0.
        seed: decides which.

    Raises:
        InputError: the pairs share so many sentences that no such share can be held out.
    """
    groups = sentence_groups(pairs)
    try:
        folds = grouped_folds(groups, max(2, round(1 / share)), seed=seed)
    except InputError as error:
        raise InputError(
            f"{len(pairs)} graded pairs make {int(groups.max(initial=-1)) + 1} groups that share "
            f"no sentence, the largest of {int(np.bincount(groups).max(initial=0))} pairs; "
            f"expected groups of which a share of {share:g} can be held out to choose the weights: "
            "give --dev, or set dev_share = 0 to train on everything"
        ) from error
    held_out = np.flatnonzero(folds == 0)
    if len(held_out) < MIN_HELD_OUT:
        raise InputError(
            f"{len(held_out)} of {len(pairs)} graded pairs would choose the weights; expected at "
            f"least {MIN_HELD_OUT}: give --dev or more pairs, raise dev_share, or set it to 0 to "
            "train on everything"
        )
    return pairs.take(np.flatnonzero(folds != 0)), pairs.take(held_out)


def crossing_pairs(
    languages: Sequence[str], crossings: Crossings, pivot: str
) -> list[tuple[str, str]]:
    """Languages of first and second sentence that are trained on, in the order of the languages."""
    wanted = []
    for one, other in product(languages, languages):
        crossed = crossings == "all" or (crossings == "pivot" and pivot in (one, other))
        if one == other or crossed:
            wanted.append((one, other))
    return wanted


def make_examples(
    data: FinetuneData,
    crossings: Sequence[tuple[str, str]],
    model: Any,
    max_tokens: int,
    *,
    always: str | None = None,
    prompt: str = "",
) -> FinetuneExamples:
    """Everything as numbers of sentences in one table of tokens.

    Args:
        data: what to train on.
        crossings: from `crossing_pairs`.
        model: the SentenceTransformer whose tokenizer cuts the sentences.
        max_tokens: longer sentences are cut here.
        always: language that every pair keeps where some of its languages are drawn.
        prompt: text put before every sentence.
    """
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers)) if text else -1

    graded = _crossed(data.train, crossings, number) if data.train is not None else _NOTHING
    triplets = [[number(text) for text in triplet] for triplet in data.triplets]
    anchors = [number(text) for text in data.anchors]
    return FinetuneExamples(
        table=TokenTable.from_sentences(
            tokenize(model, [prompt + text for text in numbers], max_tokens)
        ),
        pairs=graded[:, 1:3],
        grades=_grades(data.train, graded[:, 0]),
        items=graded[:, 0],
        crossings=graded[:, 3:5],
        triplets=np.array(triplets, np.int64).reshape(-1, 3),
        anchors=np.array(anchors, np.int64),
        always=list(data.train.languages).index(always) if data.train and always else None,
    )


_NOTHING: LongArray = np.empty((0, 5), np.int64)


def _crossed(pairs: GradedPairs, crossings: Sequence[tuple[str, str]], number: Any) -> LongArray:
    """Row, first sentence, second sentence, language and language of every crossing, by row."""
    place = {language: at for at, language in enumerate(pairs.languages)}
    first, second = (
        {name: np.array([number(t) for t in column], np.int64) for name, column in side.items()}
        for side in (pairs.first, pairs.second)
    )
    known = {name: pairs.known(name) for name in pairs.languages}
    parts = []
    for one, other in crossings:
        rows = np.flatnonzero(known[one] & known[other])
        same = np.ones(len(rows), np.int64)
        columns = [rows, first[one][rows], second[other][rows]]
        parts.append(np.stack([*columns, same * place[one], same * place[other]], axis=1))
    table = np.concatenate(parts)
    return table[np.argsort(table[:, 0], kind="stable")]


def _grades(pairs: GradedPairs | None, rows: LongArray) -> np.ndarray:
    if pairs is None:
        return np.empty(0, np.float32)
    return (pairs.grades[rows] / TOP_GRADE).astype(np.float32)


def _anchors(recipe: FinetuneRecipe) -> tuple[list[str], list[str], dict[str, Any]]:
    """Sentences of both sides of the parallel text, the source sentence of each, and a record."""
    loaded = [load_parallel(place, cleaning=recipe.cleaning) for place in recipe.pairs]
    if recipe.cleaning.drop_duplicates:
        loaded = without_repeated(loaded)
    source = Joined(part.sentences.source for part in loaded)
    target = Joined(part.sentences.target for part in loaded)
    draw = np.random.default_rng(recipe.training.seed)
    rows = draw.permutation(len(source))[: recipe.anchor_pairs]
    sources = source.gather(rows)
    reports = [vars(part.report) for part in loaded]
    record = {"pairs": reports, "anchor_pairs": len(sources)} if recipe.pairs else {}
    return [*target.gather(rows), *sources], [*sources, *sources], record
