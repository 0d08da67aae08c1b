"""Read and write a tokenizer as parsed tokenizer.json."""

import json
from pathlib import Path
from typing import Any

from isogloss.encoders.tokens import fast_tokenizer
from isogloss.writing import write_json, write_whole

TOKENIZER_FILES = (
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
"""Files that would describe another vocabulary beside tokenizer.json: left out."""

NAMED = ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token", "eos_token")
"""Special tokens that a tokenizer knows by their use."""


def tokenizer_state(tokenizer: Any) -> dict[str, Any]:
    """The parsed tokenizer.json of a loaded tokenizer.

    Raises:
        ModelShapeError: it has no fast version.
    """
    state: dict[str, Any] = json.loads(fast_tokenizer(tokenizer).to_str())
    state["padding"] = state["truncation"] = None
    return state


def write_tokenizer(out: Path, state: dict[str, Any], tokenizer: Any) -> None:
    """Put a tokenizer into a model's folder, in a form that every version reads as it stands.

    A model-specific tokenizer class rebuilds its normalizer from a few flags, which differ between
    versions of transformers: the generic class takes tokenizer.json as it stands.

    Args:
        out: the folder.
        state: the parsed tokenizer.json.
        tokenizer: names the special tokens, and the longest input.
    """
    for name in TOKENIZER_FILES:
        (out / name).unlink(missing_ok=True)
    write_state(out, state)
    special: dict[str, Any] = {
        name: str(getattr(tokenizer, name))
        for name in NAMED
        if getattr(tokenizer, name, None) is not None
    }
    if more := getattr(tokenizer, "extra_special_tokens", None):
        special["additional_special_tokens"] = [str(token) for token in more]
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": tokenizer.model_max_length,
        "padding_side": tokenizer.padding_side,
        "truncation_side": tokenizer.truncation_side,
        "clean_up_tokenization_spaces": False,
        "model_input_names": list(tokenizer.model_input_names),
    } | special
    write_json(out / "tokenizer_config.json", config)


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write tokenizer.json, the merges of a BPE in their older form where that is possible.

    As pairs they cannot be read by tokenizers before 0.20; as text, with a space between the two
    parts, they can be read by all, if no part has a space in it.
    """
    merges = state["model"].get("merges") or []
    if merges and not any(isinstance(m, str) or " " in m[0] + m[1] for m in merges):
        state = state | {"model": state["model"] | {"merges": [" ".join(pair) for pair in merges]}}
    write_whole(folder / "tokenizer.json", json.dumps(state, ensure_ascii=False))
