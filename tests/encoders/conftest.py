"""A model's folder as it is saved here, to be damaged."""

from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saving import save_model


@pytest.fixture(scope="session")
def whole(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a projection, as it is saved here."""
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    modules = [model[0], model[1], Dense(32, 8), Normalize()]
    out = tmp_path_factory.mktemp("whole")
    save_model(SentenceTransformer(modules=modules, device="cpu"), out)
    return out
