"""A model is saved in the layout that older versions of the libraries read, open to readers."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import (
    LayerNorm,
    Pooling,
    StaticEmbedding,
)
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from isogloss.encoders.classic import required_version, with_old_names
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import fingerprint_model, model_files
from isogloss.encoders.saved_tokenizer import tokenizer_state, write_tokenizer
from isogloss.encoders.saving import save_model

CLASSIC = "sentence_transformers.models."
TEXTS = ["The sun is up.", "Rain on the ROOF, all night long.", ""]

Save = Callable[..., Path]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def save(tiny_teacher: Path, tmp_path: Path) -> Save:
    """Saves the tiny teacher's body with other modules behind it."""

    def write(*modules: Any, out: str = "out", **keywords: Any) -> Path:
        body = load_sentence_transformer(tiny_teacher, device="cpu")[0]
        model = SentenceTransformer(modules=[body, *modules], device="cpu", **keywords)
        save_model(model, tmp_path / out)
        loaded = load_sentence_transformer(tmp_path / out, device="cpu")
        np.testing.assert_array_equal(loaded.encode(TEXTS), model.encode(TEXTS))
        return tmp_path / out

    return write


def test_modules_and_their_settings_are_written_in_the_older_form(save: Save) -> None:
    out = save(
        Pooling(32, "mean"), Dense(32, 8, activation_function=torch.nn.Identity()), Normalize()
    )
    assert [(entry["type"], entry["path"]) for entry in read(out / "modules.json")] == [
        (f"{CLASSIC}Transformer", ""),
        (f"{CLASSIC}Pooling", "1_Pooling"),
        (f"{CLASSIC}Dense", "2_Dense"),
        (f"{CLASSIC}Normalize", "3_Normalize"),
    ]
    assert read(out / "sentence_bert_config.json") == {"max_seq_length": 64, "do_lower_case": False}
    assert read(out / "1_Pooling" / "config.json") == {
        "word_embedding_dimension": 32,
        "pooling_mode_cls_token": False,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "pooling_mode_weightedmean_tokens": False,
        "pooling_mode_lasttoken": False,
        "include_prompt": True,
    }
    assert read(out / "2_Dense" / "config.json") == {
        "in_features": 32,
        "out_features": 8,
        "bias": True,
        "activation_function": "torch.nn.modules.linear.Identity",
    }
    older = torch.load(out / "2_Dense" / "pytorch_model.bin", weights_only=True)
    assert set(older) == {"linear.weight", "linear.bias"}
    assert list((out / "3_Normalize").iterdir()) == []
    assert required_version(out) == "2.7"


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(LayerNorm(32), id="another module"),
        pytest.param(Dense(32, 32, use_residual=True), id="a projection beside its input"),
        pytest.param(Normalize(module_output_name="other"), id="a vector of another name"),
    ],
)
def test_what_the_older_form_cannot_say_stays_as_it_is(save: Save, module: Any) -> None:
    out = save(Pooling(32, "cls"), module)
    kinds = [entry["type"] for entry in read(out / "modules.json")]
    assert kinds[1] == f"{CLASSIC}Pooling"
    assert not kinds[2].startswith(CLASSIC)
    assert required_version(out) == "5.4"


def test_poolings_side_by_side_are_older_only_in_the_older_order(save: Save) -> None:
    one = save(Pooling(32, ("cls", "mean")), out="one")
    settings = read(one / "1_Pooling" / "config.json")
    assert settings["pooling_mode_cls_token"] and settings["pooling_mode_mean_tokens"]
    other = save(Pooling(32, ("mean", "cls")), out="other")
    assert (required_version(one), required_version(other)) == ("2.7", "5.4")


def test_prompts_are_kept(save: Save) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    out = save(Pooling(32, "mean"), prompts=prompts, default_prompt_name="query")
    loaded = load_sentence_transformer(out, device="cpu")
    assert {name: loaded.prompts[name] for name in prompts} == prompts
    assert loaded.default_prompt_name == "query"


