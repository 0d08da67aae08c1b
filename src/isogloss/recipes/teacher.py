"""The teacher of a run: found, changed as the recipe says, described; where its vectors lie."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.names import find_model
from isogloss.encoders.tokens import is_static, max_tokens, own_prompt, prompt_tokens
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.teachers.changed import change_teacher
from isogloss.teachers.store import TargetStore, default_store_folder

logger = logging.getLogger(__name__)


def changed_teacher(recipe: DistillRecipe, work: Path) -> Path:
    """The folder of the teacher; where the recipe changes it, one in the run's `work` folder."""
    if recipe.teacher_pooling is None and recipe.teacher_dim is None:
        return find_model(recipe.teacher)
    return work / "teacher"


def settle_teacher(recipe: DistillRecipe, sentences: Sequence[str], work: Path) -> Path:
    """Change the teacher, if the recipe does; see `change_teacher`."""
    folder = changed_teacher(recipe, work)
    if folder == work / "teacher":
        change_teacher(
            find_model(recipe.teacher),
            folder,
            sentences,
            pooling=recipe.teacher_pooling,
            dim=recipe.teacher_dim,
            prompt=recipe.prompt,
        )
    return folder


def load_teacher(recipe: DistillRecipe, folder: Path) -> SentenceEncoder:
    """The teacher from its folder, with the prompt that the recipe, or else it itself, names."""
    teacher = load_encoder(folder, precision=recipe.training.precision, prompt=recipe.prompt)
    own = own_prompt(teacher.model)
    if own and not recipe.prompt:
        logger.warning("the teacher is used with its own prompt %r; set `prompt` for another", own)
        teacher.prompt = own
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


def describe(encoder: SentenceEncoder) -> dict[str, Any]:
    """A model in a few facts, for `run.json`."""
    return {
        "name": encoder.name,
        "fingerprint": encoder.fingerprint,
        **traits(encoder.model),
        "precision": encoder.precision,
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
