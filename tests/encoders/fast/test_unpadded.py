"""Texts end to end: the same vectors, whatever a text is read with."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.fast import unpadded
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.opening import load
from isogloss.samples import read_rows

TEXTS = [row["en"] for row in read_rows("train")][:40]


def test_vectors_in_fp32_are_those_of_padded_texts(tiny_teacher: Path) -> None:
    fast, plain = load(tiny_teacher, precision="fp32"), load_encoder(tiny_teacher, precision="fp32")
    assert fast.unpadded is not None and plain.unpadded is None
    assert not fast.pads and plain.pads
    texts = [*TEXTS, "", *TEXTS[:3], "long " * 300]
    np.testing.assert_allclose(fast.encode(texts), plain.encode(texts), atol=1e-5)
    assert fast.fingerprint == plain.fingerprint


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_vector_is_the_same_alone_and_among_others(tiny_teacher: Path, precision: str) -> None:
    encoder = load(tiny_teacher, precision=precision)
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    cosines = (together * alone).sum(1) / np.linalg.norm(together, axis=1)
    assert (cosines / np.linalg.norm(alone, axis=1)).min() > 0.99999


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_threads_that_share_the_batches_give_the_same_bits(
    tiny_teacher: Path, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, threads = load(tiny_teacher, precision=precision), torch.get_num_threads()
    monkeypatch.setattr("isogloss.encoders.encoder.TOKENS_PER_BATCH", 64)
    found = []
    try:
        for n in (1, 3):
            torch.set_num_threads(n)
            found.append(encoder.encode(TEXTS))
            assert torch.get_num_threads() == n
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(("precision", "another"), [("bf16", True), ("fp32", False)])
def test_vectors_in_bf16_have_a_fingerprint_and_a_store_of_their_own(
    tiny_teacher: Path, precision: str, another: bool
) -> None:
    encoder = load(tiny_teacher, precision=precision)
    fingerprint, namespace = encoder.fingerprint, encoder.namespace
    encoder.unpadded, encoder.packed = None, False
    assert (encoder.fingerprint != fingerprint) == another
    assert (encoder.namespace != namespace) == another
    assert encoder.namespace["precision"] == precision  # as stores of padded texts are named


def test_prompts_that_are_not_pooled_are_left_out(tiny_teacher: Path) -> None:
    found = []
    for open_model in (load, load_encoder):
        encoder = open_model(tiny_teacher, precision="fp32", prompt="query: ")
        encoder.model[1].include_prompt = False
        found.append(encoder.encode(TEXTS))
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def attended(scores: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention by the fast way, and by its definition, with scores of about a size."""
    draw = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(6, 5, 8, generator=draw) for _ in range(3))
    query *= scores
    weights = (query @ key.transpose(1, 2) * 0.5).softmax(-1)
    return unpadded._attend_equal(query, key, value, 0.5), weights @ value


@pytest.mark.parametrize("scores", [0.01, 1.0, 10.0, 1000.0])
def test_attention_is_by_its_definition_however_large_its_scores(scores: float) -> None:
    found, expected = attended(scores)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_a_model_that_reads_other_texts_along_is_padded(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that computes its attention itself would."""
    monkeypatch.setattr(unpadded, "_runs", lambda begins: [(0, 1, int(begins[-1]))])
    encoder = load(tiny_teacher, precision="fp32")
    assert encoder.unpadded is None
    plain = load_encoder(tiny_teacher, precision="fp32")
    np.testing.assert_allclose(encoder.encode(TEXTS), plain.encode(TEXTS), atol=1e-5)


def test_a_window_of_attention_is_not_for_it(tiny_teacher: Path) -> None:
    model = load_sentence_transformer(tiny_teacher, "cpu")
    model[0].auto_model.config.sliding_window = 64
    assert unpadded.unpad(model) is None


def test_a_model_that_was_read_so_is_saved_as_it_was(tiny_teacher: Path, tmp_path: Path) -> None:
    model = load(tiny_teacher, precision="fp32").model
    model.save_pretrained(str(tmp_path / "saved"), create_model_card=False)
    config = json.loads(next((tmp_path / "saved").rglob("config.json")).read_text("utf-8"))
    assert unpadded.NAME not in json.dumps(config)
