"""The trials of a search: gone on with where they stopped, side by side, given up, cut short."""

import errno
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.data.graded.pairs import GradedPairs
from isogloss.errors import CheckpointError, InputError
from isogloss.tuning.cross_validation import choose_folds
from isogloss.tuning.journal import open_study
from isogloss.tuning.trials import FOLDS, run_trials

from .test_cross_validation import SEED, SETTINGS, Score, pairs, search

__all__ = ["pairs"]


def test_a_search_that_died_goes_on_from_the_fold_it_was_in(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    dying, living = Score(dies_at=10), Score()
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, dying, tmp_path, SEED)
    found = search(pairs, SETTINGS, living, tmp_path, SEED)
    assert found.account["finished"] == 8
    # the third trial was in its third fold; its first two are not done again
    assert living.asked[0][:2] == (dying.asked[9][0], 2)
    assert len(living.asked) == 8 * 4 - 10 + 2 * 4  # and the new folds
    assert all(len(trial["folds"]) == 4 for trial in found.account["trials"])
    again = Score()
    assert search(pairs, SETTINGS, again, tmp_path, SEED).params == found.params
    assert again.asked == []


def test_a_search_that_goes_on_says_how_many_folds_are_behind(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    first, second, third = list[int](), list[int](), list[int]()
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, Score(dies_at=10), tmp_path, SEED, first.append)
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, Score(dies_at=8 * 4 - 10 + 5), tmp_path, SEED, second.append)
    search(pairs, SETTINGS, Score(), tmp_path, SEED, third.append)
    assert first == list(range(11))
    assert second == list(range(10, 8 * 4 + 5 + 1))
    assert third == [8 * 4, *range(8 * 4 + 6, 8 * 4 + 2 * 4 + 1)]


class Killed(BaseException):
    """Ends a process at once, as far as its trial can tell."""


