"""Adapt a teacher: replace its pooling, or reduce the dimensions of its vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from torch import nn

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.modules import with_modules, with_pooling
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import check_body, own_prompt
from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import FloatArray
from isogloss.spooled import Joined
from isogloss.vectors.checks import check_finite

FITTED_ON = 20_000
"""Sentences that principal components are taken from, at most."""


def change_teacher(
    folder: Path,
    out: Path,
    sentences: Sequence[str],
    *,
    pooling: str | None,
    dim: int | None,
    prompt: str = "",
) -> None:
    """Write a teacher in another form, with the prompts that it brings.

    Args:
        folder: the teacher.
        out: folder for what it becomes.
        sentences: text of its language; its principal components are those of their embeddings.
        pooling: "mean", "cls" or "max" in place of its own; None keeps it.
        dim: width to shorten its embeddings to; None keeps it. A teacher that normalizes does so
            before and after.
        prompt: text put before every sentence; empty: the teacher's own, if it has one.

    Raises:
        ModelShapeError: see `check_change`.
        InputError: see `check_change`; or the teacher gives NaN.
    """
    model = load_sentence_transformer(folder)
    check_body(model, str(folder))
    check_change(model, folder, sentences, pooling=pooling, dim=dim)
    if pooling is not None:
        model = with_pooling(model, pooling)
    modules: list[nn.Module] = list(model)
    if dim is not None:
        components = _components(model, _sample(sentences), dim, prompt or own_prompt(model))
        projection = Dense(
            components.shape[1],
            dim,
            bias=False,
            activation_function=nn.Identity(),
            init_weight=torch.from_numpy(components),
        )
        ends = [Normalize()] if any(isinstance(module, Normalize) for module in modules) else []
        model = with_modules(model, [*modules, projection, *ends])
    save_model(model, out)


def check_change(
    model: SentenceTransformer,
    folder: Path,
    sentences: Sequence[str],
    *,
    pooling: str | None,
    dim: int | None,
) -> None:
    """Refuse what cannot be made of a teacher; the arguments are those of `change_teacher`.

    Args:
        model: the loaded teacher.
        folder: where it lies.
        sentences: text of its language.
        pooling: in place of its own; None keeps it.
        dim: width to shorten its embeddings to; None keeps it.

    Raises:
        ModelShapeError: the teacher has no pooling to replace.
        InputError: `dim` is not below its width, or there are fewer sentences than that.
    """
    if pooling is not None and not any(isinstance(module, Pooling) for module in model):
        raise ModelShapeError(
            f"teacher {str(folder)!r} has no pooling to replace; expected a model of tokens "
            "that are pooled: leave teacher_pooling out"
        )
    if dim is None:
        return
    pooled = model if pooling is None else with_pooling(model, pooling)
    width, n = int(pooled.get_embedding_dimension() or 0), len(_sample(sentences))
    if not 0 < dim < width or dim > n:
        raise InputError(
            f"teacher_dim is {dim}; expected a width below the teacher's {width}, and at "
            f"least as many sentences (there are {n}); set another value"
        )


def _sample(sentences: Sequence[str]) -> list[str]:
    """The sentences that principal components are taken from."""
    distinct = Joined([sentences]).distinct()
    return distinct[:: max(1, len(distinct) // FITTED_ON)][:FITTED_ON]


def _components(
    model: SentenceTransformer, sentences: Sequence[str], dim: int, prompt: str
) -> FloatArray:
    """The first principal directions of embeddings, uncentered, float32 `(dim, width)`.

    Uncentered, because a projection without bias keeps cosines as well as so few numbers can.
    """
    encoder = SentenceEncoder(model, name="teacher", precision="fp32", prompt=prompt)
    embeddings = encoder.encode(sentences).astype(np.float64)
    check_finite(embeddings, "the teacher", sentences)
    values, vectors = np.linalg.eigh(embeddings.T @ embeddings)
    first = vectors[:, np.argsort(-values)[:dim]].T
    signs = np.sign(first[np.arange(dim), np.abs(first).argmax(axis=1)])
    components: FloatArray = (first * signs[:, None]).astype(np.float32)
    return components
