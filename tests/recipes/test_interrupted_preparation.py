"""Ctrl-C while a run is prepared: the same command with --resume goes on, from wherever it was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import OutputFolderError
from isogloss.recipes.distill import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.finetune import prepare as finetune_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune


def interrupted(patch: pytest.MonkeyPatch, room: Any, name: str) -> None:
    """Ctrl-C comes when a step of the preparation has done its work."""
    step: Callable[..., Any] = getattr(room, name)

    def stops(*arguments: Any, **named: Any) -> None:
        step(*arguments, **named)
        raise KeyboardInterrupt

    patch.setattr(room, name, stops)


@pytest.mark.parametrize("name", ["load_pairs", "settle_teacher", "_student", "write_examples"])
def test_a_distillation_goes_on(
    recipe: DistillRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    training = replace(recipe.training, minutes=0.0)
    made = replace(recipe, out=str(tmp_path / "out"), teacher_dim=16, training=training)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupted(patch, prepare, name)
        distill(made)
    with pytest.raises(OutputFolderError, match="go on with --resume"):
        distill(made)
    run = distill(made, resume=True).record
    assert run.student.dim == 16
    assert run.training.steps == 0


def test_a_fine_tuning_goes_on(
    finetune_recipe: FinetuneRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace(finetune_recipe.training, minutes=0.0)
    made = replace(finetune_recipe, out=str(tmp_path / "out"), training=training)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupted(patch, finetune_start, "gather_data")
        finetune(made)
    assert finetune(made, resume=True).record.training.steps == 0
