"""What a study is made of, before any work: rows with names of their own, recipes that fit."""

from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.data.places import parse_where
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.reproduce.plan import corpus_of, plan_rows
from isogloss.recipes.reproduce.recipe import SIZES, ReproduceRecipe
from isogloss.recipes.reproduce.studies import STUDIES, find_study
from isogloss.reports.published import published_study, published_tables
from isogloss.tasks.suites import SUITES


def labels(recipe: ReproduceRecipe) -> list[str]:
    return [row.label for row in plan_rows(recipe, find_study(recipe.study))]


@pytest.mark.parametrize(
    ("name", "corpus"),
    [
        ("europarl.en-de.tsv", "europarl"),
        ("europarl/en-de.tsv.gz", "europarl"),
        ("en-de-europarl.tsv", "europarl"),
        ("TED2020-en-de.tsv", "TED2020"),
        ("TED2020.de-en.tmx", "TED2020"),
        ("News_Commentary.en_de.tsv", "News_Commentary"),
        ("wiki-2020.tsv", "wiki-2020"),
    ],
)
def test_corpora_have_the_names_of_their_files(name: str, corpus: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert corpus_of(parse_where(f"en-de={path}")) == corpus


def test_corpora_in_two_files_and_on_the_hub_have_their_names(tmp_path: Path) -> None:
    for code in ("en", "de"):
        (tmp_path / f"news.{code}").touch()
    both = f"en-de={tmp_path / 'news.en'},{tmp_path / 'news.de'}"
    assert corpus_of(parse_where(both)) == "news"
    assert corpus_of(parse_where("en-de=hf:owner/talks:en-de")) == "talks"
    assert corpus_of(parse_where("en-de=hf:owner/talks:clean")) == "talks clean"


def test_places_of_several_languages_are_one_corpus(recipe: DistillRecipe, tmp_path: Path) -> None:
    pairs = ("en-de=hf:o/talks", "en-ar=hf:o/talks", "en-de=hf:o/wiki")
    study = ReproduceRecipe("table5", str(tmp_path), replace(recipe, pairs=pairs))
    rows = plan_rows(study, find_study("table5"))
    made = {row.label: row.recipe.pairs for row in rows if row.recipe}
    assert made == {"talks": pairs[:2], "wiki": pairs[2:], "all pairs": pairs}


def test_caps_and_weights_of_corpora_go_to_the_rows_that_have_them(
    recipe: DistillRecipe, tmp_path: Path
) -> None:
    training = replace(recipe.training, corpus_weights={"wiki": 3.0})
    pairs = ("en-de=hf:o/talks", "en-de=hf:o/wiki")
    given = replace(recipe, pairs=pairs, max_pairs={"talks": 1000}, training=training)
    rows = plan_rows(ReproduceRecipe("table5", str(tmp_path), given), find_study("table5"))
    made = {
        r.label: (r.recipe.max_pairs, r.recipe.training.corpus_weights) for r in rows if r.recipe
    }
    assert made == {
        "talks": ({"talks": 1000}, {}),
        "wiki": ({}, {"wiki": 3.0}),
        "all pairs": ({"talks": 1000}, {"wiki": 3.0}),
    }


def test_the_sizes_of_a_study(recipe: DistillRecipe, tmp_path: Path) -> None:
    study = ReproduceRecipe("table6", str(tmp_path), recipe, tasks=("sts:en-de=x",))
    rows = plan_rows(study, find_study("table6"))
    assert [row.recipe.max_pairs for row in rows if row.recipe] == [*SIZES, None]
    assert {row.recipe.tasks for row in rows if row.recipe} == {("sts:en-de=x",)}
    two = replace(recipe, pairs=(*recipe.pairs, "en-ar=hf:o/talks"))
    sized = ReproduceRecipe("table6", str(tmp_path), two, sizes=(500, 100)).resolved()
    assert labels(sized) == [
        "teacher",
        "100 pairs each",
        "500 pairs each",
        "all pairs",
    ]


def test_models_are_told_apart_as_in_an_evaluation(tmp_path: Path) -> None:
    own = ReproduceRecipe("table2", str(tmp_path), models=("a/model", "b/model", "c"))
    assert labels(own) == ["a/model", "b/model", "c"]
    both = replace(own, published=True, models=("c",))
    assert labels(both) == [*find_study("table2").models, "c"]
    with pytest.raises(InputError, match="two rows would be called 'mean:bert'"):
        labels(replace(own, models=("mean:bert", "mean-bert")))


def test_every_study_has_its_suites_and_something_published() -> None:
    for study in STUDIES.values():
        assert set(study.suites) <= SUITES.keys()
        assert bool(study.models) != study.trains
        tables = [table for table in published_tables() if set(study.suites) & set(table.data)]
        assert tables if not study.trains else published_study(study.name)


def test_recipes_that_fit_no_study(recipe: DistillRecipe, tmp_path: Path) -> None:
    out = str(tmp_path)
    with pytest.raises(InputError, match="did you mean 'table6'"):
        find_study("tabel6")
    with pytest.raises(InputError, match="trains students and no recipe"):
        ReproduceRecipe("table6", out)
    with pytest.raises(InputError, match="trains none"):
        ReproduceRecipe("table2", out, recipe)
    with pytest.raises(InputError, match="--sizes hold 99, too few"):
        ReproduceRecipe("table6", out, recipe, sizes=(99,))
    with pytest.raises(InputError, match="no rows of different sizes"):
        ReproduceRecipe("table5", out, recipe, sizes=(1000,))
    with pytest.raises(InputError, match="max_pairs is 5"):
        ReproduceRecipe("table6", out, replace(recipe, max_pairs=5))
    with pytest.raises(InputError, match="compares corpora and corpus alone"):
        labels(ReproduceRecipe("table5", out, recipe))
