"""The model card: a head the hub can read, code that parses, and no path of this machine."""

import ast
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.reports import model_card, write_card
from isogloss.reports.cards.front_matter import front_matter, language_fields
from isogloss.reports.run_facts import RunFacts

yaml = pytest.importorskip("yaml")


def head(card):
    _, text, _ = card.split("---\n", 2)
    return yaml.safe_load(text)


def test_the_head_is_what_the_hub_reads(run, scores):
    assert head(model_card(run, scores)) == {
        "language": ["en", "de", "ja"],
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
    assert yaml.safe_load(front_matter(language_fields(["en", "no"])).strip("-")) == {
        "language": ["en", "no"]
    }
    assert language_fields(["en", "zh-Hant", "zh"]) == {
        "language": ["en", "zh"],
        "language_bcp47": ["en", "zh-Hant", "zh"],
    }


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_string_survives_the_head(text):
    written = front_matter({"key": text, "keys": [text, "x"]}).removeprefix("---\n")
    assert yaml.safe_load(written.removesuffix("---")) == {"key": text, "keys": [text, "x"]}


GOLDEN = [
    "# all-MiniLM-L6-v2 in English, German and Japanese",
    "[sentence-transformers/all-MiniLM-L6-v2]"
    "(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)",
    "| languages | English (`en`), German (`de`), Japanese (`ja`) |",
    "| dimension | 384 |\n| longest input, tokens | 256 |\n| vocabulary, tokens | 46,522 |",
    "| pooling | mean |\n| embeddings of length 1 | yes |",
    "- STS beyond English: 23.7 → 65.9 (mean of 3)",
    "| ja-ja | sts.ja-ja.tsv | spearman | 1,379 | 12.00 [10.50, 13.50] |",
    "## Compatibility with an index of the teacher",
    "| en-de | en-de.test.tsv | cosine_source_mean | 1,000 | 99.00 [97.50, 100.50] |",
    "| English–German | `en-de.tsv.gz` | 40,100 | 39,500 | 500 | 550 duplicate, 50 too long |",
    "| `training.learning_rate` | 0.0005 |\n| `training.loss` | mse |",
    "| `seed` | 7 |",
    "- Input beyond 256 tokens is cut off.",
    "- Its weakest pair when finding translations is English–Japanese: 48.2%.",
    "- The run raised an alarm: ja lags behind (see ja.log): add data",
    "The teacher's license and those of the training data apply.",
    "arXiv:2004.09813",
]


@pytest.mark.parametrize("piece", GOLDEN)
def test_the_card_says(piece, run, scores):
    assert piece in model_card(run, scores)


def test_the_card_explains_the_columns_it_has(run, scores):
    card = model_card(run, scores)
    assert "`teacher`: the model it was distilled from; `untrained`: the student before" in card
    assert "`before`" not in card
    scores["before"] = scores.pop("untrained")
    card = model_card(run, scores)
    assert "; `before`: the finished student that it started from, as it was given; `" in card
    assert "untrained" not in card


def test_no_absolute_path_leaks(run, scores):
    run["teacher"]["name"] = "/home/someone/private/teacher"
    run["recipe"]["training"]["init"] = "/home/someone/private/weights"
    run["environment"]["machine"] = "lab, ~/private/machine"
    run["student"]["kind"] = "/home/someone/private/encoder"
    card = model_card(run, scores)
    assert "private" not in card
    assert "someone" not in card
    assert "base_model" not in head(card)
    assert "distilled from `teacher`" in card


def blocks(card):
    return re.findall(r"```python\n(.*?)```", card, re.DOTALL)


def test_the_code_parses_and_loads_the_model_by_its_name(run, scores):
    plain, transformers = blocks(model_card(run, scores, name="owner/model"))
    for code in (plain, transformers):
        ast.parse(code)
        assert '"owner/model"' in code
        assert "Die Fähre" in code
    assert "# (4, 384)" in plain
    assert "max_length=256" in transformers
    assert 'batch["attention_mask"].unsqueeze(-1)' in transformers
    assert "normalize(embeddings" in transformers


def test_the_oldest_version_that_loads_the_model_is_named(run, scores):
    run["student"]["sentence_transformers"] = "3.2"
    assert "With Sentence Transformers 3.2 or newer:\n" in model_card(run, scores)
    del run["student"]["sentence_transformers"]
    assert "With Sentence Transformers:\n" in model_card(run, scores)


def test_the_code_pools_as_the_model_does(run, scores):
    run["teacher"] |= {"pooling": "cls", "normalizes": False}
    code = blocks(model_card(run, scores))[1]
    assert "tokens[:, 0]" in code
    assert "attention_mask" not in code
    assert "normalize" not in code


@pytest.mark.parametrize(
    "change",
    [{"kind": "static"}, {"kind": "bert"}, {"projection": True}, {"pooling": "lasttoken"}],
)
def test_no_plain_code_for_a_model_it_would_get_wrong(change, run, scores):
    run["student"] |= change
    card = model_card(run, scores)
    assert len(blocks(card)) == 1
    assert "With transformers alone" not in card


@pytest.mark.parametrize(
    "student",
    [
        {"kind": "FacebookAI/xlm-roberta-base"},
        {"kind": "pretrained", "name": "FacebookAI/xlm-roberta-base"},
    ],
)
def test_a_pretrained_student_names_its_encoder(student, run, scores):
    run["student"] = student
    card = model_card(run, scores)
    assert head(card)["base_model"] == [
        "sentence-transformers/all-MiniLM-L6-v2",
        "FacebookAI/xlm-roberta-base",
    ]
    assert "The student started from `FacebookAI/xlm-roberta-base`." in card


@pytest.mark.parametrize(
    ("teacher", "hub"),
    [
        ({"name": "owner/name"}, "owner/name"),
        ({"name": "all-MiniLM-L6-v2"}, "sentence-transformers/all-MiniLM-L6-v2"),
        ({"name": "./teacher"}, None),
        ({"name": "~/teacher"}, None),
        ({"name": "runs/2025/teacher"}, None),
        ({"name": "owner/name", "hub": None}, None),
        ({"name": "/cache/x", "hub": "owner/name"}, "owner/name"),
        ({}, None),
    ],
)
def test_which_teachers_are_on_the_hub(teacher, hub):
    assert RunFacts({"teacher": teacher}).teacher_on_hub == hub


def test_a_folder_that_looks_like_a_hub_name_is_a_folder(tmp_path, monkeypatch):
    (tmp_path / "runs" / "teacher").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    facts = RunFacts({"teacher": {"name": "runs/teacher"}})
    assert (facts.teacher_on_hub, facts.teacher) == (None, "teacher")


def test_limitations_are_those_of_this_run(run, scores):
    run["training"]["epochs"] = 0.4
    assert "ended after 40.0% of one pass" in model_card(run, scores)
    assert "It has not been evaluated." in model_card(run, {})
    assert "not been evaluated" not in model_card(run, scores)


def test_what_tests_share_with_training_is_told(run, scores):
    import dataclasses

    assert "test sentence" not in model_card(run, scores)
    run["data"][0]["in_test_tasks"] = 3
    scores["trained"].append(dataclasses.replace(scores["trained"][0], data="held-out pairs"))
    card = model_card(run, scores)
    assert "- 3 training pairs share a sentence with a test set." in card
    assert "| kept | for dev | with a test sentence | dropped |" in card
    assert "- The held-out pairs were split off the training data" in card


def test_an_empty_run_still_gives_a_card():
    card = model_card({}, {})
    assert head(card)["library_name"] == "sentence-transformers"
    assert "None" not in card
    assert len(blocks(card)) == 1


def test_a_card_is_written_beside_the_run(tmp_path, run):
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    card = write_card(tmp_path, name="owner/german-minilm")
    assert card == tmp_path / "README.md"
    assert "\n# german-minilm\n" in card.read_text(encoding="utf-8")
