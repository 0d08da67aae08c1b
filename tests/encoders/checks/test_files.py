"""What no library reads does not keep a model from being loaded; what the machine lacks is said."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer

from isogloss.encoders import loading as room
from isogloss.encoders.checks.machine import lacking_package
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.errors import MissingExtraError, ModelNotFoundError, ModelShapeError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 471\n"
SMALL = {
    **{"vocab_size": 800, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1},
    **{"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 16},
    **{"decoder_ffn_dim": 16, "pad_token_id": 0, "decoder_start_token_id": 0},
}


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


UNREAD: dict[str, Callable[[Path], Any]] = {
    "dead link to older weights": lambda f: (f / "pytorch_model.bin").symlink_to("nowhere"),
    "pointer for older weights": lambda f: (f / "pytorch_model.bin").write_text(POINTER),
    "dead link to a list of parts": lambda f: (f / "pytorch_model.bin.index.json").symlink_to("no"),
    "empty list of parts": lambda f: (f / "model.safetensors.index.json").touch(),
    "pointer for the vocabulary": lambda f: (f / "vocab.txt").write_text(POINTER),
    "dead link to a vocabulary": lambda f: (f / "vocab.txt").symlink_to("nowhere"),
    "what macOS leaves": lambda f: [
        (f / name).write_bytes(b"Mac OS X\0\1")
        for name in (
            *(".DS_Store", "._config.json", "._model.safetensors", "._sentence_bert_config.json"),
            *("._modules.json", "._model.safetensors.index.json", "._vocab.txt", "._spiece.model"),
        )
    ],
    "empty vocabularies": lambda f: [(f / n).touch() for n in ("spiece.model", "vocab.json")],
}


@pytest.mark.parametrize("what", UNREAD)
def test_files_that_are_not_read_are_not_looked_at(folder: Path, what: str) -> None:
    UNREAD[what](folder)
    load_sentence_transformer(folder, device="cpu")


def test_hidden_files_are_no_part_of_a_model(folder: Path) -> None:
    known = fingerprint_model(folder)
    UNREAD["what macOS leaves"](folder)
    (folder / "1_Pooling" / "._config.json").write_bytes(b"Mac OS X")
    assert fingerprint_model(folder) == known
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelNotFoundError, match=r"tokenizer\.json' is missing"):
        load_sentence_transformer(folder, device="cpu")
    for file in [*folder.glob("model.*"), *folder.glob("2_Dense/*model.*")]:
        file.unlink()
    with pytest.raises(ModelNotFoundError, match="has no weights"):
        find_model(str(folder))


@pytest.mark.skipif(os.name == "nt", reason="has no such pipes")
@pytest.mark.parametrize(
    "name",
    ["config.json", "modules.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"],
)
def test_a_pipe_in_a_models_folder_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ModelNotFoundError, match=f"{name}' (is a pipe or a device|is missing)"):
        load_sentence_transformer(folder, device="cpu")


def test_older_weights_are_read_where_the_newer_are_a_dead_link(folder: Path) -> None:
    model = load_sentence_transformer(folder, device="cpu")
    torch.save(model[0].auto_model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("nowhere")
    again = load_sentence_transformer(folder, device="cpu")
    assert (again.encode("A sentence.") == model.encode("A sentence.")).all()


def test_without_a_list_of_modules_an_encoder_is_read_by_its_mean(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "modules.json").unlink()
    with pytest.raises(ModelNotFoundError, match=r"modules\.json' is missing"):
        load_sentence_transformer(folder, device="cpu")
    for place in folder.glob("[0-9]_*"):
        shutil.rmtree(place)
    with caplog.at_level(logging.WARNING):
        assert len(load_sentence_transformer(folder, device="cpu")) == 2
    assert "no modules.json, and is read as an encoder without a pooling of its own" in caplog.text
    (folder / "config_sentence_transformers.json").unlink()
    caplog.clear()
    load_sentence_transformer(folder, device="cpu")
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "modules.json"])
def test_a_byte_order_mark_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
    with pytest.raises(ModelNotFoundError, match=f"{name}' begins with a byte order mark.*without"):
        load_sentence_transformer(folder, device="cpu")
    with pytest.raises((OSError, ValueError)):  # no library reads it either
        SentenceTransformer(str(folder), device="cpu")


def transformers_folder(model: Any, teacher: Path, out: Path) -> Path:
    model.save_pretrained(out)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(teacher / name, out / name)
    return out


def test_weights_of_an_encoder_inside_a_whole_model(tiny_teacher: Path, tmp_path: Path) -> None:
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    model = M2M100ForConditionalGeneration(M2M100Config(**SMALL))
    inside = transformers_folder(model, tiny_teacher, tmp_path / "inside")
    with pytest.raises(ModelNotFoundError, match=r"have 'model\.encoder\.layer.*get_encoder"):
        load_sentence_transformer(inside, device="cpu")
    # it is no false alarm
    weight = model.get_encoder().state_dict()["layers.0.fc1.weight"]
    drawn = SentenceTransformer(str(inside), device="cpu")[0].auto_model
    assert not torch.equal(drawn.state_dict()["layers.0.fc1.weight"], weight)
    model.get_encoder().save_pretrained(inside)
    alone = load_sentence_transformer(inside, device="cpu")[0].auto_model
    assert torch.equal(alone.state_dict()["layers.0.fc1.weight"], weight)


def test_tied_weights_and_unread_decoders_are_no_lack(tiny_teacher: Path, tmp_path: Path) -> None:
    from transformers import (
        BartConfig,
        BartForConditionalGeneration,
        BertConfig,
        BertForMaskedLM,
        T5Config,
        T5ForConditionalGeneration,
    )

    sizes = {"vocab_size": 800, "num_attention_heads": 2, "num_hidden_layers": 1}
    t5 = T5Config(vocab_size=800, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    bert = BertConfig(**sizes, hidden_size=16, intermediate_size=16)
    models = (
        T5ForConditionalGeneration(t5),
        BartForConditionalGeneration(BartConfig(**SMALL)),
        BertForMaskedLM(bert),
    )
    for model in models:
        out = tmp_path / type(model).__name__
        load_sentence_transformer(transformers_folder(model, tiny_teacher, out), device="cpu")


def test_the_encoders_of_dpr_are_refused_with_what_to_do(
    tiny_teacher: Path, tmp_path: Path
) -> None:
    from transformers import DPRConfig, DPRContextEncoder, DPRQuestionEncoder

    sizes = {"vocab_size": 800, "num_attention_heads": 2, "num_hidden_layers": 1}
    config = DPRConfig(**sizes, hidden_size=16, intermediate_size=16)
    one = transformers_folder(DPRContextEncoder(config), tiny_teacher, tmp_path / "context")
    with pytest.raises(ModelNotFoundError, match=r"have 'ctx_encoder.*of DPR, its bert_model"):
        load_sentence_transformer(one, device="cpu")
    two = transformers_folder(DPRQuestionEncoder(config), tiny_teacher, tmp_path / "question")
    with pytest.raises(ModelShapeError, match="no way to give text to DPRQuestionEncoder"):
        load_sentence_transformer(two, device="cpu")


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
@pytest.mark.parametrize("how", ["itself", "wrapped", "words", "while looked at"])
def test_a_fault_of_the_machine_stays_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, how: str
) -> None:
    words = os.strerror(code)

    def fail(*_: Any, **__: Any) -> None:
        if how == "words":
            raise RuntimeError(f"unable to open file: {words} (os error {code})")
        try:
            raise OSError(code, words, "file")
        except OSError as error:
            if how == "wrapped":
                raise ValueError("Can't load the tokenizer") from error
            raise

    monkeypatch.setattr(room, "SentenceTransformer", fail)
    if how == "while looked at":
        monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(OSError, match=words) as caught:
        load_sentence_transformer(folder)
    assert caught.value.errno == code
    assert not isinstance(caught.value, ModelNotFoundError)


LACKING = {
    "No module named 'sklearn.utils'": "pip install scikit-learn$",
    "requires the FlashAttn library. Run `pip install flash-attn tiles`": "flash-attn tiles$",
    "something is not installed": r"\(something is not installed\)$",
    "cannot import name 'x' from 'einops'": "another version.*pip install -U einops$",
}


@pytest.mark.parametrize("said", LACKING)
def test_the_package_to_install_is_named_where_it_is_known(said: str) -> None:
    name = "einops" if said.startswith("cannot") else None
    found = lacking_package(ImportError(said, name=name), "folder")
    assert isinstance(found, MissingExtraError)
    with pytest.raises(MissingExtraError, match=LACKING[said]):
        raise found
    assert lacking_package(ModuleNotFoundError(said, name="transformers.x"), "folder") is None


def test_a_module_that_is_not_there_yet_is_named(folder: Path) -> None:
    entry = {"name": "0", "path": "", "type": "sentence_transformers.models.Later"}
    (folder / "modules.json").write_text(json.dumps([entry]), encoding="utf-8")
    message = r"this version of Sentence Transformers does not have \(sentence_tr"
    with pytest.raises(ModelNotFoundError, match=message):
        load_sentence_transformer(folder, device="cpu")
