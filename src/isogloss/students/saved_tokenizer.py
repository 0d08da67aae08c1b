"""A tokenizer as the parsed tokenizer.json: taken from a model, put into a student's folder."""

import json
from pathlib import Path
from typing import Any

from isogloss.encoders.tokens import fast_tokenizer

TOKENIZER_FILES = (
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
"""Files that would describe the teacher's vocabulary beside tokenizer.json: left out."""


def tokenizer_state(tokenizer: Any) -> dict[str, Any]:
    """The parsed tokenizer.json of a loaded tokenizer.

    Raises:
        ModelShapeError: it has no fast version.
    """
    state: dict[str, Any] = json.loads(fast_tokenizer(tokenizer).to_str())
    state["padding"] = state["truncation"] = None
    return state


def write_tokenizer(out: Path, state: dict[str, Any], tokenizer: Any) -> None:
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
