"""What a fine-tuning trains on: crossings, examples, held-out pairs, translations left out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.data.graded.nli import Triplet
from isogloss.data.graded.pairs import compared
from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.finetune.data import FinetuneData, gather_data
from isogloss.recipes.finetune.examples import crossing_pairs, make_examples
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe, Quality
from isogloss.tasks import load_task
from isogloss.tuning.settings import SearchSettings

LANGUAGES = ("en", "de", "es")

Gather = Callable[..., FinetuneData]
Write = Callable[..., str]


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
    recipe = replace(finetune_recipe, quality=Quality(min_agreement=0.5))
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
    recipe = replace(finetune_recipe, quality=Quality(min_agreement=0.9), dev_share=0.0, pairs=())
    model = load_start(recipe)
    data = gather_data(recipe, model, "en")
    assert data.train is not None
    left = data.account["sts"]["de"]["disagreeing"]
    assert 0 < left < 120
    assert data.train.known("de").sum() == 120 - left
    assert data.train.known("en").all()


@pytest.fixture
def gather(finetune_recipe: FinetuneRecipe) -> Gather:
    """Reads what a recipe of graded pairs alone names, everything trained on."""
    model = load_start(finetune_recipe)

    def read(*sts: str, **more: Any) -> FinetuneData:
        values = {"pairs": (), "tasks": (), "dev_share": 0.0, "sts": sts} | more
        recipe = replace(finetune_recipe, **values)
        return gather_data(recipe, model, "en", [load_task(text) for text in recipe.tasks])

    return read


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of twelve pairs in a language; some of them others, or with more columns."""

    def make(
        language: str, *, rows: Sequence[int] = range(12), name: str = "", **columns: Any
    ) -> str:
        values: dict[str, Any] = {
            "score": [row % 6 for row in rows],
            "sentence1": [f"{language} one {row}" for row in rows],
            "sentence2": [f"{language} two {row}" for row in rows],
            **columns,
        }
        lines = ["\t".join(map(str, line)) for line in zip(*values.values(), strict=True)]
        path = tmp_path / f"{name or language}.tsv"
        path.write_text("\n".join(["\t".join(values), *lines]) + "\n", encoding="utf-8")
        return f"{language}={path}"

    return make


def test_pairs_of_one_grade_are_refused_before_the_training(gather: Gather, write: Write) -> None:
    good, same = write("en"), write("en", name="same", rows=range(20, 32), score=[3] * 12)
    with pytest.raises(InputError, match=r"all 12 pairs of --sts have the grade 3, and teach not"):
        gather(same)
    with pytest.raises(InputError, match=r"of --dev have the grade 3, and cannot choose the wei"):
        gather(good, dev=(same,))
    with pytest.raises(InputError, match=r"of --test have the grade 3, and have no correlation"):
        gather(good, test=(same,))


def test_held_out_pairs_of_one_grade_choose_nothing(gather: Gather, write: Write) -> None:
    rows = range(200)
    rare = write("en", rows=rows, score=[5 if row == 0 else 2 for row in rows])
    with pytest.raises(InputError, match=r"are held out have the grade 2.*dev_share = 0"):
        gather(rare, dev_share=0.1)


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


def test_dev_pairs_have_the_scale_of_the_training_pairs(gather: Gather, write: Write) -> None:
    binary = write("de", rows=range(20, 40), name="dev", score=[0, 1] * 10)
    match = r"dev\.tsv has scores from 0 to 1 and .*de\.tsv from 0 to 5; .* rescale"
    with pytest.raises(DataFormatError, match=match):
        gather(write("de"), dev=(binary,))
    nothing_alike = write("de", rows=range(20, 40), name="zeros", score=[0] * 20)
    data = gather(write("de"), dev=(nothing_alike, write("de", rows=range(20, 26), name="more")))
    assert data.dev is not None
    assert data.dev.grades.tolist() == [0] * 20 + [2, 3, 4, 5, 0, 1]


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


@pytest.mark.parametrize(
    ("share", "expected"), [(0.1, 20), (0.15, 30), (0.3, 60), (0.35, 70), (0.45, 90)]
)
def test_the_share_that_is_held_out_is_what_was_asked_for(
    gather: Gather, write: Write, share: float, expected: int
) -> None:
    data = gather(write("en", rows=range(200)), dev_share=share)
    assert data.account["dev_pairs"] == expected


