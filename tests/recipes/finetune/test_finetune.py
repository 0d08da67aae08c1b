"""One story: graded pairs in three languages for a tiny model, and what the run leaves."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

from isogloss.config import build_config
from isogloss.errors import InputError, ModelShapeError
from isogloss.recipes.finetune.prepare import find_pivot, load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.finish import FinishedRun
from isogloss.runs.parts import Search
from isogloss.samples import read_rows
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.interruption import Interrupted
from isogloss.tuning.settings import SearchSettings

LANGUAGES = ("en", "de", "es")


@pytest.fixture(scope="module")
def story(finetune_recipe: FinetuneRecipe) -> FinishedRun:
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
    training = replace(finetune_recipe.training, epochs=0.5, checkpoint_minutes=None)
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

    recipe = replace(finetune_recipe, out=str(tmp_path / "cut"))
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
    """Neither graded nor parallel pairs; what is put back is gone on with."""
    from isogloss.recipes.finetune import run as room

    files = {}
    for place in (*finetune_recipe.sts, *finetune_recipe.pairs):
        languages, _, path = place.partition("=")
        files[languages] = Path(shutil.copy(path, tmp_path / f"{languages}.tsv"))
    sts = tuple(f"{name}={files[name]}" for name in LANGUAGES)
    recipe = replace(
        finetune_recipe, out=str(tmp_path / "o"), sts=sts, pairs=(f"en-de={files['en-de']}",)
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


def test_triplets_teach_a_plain_encoder(make_teacher: Callable[..., Path], tmp_path: Path) -> None:
    rows = read_rows("train")[:60]
    text = "".join(
        f"{a['en']}\t{a['en'].rstrip('.')} indeed.\t{b['en']}\n"
        for a, b in zip(rows, rows[1:] + rows[:1], strict=True)
    )
    (tmp_path / "nli.tsv").write_text(text, encoding="utf-8")
    body = make_teacher().parent / "body"  # no pooling of its own
    recipe = FinetuneRecipe(
        model=str(body),
        out=str(tmp_path / "out"),
        nli=(f"en={tmp_path / 'nli.tsv'}",),
        pooling="cls",
        training=FinetuneSettings(epochs=4, learning_rate=1e-3, batch_size=16, precision="fp32"),
    )
    run = finetune(recipe).record
    assert run.student.pooling == "cls"
    assert run.data.triplets == 60
    model = SentenceTransformer(str(tmp_path / "out"), device="cpu")
    assert model[1].pooling_mode == "cls"


def test_another_pooling_is_another_model(
    finetune_recipe: FinetuneRecipe, make_teacher: Callable[..., Path]
) -> None:
    """Its vectors are kept by its fingerprint."""
    body = str(make_teacher().parent / "body")
    modes = (None, "mean", "cls")
    models = [load_start(replace(finetune_recipe, model=body, pooling=mode)) for mode in modes]
    assert len({model.fingerprint for model in models}) == 3


def test_the_pivot_is_a_code_of_the_registry(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    place = f"ua={tmp_path / 'uk.tsv'}"
    assert find_pivot(replace(finetune_recipe, sts=(place,))) == "uk"
    assert find_pivot(replace(finetune_recipe, pivot="ua")) == "uk"
    assert find_pivot(finetune_recipe) == "en"


def test_mistakes_are_refused_before_any_work(
    finetune_recipe: FinetuneRecipe,
    make_decoder: Callable[[], Path],
    make_teacher: Callable[..., Path],
    tmp_path: Path,
) -> None:
    def wrong(**values: Any) -> FinetuneRecipe:
        return replace(finetune_recipe, out=str(tmp_path / "out"), **values)

    with pytest.raises(ModelShapeError, match="a decoder"):
        finetune(wrong(model=str(make_decoder())))
    with pytest.raises(ModelShapeError, match="16 dimensions"):
        finetune(wrong(teacher=str(make_teacher(hidden=16))))
    with pytest.raises(InputError, match="pivot 'fr' is none of the languages"):
        finetune(wrong(crossings="pivot", pivot="fr"))
    with pytest.raises(InputError, match="neither graded pairs nor triplets"):
        wrong(sts=())
    with pytest.raises(InputError, match=r"dev_share is 0\.9"):
        wrong(dev_share=0.9)
    assert not (tmp_path / "out").exists()


def test_the_table_of_a_static_model_learns(
    finetune_recipe: FinetuneRecipe, tiny_teacher: Path, tmp_path: Path
) -> None:
    tokenizer = SentenceTransformer(str(tiny_teacher), device="cpu").tokenizer.backend_tokenizer
    table = StaticEmbedding(tokenizer, embedding_dim=32)
    start = tmp_path / "static"
    SentenceTransformer(modules=[table], device="cpu").save_pretrained(str(start))
    recipe = replace(
        finetune_recipe,
        model=str(start),
        out=str(tmp_path / "o"),
        training=FinetuneSettings(epochs=1, precision="fp32"),
    )
    finetune(recipe)
    before, after = (SentenceTransformer(str(f), device="cpu") for f in (start, recipe.out))
    assert not np.allclose(before.encode(["A dog."]), after.encode(["A dog."]), atol=1e-4)
    card = (Path(recipe.out) / "README.md").read_text("utf-8")
    assert "With transformers alone" not in card


def test_a_search_chooses_and_everything_is_trained_on(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    wanted = SearchSettings(trials=2, folds=3, subsample=60, batch_size=(20, 40), epochs=(1, 2))
    training = replace(finetune_recipe.training, epochs=None, warmup_steps=9)
    recipe = replace(
        finetune_recipe, out=str(tmp_path / "o"), search=wanted, tasks=(), training=training
    )
    run = finetune(recipe).record
    found = run.search
    assert found.finished + found.pruned == 2
    assert found.pairs == 60
    for name in ("batch_size", "epochs", "learning_rate"):
        assert found.training[name] == found.best["params"][name]
    assert found.training["warmup_steps"] == 0
    again = build_config(FinetuneRecipe, json.loads(json.dumps(run.recipe)))
    assert again == recipe  # what was asked for, so that the run can be repeated
    assert run.training.epochs == found.best["params"]["epochs"]
    assert (run.data.train_pairs, run.data.dev_pairs) == (120, 0)
    assert run.training.best_metric is None
    assert found.leak["grouped_share"] == 0.0
    assert (tmp_path / "o" / "search" / "journal.log").exists()
    _check_pages_of_a_search(tmp_path / "o", found)


def _check_pages_of_a_search(folder: Path, found: Search) -> None:
    report, page, card = (
        (folder / name).read_text("utf-8") for name in ("report.md", "report.html", "README.md")
    )
    assert "\n## Search\n" in report
    assert "![Trials of the search" in report
    assert '<h2 id="search">Search</h2>' in page
    assert 'aria-label="Trials of the search' in page
    assert (folder / "plots" / "search.png").stat().st_size > 1_000
    winner = f"Winner: trial {found.best['trial']}, mean Spearman"
    for text in (report, page, card):
        assert winner in text
        assert "On new folds, which had no part in its choice" in text
    assert f"| batch size | {found.training['batch_size']} graded pairs |" in card
