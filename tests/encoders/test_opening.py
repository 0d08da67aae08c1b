"""Baselines by name: what is pooled, what a fingerprint says, what a mistake says."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.opening import ModelName, open_encoder, parse_model, short_names
from isogloss.encoders.pooled import load_pooled
from isogloss.errors import InputError, MissingExtraError, ModelNotFoundError, ModelShapeError
from isogloss.protocols import Encoder, model_fingerprint
from isogloss.tasks.task import short

TEXTS = ["The cat sleeps.", "We went to the station and waited for the last train home.", "Yes."]


def by_definition(folder: Path, pooling: str) -> Any:
    """The last layer's tokens, pooled sentence by sentence."""
    model: Any = load_sentence_transformer(folder, device="cpu")
    rows = []
    for text in TEXTS:
        read = model.tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            last = model[0].auto_model(**read).last_hidden_state[0].numpy()
        rows.append({"mean": last.mean(0), "cls": last[0], "max": last.max(0)}[pooling])
    return np.stack(rows)


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_a_baseline_pools_the_last_layer_and_leaves_it_so(tiny_teacher: Path, pooling: str) -> None:
    encoder = load_pooled(str(tiny_teacher), pooling, precision="fp32")
    found = encoder.encode(TEXTS)
    assert np.allclose(found, by_definition(tiny_teacher, pooling), atol=1e-5)
    assert np.abs(np.linalg.norm(found, axis=1) - 1).min() > 0.05  # the model itself normalizes
    assert isinstance(encoder, Encoder)


def test_fingerprints_name_the_pooling_and_differ_in_signatures(tiny_teacher: Path) -> None:
    names = [f"{kind}:{tiny_teacher}" for kind in ("mean", "cls", "max")]
    prints = [model_fingerprint(open_encoder(name)) for name in names]
    assert [text.rpartition("-")[2] for text in prints] == ["mean", "cls", "max"]
    plain = open_encoder(str(tiny_teacher)).fingerprint
    assert plain == load_encoder(tiny_teacher, fast=True).fingerprint
    assert len({short(text) for text in [plain, *prints]}) == 4


def test_names_and_baselines_are_told_apart(tmp_path: Path) -> None:
    assert parse_model("owner/model") == ModelName("", "owner/model")
    assert parse_model("mean:owner/model") == ModelName("mean", "owner/model")
    assert parse_model("laser:") == ModelName("laser", "")
    odd = tmp_path / "max:folder"
    odd.mkdir()
    assert parse_model(str(odd)) == ModelName("", str(odd))
    assert short_names(["a/x", "mean:a/x", "runs/y"]) == {
        "x": "a/x",
        "mean:x": "mean:a/x",
        "y": "runs/y",
    }
    assert short_names(["a/x", "b/x", "laser:"]) == {"a/x": "a/x", "b/x": "b/x", "laser:": "laser:"}


def test_mistakes_in_a_name_are_one_line() -> None:
    with pytest.raises(InputError, match=r"'meen' is no kind of baseline.*did you mean 'mean'"):
        open_encoder("meen:owner/model")
    with pytest.raises(InputError, match="names no encoder; expected cls:NAME"):
        open_encoder("cls:")
    with pytest.raises(ModelNotFoundError, match="nobody/nothing"):
        open_encoder("mean:nobody/nothing")
    with pytest.raises(InputError, match="'median' is unknown; expected one of mean, cls, max"):
        load_pooled("x", "median")


def test_a_static_table_has_nothing_to_pool(tiny_teacher: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    pieces = load_sentence_transformer(tiny_teacher, device="cpu").tokenizer.backend_tokenizer
    table = StaticEmbedding(pieces, embedding_dim=8)
    SentenceTransformer(modules=[table], device="cpu").save_pretrained(
        str(tmp_path / "static"), create_model_card=False
    )
    with pytest.raises(ModelShapeError, match="static table"):
        load_pooled(str(tmp_path / "static"), "mean")


class FakePipeline:
    """The documented interface of `laser_encoders.LaserEncoderPipeline`."""

    def __init__(self, lang: str | None = None, laser: str | None = None) -> None:
        if lang == "xxx_Xxxx":
            raise ValueError("language name: xxx_Xxxx is not found")
        self.lang, self.laser = lang, laser

    def encode_sentences(self, sentences: list[str], normalize_embeddings: bool = False) -> Any:
        return np.array([[len(text), *[1.0] * 1023] for text in sentences])


def test_laser_is_an_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    package: Any = ModuleType("laser_encoders")
    package.LaserEncoderPipeline = FakePipeline
    monkeypatch.setitem(sys.modules, "laser_encoders", package)
    two, three = open_encoder("laser:"), open_encoder("laser:swh_Latn")
    texts = ["a", "bbb"] * 600
    rows = two.encode(texts)
    assert rows.dtype == np.float32
    assert rows[:, :2].tolist() == [[1.0, 1.0], [3.0, 1.0]] * 600
    assert two.encode([]).shape == (0, two.dim)
    assert isinstance(two, Encoder)
    pipelines = [encoder.pipeline for encoder in (two, three)]  # type: ignore[attr-defined]
    assert [(p.lang, p.laser) for p in pipelines] == [(None, "laser2"), ("swh_Latn", None)]
    assert short(two.fingerprint) != short(three.fingerprint)
    assert two.fingerprint.endswith("-laser")
    with pytest.raises(InputError, match="'laser:xxx_Xxxx' is unknown"):
        open_encoder("laser:xxx_Xxxx")


def test_laser_that_is_missing_or_broken_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "laser_encoders", None)
    with pytest.raises(MissingExtraError, match="pip install laser_encoders"):
        open_encoder("laser:")
    monkeypatch.delitem(sys.modules, "laser_encoders")
    broken = "raise ValueError('mutable default for field common is not allowed')\n"
    (tmp_path / "laser_encoders.py").write_text(broken)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingExtraError, match=r"fairseq.*cannot be imported by this Python"):
        open_encoder("laser:")
