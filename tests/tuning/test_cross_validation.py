"""The search: honest folds, trials that survive, and a winner with an account."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.data.graded.pairs import GradedPairs, leaked
from isogloss.errors import InputError, MissingExtraError
from isogloss.tuning.cross_validation import CrossValidation, SearchResult, choose_folds
from isogloss.tuning.journal import open_study
from isogloss.tuning.settings import SEARCHED, SearchSettings

SETTINGS = SearchSettings(trials=8, folds=4, prune_below=0.0)
SEED = 3


def search(*asked: Any, **more: Any) -> SearchResult:
    search = CrossValidation(*asked, **more)
    return search.choose(search.finish_trials())


@pytest.fixture
def pairs() -> GradedPairs:
    """Sixty pairs; every third shares its first sentence with the one before."""
    first = [f"sentence {row - (row % 3 == 1)}" for row in range(60)]
    second = [f"other {row}" for row in range(60)]
    return GradedPairs({"en": first}, {"en": second}, np.arange(60) % 6.0)


class Score:
    """Best at a batch of 20; remembers what it was asked, and may die or diverge."""

    def __init__(
        self,
        dies_at: int | None = None,
        diverges: Callable[[Sequence[Any]], bool] = lambda asked: False,
        outcome: Exception | float = float("nan"),
    ) -> None:
        self.asked: list[tuple[int, int, int]] = []
        self.dies_at, self.diverges, self.outcome = dies_at, diverges, outcome

    def __call__(
        self, params: Mapping[str, float], folds: np.ndarray, fold: int, seed: int
    ) -> float:
        if len(self.asked) == self.dies_at:
            raise KeyboardInterrupt
        diverges = self.diverges(self.asked)
        self.asked.append((int(params["batch_size"]), fold, seed))
        if diverges and isinstance(self.outcome, Exception):
            raise self.outcome
        if diverges:
            return self.outcome
        noise = np.random.default_rng([fold, seed]).normal() / 100
        noise += np.flatnonzero(folds == fold).sum() / 1e5  # another split scores otherwise
        return float(0.8 - abs(params["batch_size"] - 20) / 100 + noise)


def test_no_sentence_crosses_a_fold_and_a_subsample_is_one(pairs: GradedPairs) -> None:
    folds = choose_folds(pairs, SETTINGS, SEED)
    assert np.bincount(folds).tolist() == [15] * 4
    for row in range(60):
        if row % 3 == 1:
            assert folds[row] == folds[row - 1]
    fewer = choose_folds(pairs, replace(SETTINGS, subsample=40), SEED)
    assert (fewer >= 0).sum() == 40
    with pytest.raises(InputError, match=r"make a fold of 6 .* at least 10 in each of 4"):
        choose_folds(pairs, replace(SETTINGS, subsample=24), SEED)


def test_a_fold_of_one_grade_has_no_score_and_is_refused(pairs: GradedPairs) -> None:
    flat = replace(pairs, grades=np.where(np.arange(60) < 2, 5.0, 1.0))
    with pytest.raises(InputError, match=r"all pairs of fold \d of the search have the grade 1"):
        choose_folds(flat, SETTINGS, SEED)


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
    wanted = replace(SETTINGS, trials=40, check=False)
    importance = search(pairs, wanted, Score(), tmp_path, SEED).account["importance"]
    assert max(importance, key=importance.get) == "batch_size"


def test_the_account_says_what_a_naive_split_leaks(pairs: GradedPairs, tmp_path: Path) -> None:
    leak = search(pairs, SETTINGS, Score(), tmp_path, SEED).account["leak"]
    assert leak["grouped_share"] == 0.0
    assert leak["naive_share"] > 0.2
    assert leak["groups"] == 40


def test_the_winner_is_scored_once_more_on_what_did_not_choose_it(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    class Splits(Score):
        folds: list[np.ndarray]

        def __call__(self, params: Mapping[str, float], folds: np.ndarray, *rest: int) -> float:
            self.folds = [*getattr(self, "folds", []), folds]
            return super().__call__(params, folds, *rest)

    score = Splits()
    account = search(pairs, replace(SETTINGS, repeats=2), score, tmp_path, SEED).account
    chose, checked = score.asked[: 8 * 4 * 2], score.asked[8 * 4 * 2 :]
    assert [fold for _, fold, _ in checked] == [0, 0, 1, 1, 2, 2, 3, 3] * 2
    assert not {seed for _, _, seed in chose} & {seed for _, _, seed in checked}
    assert {size for size, _, _ in checked} == {account["best"]["params"]["batch_size"]}
    old, grouped, naive = score.folds[0], score.folds[-9], score.folds[-1]
    assert (old != grouped).any()
    assert leaked(pairs, grouped).sum() == 0 < leaked(pairs, naive).sum()
    check = account["check"]
    for name in ("grouped", "naive"):
        assert check[name]["low"] < check[name]["value"] < check[name]["high"]
    assert check["difference"] == check["naive"]["value"] - check["grouped"]["value"]
    without = replace(SETTINGS, repeats=2, check=False)
    assert "check" not in search(pairs, without, Score(), tmp_path, SEED).account


def test_a_winner_that_diverges_on_a_new_fold_has_no_value_there(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    score = Score(diverges=lambda asked: len(asked) == 8 * 4)
    check = search(pairs, SETTINGS, score, tmp_path, SEED).account["check"]
    assert (check["grouped"]["value"], check["difference"]) == (None, None)
    assert check["naive"]["value"] > 0.5


def test_a_search_of_which_every_trial_diverges_has_no_winner(
    pairs: GradedPairs, tmp_path: Path
) -> None:
    score = Score(diverges=lambda asked: True)
    with pytest.raises(InputError, match=r"none of 8 trials has a score .* fold 0 is nan"):
        search(pairs, SETTINGS, score, tmp_path, SEED)
    assert len(score.asked) == 8


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
        ({"prune_below": 1.0}, r"search\.prune_below is"),
        ({"learning_rate": (1e-3, 1e-4)}, r"search\.learning_rate is"),
        ({"eps": (0.0, 1e-4)}, r"search\.eps is"),
        ({"warmup_share": (0.1, 1.0)}, r"search\.warmup_share is"),
    ],
)
def test_settings_that_make_no_search_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        SearchSettings(**wrong)
