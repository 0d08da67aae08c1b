"""The search: honest folds, trials that survive, and a winner with an account."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.data.graded import GradedPairs
from isogloss.errors import InputError, MissingExtraError
from isogloss.recipes.finetune_recipe import SEARCHED, SearchSettings
from isogloss.recipes.search import choose_folds, search
from isogloss.recipes.search_trials import open_study

SETTINGS = SearchSettings(trials=8, folds=4, prune_below=0.0)
SEED = 3


@pytest.fixture
def pairs() -> GradedPairs:
    """Sixty pairs; every third shares its first sentence with the one before."""
    first = [f"sentence {row - (row % 3 == 1)}" for row in range(60)]
    second = [f"other {row}" for row in range(60)]
    return GradedPairs({"en": first}, {"en": second}, np.arange(60) % 6.0)


class Score:
    """Best at a batch of 20; remembers what it was asked, and may die."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.asked: list[tuple[int, int, int]] = []
        self.dies_at = dies_at

    def __call__(
        self, params: Mapping[str, float], folds: np.ndarray, fold: int, seed: int
    ) -> float:
        if len(self.asked) == self.dies_at:
            raise KeyboardInterrupt
        self.asked.append((int(params["batch_size"]), fold, seed))
        noise = np.random.default_rng([fold, seed]).normal() / 100
        noise += np.flatnonzero(folds == fold).sum() / 1e5  # another split scores otherwise
        return float(0.8 - abs(params["batch_size"] - 20) / 100 + noise)


def test_no_sentence_crosses_a_fold_and_a_subsample_is_one(pairs: GradedPairs) -> None:
    folds = choose_folds(pairs, SETTINGS, SEED)
    assert np.bincount(folds).tolist() == [15] * 4
    for row in range(60):
        if row % 3 == 1:
            assert folds[row] == folds[row - 1]
    fewer = choose_folds(pairs, replace(SETTINGS, subsample=24), SEED)
    assert (fewer >= 0).sum() == 24


def test_the_winner_is_the_best_mean_over_folds(pairs: GradedPairs, tmp_path: Path) -> None:
    score = Score()
    found = search(pairs, SETTINGS, score, tmp_path, SEED)
    account = found.account
    assert set(found.params) == set(SEARCHED)
    for name in SEARCHED:
        low, high = getattr(SETTINGS, name)
        assert all(low <= trial["params"][name] <= high for trial in account["trials"])
    assert len(account["trials"]) == account["finished"] == 8
    means = {trial["trial"]: np.mean(trial["folds"]) for trial in account["trials"]}
    best = account["best"]
    assert best["value"] == pytest.approx(max(means.values()))
    assert best["low"] < best["value"] < best["high"]
    assert abs(found.params["batch_size"] - 20) == min(
        abs(trial["params"]["batch_size"] - 20) for trial in account["trials"]
    )
    assert set(account["importance"]) == set(SEARCHED)
    assert len({trial["params"]["batch_size"] for trial in account["trials"]}) > 4
    assert sum(account["importance"].values()) == pytest.approx(1.0)


def test_what_decides_the_score_is_found_to(pairs: GradedPairs, tmp_path: Path) -> None:
    wanted = replace(SETTINGS, trials=40, naive=False)
    importance = search(pairs, wanted, Score(), tmp_path, SEED).account["importance"]
    assert max(importance, key=importance.get) == "batch_size"


def test_the_account_says_what_a_naive_split_leaks(pairs: GradedPairs, tmp_path: Path) -> None:
    leak = search(pairs, SETTINGS, Score(), tmp_path, SEED).account["leak"]
    assert leak["grouped_share"] == 0.0
    assert leak["naive_share"] > 0.2
    assert leak["groups"] == 40
    assert leak["grouped_score"] != leak["naive_score"]


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
    grouped = living.asked[: 8 * 4 - 10]
    assert len(living.asked) == len(grouped) + SETTINGS.folds  # and the naive folds
    again = Score()
    assert search(pairs, SETTINGS, again, tmp_path, SEED).params == found.params
    assert again.asked == []


def test_a_trial_of_a_living_process_is_left_alone(pairs: GradedPairs, tmp_path: Path) -> None:
    """Two searches side by side in one folder: together they do the wanted number of trials."""

    class Nested(Score):
        other: Any = None

        def __call__(self, *given: Any) -> float:
            if self.other is None:
                self.other = Score()
                search(pairs, SETTINGS, self.other, tmp_path, SEED)
            return super().__call__(*given)

    outer = Nested()
    found = search(pairs, SETTINGS, outer, tmp_path, SEED)
    assert found.account["finished"] == 8
    assert len(outer.asked) == 4 + (4 if found.account["best"]["trial"] == 0 else 0)


def test_trials_that_are_behind_stop_early(pairs: GradedPairs, tmp_path: Path) -> None:
    wanted = replace(SETTINGS, folds=8, trials=10, prune_below=0.2, naive=False)
    score = Score()
    account = search(pairs, wanted, score, tmp_path, SEED).account
    assert account["pruned"] > 0
    assert len(score.asked) < 80
    best = account["best"]["value"]
    for trial in account["trials"]:
        if trial["state"] == "pruned":
            assert trial["value"] is None
            assert np.mean(trial["folds"]) < best


def test_repeats_have_seeds_of_their_own(pairs: GradedPairs, tmp_path: Path) -> None:
    score = Score()
    search(pairs, replace(SETTINGS, trials=1, repeats=2, naive=False), score, tmp_path, SEED)
    assert [seed for _, _, seed in score.asked] == [SEED, SEED + 1] * 4


def test_without_optuna_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"isogloss\[search\]"):
        open_study(tmp_path, SETTINGS, SEED)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"folds": 1}, r"search\.folds is 1"),
        ({"workers": 0}, r"search\.workers is 0"),
        ({"prune_below": 1.0}, "p-value"),
        ({"learning_rate": (1e-3, 1e-4)}, r"search\.learning_rate is"),
        ({"eps": (0.0, 1e-4)}, r"search\.eps is"),
    ],
)
def test_settings_that_make_no_search_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        SearchSettings(**wrong)
