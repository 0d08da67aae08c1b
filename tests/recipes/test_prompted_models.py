"""What is made of a model with prompts reads sentences as it was trained to."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import load_encoder, load_sentence_transformer
from isogloss.protocols import STS
from isogloss.recipes.finetune.data import gather_data
from isogloss.recipes.finetune.dry_run import plan
from isogloss.recipes.finetune.examples import crossing_pairs, make_examples
from isogloss.recipes.finetune.prepare import load_start, prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.trim import trim
from isogloss.runs.lifecycle import RunLog
from isogloss.training.network import StudentNetwork

Prompted = Callable[..., Path]


@pytest.mark.parametrize("pooled", [True, False])
def test_a_fine_tuning_reads_sentences_with_the_prompt_that_scores_have(
    finetune_recipe: FinetuneRecipe, prompted: Prompted, pooled: bool
) -> None:
    folder = prompted({"STS": "how alike: ", "query": "query: "})
    path = folder / "1_Pooling" / "config.json"
    pooling = json.loads(path.read_text("utf-8")) | {"include_prompt": pooled}
    path.write_text(json.dumps(pooling), encoding="utf-8")
    recipe = replace(finetune_recipe, model=str(folder))
    start = load_start(recipe)
    model = start.with_prompt(start.prompt_for(STS))
    assert model.prompt == "how alike: "
    data = gather_data(recipe, model, "en")
    assert data.train is not None
    crossings = crossing_pairs(("en",), "none", "en")
    examples = make_examples(data, crossings, model.model, 64, prompt=model.prompt)
    network = StudentNetwork(model.model, None, prompt=model.prompt)
    assert bool(network.unpooled) is not pooled
    row = int(examples.items[0])
    ids = torch.tensor([examples.table[examples.pairs[0, 0]].tolist()])
    with torch.inference_mode():
        found = network(ids, torch.ones_like(ids)).numpy()
    theirs = SentenceTransformer(str(folder), device="cpu")
    expected = theirs.encode([data.train.first["en"][row]], prompt_name="STS")
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_trimmed_model_still_has_the_tokens_of_its_prompts(
    prompted: Prompted, tmp_path: Path
) -> None:
    text = "when did the committee meet: "  # in words that the text below does not have
    folder = prompted({"query": text}, "query")
    (tmp_path / "text.txt").write_text("\n".join(["the sun is on the roof"] * 40), "utf-8")
    trim(str(folder), tmp_path / "out", texts=[tmp_path / "text.txt"], tokens=150)
    sentences = ["the sun", "on the roof"]
    old, new = (load_encoder(one, precision="fp32") for one in (folder, tmp_path / "out"))
    assert new.prompt == text
    assert len(load_sentence_transformer(tmp_path / "out").tokenizer) < 150
    np.testing.assert_allclose(old.encode(sentences), new.encode(sentences), atol=1e-5)


def test_prompts_that_are_for_other_uses_are_told_of_a_fine_tuning(
    finetune_recipe: FinetuneRecipe, prompted: Prompted, caplog: pytest.LogCaptureFixture
) -> None:
    folder = prompted({"query": "query: ", "passage": "passage: "})
    told = "is fine-tuned on sentences without a prompt: it has prompts (query, passage)"
    for look in (plan, lambda recipe: prepare(recipe, [], RunLog())):
        caplog.clear()
        look(replace(finetune_recipe, model=str(folder)))
        assert told in caplog.text
    for fine in (prompted({"STS": "how alike: "}, name="fits"), prompted({"a": "b"}, "a", "own")):
        caplog.clear()
        prepare(replace(finetune_recipe, model=str(fine)), [], RunLog())
        assert "fine-tuned on sentences without" not in caplog.text
