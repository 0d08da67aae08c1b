"""Limit input to the positions that a model has."""

import logging
from functools import cache
from typing import Any

from sentence_transformers import SentenceTransformer
from torch import nn

from isogloss.encoders.tokens import is_static, max_tokens

logger = logging.getLogger(__name__)

TABLES = {
    "position_embeddings",
    "position_embedding",
    "embed_positions",
    "positions_embed",
    "wpe",
}
"""What bodies call the table with a row for each place in the input; relative ones have none."""


def max_positions(model: SentenceTransformer) -> int | None:
    """The longest input in tokens that a model has positions for; None where it has no limit."""
    if is_static(model):
        return None
    body: Any = getattr(model[0], "auto_model", None)
    if body is None:
        return None
    limits = [table.num_embeddings - _before(table) for table in _tables(body)]
    if not limits:
        return None
    named = getattr(body.config, "max_position_embeddings", None)
    return min([*limits, named] if isinstance(named, int) and named > 0 else limits)


def first_position(model: SentenceTransformer) -> int:
    """The position of a text's first token, as the body is told it; 0 in most.

    RoBERTa and its kin count from behind the padding id. BART and its kin count from an offset that
    they add themselves.
    """
    tables = _tables(model[0].auto_model)
    return max((_before(table) for table in tables if not hasattr(table, "offset")), default=0)


def _tables(body: Any) -> list[nn.Embedding]:
    """The tables with a row for each place."""
    return [
        module
        for place, module in body.named_modules()
        if place.rpartition(".")[2] in TABLES and isinstance(module, nn.Embedding)
    ]


def _before(table: nn.Embedding) -> int:
    """Rows of a table of positions that no token can have."""
    offset = getattr(table, "offset", None)
    if offset is None:
        offset = 0 if table.padding_idx is None else table.padding_idx + 1
    return int(offset)


def cap_length(model: SentenceTransformer, name: str) -> None:
    """Cut input at the positions that a model has, whatever its files say.

    Args:
        model: changed, where it would read more.
        name: what the user calls it.
    """
    most, longest = max_positions(model), max_tokens(model)
    if most is None or (longest is not None and longest <= most):
        return
    if longest is not None:
        _tell(name, longest, most)
    model.max_seq_length = most


@cache
def _tell(name: str, longest: int, most: int) -> None:
    """Once for a model, however often it is loaded."""
    logger.warning(
        "model %r would read %d tokens of a sentence, and has positions for %d: more is cut off",
        name,
        longest,
        most,
    )
