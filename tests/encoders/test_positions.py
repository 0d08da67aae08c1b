"""No model reads more tokens than it has positions for, whatever its files say, however opened."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import (
    AutoModel,
    AutoTokenizer,
    BartConfig,
    CamembertConfig,
    DistilBertConfig,
    GPT2Config,
    LongformerConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    RobertaConfig,
    T5Config,
    T5EncoderModel,
    XLMRobertaConfig,
)

from isogloss.encoders import positions
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.opening import open_encoder
from isogloss.encoders.positions import max_positions
from isogloss.encoders.tokens import max_tokens
from isogloss.students.pretrained import Pretrained
from isogloss.students.settings import PretrainedSettings

LONG = " ".join(["the committee will decide on the new timetable"] * 40)
SMALL: dict[str, Any] = {
    "vocab_size": 800, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 16, "max_position_embeddings": 40,
}  # fmt: skip
FAMILIES: dict[str, tuple[PreTrainedConfig, int | None]] = {
    "roberta": (RobertaConfig(**SMALL, pad_token_id=1), 38),
    "xlm-roberta": (XLMRobertaConfig(**SMALL, pad_token_id=1), 38),
    "camembert": (CamembertConfig(**SMALL, pad_token_id=1), 38),
    "other padding": (RobertaConfig(**SMALL, pad_token_id=5), 34),
    "mpnet": (MPNetConfig(**SMALL, pad_token_id=1), 38),
    "longformer": (LongformerConfig(**SMALL, pad_token_id=1, attention_window=8), 38),
    "distilbert": (
        DistilBertConfig(
            vocab_size=800, dim=16, n_layers=1, n_heads=2, hidden_dim=16,
            max_position_embeddings=40,
        ),
        40,
    ),
    "gpt2": (GPT2Config(vocab_size=800, n_embd=16, n_layer=1, n_head=2, n_positions=40), 40),
    "bart": (
        BartConfig(
            vocab_size=800, d_model=16, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
            decoder_ffn_dim=16, max_position_embeddings=40,
        ),
        40,
    ),
    "modernbert": (ModernBertConfig(**SMALL, pad_token_id=0), None),
    "t5": (T5Config(vocab_size=800, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2), None),
}  # fmt: skip


@pytest.fixture
def make(tiny_teacher: Path, tmp_path: Path) -> Callable[..., Path]:
    """Saves a tiny body of a family whose tokenizer has no limit of its own."""

    def save(family: str, **tokenizer_settings: Any) -> Path:
        config = FAMILIES[family][0]
        torch.manual_seed(0)
        body = T5EncoderModel(config) if family == "t5" else AutoModel.from_config(config)
        folder = tmp_path / family.replace(" ", "-")
        body.save_pretrained(folder)
        AutoTokenizer.from_pretrained(tiny_teacher).save_pretrained(folder)
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        settings.pop("model_max_length")
        (folder / "tokenizer_config.json").write_text(json.dumps(settings | tokenizer_settings))
        positions._tell.cache_clear()
        return folder

    return save


@pytest.mark.parametrize("family", FAMILIES)
def test_long_text_is_cut_at_the_last_position(make: Callable[..., Path], family: str) -> None:
    folder, most = make(family), FAMILIES[family][1]
    model = load_sentence_transformer(folder, device="cpu")
    assert max_positions(model) == most
    if most is not None:
        assert max_tokens(model) == most
    for kind in ("", "mean:", "cls:", "max:"):
        assert open_encoder(f"{kind}{folder}").encode([LONG]).shape == (1, 16)


def test_no_limit_stays_no_limit(make: Callable[..., Path]) -> None:
    model = load_sentence_transformer(make("t5"), device="cpu")
    assert max_tokens(model) is None
    assert model.encode([LONG]).shape == (1, 16)


@pytest.mark.parametrize("limit", [1_000, int(1e30)])
def test_a_tokenizer_that_allows_more_is_capped_too(make: Callable[..., Path], limit: int) -> None:
    model = load_sentence_transformer(make("roberta", model_max_length=limit), device="cpu")
    assert max_tokens(model) == 38


def test_a_lower_limit_stays(make: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
    model = load_sentence_transformer(make("roberta", model_max_length=12), device="cpu")
    assert max_tokens(model) == 12
    assert "positions" not in caplog.text


def test_a_folder_that_asks_for_more_is_capped_with_one_warning(
    make: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    modules = [Transformer(str(make("xlm-roberta"))), Pooling(16, "mean")]
    out = tmp_path / "out"
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(out))
    (out / "sentence_bert_config.json").write_text('{"max_seq_length": 512}', encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert max_tokens(load_sentence_transformer(out, device="cpu")) == 38
    told = [r.getMessage() for r in caplog.records if "positions for 38" in r.getMessage()]
    assert len(told) == 1
    assert "would read 512 tokens" in told[0]


def test_a_pretrained_student_is_capped(make: Callable[..., Path], tiny_teacher: Path) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    found = Pretrained(str(make("camembert")), PretrainedSettings()).check(teacher, [])
    assert max_tokens(found.model) == 38


def test_a_copy_of_a_whole_model_keeps_its_length(tiny_teacher: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_teacher, tmp_path / "copy")
    assert max_tokens(load_sentence_transformer(folder, device="cpu")) == 64
