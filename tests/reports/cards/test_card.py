"""The model card: a head the hub can read, code that parses, and no path of this machine."""

import ast
import dataclasses
import json
import re
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.errors import DataFormatError
from isogloss.reports import model_card, write_card
from isogloss.reports.cards.metadata import metadata
from isogloss.reports.models import model_name, on_hub
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.record import DistillRecord, parse_record

yaml = pytest.importorskip("yaml")


def card_of(run, scores, **more):
    """The card of a run, from the content of `run.json` or a part of it."""
    return model_card(parse_record({"command": "distill"} | run, "run.json"), scores, **more)


def head(card):
    _, text, _ = card.split("---\n", 2)
    return yaml.safe_load(text)


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


GOLDEN = [
    "# all-MiniLM-L6-v2 in English, German and Ukrainian",
    "[sentence-transformers/all-MiniLM-L6-v2]"
    "(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)",
    "| languages | English (`en`), German (`de`), Ukrainian (`uk`) |",
    "| dimension | 384 |\n| longest input, tokens | 256 |\n| vocabulary, tokens | 31,983 |",
    "| pooling | mean |\n| embeddings of length 1 | yes |",
    "With Sentence Transformers 2.7 or newer:\n",
    "- STS beyond English: 31.7 → 41.5 (mean of 3)",
    "| uk-uk | graded.uk-uk.tsv | spearman | 240 | 32.22 [20.49, 43.32] |",
    "## Compatibility with an index of the teacher",
    "| en-de | test.en-de.tsv | cosine_source_mean | 205 | 100.00 [100.00, 100.00] | 99.44",
    "| English–German | `en-de.tsv` | 900 | 900 | 54 | 0 |",
    "| `training.learning_rate` | 0.00065 |",
    "| `training.loss.mse` | 1.0 |",
    "| `seed` | 7 |",
    "- Input beyond 256 tokens is cut off.",
    "- Its weakest pair when finding translations is English–Ukrainian: 46.6%.",
    "The teacher's license and those of the training data apply.",
    "arXiv:2004.09813",
]


@pytest.mark.parametrize("piece", GOLDEN)
def test_the_card_says(piece, run, scores):
    assert piece in card_of(run, scores)


def test_the_card_explains_the_columns_it_has(run, scores):
    card = card_of(run, scores)
    assert "`teacher`: the model it was distilled from; `untrained`: the student before" in card
    assert "`before`" not in card
    scores["before"] = scores.pop("untrained")
    card = card_of(run, scores)
    assert "; `before`: the finished student that it started from, as it was given; `" in card
    assert "untrained" not in card


def test_no_absolute_path_leaks(run, scores):
    run["teacher"]["name"] = "/home/someone/private/teacher"
    run["recipe"]["training"]["init"] = "/home/someone/private/weights"
    run["environment"]["machine"] = "lab, ~/private/machine"
    run["student"] |= {"kind": "pretrained", "name": "/home/someone/private/encoder"}
    run["data"][0]["where"] = "en-de=/home/someone/private/corpus.tsv"
    run["alarms"] = ["uk lags behind (see /home/someone/private/uk.log): add data"]
    card = card_of(run, scores)
    assert "- The run raised an alarm: uk lags behind (see uk.log): add data" in card
    assert "| English–German | `corpus.tsv` | 900 |" in card
    assert "private" not in card
    assert "someone" not in card
    assert "base_model" not in head(card)
    assert "distilled from `teacher`" in card


def blocks(card):
    return re.findall(r"```python\n(.*?)```", card, re.DOTALL)


def test_the_code_parses_and_loads_the_model_by_its_name(run, scores):
    plain, transformers = blocks(card_of(run, scores, name="owner/model"))
    for code in (plain, transformers):
        ast.parse(code)
        assert '"owner/model"' in code
        assert "Die Fähre" in code
    assert "# (4, 384)" in plain
    assert "max_length=256" in transformers
    assert 'batch["attention_mask"].unsqueeze(-1)' in transformers
    assert "normalize(embeddings" in transformers


