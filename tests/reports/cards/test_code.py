"""The code on a model card: it parses, and loads and pools as the model does."""

import ast

import pytest

from .written import blocks, card_of


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
