"""Pairs that choose the weights: held out or given, kept apart from all that is trained on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isogloss.data.graded.nli import Triplet
from isogloss.data.graded.pairs import compared
from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.finetune.data import gather_data
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.tuning.settings import SearchSettings

from .conftest import Gather, Write


def test_too_few_held_out_pairs_choose_nothing(finetune_recipe: FinetuneRecipe) -> None:
    with pytest.raises(InputError, match=r"of 120 graded pairs would choose .* at least 10"):
        gather_data(replace(finetune_recipe, dev_share=0.02), load_start(finetune_recipe), "en")


def test_held_out_pairs_share_no_sentence_with_training(finetune_recipe: FinetuneRecipe) -> None:
    data = gather_data(finetune_recipe, load_start(finetune_recipe), "en")
    assert data.train is not None and data.dev is not None
    ours, theirs = (
        {compared(s) for row in range(len(part)) for s in part.sentences(row)}
        for part in (data.train, data.dev)
    )
    assert not ours & theirs
    assert 8 <= len(data.dev) <= 16


def test_held_out_pairs_of_one_grade_choose_nothing(gather: Gather, write: Write) -> None:
    rows = range(200)
    rare = write("en", rows=rows, score=[5 if row == 0 else 2 for row in rows])
    with pytest.raises(InputError, match=r"are held out have the grade 2.*dev_share = 0"):
        gather(rare, dev_share=0.1)


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
    ("share", "expected"), [(0.1, 20), (0.15, 30), (0.3, 60), (0.35, 70), (0.45, 90)]
)
def test_the_share_that_is_held_out_is_what_was_asked_for(
    gather: Gather, write: Write, share: float, expected: int
) -> None:
    data = gather(write("en", rows=range(200)), dev_share=share)
    assert data.account["dev_pairs"] == expected


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
