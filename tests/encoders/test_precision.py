"""Which precision is chosen: by measurement, unless the user says."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from isogloss.encoders import precision
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.precision import choose_precision


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """What was measured is forgotten, before and after."""
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    precision._fastest.cache_clear()
    yield tmp_path / "cache" / "precision"
    precision._fastest.cache_clear()


def with_speedup(monkeypatch: pytest.MonkeyPatch, speedup: float) -> list[torch.dtype]:
    """Pretends that bf16 products take 1 / speedup of the time; what was measured is listed."""
    measured: list[torch.dtype] = []

    def seconds(kind: torch.dtype) -> float:
        measured.append(kind)
        return 1.0 if kind == torch.float32 else 1.0 / speedup

    monkeypatch.setattr(precision, "_seconds", seconds)
    return measured


@pytest.mark.parametrize(
    ("speedup", "chosen"), [(0.2, "fp32"), (1.0, "fp32"), (1.19, "fp32"), (1.25, "bf16")]
)
def test_auto_takes_bf16_where_it_pays(
    monkeypatch: pytest.MonkeyPatch, speedup: float, chosen: str
) -> None:
    measured = with_speedup(monkeypatch, speedup)
    assert choose_precision("auto", "cpu") == chosen
    assert set(measured) == {torch.float32, torch.bfloat16}


@pytest.mark.parametrize(("seconds", "products"), [(0.001, 50), (0.1, 5), (1.0, 2)])
def test_slow_products_are_not_measured_for_long(
    monkeypatch: pytest.MonkeyPatch, seconds: float, products: int
) -> None:
    multiplied: list[int] = []
    monkeypatch.setattr(torch, "mm", lambda left, right: multiplied.append(1))
    monkeypatch.setattr(time, "perf_counter", lambda: seconds * len(multiplied))
    assert precision._seconds(torch.float32) == pytest.approx(seconds)
    assert len(multiplied) == products


@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_what_the_user_says_is_not_measured(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    measured = with_speedup(monkeypatch, 1.0)
    assert choose_precision(wanted, "cpu") == wanted
    assert choose_precision(wanted, "cuda:0") == wanted
    assert measured == []


@pytest.mark.parametrize(("supported", "chosen"), [(True, "bf16"), (False, "fp32")])
def test_a_gpu_is_asked_and_emulation_does_not_count(
    monkeypatch: pytest.MonkeyPatch, supported: bool, chosen: str
) -> None:
    def is_supported(including_emulation: bool = True) -> bool:
        return supported or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    assert choose_precision("auto", "cuda:0") == chosen


def test_other_devices_keep_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    with_speedup(monkeypatch, 9.0)
    assert choose_precision("auto", "mps") == "fp32"


def test_the_measurement_is_a_time() -> None:
    assert 0.0 < precision._seconds(torch.float32) < 10.0


@pytest.mark.parametrize(
    ("wanted", "turn", "chosen"),
    [("auto", 0.0, "bf16"), ("auto", 0.2, "fp32"), ("bf16", 0.2, "bf16")],
)
def test_bf16_is_given_up_where_it_moves_embeddings(
    monkeypatch: pytest.MonkeyPatch, wanted: str, turn: float, chosen: str
) -> None:
    with_speedup(monkeypatch, 2.0)

    def encode_chunk(self: SentenceEncoder, sentences: list[str]) -> np.ndarray:
        angle = turn if self.precision == "bf16" else 0.0
        return np.tile(np.array([[np.cos(angle), np.sin(angle)]], np.float32), (len(sentences), 1))

    class Model:
        device = torch.device("cpu")
        prompts: ClassVar[dict[str, str]] = {}
        default_prompt_name = None

        def eval(self) -> "Model":
            return self

        def __iter__(self) -> Iterator[Any]:
            return iter(())

    monkeypatch.setattr(SentenceEncoder, "_encode_chunk", encode_chunk)
    model: Any = Model()
    encoder = SentenceEncoder(model, name="", precision=wanted)
    assert encoder.precision == chosen


def test_a_model_that_bf16_does_not_run_is_read_in_fp32(
    monkeypatch: pytest.MonkeyPatch, tiny_teacher: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As DeBERTa, whose masks hold a number that bf16 has not."""
    with_speedup(monkeypatch, 9.0)
    encode = SentenceEncoder._encode_chunk

    def refuse(self: SentenceEncoder, *given: Any) -> Any:
        if self.precision == "bf16":
            raise RuntimeError("value cannot be converted to type at::BFloat16 without overflow")
        return encode(self, *given)

    monkeypatch.setattr(SentenceEncoder, "_encode_chunk", refuse)
    encoder = load_encoder(tiny_teacher)
    assert encoder.precision == "fp32"
    assert "bf16 does not run in this model" in caplog.text
    assert encoder.encode(["A sentence."]).shape == (1, 32)


def test_what_was_measured_holds_for_the_next_process(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    with_speedup(monkeypatch, 2.0)
    assert choose_precision("auto", "cpu") == "bf16"
    precision._fastest.cache_clear()
    measured = with_speedup(monkeypatch, 1.0)
    assert choose_precision("auto", "cpu") == "bf16"
    assert measured == []
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("change", ["torch", "processor"])
def test_another_machine_measures_anew(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    with_speedup(monkeypatch, 2.0)
    assert choose_precision("auto", "cpu") == "bf16"
    precision._fastest.cache_clear()
    if change == "torch":
        monkeypatch.setattr(torch, "__version__", "99")
    else:
        monkeypatch.setattr(precision, "_processor", lambda: "another")
    with_speedup(monkeypatch, 1.0)
    assert choose_precision("auto", "cpu") == "fp32"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"precision": "int4"}', b"\xff"])
def test_a_damaged_memory_is_measured_anew_and_mended(
    monkeypatch: pytest.MonkeyPatch, cache: Path, content: bytes
) -> None:
    with_speedup(monkeypatch, 2.0)
    choose_precision("auto", "cpu")
    [path] = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(content)
    precision._fastest.cache_clear()
    assert choose_precision("auto", "cpu") == "bf16"
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file")
    with_speedup(monkeypatch, 2.0)
    assert choose_precision("auto", "cpu") == "bf16"


def test_a_model_is_probed_once(monkeypatch: pytest.MonkeyPatch, tiny_teacher: Path) -> None:
    with_speedup(monkeypatch, 2.0)
    probed: list[object] = []

    def sound(embed: object) -> bool:
        probed.append(embed)
        return False

    monkeypatch.setattr("isogloss.encoders.fast.choosing.sound", sound)
    first, second = load_encoder(tiny_teacher), load_encoder(tiny_teacher)
    assert (first.precision, second.precision) == ("fp32", "fp32")
    assert len(probed) == 1
    assert load_encoder(tiny_teacher, precision="bf16").precision == "bf16"
