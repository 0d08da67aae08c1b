"""The teacher of a run: found, and changed as the recipe says."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun, kept_teacher
from isogloss.runs.descriptions import ModelDescription
from isogloss.teachers.adapt import change_teacher
from isogloss.teachers.teacher import describe, open_teacher
from isogloss.writing import writing

KEPT = "teacher"
"""In the run's folder: a teacher that the recipe changes, for languages that are added later."""


def is_changed(recipe: DistillRecipe) -> bool:
    """Whether the recipe makes another teacher of the one it names."""
    return recipe.teacher_pooling is not None or recipe.teacher_dim is not None


def teacher_folder(recipe: DistillRecipe) -> Path:
    """The folder of the teacher; where the recipe changes it, one in the run's folder."""
    return Path(recipe.out) / KEPT if is_changed(recipe) else find_model(recipe.teacher)


def ready_teacher(recipe: DistillRecipe, earlier: BaseRun | None) -> Path | None:
    """The folder that the teacher comes from, unless the run has yet to make it.

    Args:
        recipe: the resolved recipe.
        earlier: the run whose student learns more, if one does.

    Raises:
        InputError: the earlier run had another teacher.
        MissingFileError: the teacher that it kept is gone.
    """
    base = find_model(recipe.teacher)
    if not is_changed(recipe):
        return base
    if earlier is None:
        return None
    fingerprint = fingerprint_model(base)
    return kept_teacher(earlier, fingerprint, recipe.teacher_pooling, recipe.teacher_dim)


def settle_teacher(
    recipe: DistillRecipe, sentences: Sequence[str], earlier: BaseRun | None
) -> Path:
    """Change the teacher, if the recipe does and no earlier run has; see `change_teacher`.

    Args:
        recipe: the resolved recipe.
        sentences: that principal components are taken from.
        earlier: the run whose student learns more, if one does.

    Returns:
        The teacher's folder, `teacher_folder`.

    Raises:
        InputError: the earlier run had another teacher; see also `change_teacher`.
        MissingFileError: the teacher that the earlier run kept is gone.
    """
    ready, folder = ready_teacher(recipe, earlier), teacher_folder(recipe)
    with writing(str(folder), below=folder):
        if ready is None:
            change_teacher(
                find_model(recipe.teacher),
                folder,
                sentences,
                pooling=recipe.teacher_pooling,
                dim=recipe.teacher_dim,
                prompt=recipe.prompt,
            )
        elif ready != folder:
            shutil.copytree(ready, folder, dirs_exist_ok=True)
    return folder


def describe_teacher(recipe: DistillRecipe, teacher: SentenceEncoder) -> dict[str, Any]:
    """Facts about the teacher; for a changed one also its `folder` and the hash of its `base`."""
    facts = describe(teacher)
    if is_changed(recipe):
        facts |= {"folder": KEPT, "base": fingerprint_model(find_model(recipe.teacher))}
    return facts


def check_same_teacher(recipe: DistillRecipe, begun_with: ModelDescription) -> None:
    """Refuse a run that goes on with a teacher whose files are others than when it began.

    Raises:
        InputError: they are.
        ModelNotFoundError: nothing has its name any more.
    """
    found = fingerprint_model(find_model(recipe.teacher))
    if found != (begun_with.base if is_changed(recipe) else begun_with.fingerprint):
        raise InputError(
            f"the files of teacher {recipe.teacher!r} changed since the run in {recipe.out!r} was "
            "begun; expected the same, whose vectors are the targets: put the earlier ones back, "
            "or start anew with --overwrite"
        )


def load_teacher(recipe: DistillRecipe, folder: Path) -> SentenceEncoder:
    """Load the teacher with the prompt of the recipe, or else with its own."""
    return open_teacher(
        folder, recipe.teacher, precision=recipe.training.precision, prompt=recipe.prompt
    )
