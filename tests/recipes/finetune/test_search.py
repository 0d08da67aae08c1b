"""A search for hyper-parameters chooses, and everything is trained on with its choice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isogloss.config import build_config
from isogloss.recipes.finetune import search
from isogloss.recipes.finetune.prepare import prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.parts import Search
from isogloss.runs.record import FinetuneRecord
from isogloss.tuning.settings import SearchSettings

from ..pictures import pictures


def test_a_search_chooses_and_everything_is_trained_on(
    finetune_recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    wanted = SearchSettings(trials=2, folds=3, subsample=60, batch_size=(20, 40), epochs=(1, 2))
    training = replace(finetune_recipe.training, epochs=None, warmup_steps=9)
    recipe = replace(
        finetune_recipe, out=str(tmp_path / "o"), search=wanted, tasks=(), training=training
    )
    with pictures(FinetuneRecord):
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


def test_a_fold_ranks_no_triplet_with_a_sentence_of_the_pairs_it_holds_out(
    finetune_recipe: FinetuneRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(
        finetune_recipe,
        out=str(tmp_path),
        nli=(f"en={tmp_path / 'nli.tsv'}",),
        pairs=(),
        training=replace(finetune_recipe.training, epochs=None),
        search=SearchSettings(trials=1, folds=2),
    )
    graded = Path(recipe.sts[0].partition("=")[2]).read_text("utf-8").splitlines()
    first = [line.split("\t")[1] for line in graded[:3]]
    text = "".join(f"{sentence}\tanother\ta third\n" for sentence in (*first, "none"))
    (tmp_path / "nli.tsv").write_text(text, encoding="utf-8")
    (tmp_path / "work").mkdir()
    folds, ranked = search._Folds(recipe, prepare(recipe, [], RunLog())), []
    monkeypatch.setattr(
        search, "train_on", lambda examples, *_, **__: ranked.append(len(examples.triplets))
    )
    rows = np.arange(len(folds.pairs)) % 2
    for fold in range(2):
        folds.score({"epochs": 1.0}, rows, fold, 0)
    assert ranked == [2, 3]
