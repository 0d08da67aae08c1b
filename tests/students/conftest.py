"""Random bodies of any configuration; texts and tokenizers are those of the vocabulary's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedConfig

from ..vocabulary.conftest import english, languages, teachers

__all__ = ["encoder", "english", "languages", "teachers"]


@pytest.fixture(scope="session")
def encoder(
    tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[PreTrainedConfig], Path]:
    """Saves a random body of a configuration, as transformers would, with the tiny tokenizer."""

    def make(config: PreTrainedConfig) -> Path:
        folder = tmp_path_factory.mktemp("encoder")
        torch.manual_seed(3)
        AutoModel.from_config(config).save_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(tiny_teacher)
        tokenizer.model_max_length = 60
        tokenizer.model_input_names = ["input_ids", "attention_mask"]
        tokenizer.save_pretrained(folder)
        return folder

    return make
