"""What a fine-tuning would do, told before it is done."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.errors import InputError, ModelShapeError
from isogloss.recipes.finetune.dry_run import plan
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.tuning.settings import SearchSettings


def test_a_plan_needs_no_pivot_among_the_graded_pairs(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    recipe = replace(
        finetune_recipe,
        out=str(tmp_path / "out"),
        pivot="fr",
        pairs=(),
        sts=finetune_recipe.sts[1:],
    )
    assert plan(recipe)["estimate"]["sentences_per_epoch"] > 0


def test_a_plan_counts_what_a_run_would_do(finetune_recipe: FinetuneRecipe, tmp_path: Path) -> None:
    wanted = SearchSettings(trials=3, folds=4, repeats=2)
    training = replace(finetune_recipe.training, epochs=None)
    recipe = replace(finetune_recipe, out=str(tmp_path / "out"), search=wanted, training=training)
    found = plan(recipe)
    data, estimate = found["data"], found["estimate"]
    assert estimate["graded_examples"] == 9 * data["train_pairs"]
    assert estimate["trainings_of_the_search"] == (3 + 2) * 4 * 2
    assert estimate["search_seconds"] > 0
    assert estimate["steps_per_epoch"] >= 9 * data["train_pairs"] / 45
    assert not estimate["out_exists"]
    assert json.loads(json.dumps(found)) == found


def test_a_plan_refuses_folds_that_cannot_be_made(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    training = replace(finetune_recipe.training, epochs=None)
    many = replace(finetune_recipe, search=SearchSettings(trials=3, folds=40), training=training)
    with pytest.raises(InputError, match="ask for fewer folds"):
        plan(replace(many, out=str(tmp_path / "out")))


def test_a_plan_refuses_a_teacher_of_another_width(
    finetune_recipe: FinetuneRecipe, make_teacher: Callable[..., Path], tmp_path: Path
) -> None:
    teacher = str(make_teacher(hidden=16, layers=1))
    with pytest.raises(ModelShapeError, match=r"has 16 dimensions and .* 32; expected one width"):
        plan(replace(finetune_recipe, teacher=teacher, out=str(tmp_path / "out")))