def test_a_table_has_a_folder_of_its_own(tiny_teacher: Path, tmp_path: Path) -> None:
    tokenizer = load_sentence_transformer(tiny_teacher, device="cpu").tokenizer.backend_tokenizer
    tokenizer.enable_truncation(3)
    table = StaticEmbedding(tokenizer, embedding_dim=4)
    save_model(SentenceTransformer(modules=[table], device="cpu"), tmp_path / "out")
    assert read(tmp_path / "out" / "modules.json")[0]["path"] == "0_StaticEmbedding"
    assert read(tmp_path / "out" / "0_StaticEmbedding" / "tokenizer.json")["truncation"] is None
    assert not (tmp_path / "out" / "model.safetensors").exists()
    assert not (tmp_path / "out" / "tokenizer.json").exists()
    loaded = load_sentence_transformer(tmp_path / "out", device="cpu")
    assert torch.equal(loaded[0].embedding.weight, table.embedding.weight)
    assert required_version(tmp_path / "out") == "3.2"


def test_lowercasing_that_a_folder_asks_for_is_kept(tiny_teacher: Path, tmp_path: Path) -> None:
    body = Transformer(str(tiny_teacher), do_lower_case=True, max_seq_length=9)
    model = SentenceTransformer(modules=[body, Pooling(32, "mean")], device="cpu")
    save_model(model, tmp_path / "out")
    written = read(tmp_path / "out" / "sentence_bert_config.json")
    assert written == {"max_seq_length": 9, "do_lower_case": True}


def test_merges_are_text_where_no_part_has_a_space(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=40, show_progress=False)
    tokenizer.train_from_iterator(["low lower lowest", "new newer newest"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    state = tokenizer_state(fast)
    before = state["model"]["merges"]
    write_tokenizer(tmp_path, state, fast)
    written = read(tmp_path / "tokenizer.json")["model"]["merges"]
    assert [pair.split(" ") for pair in written] == before
    assert state["model"]["merges"] == before  # what was given is not changed
    again = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert again.encode("newest lower").ids == tokenizer.encode("newest lower").ids


def test_the_base_of_rotary_positions_has_its_older_names_too() -> None:
    nested = {
        "full_attention": {"rope_type": "default", "rope_theta": 8.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 2.0},
    }
    assert with_old_names({"rope_parameters": nested}) == {
        "rope_parameters": nested,
        "rope_theta": 8.0,
        "global_rope_theta": 8.0,
        "local_rope_theta": 2.0,
        "rope_local_base_freq": 2.0,
    }
    flat = {"rope_type": "linear", "factor": 4.0, "rope_theta": 5.0, "partial_rotary_factor": 0.5}
    assert with_old_names({"rope_parameters": flat}) == {
        "rope_parameters": flat,
        "rope_theta": 5.0,
        "partial_rotary_factor": 0.5,
        "rope_scaling": {"rope_type": "linear", "type": "linear", "factor": 4.0},
    }
    assert with_old_names({"hidden_size": 4}) == {"hidden_size": 4}


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0)
    os.umask(before)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_every_file_has_the_mode_of_a_new_one(
    save: Save, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    umask(mask)
    out = save(Pooling(32, "mean"), Dense(32, 8))
    assert {path.name: path.stat().st_mode & 0o777 for path in model_files(out)} == {
        path.name: mode for path in model_files(out)
    }


def test_a_model_that_is_saved_again_is_the_same(save: Save, tmp_path: Path) -> None:
    out = save(Pooling(32, "mean"), Dense(32, 8), Normalize())
    save_model(load_sentence_transformer(out, device="cpu"), tmp_path / "again")
    assert fingerprint_model(tmp_path / "again") == fingerprint_model(out)
    moved = shutil.copytree(out, tmp_path / "moved")
    save_model(load_sentence_transformer(out, device="cpu"), moved)
    assert fingerprint_model(moved) == fingerprint_model(out)
