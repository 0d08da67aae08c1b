"""Weights that a folder has and its model has not; a tokenizer without padding."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saving import save_model


def change(path: Path, values: dict[str, object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | values), encoding="utf-8")


def test_layers_that_config_json_leaves_out_are_said(
    tiny_teacher: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(tiny_teacher, tmp_path / "m")
    load_encoder(tmp_path / "m", precision="fp32")
    assert "left out" not in caplog.text
    change(tmp_path / "m" / "config.json", {"num_hidden_layers": 1})
    load_encoder(tmp_path / "m", precision="fp32")
    assert "tensors of its weights, such as 'encoder.layer.1." in caplog.text
    assert "are left out, because its config.json asks for fewer layers" in caplog.text


def test_a_cross_encoder_is_said_to_be_none_that_embeds(
    tiny_teacher: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=800, num_hidden_layers=1, **small)  # type: ignore[arg-type]
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_teacher).save_pretrained(tmp_path)
    load_sentence_transformer(tmp_path, device="cpu")
    assert "holds a BertForSequenceClassification, which judges texts" in caplog.text


def test_a_tokenizer_without_padding_pads_with_the_end_of_a_sentence(
    make_decoder: Callable[[], Path], tmp_path: Path
) -> None:
    folder = make_decoder()
    kept = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    lacking = {key: value for key, value in kept.items() if key != "pad_token"}
    lacking |= {"eos_token": "[SEP]", "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(lacking), encoding="utf-8")
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    model = load_sentence_transformer(folder, device="cpu")
    save_model(model, tmp_path / "saved")
    texts = ["a", "b b b"]
    embedded = SentenceTransformer(str(tmp_path / "saved"), device="cpu").encode(texts)
    ours = load_encoder(folder, precision="fp32").encode(texts)
    np.testing.assert_allclose(embedded, ours, atol=1e-5)
