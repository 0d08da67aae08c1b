"""The head of a model card: what the hub reads of languages, data, license and scores."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.reports.cards.metadata import metadata
from isogloss.reports.models import model_name, on_hub
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.record import DistillRecord

from .written import card_of, head

yaml = pytest.importorskip("yaml")


def test_the_head_is_what_the_hub_reads(run, scores):
    assert head(card_of(run, {})) == {
        "language": ["en", "de", "uk"],
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "base_model": "sentence-transformers/all-MiniLM-L6-v2",
        "tags": [
            "sentence-transformers",
            "feature-extraction",
            "sentence-similarity",
            "isogloss",
            "distillation",
        ],
    }


def test_norwegian_is_not_false_and_scripts_have_their_own_field():
    card = card_of({"command": "distill", "languages": ["en", "no", "zh-Hant", "zh"]}, {})
    assert head(card)["language"] == ["en", "no", "zh"]
    assert head(card)["language_bcp47"] == ["en", "no", "zh-Hant", "zh"]
    assert "language" not in head(card_of({}, {}))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1))
def test_any_line_survives_the_head(text):
    written = metadata(DistillRecord(command="distill"), {}, title="m", license=text)
    assert yaml.safe_load(written)["license"] == text


def test_a_license_stands_in_the_head_and_in_the_text(run, scores):
    card = card_of(run, scores, license="apache-2.0")
    assert head(card)["license"] == "apache-2.0"
    assert "\nPublished under `apache-2.0`. The teacher's license and those" in card
    assert "license" not in head(card_of(run, scores))


def test_data_sets_of_the_hub_are_named_once_and_files_are_not(run, tmp_path, monkeypatch):
    given = ("/x/a.tsv", "hf:owner/corpus:en-de#train", "hf:owner/corpus", "hf:./local", "hf:a/b")
    data = [f"en-de={where}" for where in given]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    run["data"] = [{"where": where, "languages": "en-de"} for where in data]
    assert head(card_of(run, {}))["datasets"] == ["owner/corpus"]
    tuned = {
        "command": "finetune",
        "recipe": {"nli": ["de=hf:owner/nli:de#train"]},
        "data": {"sts": {"de": {"files": ["hf:owner/sts"]}}, "pairs": run["data"]},
    }
    assert head(card_of(tuned, {}))["datasets"] == ["owner/corpus", "owner/sts", "owner/nli"]


def test_what_the_model_reached_on_tests_is_its_model_index(run, scores):
    own = scores["trained"]
    held_out = dataclasses.replace(own[0], data="held-out pairs", languages="de-en")
    scores["trained"] = [*own, held_out]
    (entry,) = head(card_of(run, scores, name="owner/model"))["model-index"]
    assert entry["name"] == "model"
    found = {
        (result["dataset"]["name"], result["dataset"]["config"], metric["type"]): metric["value"]
        for result in entry["results"]
        for metric in result["metrics"]
    }
    shown = {(s.data, s.languages, s.metric): s.value for s in own if s.task != "health"}
    assert {key[2] for key in found} >= {"spearman", "accuracy_mean"}
    assert "retention" not in {key[2] for key in found}  # is of the teacher
    assert found == {key: shown[key] for key in found}
    assert {result["task"]["type"] for result in entry["results"]} == {
        "semantic-similarity",
        "translation",
    }
    assert "model-index" not in head(card_of(run, {"trained": [held_out]}))


def test_a_fine_tuned_model_names_what_it_started_from():
    run = {"command": "finetune", "start": {"name": "owner/model"}}
    card = card_of(run, {"after": []})
    assert head(card)["base_model"] == "owner/model"
    assert "distillation" not in head(card)["tags"]
    assert "# model, fine-tuned\n" in card
    assert "Citation" not in card


def test_a_pretrained_student_names_its_encoder(run, scores):
    run["student"] = {"kind": "pretrained", "name": "FacebookAI/xlm-roberta-base"}
    card = card_of(run, scores)
    assert head(card)["base_model"] == [
        "sentence-transformers/all-MiniLM-L6-v2",
        "FacebookAI/xlm-roberta-base",
    ]
    assert "The student started from `FacebookAI/xlm-roberta-base`." in card


@pytest.mark.parametrize(
    ("teacher", "hub"),
    [
        ("owner/name", "owner/name"),
        ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
        ("./teacher", None),
        ("~/teacher", None),
        ("runs/2025/teacher", None),
        ("", None),
    ],
)
def test_which_teachers_are_on_the_hub(teacher, hub):
    assert on_hub(ModelDescription(name=teacher)) == hub


def test_a_folder_that_looks_like_a_hub_name_is_a_folder(tmp_path, monkeypatch):
    (tmp_path / "runs" / "teacher").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    teacher = ModelDescription(name="runs/teacher")
    assert (on_hub(teacher), model_name(teacher)) == (None, "teacher")
