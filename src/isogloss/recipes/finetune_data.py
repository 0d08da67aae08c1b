"""What a fine-tuning trains on: graded pairs and their crossings, triplets, parallel sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from isogloss.data.graded import GradedPairs, grouped_folds, leaked, sentence_groups, stack
from isogloss.data.loading import load_parallel
from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.tokens import tokenize
from isogloss.errors import InputError
from isogloss.recipes.finetune_recipe import Crossings, FinetuneRecipe
from isogloss.recipes.graded_files import read_graded
from isogloss.recipes.nli_files import Triplet, read_triplets
from isogloss.training.finetuning import FinetuneExamples, LongArray
from isogloss.vectors.similarity import paired_cosines

TOP_GRADE = 5.0

LEAST_HELD_OUT = 10
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


def gather_data(recipe: FinetuneRecipe, model: SentenceEncoder, pivot: str) -> FinetuneData:
    """Read what a recipe names.

    Args:
        recipe: the resolved recipe.
        model: the model before training; it judges the agreement of translations.
        pivot: the language that others are compared with.

    Raises:
        InputError: languages have no pair in common; nothing can be held out.
        DataFormatError: a file cannot be read, or files that belong together do not fit.
    """
    account: dict[str, Any] = {}
    train = dev = None
    if recipe.sts:
        train = _graded(recipe, recipe.sts, model, pivot, account)
        _check_crossings(train, recipe.crossings, pivot)
        if recipe.dev:
            dev = _graded(recipe, recipe.dev, model, pivot, account, name="dev")
            both = stack([train, dev])
            side = np.repeat([0, 1], [len(train), len(dev)])
            account["dev_pairs_seen_in_training"] = int(leaked(both, side)[side == 1].sum())
        elif recipe.dev_share and not recipe.search.trials:  # a search has folds of its own
            train, dev = hold_out(train, recipe.dev_share, recipe.training.seed)
        account["train_pairs"], account["dev_pairs"] = len(train), len(dev or ())
    triplets = [t for place in recipe.nli for t in read_triplets(place, recipe.training.seed)]
    if recipe.nli:
        account["triplets"] = len(triplets)
    test = None
    if recipe.test:
        test = read_graded(recipe.test, aligned=recipe.crossings != "none").pairs
        account["test_pairs"] = len(test)
    anchors, sources = _anchors(recipe, account)
    return FinetuneData(train, dev, test, triplets, anchors, sources, account)


def hold_out(pairs: GradedPairs, share: float, seed: int) -> tuple[GradedPairs, GradedPairs]:
    """Training and dev pairs that share no sentence, in no language.

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
    if len(held_out) < LEAST_HELD_OUT:
        raise InputError(
            f"{len(held_out)} of {len(pairs)} graded pairs would choose the weights; expected at "
            f"least {LEAST_HELD_OUT}: give --dev or more pairs, raise dev_share, or set it to 0 to "
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
) -> FinetuneExamples:
    """Everything as numbers of sentences in one table of tokens.

    Args:
        data: what to train on.
        crossings: from `crossing_pairs`.
        model: the SentenceTransformer whose tokenizer cuts the sentences.
        max_tokens: longer sentences are cut here.
        always: language that every pair keeps where some of its languages are drawn.
    """
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers)) if text else -1

    graded = _crossed(data.train, crossings, number) if data.train is not None else _NOTHING
    triplets = [[number(text) for text in triplet] for triplet in data.triplets]
    anchors = [number(text) for text in data.anchors]
    return FinetuneExamples(
        table=TokenTable.from_sentences(tokenize(model, list(numbers), max_tokens)),
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


def _graded(
    recipe: FinetuneRecipe,
    places: Sequence[str],
    model: SentenceEncoder,
    pivot: str,
    account: dict[str, Any],
    name: str = "sts",
) -> GradedPairs:
    """Graded pairs from their files, without the translations that are not good enough."""
    quality = recipe.quality
    read = read_graded(
        places,
        aligned=recipe.crossings != "none",
        least_confidence=quality.least_confidence,
    )
    account[name], pairs = read.account, read.pairs
    if quality.least_agreement:
        if pivot not in pairs.languages:
            raise InputError(
                f"quality.least_agreement compares translations with {pivot!r}, which is none of "
                f"the languages of --{name} ({', '.join(pairs.languages)}); expected it among "
                "them: set `pivot`, or leave the filter out"
            )
        for language in pairs.languages:
            if language != pivot:
                far = _far(pairs, language, pivot, model, quality.least_agreement)
                pairs = pairs.without(language, far)
                account[name][language]["disagreeing"] = int(far.sum())
    return pairs


def _far(
    pairs: GradedPairs, language: str, pivot: str, model: SentenceEncoder, least: float
) -> np.ndarray:
    """Rows of which a sentence and its original are further apart than the least cosine, `(n,)`."""
    both = pairs.known(language) & pairs.known(pivot)
    rows, far = np.flatnonzero(both), np.zeros(len(pairs), np.bool_)
    sides = zip(pairs.sides(language, rows), pairs.sides(pivot, rows), strict=True)
    for translations, originals in sides:
        cosines = paired_cosines(model.encode(translations), model.encode(originals))
        far[rows] |= cosines < least
    return far


def _check_crossings(pairs: GradedPairs, crossings: Crossings, pivot: str) -> None:
    """Refuse crossings that no pair has."""
    if crossings == "none" or len(pairs.languages) == 1:
        return
    if crossings == "pivot" and pivot not in pairs.languages:
        raise InputError(
            f"pivot {pivot!r} is none of the languages of --sts ({', '.join(pairs.languages)}); "
            "expected one of them: set `pivot`, or use --crossings all"
        )
    known: Mapping[str, np.ndarray] = {name: pairs.known(name) for name in pairs.languages}
    for name in pairs.languages:
        others = [known[other] for other in pairs.languages if other != name]
        if not (known[name] & np.any(others, axis=0)).any():
            raise InputError(
                f"{name} shares no graded pair with another language; expected the same pairs in "
                "several languages: check the files, or use --crossings none"
            )


def _anchors(recipe: FinetuneRecipe, account: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Sentences of both sides of the parallel text, and the source sentence of each."""
    loaded = [load_parallel(place, cleaning=recipe.cleaning) for place in recipe.pairs]
    source = [text for part in loaded for text in part.sentences.source]
    target = [text for part in loaded for text in part.sentences.target]
    draw = np.random.default_rng(recipe.training.seed)
    rows = draw.permutation(len(source))[: recipe.anchor_pairs]
    sources = [source[row] for row in rows]
    if recipe.pairs:
        account["pairs"] = [vars(part.report) for part in loaded]
        account["anchor_pairs"] = len(sources)
    return [*(target[row] for row in rows), *sources], [*sources, *sources]