def test_a_training_that_kills_its_process_is_given_up_in_the_end(
    pairs: GradedPairs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Kills(Score):
        def __call__(self, params: Mapping[str, float], *rest: Any) -> float:
            if len(self.asked) == 2:
                raise Killed
            return super().__call__(params, *rest)

    kills = Kills()  # in the third fold, and whenever that is begun again
    for _ in range(3):
        with pytest.raises(Killed):
            search(pairs, SETTINGS, kills, tmp_path, SEED)
    living = Score()
    account = search(pairs, SETTINGS, living, tmp_path, SEED).account
    [lost] = [trial for trial in account["trials"] if trial["state"] == "diverged"]
    assert lost["reason"].startswith("3 processes died in fold 2")
    assert len(lost["folds"]) == 2
    assert account["finished"] == 7
    assert "is given up: 3 processes died" in caplog.text


def test_a_search_that_is_stopped_often_gives_nothing_up(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            search(pairs, SETTINGS, Score(dies_at=0), tmp_path, SEED)
    assert search(pairs, SETTINGS, Score(), tmp_path, SEED).account["finished"] == 8


def test_deaths_are_counted_fold_by_fold(pairs: GradedPairs, tmp_path: Path) -> None:
    class Dies(Score):
        def __call__(self, *given: Any) -> float:
            if len(self.asked) == 1:
                raise Killed
            return super().__call__(*given)

    for _ in range(5):  # each gets a fold further
        with pytest.raises(Killed):
            search(pairs, SETTINGS, Dies(), tmp_path, SEED)
    assert search(pairs, SETTINGS, Score(), tmp_path, SEED).account["finished"] == 8


@pytest.mark.parametrize(
    "outcome",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_want_of_memory_is_a_verdict(
    pairs: GradedPairs, tmp_path: Path, outcome: Exception
) -> None:
    short = Score(diverges=lambda asked: len(asked) == 5, outcome=outcome)
    account = search(pairs, SETTINGS, short, tmp_path, SEED).account
    [lost] = [trial for trial in account["trials"] if trial["state"] == "diverged"]
    assert lost["reason"] == "fold 1 needs more memory than there is"


def test_a_trial_that_dies_while_it_is_taken_up_keeps_its_settings(
    pairs: GradedPairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Score(dies_at=10)
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, dying, tmp_path, SEED)
    params = open_study(tmp_path, SETTINGS, SEED).trials[2].params

    def killed(*given: Any, **options: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("isogloss.tuning.trials._suggest", killed)
        with pytest.raises(Killed):
            search(pairs, SETTINGS, Score(), tmp_path, SEED)
    with monkeypatch.context() as patch:  # and once more, before it is asked for
        patch.setattr("optuna.study.Study.enqueue_trial", killed)
        with pytest.raises(Killed):
            search(pairs, SETTINGS, Score(), tmp_path, SEED)
    living = Score()
    account = search(pairs, SETTINGS, living, tmp_path, SEED).account
    assert account["finished"] == 8
    assert params in [trial["params"] for trial in account["trials"]]
    assert living.asked[0][:2] == (params["batch_size"], 2)


def test_half_a_record_of_a_full_disk_ends_no_search(pairs: GradedPairs, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, Score(dies_at=10), tmp_path, SEED)
    journal = tmp_path / "journal.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    joined = lines[-2][:9] + lines[-2]  # another process wrote behind the half of a record
    journal.write_bytes(b"".join([*lines[:-2], joined, lines[-1][:-20]]))
    assert search(pairs, SETTINGS, Score(), tmp_path, SEED).account["finished"] == 8
    assert search(pairs, SETTINGS, Score(), tmp_path, SEED).account["finished"] == 8


def test_new_folds_that_are_scored_are_kept(pairs: GradedPairs, tmp_path: Path) -> None:
    dying, living, whole = Score(dies_at=8 * 4 + 5), Score(), Score()
    with pytest.raises(KeyboardInterrupt):
        search(pairs, SETTINGS, dying, tmp_path / "cut", SEED)
    found = search(pairs, SETTINGS, living, tmp_path / "cut", SEED)
    assert [fold for _, fold, _ in living.asked] == [1, 2, 3]
    expected = search(pairs, SETTINGS, whole, tmp_path / "whole", SEED)
    assert found.account["check"] == expected.account["check"]


def test_more_trials_may_be_asked_for_later(pairs: GradedPairs, tmp_path: Path) -> None:
    first, more = Score(), Score()
    search(pairs, replace(SETTINGS, trials=3, check=False), first, tmp_path, SEED)
    account = search(pairs, replace(SETTINGS, check=False), more, tmp_path, SEED).account
    assert (len(first.asked), len(more.asked)) == (3 * 4, 5 * 4)
    assert account["finished"] == 8


def test_a_trial_of_a_living_process_is_left_alone(pairs: GradedPairs, tmp_path: Path) -> None:
    """Two processes side by side in one folder: together they do the wanted number of trials."""

    class Nested(Score):
        other: Any = None

        def __call__(self, *given: Any) -> float:
            if self.other is None:
                self.other = Score()
                folds = choose_folds(pairs, SETTINGS, SEED)
                run_trials(folds, SETTINGS, self.other, tmp_path, SEED)
            return super().__call__(*given)

    outer = Nested()
    found = search(pairs, replace(SETTINGS, check=False), outer, tmp_path, SEED)
    assert found.account["finished"] == 8
    assert (len(outer.other.asked), len(outer.asked)) == (7 * 4, 4)


HANGING = """
import sys, time
from pathlib import Path
import numpy as np
from isogloss.recipes.finetune.recipe import SearchSettings
from isogloss.tuning.trials import run_trials

def score(params, folds, fold, seed):
    if fold == 2:
        print("in fold 2", flush=True)
        time.sleep(600)
    return 0.25 + fold / 4

settings = SearchSettings(trials=3, folds=4, prune_below=0.0)
run_trials(np.arange(60) % 4, settings, score, Path(sys.argv[1]), 3)
"""


def test_no_winner_is_chosen_before_other_processes_are_done(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    """The other one is killed in its trial, which is then taken up here."""
    score = Score()
    words = [sys.executable, "-c", HANGING, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "in fold 2\n"
            killing = threading.Timer(1.0, other.kill)
            killing.start()
            wanted = replace(SETTINGS, trials=3, check=False)
            account = search(pairs, wanted, score, tmp_path, SEED).account
            killing.join()
        finally:
            other.kill()
    assert account["finished"] == 3
    [taken] = [trial for trial in account["trials"] if trial["folds"][:2] == [0.25, 0.5]]
    assert len(taken["folds"]) == 4
    assert [fold for _, fold, _ in score.asked] == [0, 1, 2, 3] * 2 + [2, 3]


@pytest.mark.parametrize("folds", [3, 6])
def test_trials_that_are_behind_stop_early(pairs: GradedPairs, tmp_path: Path, folds: int) -> None:
    """After two folds: all of these differ from the best one by the same."""
    wanted = replace(SETTINGS, folds=folds, trials=10, prune_below=0.1, check=False)
    score = Score()
    behind = list[int]()
    account = search(pairs, wanted, score, tmp_path, SEED, behind.append).account
    assert behind[-1] == 10 * folds
    assert account["pruned"] > 0
    assert account["pruned"] + account["finished"] == 10
    best = account["best"]["value"]
    for trial in account["trials"]:
        if trial["state"] == "pruned":
            assert trial["value"] is None
            assert len(trial["folds"]) == 2
            assert np.mean(trial["folds"]) < best


def test_the_sampler_is_told_means(pairs: GradedPairs, tmp_path: Path) -> None:
    """A single fold of a trial that was stopped is no measure beside the mean of a whole one."""
    search(pairs, replace(SETTINGS, trials=1, check=False), Score(), tmp_path, SEED)
    [trial] = open_study(tmp_path, SETTINGS, SEED).trials
    values = trial.user_attrs[FOLDS]
    means = [np.mean(values[:done]) for done in (1, 2, 3, 4)]
    assert list(trial.intermediate_values.values()) == pytest.approx(means)
    assert means[-1] == trial.value


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (InputError("the loss is nan at step 3; lower the rate"), "the loss is nan at step 3"),
        (float("nan"), "the score of fold 1 is nan"),
    ],
)
def test_a_trial_that_diverges_is_given_up_and_the_search_goes_on(
    pairs: GradedPairs, tmp_path: Path, outcome: Any, reason: str
) -> None:
    score = Score(diverges=lambda asked: len(asked) % 10 == 5, outcome=outcome)
    wanted = replace(SETTINGS, check=False)
    account = search(pairs, wanted, score, tmp_path, SEED).account
    assert account["diverged"] > 0
    assert account["diverged"] + account["finished"] == 8
    lost = [trial for trial in account["trials"] if trial["state"] == "diverged"]
    assert lost[0]["reason"] == reason
    assert all(trial["value"] is None for trial in lost)
    again = Score()
    assert search(pairs, wanted, again, tmp_path, SEED).account == account
    assert again.asked == []


def test_a_full_disk_is_no_verdict_on_a_trial(pairs: GradedPairs, tmp_path: Path) -> None:
    for outcome in (CheckpointError("disk full"), OSError(errno.ENOSPC, "disk full")) * 2:
        score = Score(diverges=lambda asked: True, outcome=outcome)
        with pytest.raises(type(outcome)):
            search(pairs, SETTINGS, score, tmp_path, SEED)
    account = search(pairs, SETTINGS, Score(), tmp_path, SEED).account
    assert (account["finished"], account["diverged"]) == (8, 0)


def test_repeats_have_seeds_of_their_own(pairs: GradedPairs, tmp_path: Path) -> None:
    score = Score()
    search(pairs, replace(SETTINGS, trials=1, repeats=2, check=False), score, tmp_path, SEED)
    assert [seed for _, _, seed in score.asked] == [SEED, SEED + 1] * 4
