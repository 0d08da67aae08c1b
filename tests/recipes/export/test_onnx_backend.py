"""Sentence Transformers' ONNX backend finds the graphs in the folder, with the vectors of torch.

It loads them by optimum, which cannot be installed beside transformers 5. A stand-in for optimum
shows what Sentence Transformers itself does; with ISOGLOSS_OPTIMUM, a Python in whose environment
`pip install 'sentence-transformers[onnx]'` was run, the two are tried together.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from transformers.modeling_outputs import BaseModelOutput

from isogloss.encoders.saving import save_model
from isogloss.exports.onnx_encoder import open_session
from isogloss.recipes.export.run import Exported

OPTIMUM = os.environ.get("ISOGLOSS_OPTIMUM", "")

TEXTS = ["Where is the station?", "a", "", "The committee will decide on the timetable. " * 20]
FORMS = pytest.mark.parametrize(
    ("options", "least"),
    [({}, 0.9999), ({"file_name": "onnx/model_quantized.onnx"}, 0.97)],
)


class ReadByOptimum:
    """What optimum-onnx 0.1 makes of a graph: fed with the inputs that it has, asked by name."""

    def __init__(self, path: Path, config: Any) -> None:
        self.session, self.config = open_session(path), config

    @classmethod
    def from_pretrained(
        cls, folder: str, *, config: Any, export: bool, subfolder: str, file_name: str, **more: Any
    ) -> "ReadByOptimum":
        assert not export  # it found the graph, and makes none of its own
        return cls(Path(folder, subfolder, file_name), config)

    def _save_pretrained(self, folder: Path) -> None:
        raise NotImplementedError

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
        return_dict: bool = True,
    ) -> BaseModelOutput:
        read = {"input_ids": input_ids.numpy(), "attention_mask": attention_mask.numpy()}
        names = [output.name for output in self.session.get_outputs()]
        found = dict(zip(names, self.session.run(None, read), strict=True))
        return BaseModelOutput(last_hidden_state=torch.from_numpy(found["last_hidden_state"]))


@pytest.fixture
def optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for optimum, as far as Sentence Transformers asks for it."""
    tasks = ("CausalLM", "FeatureExtraction", "MaskedLM", "SequenceClassification")
    classes = {f"ORTModelFor{task}": ReadByOptimum for task in tasks}
    for name in ("optimum", "optimum.onnxruntime"):
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        vars(module).update(classes, ONNX_WEIGHTS_NAME="model.onnx")
        monkeypatch.setitem(sys.modules, name, module)


@FORMS
def test_sentence_transformers_finds_the_graphs(
    exported: Exported, calm_teacher: Path, optimum: None, options: dict[str, Any], least: float
) -> None:
    wanted = SentenceTransformer(str(calm_teacher), device="cpu").encode(TEXTS)
    model = SentenceTransformer(
        str(exported.folder), device="cpu", backend="onnx", model_kwargs=options
    )
    assert isinstance(model[0].auto_model, ReadByOptimum)
    assert (model.encode(TEXTS) * wanted).sum(1).min() > least


@pytest.mark.slow
@pytest.mark.skipif(
    not OPTIMUM, reason="optimum itself is NOT tried: ISOGLOSS_OPTIMUM names no Python"
)
@FORMS
def test_optimum_loads_them(
    exported: Exported, calm_teacher: Path, tmp_path: Path, options: dict[str, Any], least: float
) -> None:
    saved = SentenceTransformer(str(calm_teacher), device="cpu")
    wanted = saved.encode(TEXTS)
    save_model(saved, tmp_path / "model")  # as a student is: older versions of the library read it
    shutil.copytree(exported.folder / "onnx", tmp_path / "model" / "onnx")
    script = """
import json, sys
from sentence_transformers import SentenceTransformer
folder, options, texts = sys.argv[1:]
model = SentenceTransformer(folder, device="cpu", backend="onnx", model_kwargs=json.loads(options))
assert type(model[0].auto_model).__name__ == "ORTModelForFeatureExtraction"
print(json.dumps(model.encode(json.loads(texts)).tolist()))
"""
    words = [str(tmp_path / "model"), json.dumps(options), json.dumps(TEXTS)]
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [OPTIMUM, "-c", script, *words], env=alone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (np.array(json.loads(done.stdout.splitlines()[-1])) * wanted).sum(1).min() > least
