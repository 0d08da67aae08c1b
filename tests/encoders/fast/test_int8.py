"""Products in 8-bit integers: near those of fp32, and only where they are."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from isogloss.encoders.fast import choosing, int8
from isogloss.encoders.fast.int8 import Int8Linear, Steps
from isogloss.encoders.fast.weights import PackedLinear
from isogloss.encoders.opening import load
from isogloss.errors import InputError
from isogloss.protocols import FloatArray
from isogloss.samples import read_rows

TEXTS = [row["en"] for row in read_rows("held_out")][:40]

works = pytest.mark.skipif(not int8._works(), reason="no products of bytes on this machine")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is remembered; a tiny model is wide enough, and this processor has fast bf16."""
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(int8, "LEAST", 16)
    monkeypatch.setattr(choosing, "choose_precision", lambda wanted, device: "bf16")


def integers_of(encoder: Any) -> list[Int8Linear]:
    """Layers that multiply in integers."""
    forwards = [module.forward for module in encoder.model.modules()]
    return [forward for forward in forwards if isinstance(forward, Int8Linear)]


def cosines(left: FloatArray, right: FloatArray) -> FloatArray:
    """Of each row of one side with that of the other."""
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    found: FloatArray = (left * right).sum(1) / lengths
    return found


@works
@pytest.mark.parametrize("whole", [True, False])
def test_a_product_is_that_of_the_layer_within_the_size_of_its_steps(whole: bool) -> None:
    torch.manual_seed(0)
    layer, rows = nn.Linear(64, 48), torch.rand(1, 30, 64) * torch.linspace(0.1, 4, 64) - 0.3
    low, high = rows.flatten(0, 1).aminmax(dim=0)
    if whole:
        steps = Steps(low.amin(0, keepdim=True), high.amax(0, keepdim=True), None)
    else:
        steps = Steps(low, high, layer.weight.detach())
    given = rows.clone()
    with torch.inference_mode():
        linear, expected = Int8Linear(layer, PackedLinear(layer), steps), layer(rows)
        found = linear(given)
        assert (found - expected).norm() / expected.norm() < 0.01
        torch.testing.assert_close(linear(given), found, atol=0, rtol=0)
    assert torch.equal(given, rows)


@works
def test_vectors_in_int8_are_near_and_have_a_fingerprint_of_their_own(tiny_teacher: Path) -> None:
    encoder, full = load(tiny_teacher, precision="int8"), load(tiny_teacher, precision="fp32")
    assert encoder.precision == "int8"
    assert integers_of(encoder)
    found = cosines(encoder.encode(TEXTS), full.encode(TEXTS))
    assert found.mean() > 0.998
    assert encoder.fingerprint not in (
        full.fingerprint,
        load(tiny_teacher, precision="bf16").fingerprint,
    )


@works
def test_what_gelu_makes_leaves_the_product_as_bytes(tiny_teacher: Path) -> None:
    encoder = load(tiny_teacher, precision="int8")
    makers = [linear for linear in integers_of(encoder) if linear.reader is not None]
    assert makers
    with torch.inference_mode():
        width = makers[0].layer.in_features
        assert makers[0](torch.rand(1, 3, width), "gelu").dtype == torch.uint8


@works
def test_a_vector_in_int8_is_the_same_alone_and_among_others_and_in_threads(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, again = (load(tiny_teacher, precision="int8") for _ in range(2))
    monkeypatch.setattr("isogloss.encoders.encoder.TOKENS_PER_BATCH", 64)
    together, threads = encoder.encode(TEXTS), torch.get_num_threads()
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert cosines(together, alone).min() > 0.9999
    try:
        torch.set_num_threads(3)
        np.testing.assert_array_equal(again.encode(TEXTS), together)
    finally:
        torch.set_num_threads(threads)


@works
def test_a_weight_that_changes_is_no_longer_multiplied_in_integers(tiny_teacher: Path) -> None:
    encoder, bf16 = (load(tiny_teacher, precision=name) for name in ("int8", "bf16"))
    with torch.no_grad():
        for model in (encoder.model, bf16.model):
            for layer in model.modules():
                if type(layer) is nn.Linear:
                    layer.weight.mul_(1.5)
    np.testing.assert_array_equal(encoder.encode(TEXTS), bf16.encode(TEXTS))


@works
def test_layers_that_would_move_too_far_stay_as_they_are(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(int8, "FAR", 0.0)
    encoder = load(tiny_teacher, precision="int8")
    assert encoder.precision == "bf16"
    assert "int8 does not suit this model or machine: bf16 is used" in caplog.text
    bf16 = load(tiny_teacher, precision="bf16")
    np.testing.assert_array_equal(encoder.encode(TEXTS), bf16.encode(TEXTS))


@works
def test_a_model_whose_vectors_move_is_left_as_it_was(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isogloss.encoders.precision.MIN_COSINE_INT8", 1.1)
    encoder = load(tiny_teacher, precision="int8")
    assert encoder.precision == "bf16"
    assert not integers_of(encoder)


@works
@pytest.mark.parametrize("gains", [True, False])
def test_auto_takes_int8_where_it_is_faster(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch, gains: bool
) -> None:
    monkeypatch.setattr(int8, "gains", lambda: gains)
    assert load(tiny_teacher).precision == ("int8" if gains else "bf16")
    monkeypatch.setattr(int8, "gains", lambda: not gains)
    assert load(tiny_teacher).precision == ("int8" if gains else "bf16")


def test_a_machine_without_such_products_reads_in_bf16(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(int8, "_works", lambda: False)
    assert load(tiny_teacher).precision == "bf16"
    assert load(tiny_teacher, precision="int8").precision == "bf16"


def test_a_precision_that_is_none_is_refused(tiny_teacher: Path) -> None:
    with pytest.raises(InputError, match=r"int4.*expected.*int8"):
        load(tiny_teacher, precision="int4")
