"""Replace the modules of a loaded model: its pooling, or all behind its body."""

from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from torch import nn


def with_modules(model: SentenceTransformer, modules: Sequence[nn.Module]) -> SentenceTransformer:
    """A model of other modules, with the prompts, similarity and device of this one."""
    prompts: Any = model.prompts
    return SentenceTransformer(
        modules=list(modules),
        device=str(model.device),
        prompts=prompts,
        default_prompt_name=model.default_prompt_name,
        similarity_fn_name=model.similarity_fn_name,
    )


def with_pooling(model: SentenceTransformer, mode: str) -> SentenceTransformer:
    """The model with another pooling, otherwise the same.

    Args:
        model: one that pools tokens.
        mode: "mean", "cls", "max" or another that `Pooling` knows.
    """
    return with_modules(model, pooled_by(list(model), mode))


def pooled_by(modules: Sequence[nn.Module], mode: str) -> list[nn.Module]:
    """The modules, with another pooling in the place of theirs."""
    return [
        Pooling(module.embedding_dimension, mode, include_prompt=module.include_prompt)
        if isinstance(module, Pooling)
        else module
        for module in modules
    ]
