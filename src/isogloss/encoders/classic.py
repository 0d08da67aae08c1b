"""Write model folders that every Sentence Transformers reads, from 2.7 to the newest.

Version 5.4 gave the modules other paths and their settings other names, and older versions cannot
load what is written so, nor can other readers of the layout. The newest still reads the older form.
A module that cannot be said in it stays as it was saved.
"""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding

from isogloss.encoders.checks.files import MODULES
from isogloss.encoders.saved_tokenizer import write_state
from isogloss.encoders.tokens import max_tokens
from isogloss.writing import write_json, write_whole

CLASSIC = f"{MODULES}models."
"""Where the modules of the library were in older versions."""

SENTENCE = "sentence_embedding"

POOLING_MODES: Mapping[str, str] = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}
"""In the order in which older versions put their vectors side by side."""

PLAIN_TEXT = {"text": {"method": "forward", "method_output_name": "last_hidden_state"}}
"""What older versions do with every input."""


def write_classic(model: SentenceTransformer, out: Path) -> None:
    """Rewrite what `save_pretrained` wrote, as far as the older form can say it.

    Args:
        model: what was saved.
        out: its folder.
    """
    listed = json.loads((out / "modules.json").read_text(encoding="utf-8"))
    for module, entry in zip(model, listed, strict=True):
        write = WRITERS.get(type(module))
        if write is not None and write(module, out, entry):
            entry["type"] = f"{CLASSIC}{type(module).__name__}"
    write_json(out / "modules.json", listed)


def required_version(folder: Path) -> str:
    """The oldest Sentence Transformers that is known to load a folder written here."""
    listed = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    kinds = [entry["type"] for entry in listed]
    if any(kind.startswith(MODULES) and not kind.startswith(CLASSIC) for kind in kinds):
        return "5.4"
    return "3.2" if f"{CLASSIC}{StaticEmbedding.__name__}" in kinds else "2.7"


def _transformer(module: Any, out: Path, entry: dict[str, Any]) -> bool:
    settings = module.get_config_dict()
    classic = {
        "transformer_task": "feature-extraction",
        "modality_config": PLAIN_TEXT,
        "module_output_name": "token_embeddings",
    }
    if settings != classic:
        return False
    write_json(
        out / entry["path"] / "sentence_bert_config.json",
        {
            "max_seq_length": max_tokens(module),
            "do_lower_case": bool(module.do_lower_case),
        },
    )
    config = out / entry["path"] / "config.json"
    write_json(config, with_old_names(json.loads(config.read_text(encoding="utf-8"))))
    return True


def with_old_names(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a body, with what transformers 5 renamed under its older name, too.

    Without it an older version takes its default for the base of rotary positions, silently.
    """
    rotary = config.get("rope_parameters")
    if not isinstance(rotary, dict):
        return config
    whole, local = (rotary.get(kind) for kind in ("full_attention", "sliding_attention"))
    old: dict[str, Any] = {}
    if isinstance(whole, dict):
        old["rope_theta"] = old["global_rope_theta"] = whole.get("rope_theta")
        if isinstance(local, dict):
            old["local_rope_theta"] = local.get("rope_theta")
            old["rope_local_base_freq"] = local.get("rope_theta")
    else:
        whole = rotary
        old |= {name: rotary.get(name) for name in ("rope_theta", "partial_rotary_factor")}
    if whole.get("rope_type", "default") != "default":
        scaling = {name: value for name, value in whole.items() if name not in old}
        old["rope_scaling"] = scaling | {"type": whole["rope_type"]}
    return {name: value for name, value in old.items() if value is not None} | config


def _pooling(module: Any, out: Path, entry: dict[str, Any]) -> bool:
    chosen = module.pooling_mode
    modes = [chosen] if isinstance(chosen, str) else list(chosen)
    if modes != [mode for mode in POOLING_MODES if mode in modes]:
        return False
    settings = {name: mode in modes for mode, name in POOLING_MODES.items()}
    write_json(
        out / entry["path"] / "config.json",
        {"word_embedding_dimension": module.embedding_dimension}
        | settings
        | {"include_prompt": module.include_prompt},
    )
    return True


def _dense(module: Any, out: Path, entry: dict[str, Any]) -> bool:
    if (module.module_input_name, module.module_output_name) != (SENTENCE, SENTENCE):
        return False
    if module.use_residual:
        return False
    kept = ("in_features", "out_features", "bias", "activation_function")
    settings = module.get_config_dict()
    folder = out / entry["path"]
    write_json(folder / "config.json", {name: settings[name] for name in kept})
    # versions before 3.0 read no safetensors here, and later ones prefer it
    weights = io.BytesIO()
    torch.save(module.state_dict(), weights)
    write_whole(folder / "pytorch_model.bin", weights.getvalue())
    return True


def _normalize(module: Any, out: Path, entry: dict[str, Any]) -> bool:
    if (module.module_input_name, module.module_output_name) != (SENTENCE, SENTENCE):
        return False
    (out / entry["path"] / "config.json").unlink(missing_ok=True)
    return True


def _static(module: Any, out: Path, entry: dict[str, Any]) -> bool:
    """In a folder of its own: versions before 5 cannot read a table that lies in the root."""
    entry["path"] = f"{entry['idx']}_{type(module).__name__}"
    folder = out / entry["path"]
    folder.mkdir(exist_ok=True)
    (out / "model.safetensors").replace(folder / "model.safetensors")
    state = json.loads((out / "tokenizer.json").read_text(encoding="utf-8"))
    write_state(folder, state | {"padding": None, "truncation": None})
    (out / "tokenizer.json").unlink()
    return True


WRITERS: Mapping[type, Callable[[Any, Path, dict[str, Any]], bool]] = {
    Transformer: _transformer,
    Pooling: _pooling,
    Dense: _dense,
    Normalize: _normalize,
    StaticEmbedding: _static,
}
"""What writes a module's files in the older form; false where it cannot be said in it."""
