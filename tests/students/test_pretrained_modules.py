"""Encoders with more modules than a body and a pooling: kept in their order, or refused."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    CNN,
    Dense,
    Dropout,
    LayerNorm,
    Normalize,
    Pooling,
    Router,
    Transformer,
    WeightedLayerPooling,
)

from isogloss.errors import InputError, ModelShapeError
from isogloss.samples import read_rows
from isogloss.students.pretrained import build_pretrained
from isogloss.students.settings import PretrainedSettings

TEXTS = [row["en"] for row in read_rows("held_out")[:12]]
TOKENS = {"module_input_name": "token_embeddings", "module_output_name": "token_embeddings"}


def routes(modules: Sequence[Any]) -> Router:
    return Router({"a": list(modules), "b": [Dense(32, 32)]}, default_route="a")


SHAPES: dict[str, Callable[[], list[Any]]] = {
    "tokens made narrower": lambda: [Dense(32, 16, **TOKENS), Pooling(16)],  # type: ignore[arg-type]
    "convolution": lambda: [CNN(32, 16), Pooling(48)],
    "weighted layers": lambda: [WeightedLayerPooling(32, 2, 1), Pooling(32)],
    "layer norm": lambda: [Pooling(32), LayerNorm(32), Dropout(0.1)],
    "routes behind the pooling": lambda: [Pooling(32), routes([Dense(32, 8)])],
    "normalized before a projection": lambda: [Pooling(32), Normalize(), Dense(32, 8)],
}


@pytest.fixture
def shaped(tiny_teacher: Path, tmp_path: Path) -> Callable[[Sequence[Any]], Path]:
    """Saves the tiny body with other modules behind it."""

    def make(modules: Sequence[Any]) -> Path:
        every = any(isinstance(module, WeightedLayerPooling) for module in modules)
        body = Transformer(str(tiny_teacher), config_kwargs={"output_hidden_states": every})
        model = SentenceTransformer(modules=[body, *modules], device="cpu")
        model.save_pretrained(str(tmp_path / "shaped"), create_model_card=False)
        return tmp_path / "shaped"

    return make


@pytest.mark.parametrize("shape", SHAPES)
def test_all_modules_are_the_students_in_their_order(
    shape: str, shaped: Callable[[Sequence[Any]], Path], tmp_path: Path
) -> None:
    folder = shaped(SHAPES[shape]())
    given = SentenceTransformer(str(folder), device="cpu")
    wide, out = int(given.get_embedding_dimension() or 0), tmp_path / "student"
    teacher = tmp_path / "teacher"
    body = SentenceTransformer(str(folder), device="cpu")[0]
    ends = [] if wide == 32 else [Dense(32, wide)]
    SentenceTransformer(modules=[body, Pooling(32), *ends], device="cpu").save_pretrained(
        str(teacher), create_model_card=False
    )
    build_pretrained(str(folder), teacher, [], out)
    student = SentenceTransformer(str(out), device="cpu")
    assert [type(module) for module in student] == [type(module) for module in given]
    np.testing.assert_allclose(student.encode(TEXTS), given.encode(TEXTS), atol=1e-5)


def test_layers_that_are_weighed_stay(
    shaped: Callable[[Sequence[Any]], Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    folder = shaped(SHAPES["weighted layers"]())
    with pytest.raises(InputError, match="whose WeightedLayerPooling has a weight for each"):
        build_pretrained(
            str(folder), tiny_teacher, [], tmp_path / "s", PretrainedSettings(layer_stride=2)
        )


def test_an_encoder_of_several_routes_is_refused(
    routed_model: Path, tiny_teacher: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelShapeError, match="begins with a Router; expected one encoder"):
        build_pretrained(str(routed_model), tiny_teacher, [], tmp_path / "s")
