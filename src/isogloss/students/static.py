"""The static student: a table of token embeddings, and a sentence is the mean of its tokens' rows.

It reads no context and no order, and encodes tens of times faster than the teacher. A token starts
at what the teacher makes of it alone, a new one at the mean of the source tokens it translates;
frequent tokens start short, as in a mean they would drown the others.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import features, is_static, token_embeddings
from isogloss.protocols import FloatArray
from isogloss.students.new_tokens import (
    NewTokens,
    TransplantReport,
    TransplantSettings,
    add_tokens,
)
from isogloss.vocabulary.tokenizer_json import count_tokens, load_tokenizer

BATCH = 512
"""Tokens encoded at once, each a sentence of its own."""

RARE = 1e-3
"""A token that is this share of all tokens starts at half its length."""


def build_static(
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings | None = None,
    guarded: Sequence[str] = (),
) -> TransplantReport:
    """Make a static student.

    Args:
        teacher: the teacher's Sentence Transformers folder; or that of a static student, whose rows
            stay as they are.
        pairs: training sentences; several may share a target language.
        out: folder to write the student to.
        settings: sizes and thresholds.
        guarded: see `add_tokens`.

    Returns:
        What was made.

    Raises:
        ModelShapeError: the teacher's tokenizer is of a kind that cannot be extended.
    """
    model = load_sentence_transformer(teacher, device="cpu")
    state, settings = tokenizer_state(model.tokenizer), settings or TransplantSettings()
    if is_static(model):
        tokens = add_tokens(
            state, token_embeddings(model).weight.detach().numpy(), pairs, settings, guarded
        )
        rows = tokens.rows
    else:
        tokens = add_tokens(state, _alone(model), pairs, settings, guarded)
        rows = tokens.rows * _scales(tokens, pairs)[:, None]
    static = StaticEmbedding(tokens.extended.tokenizer, embedding_weights=rows)
    ends = [Normalize()] if any(isinstance(module, Normalize) for module in model) else []
    student = SentenceTransformer(
        modules=[static, *ends], device="cpu", similarity_fn_name=model.similarity_fn_name
    )
    save_model(student, out)
    return tokens.report("static", rows.size)


def _alone(model: SentenceTransformer) -> FloatArray:
    """What the teacher makes of each row of its token table as a sentence, `(n_rows, dim)`."""
    n_rows = len(token_embeddings(model).weight)
    probe = load_tokenizer(tokenizer_state(model.tokenizer)).encode("a")  # as it is, it may pad
    special = np.array(probe.special_tokens_mask, bool)
    first, last = int((~special).argmax()), len(special) - int((~special)[::-1].argmax())
    before, after = probe.ids[:first], probe.ids[last:]
    parts = []
    with torch.inference_mode():
        for start in range(0, n_rows, BATCH):
            ids = range(start, min(start + BATCH, n_rows))
            read = model(features(model, [[*before, i, *after] for i in ids]))
            parts.append(read["sentence_embedding"].float().numpy())
    return np.concatenate(parts)


def _scales(tokens: NewTokens, pairs: Sequence[ParallelSentences]) -> FloatArray:
    """The length each token starts at, `(n_tokens,)`.

    Source: Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".
    """
    counts = np.zeros(tokens.extended.size, np.int64)
    for part in pairs:
        for texts in (part.source, part.target):
            counts += count_tokens(tokens.extended.tokenizer, texts, tokens.extended.size)
    shares = counts / max(1, counts.sum())
    scales: FloatArray = (RARE / (RARE + shares)).astype(np.float32)
    return scales
