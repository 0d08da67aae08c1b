"""What a fine-tuning trains on: crossings, examples, held-out pairs, translations left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import InputError
from isogloss.recipes.finetune.data import gather_data
from isogloss.recipes.finetune.examples import crossing_pairs, make_examples
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe, Quality

from .conftest import Gather, Write

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


def test_agreement_needs_the_pivot(finetune_recipe: FinetuneRecipe) -> None:
    recipe = replace(finetune_recipe, quality=Quality(min_agreement=0.5))
    with pytest.raises(InputError, match=r"compares translations with 'fr', which is none of"):
        gather_data(recipe, load_start(recipe), "fr")


def test_translations_far_from_their_original_are_left_out(
    finetune_recipe: FinetuneRecipe,
) -> None:
    recipe = replace(finetune_recipe, quality=Quality(min_agreement=0.9), dev_share=0.0, pairs=())
    model = load_start(recipe)
    data = gather_data(recipe, model, "en")
    assert data.train is not None
    left = data.account["sts"]["de"]["disagreeing"]
    assert 0 < left < 120
    assert data.train.known("de").sum() == 120 - left
    assert data.train.known("en").all()


def test_pairs_of_one_grade_are_refused_before_the_training(gather: Gather, write: Write) -> None:
    good, same = write("en"), write("en", name="same", rows=range(20, 32), score=[3] * 12)
    with pytest.raises(InputError, match=r"all 12 pairs of --sts have the grade 3, and teach not"):
        gather(same)
    with pytest.raises(InputError, match=r"of --dev have the grade 3, and cannot choose the wei"):
        gather(good, dev=(same,))
    with pytest.raises(InputError, match=r"of --test have the grade 3, and have no correlation"):
        gather(good, test=(same,))


def test_parallel_sentences_that_stand_in_two_places_are_held_to_their_targets_once(
    gather: Gather, write: Write, tmp_path: Path
) -> None:
    path = tmp_path / "corpus.tsv"
    path.write_text("".join(f"One {i}.\tEins {i}.\n" for i in range(20)), encoding="utf-8")
    data = gather(write("en"), pairs=(f"en-de={path}", f"en-de={path}"))
    assert data.account["anchor_pairs"] == 20
    assert [row["kept"] for row in data.account["pairs"]] == [20, 0]


def test_confidence_is_asked_of_the_files_that_state_it(gather: Gather, write: Write) -> None:
    quality = Quality(min_confidence=0.7)
    sure = write("de", confidence=[0.6] * 3 + [0.8] * 9)
    dev = (write("en", rows=range(20, 40), name="d1"), write("de", rows=range(20, 40), name="d2"))
    data = gather(write("en"), sure, dev=dev, quality=quality)
    assert data.account["sts"]["de"]["unsure"] == 3
    assert data.account["dev"]["de"]["unsure"] == 0
    assert data.dev is not None
    assert len(data.dev) == 20


def test_a_confidence_that_no_training_file_states_cannot_be_asked_for(
    gather: Gather, write: Write
) -> None:
    dev = (write("de", rows=range(20, 40), name="dev", confidence=[0.9] * 20),)
    for more in ({}, {"dev": dev}):
        with pytest.raises(InputError, match=r"no file of --sts has a column `confidence`"):
            gather(write("de"), quality=Quality(min_confidence=0.7), **more)


@pytest.mark.parametrize(
    ("crossings", "spanish", "match"),
    [
        ("all", range(20, 30), "es shares no graded pair with another language"),
        ("pivot", range(20, 30), "es shares no graded pair with the pivot en"),
        ("pivot", range(8, 20), "es shares no graded pair with the pivot en"),  # but with German
    ],
)
def test_a_language_that_would_have_no_crossing_is_refused(
    gather: Gather, write: Write, crossings: str, spanish: Sequence[int], match: str
) -> None:
    german = range(12)
    places = [
        write(name, rows=rows, id=list(rows))
        for name, rows in (("en", range(6)), ("de", german), ("es", spanish))
    ]
    with pytest.raises(InputError, match=match):
        gather(*places, crossings=crossings)
    assert gather(*places, crossings="none").train is not None


def test_a_language_crossed_with_any_other_will_do(gather: Gather, write: Write) -> None:
    rows = {"en": range(6), "de": range(12), "es": range(8, 20)}
    places = [write(name, rows=own, id=list(own)) for name, own in rows.items()]
    assert gather(*places, crossings="all").train is not None


@pytest.mark.parametrize("crossings", ["all", "pivot"])
def test_one_language_per_pair_leaves_no_crossing(
    gather: Gather, write: Write, finetune_recipe: FinetuneRecipe, crossings: str
) -> None:
    training = replace(finetune_recipe.training, languages_per_pair=1)
    places = [write("en"), write("de")]
    with pytest.raises(InputError, match=r"languages_per_pair is 1 .* expected at least 2"):
        gather(*places, crossings=crossings, training=training)
    gather(*places, crossings="none", training=training)
    gather(places[0], crossings=crossings, training=training)


def test_a_test_is_not_among_the_triplets(
    gather: Gather, write: Write, write_triplets: Callable[..., str]
) -> None:
    test = write("de", name="test")
    pairs = [f"de one {row}\tDE two {row}\tx" for row in range(7)]
    with pytest.raises(InputError, match=r"7 of 12 pairs of --test .* among those of --nli de="):
        gather(nli=(write_triplets(*pairs),), test=(test,))
    turned = [f"de two {row}\tde one {row}\tx" for row in range(6)]
    assert len(gather(nli=(write_triplets(*pairs[:6], *turned),), test=(test,)).triplets) == 12


@pytest.mark.parametrize(
    ("option", "languages", "named"),
    [
        ("--test", ["de"], "--test de=.*de-test.tsv"),
        ("--test", ["en", "de"], "--test en=.*en-test.tsv"),
        ("--task", ["de", "de"], "--task sts:de-de=de-test.tsv"),
        ("--task", ["en", "de"], "--task sts:en-de=en-test.tsv"),
    ],
)
@pytest.mark.parametrize("given", ["sts", "dev"])
def test_a_test_is_neither_trained_on_nor_chooses_the_weights(
    gather: Gather, write: Write, given: str, option: str, languages: list[str], named: str
) -> None:
    """Seven of its twelve pairs are enough."""
    sts = {name: write(name) for name in ("en", "de")}
    dev = {name: write(name, rows=range(20, 40), name=f"{name}-dev") for name in ("en", "de")}
    rows = range(5, 17) if given == "sts" else range(15, 27)
    tests = [write(name, rows=rows, name=f"{name}-test") for name in languages]
    files = ",".join(dict.fromkeys(place.partition("=")[2] for place in tests))
    test = (
        {"test": tests} if option == "--test" else {"tasks": [f"sts:{'-'.join(languages)}={files}"]}
    )
    with pytest.raises(
        InputError, match=rf"7 of 12 pairs of {named}.* among .* expected"
    ) as caught:
        gather(*sts.values(), dev=tuple(dev.values()), **test)
    place = {"sts": sts, "dev": dev}[given][languages[0]]
    assert f"are among those of --{given} {place}" in str(caught.value)


def test_a_test_may_share_pairs_and_sentences_with_training(gather: Gather, write: Write) -> None:
    """Half of its pairs; and others whose sentences stand in training, in other pairs."""
    half = write("de", rows=range(6, 18), name="half")
    other = [f"de two {(row + 1) % 12}" for row in range(12)]
    mixed = write("de", name="mixed", sentence2=other)
    for test in (half, mixed):
        data = gather(write("de"), test=(test,))
        assert data.test is not None
    swapped = {"sentence1": [f"de two {row}" for row in range(12)]}
    swapped["sentence2"] = [f"de one {row}" for row in range(12)]
    gather(write("de"), test=(write("de", name="swapped", **swapped),))


def test_a_file_has_one_language(gather: Gather, write: Write, caplog: Any) -> None:
    english, german = write("en"), write("de")
    path = english.partition("=")[2]
    for places, dev in (((english, f"de={path}"), ()), ((german,), (english, f"de={path}"))):
        with pytest.raises(InputError, match=r"de=.* is the file of en too; expected a file per"):
            gather(*places, dev=dev)
    gather(english, german)
    assert caplog.text == ""
    texts = [f"en one {row}" if row < 8 else f"de one {row}" for row in range(12)]
    more = {"sentence1": texts, "sentence2": [text.replace("one", "two") for text in texts]}
    gather(english, write("de", name="copied", **more))
    assert "--sts: 16 of 24 sentences of en and de are the same" in caplog.text
