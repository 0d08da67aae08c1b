"""Which prompt each model of an evaluation gets, and what is said where none or another holds."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError, ModelNotFoundError
from isogloss.protocols import prompt_of
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.student import resolve_names
from isogloss.recipes.evaluate.models import open_models
from isogloss.recipes.evaluate.run import evaluate, format_table
from isogloss.recipes.finetune.prepare import check_names
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.reports.figures.drawings import reference
from isogloss.reports.run_tables import models_table
from isogloss.samples import read_rows
from isogloss.tasks import BitextData, BitextTask, HealthData, HealthTask
from isogloss.tasks.kinds.retrieval import RetrievalTask
from isogloss.tasks.readers.retrieval import RetrievalData

Prompted = Callable[..., Path]

E5 = {"query": "query: ", "passage": "passage: "}
ROWS = read_rows("train")[:12]


@pytest.fixture
def models(prompted: Prompted, tiny_teacher: Path) -> list[str]:
    return [str(prompted(E5, "query", "one")), str(tiny_teacher)]


def held(models: list[str], *prompts: str, **teacher: Any) -> list[str]:
    opened = open_models(models, prompts, **teacher)
    encoders = [*opened.encoders.values(), *([opened.teacher] if opened.teacher else [])]
    return [prompt_of(encoder) for encoder in encoders]


def test_a_prompt_is_the_models_own_or_one_for_all_or_one_for_each(models: list[str]) -> None:
    assert held(models) == ["query: ", ""]
    assert held(models, "tell: ") == ["tell: ", "tell: "]
    assert held(models, "", "tell: ") == ["", "tell: "]
    with pytest.raises(InputError, match=r"--prompt was given 3 times for 2 models; expected once"):
        open_models(models, ["a", "b", "c"])


def test_the_teacher_is_read_as_the_model_which_it_is(models: list[str]) -> None:
    one, other = models
    assert held(models, teacher=one) == ["query: ", "", "query: "]
    assert held(models, "tell: ", "", teacher=one)[2] == "tell: "
    assert held([other], "tell: ", teacher=one)[1] == "query: "
    assert held(models, "tell: ", teacher=one, teacher_prompt="")[2] == ""
    opened = open_models(models, teacher=one)
    assert opened.teacher is opened.encoders["one"]  # loaded once
    with pytest.raises(InputError, match=r"--teacher-prompt 'x' was given without a teacher"):
        open_models(models, teacher_prompt="x")


def test_the_name_of_a_prompt_is_not_taken_for_its_text_without_a_word(
    models: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert held(models[:1], "query") == ["query"]
    assert "the model has a prompt of that name, which reads 'query: '" in caplog.text


def test_a_model_can_be_compared_with_itself_under_another_prompt(models: list[str]) -> None:
    opened = open_models([models[0], models[0]], ["", "tell: "])
    assert {name: prompt_of(one) for name, one in opened.encoders.items()} == {
        "one ''": "",
        "one 'tell: '": "tell: ",
    }
    assert list(open_models([models[0], models[0]]).encoders) == ["one"]


def test_a_teacher_with_another_prompt_than_the_student_learned_from_is_named(
    models: list[str], prompted: Prompted, caplog: pytest.LogCaptureFixture
) -> None:
    student = prompted({}, None, "student")
    teacher = {"fingerprint": load_encoder(models[0]).model_fingerprint, "prompt": "tell: "}
    (student / "run.json").write_text(json.dumps({"command": "distill", "teacher": teacher}))
    open_models([str(student)], teacher=models[0], teacher_prompt="tell: ")
    open_models([str(student)], teacher=models[1])
    assert caplog.text == ""
    open_models([str(student)], teacher=models[0])
    assert "with the prompt 'tell: ', and here the teacher has 'query: '" in caplog.text
    assert "--teacher-prompt 'tell: '" in caplog.text


def test_a_model_that_is_read_without_the_prompts_it_has_is_named_once(
    prompted: Prompted, caplog: pytest.LogCaptureFixture
) -> None:
    folder = prompted(E5)
    texts = [row["en"] for row in ROWS]
    tasks = [
        BitextTask("en-de", BitextData(texts, [row["de"] for row in ROWS])),
        BitextTask("de-en", BitextData([row["de"] for row in ROWS], texts)),
        RetrievalTask("en-en", RetrievalData({"1": "a"}, {"2": "b"}, {"2": {"1": 1}})),
    ]
    found = evaluate({"e5": load_encoder(folder)}, tasks)
    [said] = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert said.startswith("e5 reads the sentences of bitext without a prompt: it has prompts")
    assert "(query, passage)" in said
    prompts = {"Retrieval-query": "query: ", "Retrieval-document": "passage: "}
    assert found.record.models["e5"].prompts == prompts
    notes = format_table(found).notes
    assert notes[0] == (
        'e5 reads sentences with prompts: Retrieval-document "passage: ", Retrieval-query "query: "'
    )
    ndcg = next(row for row in found.scores["e5"] if row.metric == "ndcg_at_10")
    assert ndcg.signature.endswith('|query_prompt:"query: "|document_prompt:"passage: "')
    caplog.clear()
    for prompt in ("", "query: "):
        evaluate({"e5": load_encoder(folder, prompt=prompt)}, tasks)
    evaluate({"own": load_encoder(prompted(E5, "query"))}, tasks)
    assert not [one for one in caplog.records if one.levelno == logging.WARNING]


def test_vectors_of_one_folder_with_two_prompts_are_kept_apart(prompted: Prompted) -> None:
    folder = prompted(E5, "query")
    texts = [row["en"] for row in ROWS]
    task = HealthTask("en-en", HealthData(texts))
    own, bare = load_encoder(folder), load_encoder(folder, prompt="")
    found = evaluate({"own": own, "bare": bare}, [task], teacher=own)
    same, other = (
        next(row for row in rows if row.metric == "cosine_source_mean")
        for rows in found.scores.values()
    )
    assert same.value == pytest.approx(1.0, abs=1e-6)
    assert other.value is not None
    assert other.value < 0.99
    assert same.signature.endswith('|prompt:"query: "|teacher_prompt:"query: "')
    assert other.signature.endswith('|teacher_prompt:"query: "')
    assert found.record.teacher.prompt == "query: "
    assert reference(found.record, found.scores) == "own"
    assert reference(found.record, {"bare": []}) is None
    table = models_table(found.record.models)
    assert table is not None
    assert table.columns[-1] == "prompts"
    assert [row[-1] for row in table.rows] == ['default: `"query: "`', ""]


@pytest.fixture
def damaged(prompted: Prompted, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model whose weights are cut; whoever loads one before that is found fails."""

    def loaded(*_: Any, **__: Any) -> None:
        pytest.fail("a model was loaded before the files of all were looked at")

    monkeypatch.setattr("isogloss.encoders.loading.SentenceTransformer", loaded)
    folder = prompted({}, None, "damaged")
    (folder / "model.safetensors").write_bytes(b"cut")
    return str(folder)


def test_the_files_of_all_models_are_looked_at_before_the_first_is_loaded(
    tiny_teacher: Path, damaged: str, recipe: DistillRecipe
) -> None:
    whole = str(tiny_teacher)
    finetune = FinetuneRecipe(model=whole, out="out", sts=("en=x.tsv",), teacher=damaged)
    student = replace(recipe, student=replace(recipe.student, kind=damaged))
    for attempt in (
        lambda: open_models([whole, damaged]),
        lambda: open_models([whole, f"mean:{damaged}"]),
        lambda: open_models([whole], teacher=damaged),
        lambda: resolve_names(student),
        lambda: resolve_names(replace(recipe, teacher=damaged)),
        lambda: check_names(finetune),
        lambda: check_names(replace(finetune, model=damaged, teacher=None)),
    ):
        with pytest.raises(ModelNotFoundError, match=r"damaged/model\.safetensors' is cut"):
            attempt()
