"""A caller who has turned gradients off, as a notebook does to evaluate, can train all the same."""

from dataclasses import replace
from pathlib import Path

import torch

from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.training.distill.settings import TrainSettings


def test_a_student_is_trained_where_gradients_are_off(
    recipe: DistillRecipe, tmp_path: Path
) -> None:
    training = TrainSettings(epochs=0.2, tokens_per_batch=1_024, precision="fp32", evaluations=1)
    student = StudentRecipe(kind="static")
    made = replace(recipe, out=str(tmp_path / "run"), student=student, training=training)
    with torch.inference_mode(), torch.no_grad():
        run = distill(made)
        assert not torch.is_grad_enabled()
    assert run.record is not None
    assert (run.record.training.steps or 0) > 0
