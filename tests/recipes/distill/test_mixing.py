"""Corpora with caps, shares and weights: from the recipe to what the record says was drawn."""

from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.console import Silent
from isogloss.errors import InputError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.pairs import load_pairs
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.reports.run_tables import data_table
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows
from isogloss.training.distill.settings import TrainSettings
from isogloss.vectors.store import hash_texts

TRAINING = TrainSettings(epochs=0.2, tokens_per_batch=2_048, evaluations=1)


@pytest.fixture
def corpora(recipe: DistillRecipe, tmp_path: Path) -> DistillRecipe:
    """A large place and a small one of the same languages; the third column of both is a weight."""
    rows = read_rows("train")
    places = []
    for name, part in {"large": rows[:250], "small": rows[250:350]}.items():
        path = tmp_path / f"{name}.tsv"
        lines = [f"{row['en']}\t{row['de']}\t{1 + at % 2}\n" for at, row in enumerate(part)]
        path.write_text("".join(lines), encoding="utf-8")
        places.append(f"en-de={path}")
    return replace(recipe, pairs=tuple(places), out=str(tmp_path / "out"), training=TRAINING)


def weighted(recipe: DistillRecipe) -> DistillRecipe:
    return replace(recipe, pairs=tuple(f"{place}?weight=3" for place in recipe.pairs))


def test_a_cap_holds_for_the_place_that_it_names(corpora):
    pairs = load_pairs(replace(corpora, max_pairs={"large": 120}), None, [], Silent())
    assert [row["kept"] for row in pairs.record] == [120, 100]
    assert pairs.record[0]["dropped"]["beyond max_pairs"] == 130
    assert pairs.corpora == list(corpora.pairs)


def test_the_record_says_what_share_each_place_had(corpora):
    training = replace(TRAINING, corpus_temperature=1e9, pair_weights="draw")
    asked = replace(weighted(corpora), training=training)
    told = plan(replace(asked, out=str(Path(asked.out) / "none")))["data"]
    record = distill(asked).record
    assert [row["share"] for row in told] == [part.share for part in record.data]
    assert [part.share for part in record.data] == pytest.approx([0.5, 0.5], abs=0.01)
    table = data_table(record.data)
    at = table.columns.index("share of an epoch")
    assert [row[at] for row in table.rows][-1] == "100%"


def test_the_weight_of_a_pair_reaches_its_example(corpora, tmp_path):
    made = weighted(corpora)
    examples = prepare(made, [], RunLog()).examples()
    pairs = load_pairs(made, None, [], Silent())
    known = {
        key: weight
        for part in pairs.new
        for key, weight in zip(hash_texts(part.source), part.weights.tolist(), strict=True)
    }
    start, end = examples.streams["de"]
    assert set(known.values()) == {1.0, 2.0}
    assert examples.weights is not None
    assert [known[key] for key in examples.keys[start:end]] == examples.weights[start:end].tolist()
    assert set(examples.weights[slice(*examples.streams["en"])].tolist()) == {1.0}
    sizes = [part.end - part.start for part in examples.corpora["de"]]
    assert sizes == [len(part) for part in pairs.new]


@pytest.mark.parametrize("key", ["max_pairs", "corpus_weights"])
def test_names_of_no_place_or_of_one_twice_are_refused(corpora, key):
    def named(values: dict[str, int]) -> DistillRecipe:
        if key == "max_pairs":
            return replace(corpora, max_pairs=values)
        return replace(corpora, training=replace(TRAINING, corpus_weights=values))

    with pytest.raises(InputError, match=f"{key} names 'news', which is a part of none of en-de="):
        named({"news": 5})
    with pytest.raises(InputError, match=f"{key} names .* twice, by 'large' and 'large.tsv'"):
        named({"large": 5, "large.tsv": 6})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0; expected a number above 0"),
        ("many", "'many'; expected a valid integer"),
        ({"large": -5}, "-5; expected a number above 0"),
        ({"large": "many"}, "'many'; expected a valid integer"),
    ],
)
def test_caps_that_are_no_numbers_above_0_are_refused(corpora, value, said):
    with pytest.raises(InputError, match=f"max_pairs is {said}"):
        replace(corpora, max_pairs=value)
