"""The transplant student: the teacher's own body with tokens of the target languages added.

Each new token starts at the mean of the source tokens it translates, so the student is
cross-lingual before its first training step; old tokens keep their ids and their embeddings, so
source sentences keep their vectors.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.data.parallel import ParallelSentences
from isogloss.data.token_table import TokenTable
from isogloss.encoders.encoder import load_sentence_transformer
from isogloss.errors import ModelShapeError
from isogloss.students.initialize import InitialRows, translate_rows
from isogloss.students.lexicon import AlignmentSettings, learn_lexicon
from isogloss.students.vocabulary import extend_vocabulary
from isogloss.students.vocabulary.extension import (
    ExtendedTokenizer,
    VocabularySettings,
    cuts,
    load_tokenizer,
)

logger = logging.getLogger(__name__)

TOKENIZER_FILES = (
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
"""Files that would describe the teacher's vocabulary beside tokenizer.json: left out."""


@dataclass(frozen=True)
class TransplantSettings:
    """How a transplant student is made.

    Attributes:
        vocabulary: see `VocabularySettings`.
        alignment: see `AlignmentSettings`.
        sharpen: exponent on the translation probabilities.
    """

    vocabulary: VocabularySettings = field(default_factory=VocabularySettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    sharpen: float = 1.0


@dataclass(frozen=True)
class TransplantReport:
    """What was made: counts of tokens, and how source and target sentences are cut."""

    kind: str
    tokens_before: int
    tokens_after: int
    new_tokens: int
    aligned_tokens: int
    dropped_for_source: int
    source_unchanged: float
    tokens_per_sentence: dict[str, dict[str, float]]
    parameters: int


def build_transplant(
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings | None = None,
) -> TransplantReport:
    """Make a transplant student.

    Args:
        teacher: the teacher's Sentence Transformers folder.
        pairs: training sentences; several may share a target language.
        out: folder to write the student to.
        settings: sizes and thresholds.

    Returns:
        What was made.

    Raises:
        ModelShapeError: the teacher's tokenizer is of a kind that cannot be extended.
    """
    settings = settings or TransplantSettings()
    model = load_sentence_transformer(teacher, device="cpu")
    state = tokenizer_state(model.tokenizer)
    body: Any = model[0].auto_model
    old = body.get_input_embeddings().weight.detach().numpy().copy()
    targets: dict[str, list[str]] = {}
    for part in pairs:
        targets.setdefault(part.target_language, []).extend(part.target)
    source = list(dict.fromkeys(text for part in pairs for text in part.source))
    extended = extend_vocabulary(state, targets, source, settings.vocabulary)
    if extended.n_old > len(old):
        raise ModelShapeError(
            f"the teacher's tokenizer has {extended.n_old} tokens, its embedding table {len(old)} "
            "rows; expected at least as many rows: the folder mixes two models"
        )
    initial, lengths = _initial_rows(old[: extended.n_old], state, extended, pairs, settings)
    body.resize_token_embeddings(extended.size, mean_resizing=False)
    with torch.no_grad():
        table = body.get_input_embeddings().weight
        table[: extended.n_old] = torch.from_numpy(old[: extended.n_old])
        table[extended.n_old :] = torch.from_numpy(initial.rows)
    model.save_pretrained(str(out), create_model_card=False)
    _write_tokenizer(out, extended.state, model.tokenizer)
    return TransplantReport(
        kind="transplant",
        tokens_before=extended.n_old,
        tokens_after=extended.size,
        new_tokens=extended.size - extended.n_old,
        aligned_tokens=int(initial.aligned.sum()),
        dropped_for_source=extended.dropped_for_source,
        source_unchanged=extended.source_unchanged,
        tokens_per_sentence=lengths,
        parameters=sum(p.numel() for p in body.parameters()),
    )


def _initial_rows(
    old: np.ndarray,
    state: dict[str, Any],
    extended: ExtendedTokenizer,
    pairs: Sequence[ParallelSentences],
    settings: TransplantSettings,
) -> tuple[InitialRows, dict[str, dict[str, float]]]:
    """Lexicons of all parts added up, and the rows they give; with the mean lengths in tokens."""
    before, after = load_tokenizer(state), extended.tokenizer
    lexicon: Any = 0
    lengths: dict[str, dict[str, float]] = {}
    for part in pairs:
        target = TokenTable.from_sentences(cuts(after, part.target))
        lexicon = lexicon + learn_lexicon(
            TokenTable.from_sentences(cuts(before, part.source)),
            target,
            extended.n_old,
            extended.size,
            settings.alignment,
        )
        sample = part.target[:2_000]
        lengths[part.target_language] = {
            "teacher": float(np.mean([len(ids) for ids in cuts(before, sample)])),
            "student": float(target.lengths[: len(sample)].mean()),
        }
    return translate_rows(old, lexicon, extended.tied, sharpen=settings.sharpen), lengths


def tokenizer_state(tokenizer: Any) -> dict[str, Any]:
    """The parsed tokenizer.json of a loaded tokenizer.

    Raises:
        ModelShapeError: it has no fast version.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelShapeError(
            f"the teacher's tokenizer ({type(tokenizer).__name__}) has no fast version; expected "
            "one with a tokenizer.json: convert it with transformers first"
        )
    state: dict[str, Any] = json.loads(backend.to_str())
    state["padding"] = state["truncation"] = None
    return state


def _write_tokenizer(out: Path, state: dict[str, Any], tokenizer: Any) -> None:
    """Put the extended tokenizer into a student's folder, in a form that is read as it stands.

    A model-specific tokenizer class rebuilds its normalizer from a few flags and would lose the
    student's: the generic class takes tokenizer.json as it stands.
    """
    for name in TOKENIZER_FILES:
        (out / name).unlink(missing_ok=True)
    (out / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    special = {
        name: str(getattr(tokenizer, name))
        for name in (
            "unk_token",
            "sep_token",
            "pad_token",
            "cls_token",
            "mask_token",
            "bos_token",
            "eos_token",
        )
        if getattr(tokenizer, name, None) is not None
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": tokenizer.model_max_length,
        "padding_side": tokenizer.padding_side,
        "clean_up_tokenization_spaces": False,
        "model_input_names": list(tokenizer.model_input_names),
    } | special
    (out / "tokenizer_config.json").write_text(
        json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
