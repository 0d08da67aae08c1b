"""How many tokens go through a model at once."""

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer

from isogloss.encoders.fast import budget
from isogloss.encoders.fast.budget import bytes_per_token, tokens_at_once


@pytest.fixture
def model(tiny_teacher: Path) -> SentenceTransformer:
    return SentenceTransformer(str(tiny_teacher), device="cpu")


class Moved:
    """A model that says it is on a GPU."""

    device = torch.device("cuda")

    def __init__(self, model: SentenceTransformer) -> None:
        self.model = model

    def __getitem__(self, at: int) -> Any:
        return self.model[at]

    def get_embedding_dimension(self) -> int | None:
        return self.model.get_embedding_dimension()


def test_a_cpu_keeps_its_budget(model: SentenceTransformer) -> None:
    assert tokens_at_once(model, 2_048) == tokens_at_once(model, 2_048, training=True) == 2_048


def test_a_gpu_takes_what_fits_and_not_more_than_is_of_use(
    model: SentenceTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: Any = Moved(model)
    monkeypatch.setattr(budget, "_free", lambda device: 10**12)
    assert tokens_at_once(moved, 2_048) == 32 * 2_048
    assert tokens_at_once(moved, 2_048, training=True) == 8 * 2_048
    monkeypatch.setattr(
        budget, "_free", lambda device: 8_000 * bytes_per_token(moved, training=True)
    )
    assert tokens_at_once(moved, 2_048, training=True) == 4_000
    monkeypatch.setattr(budget, "_free", lambda device: 0)
    assert tokens_at_once(moved, 2_048) == 256


def test_a_training_keeps_all_layers(model: SentenceTransformer) -> None:
    config: Any = model[0].auto_model.config
    reading = bytes_per_token(model, training=False)
    assert reading == 4 * (10 * config.hidden_size + 2 * config.intermediate_size)
    assert bytes_per_token(model, training=True) == config.num_hidden_layers * reading
