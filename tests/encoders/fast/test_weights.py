"""Packed weights: the same vectors, also after the weights have changed."""

from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.fast import weights
from isogloss.encoders.opening import load
from isogloss.samples import read_rows

TEXTS = [row["en"] for row in read_rows("train")][:40]

pytestmark = pytest.mark.skipif(not weights._works(torch.float32), reason="no oneDNN in this torch")


def test_vectors_in_fp32_are_those_of_the_plain_model(tiny_teacher: Path) -> None:
    plain = load_encoder(tiny_teacher, precision="fp32")
    packed = load(tiny_teacher, precision="fp32")
    assert packed.packed and not plain.packed
    np.testing.assert_allclose(packed.encode(TEXTS), plain.encode(TEXTS), atol=1e-5)
    assert packed.fingerprint == plain.fingerprint


def test_vectors_in_bf16_are_near_and_have_a_fingerprint_of_their_own(tiny_teacher: Path) -> None:
    plain = load_encoder(tiny_teacher, precision="bf16")
    packed = load(tiny_teacher, precision="bf16")
    cosines = (packed.encode(TEXTS) * load(tiny_teacher, precision="fp32").encode(TEXTS)).sum(1)
    assert cosines.min() > 0.99
    assert packed.fingerprint != plain.fingerprint


def test_in_bf16_products_go_unpacked_where_the_processor_packs_no_bf16(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "_works", lambda kind: kind == torch.float32)
    encoder, plain = (load(tiny_teacher, precision=kind) for kind in ("bf16", "fp32"))
    assert encoder.packed and encoder.precision == "bf16"
    cosines = (encoder.encode(TEXTS) * plain.encode(TEXTS)).sum(1)
    assert 0.99 < cosines.min() < 1 - 1e-7


def test_a_weight_that_changes_is_packed_anew(tiny_teacher: Path) -> None:
    encoder = load(tiny_teacher, precision="fp32")
    before = encoder.encode(TEXTS)
    optimizer = torch.optim.SGD(encoder.model.parameters(), lr=1.0)
    features = {key: torch.ones(2, 5, dtype=torch.long) for key in ("input_ids", "attention_mask")}
    features["input_ids"][:, 1:] = torch.arange(8).reshape(2, 4)
    encoder.model(features)["sentence_embedding"][0, 0].backward()
    optimizer.step()
    after = encoder.encode(TEXTS)
    assert np.abs(after - before).max() > 1e-3
    encoder.model.save_pretrained(str(tiny_teacher.parent / "changed"), create_model_card=False)
    plain = load_encoder(tiny_teacher.parent / "changed", precision="fp32")
    np.testing.assert_allclose(after, plain.encode(TEXTS), atol=1e-5)


def test_a_processor_without_such_products_is_left_alone(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "_works", lambda kind: False)
    encoder = load(tiny_teacher, precision="fp32")
    assert not encoder.packed
    plain = load_encoder(tiny_teacher, precision="fp32")
    np.testing.assert_allclose(encoder.encode(TEXTS), plain.encode(TEXTS), atol=1e-6)
