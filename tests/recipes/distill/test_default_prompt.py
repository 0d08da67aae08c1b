"""A teacher's default prompt: the run's own report and a later evaluation say the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.tokens import tokenize
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.distill.teacher import load_teacher
from isogloss.recipes.evaluate.models import open_models
from isogloss.recipes.evaluate.run import evaluate
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows
from isogloss.students.settings import PretrainedSettings
from isogloss.tasks import HealthData, HealthTask, StsData, StsTask

ROWS = read_rows("graded")[:60]
GRADED = StsData(
    [row["en1"] for row in ROWS],
    [row["en2"] for row in ROWS],
    np.array([float(row["score"]) for row in ROWS]),
)


def test_sts_is_what_sentence_transformers_encode(prompted: Callable[..., Path]) -> None:
    folder = prompted({"query": "query: "}, "query")
    model = SentenceTransformer(str(folder), device="cpu")
    first, second = model.encode(GRADED.sentences1), model.encode(GRADED.sentences2)
    cosines = (first * second).sum(axis=1)  # it normalizes
    task = StsTask("en-en", GRADED)
    opened = open_models([str(folder)])
    [own] = opened.encoders.values()
    np.testing.assert_allclose(
        task.cosines(load_encoder(folder, precision="fp32")), cosines, atol=1e-5
    )
    spearman, *_ = evaluate(opened.encoders, [task]).scores["prompted"]
    [bare, *_] = evaluate({"bare": load_encoder(folder, prompt="")}, [task]).scores["bare"]
    assert spearman.value != bare.value
    assert spearman.signature.endswith(f'|model:{own.fingerprint[:8]}|prompt:"query: "')


def test_a_pretrained_student_learns_with_its_prompt(
    recipe: DistillRecipe, prompted: Callable[..., Path], tmp_path: Path
) -> None:
    settings = PretrainedSettings(prompt="of: ")
    folder = prompted({"query": "query: "}, "query")
    student = StudentRecipe(str(folder), pretrained=settings, start="ridge")
    prepared = prepare(replace(recipe, student=student, out=str(tmp_path / "out")), [], RunLog())
    model = SentenceTransformer(str(prepared.untrained), device="cpu")
    [begin] = tokenize(model, ["of:"])
    table = prepared.examples().table
    assert all(table[k][: len(begin) - 1].tolist() == begin[:-1] for k in range(len(table)))
    assert model.default_prompt_name == "query" and model.prompts["document"] == "of: "


def test_a_run_and_a_later_evaluation_agree(
    recipe: DistillRecipe, prompted: Callable[..., Path], tmp_path: Path
) -> None:
    folder = prompted({"query": "query: "}, "query")
    training = replace(recipe.training, epochs=0.2)
    made = replace(recipe, teacher=str(folder), out=str(tmp_path / "out"), training=training)
    health = "tmp.tsv"
    (tmp_path / health).write_text("".join(f"{r['en1']}\t{r['en2']}\n" for r in ROWS), "utf-8")
    result = distill(replace(made, tasks=(f"health:en-de={tmp_path / health}",)))
    run = [row for row in result.evaluation.scores["trained"] if row.data == health]
    task = HealthTask(
        "en-de", HealthData([r["en1"] for r in ROWS], [r["en2"] for r in ROWS]), health
    )
    opened = open_models([str(tmp_path / "out"), str(folder)], teacher=str(folder))
    later = evaluate(opened.encoders, [task], teacher=opened.teacher).scores
    by_metric = {row.metric: row for row in later["out"]}
    assert len(run) == 9
    for row in run:
        assert by_metric[row.metric].value == pytest.approx(row.value, abs=0.02), row.metric
        assert 'teacher_prompt:"query: "' in row.signature
        assert "|prompt:" not in row.signature  # the student reads bare sentences
    assert by_metric["cosine_source_mean"].value < 0.999
    assert all('|prompt:"query: "' in row.signature for row in later["prompted"])
    run_json = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert run_json["teacher"]["prompt"] == "query: "


def test_a_teacher_whose_prompts_are_all_for_some_use_sets_targets_without_and_says_so(
    recipe: DistillRecipe, prompted: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    folder = prompted({"query": "query: ", "passage": "passage: "})
    assert load_teacher(recipe, folder).prompt == ""
    assert "has prompts (query, passage) and none by default" in caplog.text
    caplog.clear()
    assert load_teacher(replace(recipe, prompt="query: "), folder).prompt == "query: "
    assert "set `prompt`" not in caplog.text
