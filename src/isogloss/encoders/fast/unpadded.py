"""Texts end to end in one row, without padding, for models that only read on a CPU.

No time goes into padded tokens, and in bf16 the vector of a text does not depend on what it is
read with: padding changes the shape of the products in attention, and with it the rounding.

All that a layer does to single tokens is done to the whole row. Attention is done for each run of
texts of equal length; transformers calls it by its name, as it calls the variants of flash
attention, from which Sentence Transformers' pooling knows such rows.
"""

import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from isogloss.encoders.positions import first_position
from isogloss.encoders.precision import PROBE
from isogloss.encoders.tokens import features, is_routed, is_static, tokenize

logger = logging.getLogger(__name__)

NAME = "isogloss_unpadded"

SAME = 0.9999
"""Least cosine of vectors in fp32 that are the same but for rounding."""

SAFE = 60.0
"""Scores up to this, of either sign, have an exponential in bf16 and fp32, and so have their sums:
the largest of a row need not be subtracted first."""


def unpad(model: SentenceTransformer) -> "UnpaddedReader | None":
    """Let a model read texts end to end, if its vectors stay what they are.

    Texts that are padded can be read as before.

    Args:
        model: any.

    Returns:
        Who reads so; None where that cannot be, and the model is left as it is.
    """
    body: Any = getattr(model[0], "auto_model", None)
    if model.device.type != "cpu" or is_static(model) or is_routed(model) or not _suits(body):
        return None
    reader, rows = UnpaddedReader(model), sorted(tokenize(model, PROBE * 2), key=len)
    before = body.config._attn_implementation
    with torch.inference_mode():
        padded = model(features(model, rows))["sentence_embedding"]
        body.set_attn_implementation(NAME)
        try:
            same = bool(torch.cosine_similarity(reader(rows), padded).min() > SAME)
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            logger.info("texts are padded: %s", error)
            same = False
    if same:
        return reader
    body.set_attn_implementation(before)
    return None


class UnpaddedReader:
    """What a model makes of texts, the body in the precision of autocast, the rest in fp32.

    Args:
        model: whose attention is the one below.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        self.body, *self.rest = model
        self.first = first_position(model)

    def __call__(self, rows: Sequence[Sequence[int]], **more: int) -> Tensor:
        """Embeddings, `(len(rows), dim)`.

        Args:
            rows: token ids per text; those of equal length side by side.
            more: what else the modules are told.
        """
        lengths = np.array([len(row) for row in rows])
        ends = np.cumsum(lengths)
        flat = np.fromiter(itertools.chain.from_iterable(rows), np.int64, int(ends[-1]))
        places = np.arange(len(flat)) - np.repeat(ends - lengths, lengths) + self.first
        given: dict[str, Any] = {
            "input_ids": torch.from_numpy(flat)[None],
            "position_ids": torch.from_numpy(places)[None],
            "cu_seq_lens_q": torch.from_numpy(np.concatenate([[0], ends])),
        }
        read: dict[str, Any] = self.body(given | more)
        read["token_embeddings"] = read["token_embeddings"].float()
        with torch.autocast("cpu", enabled=False):
            for module in self.rest:
                read = module(read)
        return read["sentence_embedding"]


def _suits(body: Any) -> bool:
    """Whether all of a body's attention is by the function that its configuration names, and sees
    the whole text."""
    if not isinstance(body, PreTrainedModel) or not body.is_backend_compatible():
        return False
    windows = ("sliding_window", "local_attention", "attention_window")
    return not any(getattr(body.config, window, None) for window in windows)


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    scaling: float | None = None,
    cu_seq_lens_q: Tensor | None = None,
    **more: Any,
) -> tuple[Tensor, None]:
    """Attention within each text, as transformers asks for it.

    Args:
        module: the layer.
        query: `(1, n_heads, n_tokens, head_dim)`; `key` and `value` are the same.
        key: of as many heads.
        value: of as many heads.
        attention_mask: of padded texts.
        scaling: factor of the scores.
        cu_seq_lens_q: where each text begins, and the end of the last; None: the texts are padded.
        more: whatever else is given to variants of attention.
    """
    if cu_seq_lens_q is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **more
        )
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    out = torch.empty_like(query.transpose(1, 2), memory_format=torch.contiguous_format)
    for begin, n, length in _runs(cu_seq_lens_q):
        q, k, v = (_by_text(side, begin, n, length) for side in (query, key, value))
        places = out[0, begin : begin + n * length].view(n, length, *out.shape[2:])
        places.copy_(_attend_equal(q, k, v, scale).view(n, -1, *q.shape[1:]).transpose(1, 2))
    return out, None


def _attend_equal(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Attention of texts of equal length.

    On rows as short as a sentence, torch's softmax takes most of the time of attention; without
    its steps over single rows the whole is done in half of that time.
    """
    scores = torch.baddbmm(query.new_empty(1), query, key.mT, beta=0, alpha=scale)
    low, high = scores.aminmax()
    if max(-low, high) > SAFE:
        return scores.softmax(-1) @ value
    weights = scores.exp_()
    return weights @ value / weights.sum(-1, keepdim=True, dtype=torch.float32)


def _runs(begins: Tensor) -> Iterator[tuple[int, int, int]]:
    """First token, number of texts, and length of each run of texts of equal length."""
    begin = 0
    for length, same in itertools.groupby(begins.diff().tolist()):
        n = len(list(same))
        if length:
            yield begin, n, length
        begin += n * length


def _by_text(side: Tensor, begin: int, n: int, length: int) -> Tensor:
    """The tokens of a run, `(n * n_heads, length, head_dim)`."""
    heads, width = side.shape[1], side.shape[3]
    tokens = side[0].transpose(0, 1)[begin : begin + n * length]
    return tokens.view(n, length, heads, width).transpose(1, 2).reshape(n * heads, length, width)


AttentionInterface.register(NAME, _attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
