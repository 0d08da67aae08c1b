"""What a fine-tuning trains on: crossings, examples, held-out pairs, translations left out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.data.graded import compared
from isogloss.errors import InputError
from isogloss.recipes.finetune_data import crossing_pairs, gather_data, make_examples
from isogloss.recipes.finetune_recipe import FinetuneRecipe, Quality
from isogloss.recipes.finetune_start import load_start

LANGUAGES = ("en", "de", "es")


@pytest.mark.parametrize(
    ("crossings", "expected"),
    [
        ("none", ["en-en", "de-de", "es-es"]),
        ("pivot", ["en-en", "en-de", "en-es", "de-en", "de-de", "es-en", "es-es"]),
        ("all", [f"{a}-{b}" for a in LANGUAGES for b in LANGUAGES]),
    ],
)
def test_crossings(crossings: Any, expected: list[str]) -> None:
    assert ["-".join(pair) for pair in crossing_pairs(LANGUAGES, crossings, "en")] == expected


def test_examples_are_the_sentences_of_their_rows(finetune_recipe: FinetuneRecipe) -> None:
    model = load_start(finetune_recipe)
    data = gather_data(finetune_recipe, model, "en")
    assert data.train is not None
    crossings = crossing_pairs(LANGUAGES, "all", "en")
    examples = make_examples(data, crossings, model.model, 64)
    assert len(examples.pairs) == 9 * len(data.train)
    tokenizer = model.model.tokenizer
    for k in (0, 7, len(examples.pairs) - 1):
        row = examples.items[k]
        one, other = (data.train.languages[at] for at in examples.crossings[k])
        expected = data.train.first[one][row], data.train.second[other][row]
        for sentence, text in zip(examples.pairs[k], expected, strict=True):
            ids = tokenizer(text)["input_ids"]
            assert examples.table[sentence].tolist() == ids
        assert examples.grades[k] == pytest.approx(data.train.grades[row] / 5)
    assert (np.diff(examples.items) >= 0).all()
    assert len(examples.anchors) == len(data.anchors) == 2 * data.account["anchor_pairs"]


def test_too_few_held_out_pairs_choose_nothing(finetune_recipe: FinetuneRecipe) -> None:
    with pytest.raises(InputError, match=r"of 120 graded pairs would choose .* at least 10"):
        gather_data(replace(finetune_recipe, dev_share=0.02), load_start(finetune_recipe), "en")


def test_agreement_needs_the_pivot(finetune_recipe: FinetuneRecipe) -> None:
    recipe = replace(finetune_recipe, quality=Quality(least_agreement=0.5))
    with pytest.raises(InputError, match=r"compares translations with 'fr', which is none of"):
        gather_data(recipe, load_start(recipe), "fr")


def test_held_out_pairs_share_no_sentence_with_training(finetune_recipe: FinetuneRecipe) -> None:
    data = gather_data(finetune_recipe, load_start(finetune_recipe), "en")
    assert data.train is not None and data.dev is not None
    ours, theirs = (
        {compared(s) for row in range(len(part)) for s in part.sentences(row)}
        for part in (data.train, data.dev)
    )
    assert not ours & theirs
    assert 8 <= len(data.dev) <= 16


def test_translations_far_from_their_original_are_left_out(
    finetune_recipe: FinetuneRecipe,
) -> None:
    recipe = replace(finetune_recipe, quality=Quality(least_agreement=0.9), dev_share=0.0, pairs=())
    model = load_start(recipe)
    data = gather_data(recipe, model, "en")
    assert data.train is not None
    left = data.account["sts"]["de"]["disagreeing"]
    assert 0 < left < 120
    assert data.train.known("de").sum() == 120 - left
    assert data.train.known("en").all()


def test_a_run_spares_what_it_starts_from(finetune_recipe: FinetuneRecipe) -> None:
    for out in (finetune_recipe.model, str(Path(finetune_recipe.model).parent)):
        with pytest.raises(InputError, match="which this run starts from"):
            replace(finetune_recipe, out=out)
