"""A teacher that a model is held to has the prompt that it taught the model with."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError
from isogloss.protocols import prompt_of
from isogloss.recipes.data import filter as filtering
from isogloss.recipes.data.recipe import FilterRecipe
from isogloss.recipes.finetune.prepare import load_anchor, load_start, prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.taught import teacher_of
from isogloss.runs.lifecycle import RunLog

Prompted = Callable[..., Path]


def write_run(folder: Path, command: str, **facts: Any) -> None:
    (folder / "run.json").write_text(json.dumps({"command": command} | facts), encoding="utf-8")


@pytest.fixture
def taught(finetune_recipe: FinetuneRecipe, prompted: Prompted, tmp_path: Path) -> FinetuneRecipe:
    """A fine-tuning of a student whose run tells that its teacher had a prompt."""
    teacher, student = prompted({"query": "query: "}, "query", "teacher"), prompted({}, None, "s")
    known = {"fingerprint": load_encoder(teacher).model_fingerprint, "prompt": "tell: "}
    write_run(student, "distill", teacher=known)
    out = str(tmp_path / "out")
    return replace(finetune_recipe, model=str(student), teacher=str(teacher), out=out)


def test_targets_are_those_that_the_student_was_taught(
    taught: FinetuneRecipe, caplog: pytest.LogCaptureFixture
) -> None:
    prepared = prepare(taught, [], RunLog())
    assert "is used with the prompt 'tell: ', with which it taught" in caplog.text
    sources = list(prepared.data.sources[:20])
    expected = load_encoder(taught.teacher or "", prompt="tell: ", fast=True).encode(sources)
    np.testing.assert_allclose(prepared.targets[np.arange(20)], expected, atol=2e-2)
    bare = load_encoder(taught.teacher or "", fast=True).encode(sources)
    assert np.abs(prepared.targets[np.arange(20)] - bare).max() > 5e-2
    assert prepared.teacher_prompt == "tell: "


def test_a_user_has_the_last_word_on_the_prompt(
    taught: FinetuneRecipe, caplog: pytest.LogCaptureFixture
) -> None:
    start = load_start(taught)
    for prompt in ("", "tell: ", "query: "):
        assert load_anchor(replace(taught, teacher_prompt=prompt), start).prompt == prompt
    assert "is used with the prompt" not in caplog.text
    assert replace(taught, teacher_prompt="").fingerprint() != taught.fingerprint()
    with pytest.raises(InputError, match="teacher_prompt is 'x' and no teacher was given"):
        replace(taught, teacher=None, teacher_prompt="x")


def test_a_run_says_nothing_of_another_teacher_or_of_its_own_prompt(
    taught: FinetuneRecipe, tiny_teacher: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = load_start(taught)
    assert load_anchor(replace(taught, teacher=str(tiny_teacher)), start).own_prompts
    known = teacher_of(taught.model)
    assert known is not None
    write_run(Path(taught.model), "distill", teacher=known.model_dump() | {"prompt": "query: "})
    assert load_anchor(taught, start).own_prompts
    assert not [one for one in caplog.records if one.levelno == logging.WARNING]


def test_a_fine_tuning_without_a_teacher_keeps_that_of_its_start(
    taught: FinetuneRecipe, tmp_path: Path
) -> None:
    known, again = teacher_of(taught.model), tmp_path / "again"
    assert known is not None
    again.mkdir()
    student, teacher = {"fingerprint": "0123"}, known.model_dump()
    write_run(Path(taught.model), "distill", teacher=teacher, student=student)
    write_run(again, "finetune", recipe={"model": taught.model}, start=student)
    assert teacher_of(again) == known
    write_run(again, "finetune", recipe={"model": taught.model}, start={"fingerprint": "4567"})
    assert teacher_of(again) is None  # the folder holds another model by now


def test_the_teacher_is_scored_as_it_taught(taught: FinetuneRecipe) -> None:
    training = replace(taught.training, epochs=0.01)
    run = finetune(replace(taught, training=training, sts=taught.sts[:1])).record
    assert run.teacher is not None
    assert run.teacher.prompt == "tell: "


def test_a_filter_reads_the_source_as_the_teacher_taught(taught: FinetuneRecipe) -> None:
    recipe = FilterRecipe(
        ("en-de=x.tsv",), model=taught.model, out=taught.out, teacher=taught.teacher
    )
    names = (taught.teacher or "", taught.model)
    assert [prompt_of(filtering._open(name, recipe)) for name in names] == ["tell: ", ""]
    given = replace(recipe, prompt="")
    assert [prompt_of(filtering._open(name, given)) for name in names] == ["", ""]
