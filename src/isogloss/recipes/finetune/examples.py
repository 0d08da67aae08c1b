"""The pairs of a fine-tuning as training examples: crossed, and tokenized into one table."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from isogloss.data.graded.pairs import TOP_GRADE, GradedPairs
from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.tokens import tokenize
from isogloss.protocols import LongArray
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.recipe import Crossings, FinetuneRecipe
from isogloss.training.finetune.job import FinetuneExamples


def examples_of(
    data: FinetuneData, recipe: FinetuneRecipe, model: SentenceEncoder, pivot: str
) -> FinetuneExamples:
    """All that is trained on, as numbers of sentences."""
    languages: Sequence[str] = data.train.languages if data.train else ()
    crossings = crossing_pairs(languages, recipe.crossings, pivot)
    always = pivot if recipe.crossings == "pivot" and pivot in languages else None
    longest = recipe.training.max_tokens
    return make_examples(data, crossings, model.model, longest, always=always, prompt=model.prompt)


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