@pytest.fixture
def write_triplets(tmp_path: Path) -> Callable[..., str]:
    """A file of German triplets."""

    def make(*triplets: str) -> str:
        path = tmp_path / "nli.tsv"
        path.write_text("".join(f"{row}\n" for row in triplets), encoding="utf-8")
        return f"de={path}"

    return make


def test_no_triplet_has_a_sentence_of_the_pairs_that_choose_the_weights(
    gather: Gather, write: Write, write_triplets: Callable[..., str]
) -> None:
    held = ["DE one 21\ta\tb", "a\tde two 22\tb", "a\tb\t de two 23 "]
    nli = write_triplets("de one 1\ta\tb", *held, "c\td\te")
    dev = write("de", rows=range(20, 32), name="dev")
    for sts in ((), (write("de"),)):
        data = gather(*sts, nli=(nli,), dev=(dev,))
        assert data.triplets == [Triplet("de one 1", "a", "b"), Triplet("c", "d", "e")]
        assert (data.account["triplets"], data.account["triplets_held_out"]) == (2, 3)
    with pytest.raises(InputError, match="all 3 triplets of --nli hold a sentence of the pairs"):
        gather(nli=(write_triplets(*held),), dev=(dev,))


def test_no_triplet_has_a_sentence_of_pairs_that_are_held_out(
    gather: Gather, write: Write, write_triplets: Callable[..., str]
) -> None:
    nli = write_triplets(*(f"de one {row}\tde other {row}\tx" for row in range(200)))
    data = gather(write("de", rows=range(200)), nli=(nli,), dev_share=0.1)
    assert data.train is not None
    assert [each.anchor for each in data.triplets] == data.train.first["de"]
    assert data.account["triplets_held_out"] == data.account["dev_pairs"] == 20
    assert len(gather(write("de"), nli=(nli,)).triplets) == 200


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


def test_dev_pairs_are_not_trained_on(gather: Gather, write: Write, caplog: Any) -> None:
    with pytest.raises(InputError, match=r"7 of 12 pairs of --dev are among those of --sts"):
        gather(write("de"), dev=(write("de", rows=range(5, 17), name="dev"),))
    gather(write("de"), dev=(write("de", rows=range(6, 18), name="dev"),))
    assert "6 of 12 pairs of --dev are among those of --sts" in caplog.text
    caplog.clear()
    # of one benchmark: a sentence in common, no pair
    sentences = ["de one 3", *(f"de one {row}" for row in range(21, 32))]
    dev = write("de", rows=range(20, 32), name="dev", sentence1=sentences)
    assert gather(write("de"), dev=(dev,)).account["dev_pairs_seen_in_training"] == 1
    assert caplog.text == ""


def test_dev_pairs_without_a_correlation_are_refused(gather: Gather, write: Write) -> None:
    two = write("de", rows=(20, 21), name="two")
    with pytest.raises(InputError, match=r"--dev that choose the weights \(2 in de\) have no "):
        gather(write("de"), dev=(two,))
    ten = write("de", rows=range(20, 30), name="ten")
    with pytest.raises(InputError, match="raise dev_pairs, which is 2"):
        gather(write("de"), dev=(ten,), dev_pairs=2)


def test_few_dev_pairs_are_told(gather: Gather, write: Write, caplog: Any) -> None:
    ten, nine = (write("de", rows=range(20, 20 + n), name=str(n)) for n in (10, 9))
    gather(write("de"), dev=(ten,))
    assert "choose the weights" not in caplog.text
    gather(write("de"), dev=(nine,))
    assert "few pairs of --dev choose the weights (9 in de)" in caplog.text


def test_a_patience_that_nothing_is_held_out_for_is_refused(
    finetune_recipe: FinetuneRecipe,
) -> None:
    def patient(**values: Any) -> FinetuneRecipe:
        training = replace(finetune_recipe.training, patience=2)
        return replace(finetune_recipe, **{"training": training} | values)

    assert patient().training.patience == 2
    with pytest.raises(InputError, match=r"patience is 2 .* --dev LANG=FILE, or set dev_share"):
        patient(dev_share=0.0)
    with pytest.raises(InputError, match=r"add --dev LANG=FILE, or leave patience out"):
        patient(sts=(), nli=("en=nli.tsv",))
    assert patient(dev_share=0.0, dev=finetune_recipe.sts[:1]).dev
    training = replace(finetune_recipe.training, patience=2, epochs=None)
    with pytest.raises(InputError, match=r"patience is 2 and a search was asked for"):
        patient(training=training, search=SearchSettings(trials=2))
