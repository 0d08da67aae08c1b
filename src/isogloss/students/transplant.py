"""The transplant student: the teacher's own body with tokens of the target languages added.

Each new token starts at the mean of the source tokens it translates, so the student is
cross-lingual before its first training step; old tokens keep their ids, and those that the source
language uses their embeddings, so source sentences keep their vectors.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import is_static, token_embeddings
from isogloss.errors import ModelShapeError
from isogloss.students.estimate import (
    BUILD_SECONDS,
    TRAINING_COST,
    Estimate,
    expected_tokens,
    resized_parameters,
)
from isogloss.students.kinds import Draft, Measured, Pairs
from isogloss.students.new_tokens import ExtendedStudent, TransplantReport, add_tokens
from isogloss.students.settings import TransplantSettings


def build_transplant(
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings | None = None,
    guarded: Sequence[str] = (),
    *,
    restart: bool = True,
) -> TransplantReport:
    """Make a transplant student.

    Args:
        teacher: the teacher's Sentence Transformers folder.
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
    state = tokenizer_state(model.tokenizer)
    body: Any = model[0].auto_model
    old = body.get_input_embeddings().weight.detach().numpy().copy()
    settings = settings or TransplantSettings()
    tokens = add_tokens(state, old, pairs, settings, guarded, restart=restart)
    body.resize_token_embeddings(tokens.extended.size, mean_resizing=False)
    with torch.no_grad():
        body.get_input_embeddings().weight.copy_(torch.from_numpy(tokens.rows))
    model.prompts, model.default_prompt_name = {}, None  # the student reads bare sentences
    save_model(model, out, tokens.extended.state)
    return tokens.report("transplant", sum(p.numel() for p in body.parameters()))


class Transplant(ExtendedStudent):
    """The teacher with tokens of the new languages."""

    kind = "transplant"
    defaults: ClassVar[Mapping[str, float]] = {
        "tokens_per_batch": 2_048,
        "learning_rate": 6.5e-4,
        "frozen_layers": 0.67,
        "new_token_learning_rate": 2.5e-3,
        "old_token_learning_rate": 7e-4,
        "source_share": 0.1,
        "source_weight": 4.0,
        "interpolation": 1.0,
    }

    def check(self, teacher: SentenceTransformer, pairs: Pairs) -> Draft:
        """Refuse a teacher without a body, or whose vocabulary cannot be extended."""
        if is_static(teacher):
            raise ModelShapeError(
                "the teacher is a static table of tokens, which has no body; expected an encoder "
                "for a transplant: choose another teacher, or --student static"
            )
        return super().check(teacher, pairs)

    def estimate(self, draft: Draft, measured: Measured) -> Estimate:
        """The teacher's size and rate, with more tokens."""
        new, known = expected_tokens(measured.pairs, self.settings), measured.tokens
        known = len(token_embeddings(draft.model).weight) if known is None else known
        return Estimate(
            parameters=resized_parameters(draft.model, known + new),
            new_tokens=new,
            rate=measured.rate,
            training_rate=measured.rate / TRAINING_COST,
            build_seconds=BUILD_SECONDS * sum(map(len, measured.pairs)),
        )

    def write(
        self, teacher: Path, pairs: Pairs, out: Path, guarded: Sequence[str], restart: bool
    ) -> TransplantReport:
        """See `build_transplant`."""
        return build_transplant(teacher, pairs, out, self.settings, guarded, restart=restart)
