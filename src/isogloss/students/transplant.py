"""The transplant student: the teacher's own body with tokens of the target languages added.

Each new token starts at the mean of the source tokens it translates, so the student is
cross-lingual before its first training step; old tokens keep their ids and their embeddings, so
source sentences keep their vectors.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.students.new_tokens import TransplantReport, TransplantSettings, add_tokens


def build_transplant(
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings | None = None,
    guarded: Sequence[str] = (),
) -> TransplantReport:
    """Make a transplant student.

    Args:
        teacher: the teacher's Sentence Transformers folder.
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
    state = tokenizer_state(model.tokenizer)
    body: Any = model[0].auto_model
    old = body.get_input_embeddings().weight.detach().numpy().copy()
    tokens = add_tokens(state, old, pairs, settings or TransplantSettings(), guarded)
    body.resize_token_embeddings(tokens.extended.size, mean_resizing=False)
    with torch.no_grad():
        body.get_input_embeddings().weight.copy_(torch.from_numpy(tokens.rows))
    model.prompts, model.default_prompt_name = {}, None  # the student reads bare sentences
    save_model(model, out, tokens.extended.state)
    return tokens.report("transplant", sum(p.numel() for p in body.parameters()))
