"""Trimming: the token table, the tokenizer, and the padding of a body stay in step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer, XLMRobertaConfig, XLMRobertaModel

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.recipes.trim import trim
from isogloss.samples import read_rows

ROWS = read_rows("train")
GERMAN = [row["de"] for row in ROWS]


def test_a_body_keeps_its_shape(tiny_teacher: Path, tmp_path: Path) -> None:
    trim(str(tiny_teacher), tmp_path / "out", languages=["de"])
    body = AutoModel.from_pretrained(tmp_path / "out")
    rows = body.get_input_embeddings().weight.shape[0]
    assert body.config.vocab_size == rows
    tokenizer = load_sentence_transformer(tmp_path / "out", device="cpu").tokenizer
    assert len(tokenizer) == rows
    assert body.config.pad_token_id == tokenizer.pad_token_id


def test_padding_that_stands_last_keeps_nothing_before_it(
    make_encoder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = make_encoder("modernbert")
    report = trim(str(folder), tmp_path / "out", languages=["de"])
    assert report.tokens_after < 0.8 * report.tokens_before
    old, new = (SentenceTransformer(str(f), device="cpu") for f in (folder, tmp_path / "out"))
    first: Any = new[0]
    rows = first.auto_model.get_input_embeddings()
    assert len(new.tokenizer) == rows.num_embeddings == report.tokens_after
    assert new.tokenizer.pad_token_id == rows.padding_idx == first.auto_model.config.pad_token_id
    assert new.tokenizer.pad_token_id < report.tokens_after
    np.testing.assert_allclose(new.encode(GERMAN[:40]), old.encode(GERMAN[:40]), atol=1e-5)
    foreign = new.tokenizer([row["uk"] for row in ROWS[:40]])["input_ids"]
    assert max(number for ids in foreign for number in ids) < report.tokens_after


def test_ids_before_the_padding_stay_where_positions_are_counted_from_it(
    make_encoder: Callable[[str], Path], tmp_path: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_encoder("modernbert"))
    pad, tokens = tokenizer.pad_token_id, len(tokenizer)
    config = XLMRobertaConfig(
        vocab_size=tokens,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=tokens + 64,
        pad_token_id=pad,
    )
    XLMRobertaModel(config).save_pretrained(tmp_path / "body")
    tokenizer.save_pretrained(tmp_path / "body")
    report = trim(str(tmp_path / "body"), tmp_path / "out", languages=["de"])
    assert pad < report.tokens_after <= tokens
    old, new = (SentenceTransformer(str(tmp_path / f), device="cpu") for f in ("body", "out"))
    assert new.tokenizer.pad_token_id == pad
    np.testing.assert_allclose(new.encode(GERMAN[:40]), old.encode(GERMAN[:40]), atol=1e-5)
