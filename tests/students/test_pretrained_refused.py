"""Pretrained students that cannot be: no encoder, code of its own, layers that it does not have."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AlbertConfig, GPT2Config, PreTrainedConfig, T5Config

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import InputError, ModelNotFoundError, ModelShapeError
from isogloss.students.pretrained import Pretrained
from isogloss.students.settings import PretrainedSettings, TransplantSettings
from isogloss.students.transplant import Transplant

from .test_pretrained import CONFIGS, SHAPE


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        (GPT2Config(vocab_size=800, n_embd=16, n_layer=1, n_head=2), "a decoder"),
        (T5Config(vocab_size=800, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2), None),
    ],
)
def test_what_generates_text_is_refused(
    config: PreTrainedConfig, shape: str | None, encoder: Callable[..., Path], tiny_teacher: Path
) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    with pytest.raises(ModelShapeError, match=shape or "an encoder-decoder"):
        Pretrained(str(encoder(config)), PretrainedSettings()).check(teacher, [])


def test_code_of_a_models_own_is_refused(encoder: Callable[..., Path], tiny_teacher: Path) -> None:
    folder = encoder(CONFIGS["bert"])
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModel": "modeling.Model"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    with pytest.raises(InputError, match=r"code of its own.*student\.pretrained\.remote_code=true"):
        Pretrained(str(folder), PretrainedSettings()).check(teacher, [])


def test_mistakes_are_found_at_the_door(encoder: Callable[..., Path], tiny_teacher: Path) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    folder = str(encoder(CONFIGS["bert"]))
    Transplant(TransplantSettings()).check(teacher, [])
    Pretrained(folder, PretrainedSettings()).check(teacher, [])
    with pytest.raises(ModelNotFoundError):
        Pretrained("./nowhere", PretrainedSettings()).check(teacher, [])
    for layers in ((0, 4), (2, 1), (1, 1), (3, 2, 1, 0), (0, 1, 2, 99)):
        with pytest.raises(InputError, match="numbers from 0 to 3"):
            Pretrained(folder, PretrainedSettings(layers=layers)).check(teacher, [])
    with pytest.raises(InputError, match="both `layers` and `layer_stride`"):
        PretrainedSettings(layers=(1,), layer_stride=2)
    with pytest.raises(
        InputError, match=r"student\.pretrained\.layer_stride is 0; expected a number above 0"
    ):
        PretrainedSettings(layer_stride=0)


@pytest.mark.parametrize(
    "settings", [PretrainedSettings(layer_stride=2), PretrainedSettings(layers=(0, 2))]
)
def test_layers_that_share_their_weights_cannot_be_left_out(
    settings: PretrainedSettings, encoder: Callable[..., Path], tiny_teacher: Path
) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    folder = str(encoder(AlbertConfig(**SHAPE, embedding_size=16)))
    Pretrained(folder, PretrainedSettings()).check(teacher, [])
    with pytest.raises(InputError, match="4 layers deep and has weights for 1"):
        Pretrained(folder, settings).check(teacher, [])
