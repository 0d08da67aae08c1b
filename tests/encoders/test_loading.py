"""A model's folder loads whole, or is refused in one line that names what is wrong."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.sentence_transformer.modules import Normalize

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model
from isogloss.errors import (
    InputError,
    IsoglossError,
    ModelNotFoundError,
    ModelShapeError,
)

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 471\n"
OLD = "sentence_transformers.models.BERT"


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def write(name: str, content: str | bytes) -> Callable[[Path], None]:
    raw = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(raw) and None


def cut(name: str, left: int) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:left]) and None


def without(name: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()

    return remove


def linked(name: str, to: str) -> Callable[[Path], None]:
    def link(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(to)

    return link


def edited(name: str, **values: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps(content | values), encoding="utf-8")

    return edit


def weights(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return edit


def spoilt(value: float) -> Callable[[dict[str, torch.Tensor]], Any]:
    return lambda tensors: tensors["encoder.layer.1.output.dense.weight"].index_put_(
        (torch.tensor(3), torch.tensor(4)), torch.tensor(value)
    )


QUERY = "encoder.layer.0.attention.self.query.weight"

FAULTS = {
    "no module folder": (without("1_Pooling"), r"1_Pooling' is missing.*again"),
    "no module settings": (without("1_Pooling/config.json"), r"1_Pooling/config\.json' is missing"),
    "no projection": (without("2_Dense/model.safetensors"), None),
    "no weights of a projection": (
        lambda f: [p.unlink() for p in (f / "2_Dense").iterdir() if "model" in p.name],
        r"2_Dense/model\.safetensors' is missing",
    ),
    "no body settings": (without("config.json"), r"/config\.json' is missing"),
    "no tokenizer": (without("tokenizer.json"), r"tokenizer\.json' is missing"),
    "no list of modules": (without("modules.json"), r"modules\.json' is missing"),
    "no weights": (without("model.safetensors"), r"/model\.safetensors' is missing"),
    "pointer for weights": (write("model.safetensors", POINTER), r"safetensors' is a Git LFS poin"),
    "pointer for text": (write("tokenizer.json", POINTER), r"tokenizer\.json'.*`git lfs pull`"),
    "weights cut": (cut("model.safetensors", 9_000), r"safetensors' has 9,000 bytes; expected"),
    "header cut": (cut("model.safetensors", 100), r"safetensors' is cut or damaged \(100 bytes"),
    "a page for weights": (write("model.safetensors", "\n<HTML>"), r"safetensors' is a web page"),
    "a page for settings": (write("config.json", "<!DOCTYPE html>"), r"config\.json' is a web"),
    "a page for older weights": (
        lambda f: (
            (f / "model.safetensors").unlink(),
            (f / "pytorch_model.bin").write_text("<!doctype html>\n<html>"),
        ),
        r"pytorch_model\.bin' is a web page; expected the file itself: download it from where",
    ),
    "text for older weights": (
        lambda f: (
            (f / "model.safetensors").unlink(),
            (f / "pytorch_model.bin").write_text('{"error": "no access"}'),
        ),
        r"pytorch_model\.bin' holds no weights \(it begins with",
    ),
    "a length in quotes": (
        edited("sentence_bert_config.json", max_seq_length="64"),
        r"sentence_bert_config\.json' has max_seq_length as text \('64'\); expected a number",
    ),
    "a width in quotes": (
        edited("1_Pooling/config.json", word_embedding_dimension="32"),
        r"1_Pooling/config\.json' has word_embedding_dimension as text \('32'\)",
    ),
    "no pooling": (
        lambda f: (f / "modules.json").write_text(
            json.dumps([e for e in json.loads((f / "modules.json").read_text()) if e["idx"] != 1])
        ),
        r"modules\.json' names no module that makes one vector.*expected a Pooling",
    ),
    "code of its own": (
        edited("config.json", model_type="own", auto_map={"AutoModel": "modeling.Own"}),
        r"copy' brings code of its own.*not run; expected.*remote_code=true",
    ),
    "a folder for settings": (
        lambda f: ((f / "config.json").unlink(), (f / "config.json").mkdir()),
        r"config\.json' is a folder",
    ),
    "empty weights": (write("model.safetensors", ""), r"safetensors' is empty"),
    "empty settings": (write("config.json", ""), r"config\.json' is empty"),
    "settings no JSON": (write("tokenizer_config.json", '{"a": '), r"r_config\.json' is no JSON"),
    "settings of a list": (write("config.json", "[1]"), r"config\.json' holds \[1\].*an object"),
    "list no JSON": (write("modules.json", "{"), r"modules\.json' is no JSON"),
    "empty list": (write("modules.json", "[]"), r"modules\.json' holds \[\]; expected a list of"),
    "list of nothing": (write("modules.json", "[{}]"), r"modules\.json' has a module without name"),
    "first version": (
        write("modules.json", json.dumps([{"name": "0", "path": "0_BERT", "type": OLD}])),
        r"modules\.json' names a module of Sentence Transformers 0\.x.*0_BERT'",
    ),
    "later module": (
        write("modules.json", json.dumps([{"name": "0", "path": "", "type": f"{OLD}er"}])),
        r"modules\.json' names a module that this version.*update",
    ),
    "settings of another module": (
        write("1_Pooling/config.json", '{"dim": 3}'),
        r"1_Pooling/config\.json' does not fit its module",
    ),
    "settings of another body": (
        write("sentence_bert_config.json", '{"length": 3}'),
        r"sentence_bert_config\.json' does not fit its module",
    ),
    "broken prompts": (
        write("config_sentence_transformers.json", "{"),
        r"config_sentence_transformers\.json' is no JSON",
    ),
    "unknown module": (
        write("modules.json", json.dumps([{"name": "0", "path": "", "type": "nowhere.Thing"}])),
        "cannot be loaded|needs a package",
    ),
    "tokenizer of another kind": (write("tokenizer.json", '{"a": 1}'), r"json' is no tokenizer"),
    "weight lacking": (weights(lambda t: t.pop(QUERY)), rf"lack 1 of the tensors.*{QUERY}"),
    "weights of more layers asked": (edited("config.json", num_hidden_layers=3), "lack 16 of"),
    "shape": (edited("config.json", hidden_size=16), r"config\.json' asks for tensors of other sh"),
    "NaN": (weights(spoilt(float("nan"))), r"not finite: '0\.\S*layer\.1\.output\.dense\.weight'"),
    "infinite": (weights(spoilt(float("-inf"))), "not finite"),
    "more tokens than rows": (
        lambda f: (
            edited("config.json", vocab_size=90)(f),
            weights(
                lambda t: t.update(
                    {"embeddings.word_embeddings.weight": torch.zeros(90, 32)}
                )
            )(f),
        ),
        r"the tokenizer has \d+ tokens, the embedding table 90 rows",
    ),
    "no room but for special tokens": (
        edited("sentence_bert_config.json", max_seq_length=2),
        r"reads 2 tokens of a sentence, 2 of them special",
    ),
    "vectors cut": (
        edited("config_sentence_transformers.json", truncate_dim=4),
        r"cuts its vectors to 4 numbers",
    ),
    "modules that do not fit": (
        edited("1_Pooling/config.json", pooling_mode_cls_token=True),
        "cannot be loaded.*belong together",
    ),
    "dead link": (linked("model.safetensors", "nowhere"), r"is a link to a file that is not there"),
    "link to itself": (linked("config.json", "config.json"), "config.json' is a link to a file"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_folder_is_refused_with_the_file_that_is_wrong(folder: Path, fault: str) -> None:
    break_it, message = FAULTS[fault]
    break_it(folder)
    if message is None:  # the same weights lie there in the older form
        load_sentence_transformer(folder, device="cpu")
        return
    with pytest.raises(IsoglossError, match=message) as caught:
        load_sentence_transformer(find_model(str(folder)), device="cpu")
    assert "\n" not in str(caught.value)


def test_an_unused_pooler_may_be_lacking(folder: Path) -> None:
    weights(lambda t: [t.pop(name) for name in list(t) if name.startswith("pooler")])(folder)
    load_sentence_transformer(folder, device="cpu")


def test_a_normalization_needs_no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "3_Normalize")
    assert isinstance(load_sentence_transformer(folder, device="cpu")[3], Normalize)


def test_a_file_or_a_dead_link_or_the_folder_above_is_no_model(folder: Path) -> None:
    with pytest.raises(InputError, match="is a file; expected a folder"):
        find_model(str(folder / "config.json"))
    (folder.parent / "link").symlink_to(folder.parent / "link")
    with pytest.raises(InputError, match=r"is a link to .*, which is not there"):
        find_model(str(folder.parent / "link"))
    with pytest.raises(InputError, match=r"holds no model.*give one inside it.*copy'"):
        find_model(str(folder.parent))


def test_a_folder_that_may_not_be_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ModelNotFoundError, match="may not be read by this user"):
        find_model(str(folder))


def test_a_file_that_may_not_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Path.open

    def refuse(self: Path, *arguments: Any, **keywords: Any) -> Any:
        if self.name == "model.safetensors":
            raise PermissionError(13, "Permission denied", str(self))
        return opening(self, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelNotFoundError, match=r"safetensors' cannot be read \(Permission den"):
        load_sentence_transformer(folder, device="cpu")


def test_the_tokenizer_of_another_model_is_a_matter_of_shape(
    folder: Path, tiny_teacher: Path
) -> None:
    state = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    size = len(state["model"]["vocab"])
    state["model"]["vocab"] |= {f"more{i}": size + i for i in range(9)}
    (folder / "tokenizer.json").write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(ModelShapeError, match="the folder mixes two models"):
        load_sentence_transformer(folder, device="cpu")
