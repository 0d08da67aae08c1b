"""A student with code of its own: run where that is asked for, saved with it, refused elsewhere."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, BertConfig, BertModel

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.students.settings import PretrainedSettings

CODE = """
from transformers import BertConfig, BertModel


class OwnConfig(BertConfig):
    model_type = "own"


class OwnModel(BertModel):
    config_class = OwnConfig
"""


@pytest.fixture
def own(tiny_teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An encoder whose class stands in its folder; transformers copies it to a folder of ours."""
    places = str(tmp_path / "modules")
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", places)
    monkeypatch.setattr(sys, "path", [*sys.path])
    folder = tmp_path / "own"
    shape = BertConfig(
        vocab_size=800,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    BertModel(shape).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_teacher).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["model_type"] = "own"
    config["auto_map"] = {"AutoConfig": "modeling.OwnConfig", "AutoModel": "modeling.OwnModel"}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "modeling.py").write_text(CODE, "utf-8")
    yield folder
    for name in [name for name in sys.modules if name.startswith("transformers_modules")]:
        del sys.modules[name]


def test_it_is_run_and_saved_where_that_is_asked_for(
    recipe: DistillRecipe, own: Path, tmp_path: Path
) -> None:
    refused = replace(recipe, student=StudentRecipe(str(own)), out=str(tmp_path / "refused"))
    with pytest.raises(InputError, match="code of its own"):
        distill(refused)
    student = StudentRecipe(str(own), pretrained=PretrainedSettings(remote_code=True))
    training = replace(recipe.training, minutes=0.0)
    out = tmp_path / "out"
    distill(replace(recipe, student=student, training=training, out=str(out)))
    saved: Any = load_encoder(out, remote_code=True).model[0]
    assert type(saved.auto_model).__name__ == "OwnModel"
    with pytest.raises(InputError, match="brings code of its own"):
        load_encoder(out)


def test_it_is_nothing_to_students_that_are_made_of_the_teacher() -> None:
    settings = PretrainedSettings(remote_code=True)
    assert [
        StudentRecipe(kind, pretrained=settings).remote_code
        for kind in ("transplant", "static", "owner/name")
    ] == [False, False, True]
