"""What is handed over in Python is of the right type, or refused in a line before any work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isogloss
from isogloss.errors import IsoglossError
from isogloss.losses.settings import LossSettings
from isogloss.students.settings import PretrainedSettings

FIELDS = {"teacher": "t", "pairs": ("en-de=p.tsv",), "out": "o"}


class Constant:
    fingerprint = "constant"

    def encode(self, sentences: Any) -> Any:
        return np.ones((len(sentences), 2), np.float32)


def test_path_objects_are_taken_in_recipes() -> None:
    places = {"teacher": Path("t"), "pairs": [Path("en-de.tsv")], "out": Path("o")}
    recipe = isogloss.DistillRecipe(**places)  # type: ignore[arg-type]
    assert (recipe.teacher, recipe.pairs, recipe.out) == ("t", ("en-de.tsv",), "o")
    assert recipe.fingerprint()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: isogloss.DistillRecipe(**FIELDS | {"teacher": None}), "teacher is None; expected"),
        (lambda: isogloss.DistillRecipe(**FIELDS | {"pairs": "en-de=p.tsv"}), "pairs is 'en-de="),
        (lambda: isogloss.DistillRecipe(**FIELDS | {"max_pairs": "x"}), "max_pairs is 'x'"),
        (lambda: isogloss.DistillRecipe(**FIELDS | {"training": 3}), "training is 3; expected"),
        (lambda: isogloss.TrainSettings(minutes="soon"), "training.minutes is 'soon'"),
        (lambda: isogloss.SearchSettings(trials=None), "search.trials is None"),
        (lambda: LossSettings(mse="x"), "training.loss.mse is 'x'"),
        (lambda: PretrainedSettings(layer_stride="x"), "student.pretrained.layer_stride is 'x'"),
        (lambda: isogloss.FinetuneRecipe(model="m", out="o", sts=[3]), "sts is 3; expected"),
        (lambda: isogloss.distill(None), "recipe is None; expected: DistillRecipe"),
        (lambda: isogloss.distill(FIELDS), "expected: DistillRecipe"),
        (lambda: isogloss.finetune("recipe.toml"), "expected: FinetuneRecipe"),
        (lambda: isogloss.reproduce("table1"), "expected: ReproduceRecipe"),
        (lambda: isogloss.evaluate("m/bert", []), "models is 'm/bert'"),
        (lambda: isogloss.evaluate({"m": "m/bert"}, []), "'m/bert'; expected: Encoder"),
        (lambda: isogloss.evaluate({"m": Constant()}, ["sts:de-de=x"]), "expected: Task;"),
        (lambda: isogloss.load_task(3), "the task is 3"),
        (lambda: isogloss.load_parallel(None), "the place of pairs is None"),
        (lambda: isogloss.compare(None, None), "None is no path"),
        (lambda: isogloss.load(None), "None is no path"),
    ],
)
def test_a_wrong_type_is_refused(made: Callable[[], object], said: str) -> None:
    with pytest.raises(IsoglossError) as caught:
        made()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encoder_reads_texts_alone(make_teacher: Callable[..., Path]) -> None:
    encoder = isogloss.load(make_teacher(), precision="fp32")
    for texts, said in (
        ([None], "sentence 1 is None; expected text"),
        (["a", "b\ud83d"], r"sentence 2 is 'b\\ud83d', with half a character"),
        ("abc", "sentences are 'abc', one text"),
    ):
        with pytest.raises(IsoglossError, match=said):
            encoder.encode(texts)  # type: ignore[arg-type]


def test_a_model_is_loaded_with_a_known_precision_and_a_prompt_of_text(
    make_teacher: Callable[..., Path],
) -> None:
    with pytest.raises(
        IsoglossError, match="precision 'fp8' is unknown; expected one of auto, fp32, bf16"
    ):
        isogloss.load(make_teacher(), precision="fp8")
    for prompt in (3, "a\udc80b"):
        with pytest.raises(IsoglossError, match="prompt 1 is "):
            isogloss.load(make_teacher(), precision="fp32", prompt=prompt)  # type: ignore[arg-type]
