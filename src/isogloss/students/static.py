"""The static student: a table of token embeddings, and a sentence is the mean of its tokens' rows.

It reads no context and no order, and encodes tens of times faster than the teacher. A token starts
at what the teacher makes of it alone, a new one at the mean of the source tokens it translates;
frequent tokens start short, as in a mean they would drown the others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import features, is_static, token_embeddings
from isogloss.protocols import FloatArray, LongArray
from isogloss.students.estimate import BUILD_SECONDS, Estimate, expected_tokens
from isogloss.students.kinds import Draft, Measured, Pairs
from isogloss.students.new_tokens import (
    ExtendedStudent,
    NewTokens,
    TransplantReport,
    add_tokens,
)
from isogloss.students.settings import TransplantSettings
from isogloss.vocabulary.tokenizer_json import count_tokens, load_tokenizer

BATCH = 512
"""Tokens encoded at once, each a sentence of its own."""

RARE = 1e-3
"""A token that is this share of all tokens starts at half its length."""


STATIC_RATE = 30_000.0
"""Sentences per second that a static student trains on; 19,000 and 51,000 were measured."""


def build_static(
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings | None = None,
    guarded: Sequence[str] = (),
    *,
    restart: bool = True,
) -> TransplantReport:
    """Make a static student.

    Args:
        teacher: the teacher's Sentence Transformers folder; or that of a static student, whose rows
            stay as they are.
        pairs: training sentences; several may share a target language.
        out: folder to write the student to.
        settings: sizes and thresholds.
        guarded: see `add_tokens`.
        restart: see `add_tokens`.

    Returns:
        What was made.

    Raises:
        ModelShapeError: the teacher's tokenizer is of a kind that cannot be extended.
    """
    model = load_sentence_transformer(teacher, device="cpu")
    state, settings = tokenizer_state(model.tokenizer), settings or TransplantSettings()
    grown = is_static(model)
    old = token_embeddings(model).weight.detach().numpy() if grown else token_vectors(model)
    tokens = add_tokens(state, old, pairs, settings, guarded, restart=restart)
    rows = tokens.rows if grown else tokens.rows * _scales(tokens, pairs)[:, None]
    static = StaticEmbedding(tokens.extended.tokenizer, embedding_weights=rows)
    ends = [Normalize()] if any(isinstance(module, Normalize) for module in model) else []
    student = SentenceTransformer(
        modules=[static, *ends], device="cpu", similarity_fn_name=model.similarity_fn_name
    )
    save_model(student, out)
    return tokens.report("static", rows.size)


class Static(ExtendedStudent):
    """A table of the teacher's tokens and new ones."""

    kind = "static"
    defaults: ClassVar[Mapping[str, float]] = {
        "tokens_per_batch": 8_192,
        "learning_rate": 0.0,
        "frozen_layers": 0.0,
        "new_token_learning_rate": 2.5e-3,
        "old_token_learning_rate": 2.5e-3,
        "source_share": 0.3,
        "source_weight": 1.0,
        "interpolation": 1.0,
    }

    def estimate(self, draft: Draft, measured: Measured) -> Estimate:
        """A row as wide as the targets for every token."""
        new, known = expected_tokens(measured.pairs, self.settings), measured.tokens
        seconds = BUILD_SECONDS * sum(map(len, measured.pairs))
        if known is None:
            known = len(token_embeddings(draft.model).weight)
            seconds += known / measured.rate  # the teacher reads each of its tokens alone
        return Estimate(
            parameters=(known + new) * measured.dim,
            new_tokens=new,
            rate=STATIC_RATE,
            training_rate=STATIC_RATE,
            build_seconds=seconds,
        )

    def write(
        self, teacher: Path, pairs: Pairs, out: Path, guarded: Sequence[str], restart: bool
    ) -> TransplantReport:
        """See `build_static`."""
        return build_static(teacher, pairs, out, self.settings, guarded, restart=restart)


def token_vectors(model: SentenceTransformer) -> FloatArray:
    """What a model makes of each row of its token table as a sentence, `(n_rows, dim)`."""
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
    """The length each token starts at, `(n_tokens,)`."""
    counts = np.zeros(tokens.extended.size, np.int64)
    for part in pairs:
        for texts in (part.source, part.target):
            counts += count_tokens(tokens.extended.tokenizer, texts, tokens.extended.size)
    return frequency_scales(counts)


def frequency_scales(counts: LongArray) -> FloatArray:
    """Lengths by which frequent tokens do not drown the others in a mean, `(n_tokens,)`.

    Args:
        counts: of every token in text.

    Source: Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".
    """
    shares = counts / max(1, counts.sum())
    scales: FloatArray = (RARE / (RARE + shares)).astype(np.float32)
    return scales
