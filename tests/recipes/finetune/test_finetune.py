"""One story: graded pairs in three languages for a tiny model, and what the run leaves."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.errors import InputError
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.finish import FinishedRun
from isogloss.runs.record import FinetuneRecord
from isogloss.training.interruption import Interrupted

from ..pictures import pictures

LANGUAGES = ("en", "de", "es")


@pytest.fixture(scope="module")
def story(finetune_recipe: FinetuneRecipe) -> FinishedRun:
    with pictures(FinetuneRecord):
        return finetune(finetune_recipe)


def test_the_folder_holds_a_model_and_its_account(story: FinishedRun, tiny_teacher: Path) -> None:
    model = SentenceTransformer(str(story.folder), device="cpu")
    before = SentenceTransformer(str(tiny_teacher), device="cpu")
    assert not np.allclose(model.encode(["A dog."]), before.encode(["A dog."]), atol=1e-3)
    run = json.loads((story.folder / "run.json").read_text("utf-8"))
    assert run["command"] == "finetune"
    assert run["pivot"] == "en"
    assert run["data"]["train_pairs"] + run["data"]["dev_pairs"] == 120
    assert {len(part["fingerprint"]) for part in run["data"]["sts"].values()} == {16}
    assert run["data"]["anchor_pairs"] == run["data"]["pairs"][0]["kept"]
    history = run["training"]["history"]
    assert run["training"]["best_value"] == max(entry["dev"]["spearman"] for entry in history)
    assert {"spearman_de-es", "accuracy_de", "random_cosine"} <= set(history[0]["dev"])
    assert not (story.folder / "work").exists()
    names = {"README.md", "report.md", "report.html", "items.npz", "scores.json"}
    assert names <= {path.name for path in story.folder.iterdir()}


def test_a_part_of_an_epoch_is_told(finetune_recipe: FinetuneRecipe, tmp_path: Path) -> None:
    training = replace(finetune_recipe.training, epochs=0.5)
    made = replace(
        finetune_recipe, out=str(tmp_path / "out"), training=training, pairs=(), tasks=()
    )
    run = finetune(made).record.training
    assert run.epochs == pytest.approx(0.5, abs=1 / run.steps)


def test_its_pages_tell_what_was_done(story: FinishedRun) -> None:
    report = (story.folder / "report.md").read_text("utf-8")
    card = (story.folder / "README.md").read_text("utf-8")
    assert "# Fine-tuning: English, German and Spanish" in report
    assert "every pair of languages crossed" in report
    for text in (report, card):
        assert "| German | `de.tsv` | 120 | 0 | 0 | 0 |" in text
        assert "before" in text
        assert str(story.folder.parent) not in text
    assert "| loss | 1 · cosine |" in card
    assert "| batch size | 5 graded pairs |" in card
    assert (story.folder / "plots" / "spearman_curve.png").is_file()


def test_it_learns_the_grades(finetune_recipe: FinetuneRecipe, tmp_path: Path) -> None:
    """On what it is trained on, turned: a random body knows nothing of other sentences."""
    turned = []
    for language, path in (place.split("=", 1) for place in finetune_recipe.sts):
        rows = [line.split("\t") for line in Path(path).read_text("utf-8").splitlines()]
        text = "".join(f"{score}\t{second}\t{first}\n" for score, first, second in rows)
        (tmp_path / f"{language}.tsv").write_text(text, encoding="utf-8")
        turned.append(f"{language}={tmp_path / language}.tsv")
    settings = replace(finetune_recipe.training, epochs=15, anchor_share=0.0, frozen_tokens=False)
    recipe = replace(
        finetune_recipe, out=str(tmp_path / "o"), dev=tuple(turned), pairs=(), training=settings
    )
    run = finetune(recipe).record
    assert run.data.dev_pairs_seen_in_training == 120
    history = [entry.dev["spearman"] for entry in run.training.history]
    assert history[-1] > history[0] + 0.2
    assert history[-1] > 0.8


def test_scores_are_of_before_and_after_and_of_what_was_not_seen(story: FinishedRun) -> None:
    rows = json.loads((story.folder / "scores.json").read_text("utf-8"))
    assert {row["model"] for row in rows} == {"before", "after"}
    english = [r for r in rows if r["model"] == "after" and r["metric"] == "spearman"]
    official = next(r for r in english if r["data"] == "en.tsv")
    unseen = next(r for r in english if r["data"] == "en.tsv, unseen")
    assert official["n"] == 40
    assert unseen["n"] <= 20  # rows 100 to 119 were given to training
    assert unseen["dropped"]["seen in training"] == 40 - unseen["n"]
    held_out = {r["languages"] for r in english if r["data"] == "held-out pairs"}
    assert held_out == {f"{a}-{b}" for a in LANGUAGES for b in LANGUAGES}


def test_a_stopped_run_goes_on_to_the_same_weights(
    finetune_recipe: FinetuneRecipe, story: FinishedRun, tmp_path: Path, monkeypatch: Any
) -> None:
    from isogloss.training import loop

    training = replace(finetune_recipe.training, checkpoint_minutes=0.0)
    recipe = replace(finetune_recipe, out=str(tmp_path / "cut"), training=training)
    step = loop.Trainer._step
    seen: list[int] = []

    def stopping(self: Any, batch: Any) -> None:
        step(self, batch)
        seen.append(self.state.step)
        if self.state.step == 5 and len(seen) == 5:
            raise Interrupted("stopped")

    monkeypatch.setattr(loop.Trainer, "_step", stopping)
    with pytest.raises(Interrupted):
        finetune(recipe)
    with pytest.raises(InputError, match="another recipe"):
        finetune(replace(recipe, crossings="none"), resume=True)
    finetune(recipe, resume=True)
    names = ("model.safetensors",)
    ours, theirs = ([(f / n).read_bytes() for n in names] for f in (Path(recipe.out), story.folder))
    assert seen[5] == 5  # the checkpoint of step 4
    assert ours == theirs


def test_a_run_whose_data_changed_does_not_go_on(
    finetune_recipe: FinetuneRecipe, tmp_path: Path, monkeypatch: Any
) -> None:
    """Neither graded nor parallel pairs, nor the model; what is put back is gone on with."""
    from isogloss.recipes.finetune import run as room

    files = {}
    for place in (*finetune_recipe.sts, *finetune_recipe.pairs):
        languages, _, path = place.partition("=")
        files[languages] = Path(shutil.copy(path, tmp_path / f"{languages}.tsv"))
    sts = tuple(f"{name}={files[name]}" for name in LANGUAGES)
    model = Path(shutil.copytree(finetune_recipe.model, tmp_path / "model"))
    pairs = (f"en-de={files['en-de']}",)
    recipe = replace(
        finetune_recipe, model=str(model), out=str(tmp_path / "o"), sts=sts, pairs=pairs
    )

    def stopped(*given: Any, **more: Any) -> None:
        raise Interrupted("stopped")

    monkeypatch.setattr(room, "train_on", stopped)
    with pytest.raises(Interrupted):
        finetune(recipe)
    for name, option in (("de", "--sts de"), ("en-de", "--pairs en-de=.*")):
        before = files[name].read_text("utf-8")
        files[name].write_text(before.replace("Ein", "Kein", 1), encoding="utf-8")
        with pytest.raises(InputError, match=rf"^{option} changed since the run in .* was begun"):
            finetune(recipe, resume=True)
        files[name].write_text(before, encoding="utf-8")
    weights = model / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-4] + np.float32(0.5).tobytes())
    with pytest.raises(InputError, match=r"^--model changed since the run in .* was begun"):
        finetune(recipe, resume=True)
    weights.write_bytes(content)
    with pytest.raises(Interrupted):
        finetune(recipe, resume=True)


def test_without_dev_pairs_the_last_weights_stay(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    recipe = replace(
        finetune_recipe,
        out=str(tmp_path / "o"),
        dev_share=0.0,
        tasks=(),
        training=replace(finetune_recipe.training, epochs=0.2),
    )
    run = finetune(recipe).record
    assert (run.training.best_metric, run.training.best_value) == (None, None)
    assert run.data.dev_pairs == 0
    assert run.training.steps > 0
