"""A search in real processes: side by side, stopped, and killed."""

import json
import multiprocessing
import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.recipes.finetune import finetune
from isogloss.recipes.finetune_recipe import FinetuneRecipe, SearchSettings
from isogloss.recipes.finetune_search import _Folds
from isogloss.recipes.search_trials import FOLDS

PATIENCE = 200.0
"""Seconds; a process that takes longer hangs."""

SETTINGS = SearchSettings(
    trials=3, folds=3, prune_below=0.0, check=False, batch_size=(20, 40), epochs=(2, 3)
)

ALONE = """
import pickle, sys
from pathlib import Path
from isogloss.recipes.finetune import finetune

if __name__ == "__main__":
    finetune(pickle.loads(Path(sys.argv[1]).read_bytes()))
"""


@pytest.fixture
def recipe(finetune_recipe: FinetuneRecipe, tmp_path: Path) -> FinetuneRecipe:
    """A search and nothing else: no parallel sentences, no tasks."""
    training = replace(finetune_recipe.training, epochs=None)
    out = str(tmp_path / "out")
    return replace(finetune_recipe, out=out, pairs=(), tasks=(), training=training, search=SETTINGS)


def scored_folds(out: Path) -> int:
    """How often a fold has been scored, by the journal; a trial that takes folds over has none."""
    journal = out / "search" / "journal.log"
    lines = journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []
    return sum(FOLDS in json.loads(line).get("user_attr", {}) for line in lines)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_search_trains_no_fold_twice(recipe: FinetuneRecipe, tmp_path: Path) -> None:
    out = Path(recipe.out)
    (tmp_path / "recipe").write_bytes(pickle.dumps(recipe))
    with (tmp_path / "log").open("wb") as log:
        words = [sys.executable, "-c", ALONE, str(tmp_path / "recipe")]
        process = subprocess.Popen(words, stdout=log, stderr=log)
    wait_for(lambda: scored_folds(out) >= 2 or process.poll() is not None)
    time.sleep(0.1)  # a journal that is just being written to is locked for longer
    process.kill()
    assert process.wait(PATIENCE) == -9, (tmp_path / "log").read_text()
    before = scored_folds(out)
    assert 2 <= before < 9
    found = finetune(recipe, resume=True).run["search"]
    assert found["finished"] == 3
    assert [len(trial["folds"]) for trial in found["trials"]] == [3, 3, 3]
    assert scored_folds(out) == 9


def test_two_processes_search_side_by_side_and_end_together(
    recipe: FinetuneRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stop leaves no process behind; the search goes on with two all the same."""
    two = replace(recipe, search=replace(SETTINGS, workers=2))
    search, score, before = Path(two.out) / "search", _Folds.score, set[Path]()

    def begun() -> set[Path]:
        return set(search.glob("trial-*.lock")) - before

    def waiting(self: _Folds, *given: Any) -> float:
        """Until the other process is in a trial, too."""
        wait_for(lambda: len(begun()) > 1)
        return score(self, *given)

    def stopping(self: _Folds, *given: Any) -> float:
        wait_for(lambda: len(begun()) > 1)
        assert len(multiprocessing.active_children()) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(_Folds, "score", stopping)
    with pytest.raises(KeyboardInterrupt):
        finetune(two)
    assert multiprocessing.active_children() == []
    before |= begun()
    monkeypatch.setattr(_Folds, "score", waiting)
    found = finetune(two, resume=True).run["search"]
    assert (found["finished"], found["helpers_died"]) == (3, 0)
    assert multiprocessing.active_children() == []
