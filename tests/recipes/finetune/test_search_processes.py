"""A search in real processes: side by side, stopped, and killed."""

import json
import multiprocessing
import os
import pickle
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.finetune.search import _Bar, _Folds
from isogloss.tuning.settings import SearchSettings
from isogloss.tuning.trials import FOLDS, _alive

from ...processes import CONTEXT, PATIENCE, start, wait

SETTINGS = SearchSettings(
    trials=3, folds=3, prune_below=0.0, check=False, batch_size=(20, 40), epochs=(2, 3)
)

ALONE = """
import pickle, sys, time
from pathlib import Path
from isogloss.recipes.finetune.run import finetune
from isogloss.recipes.finetune.search import _Folds

def waiting(self, *given):
    while len(list((Path(self.recipe.out) / "search").glob("trial-*.lock"))) < 2:
        time.sleep(0.01)
    return score(self, *given)

score, _Folds.score = _Folds.score, waiting  # both processes begin at once
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


def side_by_side(out: Path) -> bool:
    """Whether two processes are in a trial, and one of them has scored a fold."""
    locks = (out / "search").glob("trial-*.lock")
    return sum(map(_alive, locks)) == 2 and scored_folds(out) > 1


def left(pipe: int) -> bool:
    """Whether both processes have left the pipe that they write into."""
    try:
        return os.read(pipe, 1 << 16) == b""
    except BlockingIOError:
        return False


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_search_leaves_no_process_and_trains_no_fold_twice(
    recipe: FinetuneRecipe, tmp_path: Path
) -> None:
    out = Path(recipe.out)
    long = replace(SETTINGS, trials=500, workers=2)
    (tmp_path / "recipe").write_bytes(pickle.dumps(replace(recipe, search=long)))
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    process = start(ALONE, tmp_path / "recipe", log=tmp_path / "pipe")
    try:
        wait_for(lambda: side_by_side(out) or process.exitcode is not None)
    finally:
        process.kill()
    assert wait(process) == -signal.SIGKILL
    wait_for(lambda: left(pipe))
    os.close(pipe)
    before, trials = scored_folds(out), 1 + len(list((out / "search").glob("trial-*.lock")))
    assert 2 <= before < 3 * trials
    wanted = replace(recipe, search=replace(SETTINGS, trials=trials))  # another number of them
    found = finetune(wanted, resume=True).record.search
    assert found.finished == trials
    assert [len(trial["folds"]) for trial in found.trials] == [3] * trials
    assert scored_folds(out) == 3 * trials


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

    monkeypatch.setattr(multiprocessing, "get_context", lambda method: CONTEXT)
    monkeypatch.setattr(_Folds, "score", stopping)
    with pytest.raises(KeyboardInterrupt):
        finetune(two)
    assert multiprocessing.active_children() == []
    before |= begun()
    monkeypatch.setattr(_Folds, "score", waiting)
    found = finetune(two, resume=True).record.search
    assert (found.finished, found.helpers_died) == (3, 0)
    assert multiprocessing.active_children() == []


def test_a_bar_moves_by_trainings_and_never_beyond_its_end() -> None:
    moved = list[float]()
    bar = _Bar(moved.append, total=24, repeats=2)
    for folds in (5, 6, 6, 14):
        bar.at(folds)
    assert moved == [10, 2, 0, 12]


def test_the_winner_is_checked_with_all_threads_and_alone(
    recipe: FinetuneRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, score = torch.get_num_threads(), _Folds.score
    seen = list[tuple[int, int]]()

    def noting(self: _Folds, *given: Any) -> float:
        seen.append((torch.get_num_threads(), len(multiprocessing.active_children())))
        return score(self, *given)

    monkeypatch.setattr(_Folds, "score", noting)
    settings = replace(SETTINGS, trials=1, workers=2, check=True)
    finetune(replace(recipe, search=settings))
    assert {used for used, _ in seen[:3]} <= {max(1, threads // 2)}
    assert seen[-6:] == [(threads, 0)] * 6


def test_a_fold_writes_no_checkpoint(
    recipe: FinetuneRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = list[Path]()
    monkeypatch.setattr(
        "isogloss.training.loop.write_checkpoint", lambda folder, *given: written.append(folder)
    )
    finetune(replace(recipe, search=replace(SETTINGS, trials=1)))
    assert {folder.name for folder in written} == {"checkpoints-0"}  # of the final training