def test_a_prompt_of_a_fine_tuning_stands_in_the_code(run):
    assert "model.encode(sentences)" in card_of(run, {})
    tuned = {"command": "finetune", "start": {"prompt": "how alike: "}}
    card = card_of({"student": run["student"]} | tuned, {})
    assert 'model.encode(sentences, prompt="how alike: ")' in card
    assert "AutoTokenizer" not in card  # it would read them bare


def test_the_oldest_version_that_loads_the_model_is_named(run, scores):
    assert "With Sentence Transformers 2.7 or newer:\n" in card_of(run, scores)
    del run["student"]["sentence_transformers"]
    assert "With Sentence Transformers:\n" in card_of(run, scores)


def test_the_code_pools_as_the_model_does(run, scores):
    run["student"] |= {"pooling": "cls", "normalizes": False}
    code = blocks(card_of(run, scores))[1]
    assert "tokens[:, 0]" in code
    assert "attention_mask" not in code
    assert "normalize" not in code


@pytest.mark.parametrize(
    "change",
    [{"kind": "static"}, {"projection": True}, {"pooling": "lasttoken"}],
)
def test_no_plain_code_for_a_model_it_would_get_wrong(change, run, scores):
    run["student"] |= change
    card = card_of(run, scores)
    assert len(blocks(card)) == 1
    assert "With transformers alone" not in card


def test_two_poolings_are_named_as_words(run, scores):
    run["student"] |= {"pooling": ["cls", "mean"]}
    assert "| pooling | cls + mean |" in card_of(run, scores)


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


def test_limitations_are_those_of_this_run(run, scores):
    run["training"]["epochs"] = 0.4
    assert "ended after 40.0% of one pass" in card_of(run, scores)
    assert "It has not been evaluated." in card_of(run, {})
    assert "not been evaluated" not in card_of(run, scores)


def test_what_tests_share_with_training_is_told(run, scores):
    assert "test sentence" not in card_of(run, scores)
    run["data"][0]["in_test_tasks"] = 3
    scores["trained"].append(dataclasses.replace(scores["trained"][0], data="held-out pairs"))
    card = card_of(run, scores)
    assert "- 3 training pairs share a sentence with a test set." in card
    assert "| kept | for dev | with a test sentence | dropped |" in card
    assert "- The held-out pairs were split off the training data" in card


def test_an_empty_run_still_gives_a_card():
    card = card_of({}, {})
    assert head(card)["library_name"] == "sentence-transformers"
    assert "None" not in card
    assert len(blocks(card)) == 1


def test_a_card_is_written_beside_the_run(tmp_path, run):
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    card = write_card(tmp_path, name="owner/german-minilm")
    assert card == tmp_path / "README.md"
    assert "\n# german-minilm\n" in card.read_text(encoding="utf-8")


def test_what_cards_are_made_from_is_part_of_the_package():
    folder = files("isogloss.reports").joinpath("cards")
    assert folder.joinpath("card.md.jinja").is_file()
    assert folder.joinpath("examples.toml").is_file()


def test_text_of_a_user_is_no_tag_but_code_stands_as_it_is(run):
    run["alarms"] = ["<script>alert(1)</script>"]
    tuned = {"command": "finetune", "start": {"prompt": "<s> "}, "alarms": run["alarms"]}
    card = card_of(tuned, {}, name="owner/model")
    assert "alarm: \\<script>alert(1)\\</script>" in card
    assert 'prompt="<s> "' in card


def test_a_new_kind_of_student_is_called_by_its_name(run):
    run["student"]["kind"] = "grafted"
    assert "| kind of student | grafted |" in card_of(run, {})


def test_only_a_run_that_trained_a_model_has_a_card(tmp_path):
    (tmp_path / "run.json").write_text('{"command": "evaluate"}', encoding="utf-8")
    with pytest.raises(DataFormatError, match="is a run of 'evaluate'; expected one that trained"):
        write_card(tmp_path)
