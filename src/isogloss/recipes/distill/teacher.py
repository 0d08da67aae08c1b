"""The teacher of a run: found, changed as the recipe says, described; where its vectors lie."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder, fingerprint_model, load_encoder
from isogloss.encoders.names import find_model
from isogloss.encoders.tokens import is_static, max_tokens, prompt_tokens
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun, kept_teacher
from isogloss.teachers.adapt import change_teacher
from isogloss.vectors.store import TargetStore, default_store_folder, namespace_folder
from isogloss.writing import writing

logger = logging.getLogger(__name__)

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
    """The teacher in a few facts; a changed one with its `folder` and the hash of its `base`."""
    facts = describe(teacher)
    if is_changed(recipe):
        facts |= {"folder": KEPT, "base": fingerprint_model(find_model(recipe.teacher))}
    return facts


def load_teacher(recipe: DistillRecipe, folder: Path) -> SentenceEncoder:
    """The teacher from its folder, with the prompt that the recipe, or else it itself, names."""
    given = recipe.prompt or None
    teacher = load_encoder(folder, precision=recipe.training.precision, prompt=given)
    if teacher.own_prompts and teacher.prompt:
        logger.warning(
            "the teacher is used with its own prompt %r; set `prompt` for another", teacher.prompt
        )
    elif teacher.own_prompts and teacher.prompts:
        logger.warning(
            "the teacher has prompts (%s) and none by default: its targets are of bare sentences;"
            " set `prompt` to put a text before them",
            ", ".join(teacher.prompts),
        )
    teacher.name = recipe.teacher
    return teacher


def store_namespace(teacher: SentenceEncoder) -> dict[str, str | int | bool]:
    """All that decides a target vector."""
    left_out = prompt_tokens(teacher.model, teacher.prompt)
    decides: dict[str, str | int | bool] = {
        "teacher": teacher.fingerprint,
        "prompt": teacher.prompt,
        "max_length": max_tokens(teacher.model) or 0,
        "precision": teacher.precision,
    }
    # stores of teachers that pool their prompt are named without it
    return decides | ({"unpooled": left_out} if left_out else {})


def open_store(namespace: dict[str, str | int | bool], dim: int) -> TargetStore:
    """The target store of a namespace, in the user's cache."""
    return TargetStore(default_store_folder(), namespace, dim)


def count_missing(
    namespace: dict[str, str | int | bool], dim: int, sentences: Sequence[str]
) -> int:
    """How many sentences have no vector yet; a namespace that is not there is not made."""
    if not namespace_folder(default_store_folder(), namespace, dim).is_dir():
        return len(sentences)
    return int((open_store(namespace, dim).find(sentences) < 0).sum())


def describe(encoder: SentenceEncoder) -> dict[str, Any]:
    """A model in a few facts, for `run.json`."""
    return {
        "name": encoder.name,
        "fingerprint": encoder.fingerprint,
        **traits(encoder.model),
        "precision": encoder.precision,
        "prompt": encoder.prompt,
    }


def traits(model: SentenceTransformer) -> dict[str, Any]:
    """What a model does around its body, for `run.json`; `max_length` is None where it has none."""
    modules = {type(module).__name__: module for module in model}
    pooling = "mean" if is_static(model) else getattr(modules.get("Pooling"), "pooling_mode", None)
    return {
        "dim": int(model.get_embedding_dimension() or 0),
        "max_length": max_tokens(model),
        "normalizes": "Normalize" in modules,
        "pooling": pooling,
        "projection": "Dense" in modules,
        "static": is_static(model),
    }
