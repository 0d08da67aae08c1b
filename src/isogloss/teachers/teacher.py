"""A teacher: loaded with its prompt, and described for `run.json`."""

import logging
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.tokens import check_body, is_static, max_tokens

logger = logging.getLogger(__name__)


def open_teacher(folder: Path, name: str, *, precision: str, prompt: str) -> SentenceEncoder:
    """Load a teacher that puts one prompt before every sentence, for reading alone.

    Args:
        folder: where it lies.
        name: what the user calls it.
        precision: "auto", "fp32" or "bf16".
        prompt: text put before every sentence; empty: the teacher's default prompt, if it has one.

    Raises:
        ModelNotFoundError: a file of it is missing or damaged.
        ModelShapeError: its queries and documents take different routes.
    """
    teacher = load_encoder(folder, precision=precision, prompt=prompt or None, fast=True)
    check_body(teacher.model, name)
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
    teacher.name = name
    return teacher


def describe(encoder: SentenceEncoder) -> dict[str, Any]:
    """A loaded model in a few facts, for `run.json`."""
    return {
        "name": encoder.name,
        "fingerprint": encoder.model_fingerprint,
        **describe_model(encoder.model),
        "precision": encoder.precision,
        "prompt": encoder.prompt,
    }


def describe_model(model: SentenceTransformer) -> dict[str, Any]:
    """What a model does around its body, for `run.json`; `max_length` is None where it has none."""
    modules = {type(module).__name__: module for module in model}
    pooling = "mean" if is_static(model) else getattr(modules.get("Pooling"), "pooling_mode", None)
    return {
        "dim": int(model.get_embedding_dimension() or 0),
        "max_length": max_tokens(model),
        "normalizes": "Normalize" in modules,
        "pooling": list(pooling) if isinstance(pooling, tuple) else pooling,
        "projection": "Dense" in modules,
        "static": is_static(model),
    }
