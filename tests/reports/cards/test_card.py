"""The text of a model card: what it says of a run, and no path of this machine."""

import dataclasses
import json
from importlib.resources import files

import pytest

from isogloss.errors import DataFormatError
from isogloss.reports import write_card

from .written import blocks, card_of, head

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


def test_two_poolings_are_named_as_words(run, scores):
    run["student"] |= {"pooling": ["cls", "mean"]}
    assert "| pooling | cls + mean |" in card_of(run, scores)


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
