"""Search hyper-parameters by cross-validation in which no sentence crosses a fold.

A trial is a training per fold; see `isogloss.tuning.trials`. The winner is scored once
more on folds that had no part in its choice, because the best of many scores flatters.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.data.graded.pairs import (
    GradedPairs,
    grouped_folds,
    leaked,
    naive_folds,
    sentence_groups,
)
from isogloss.errors import InputError
from isogloss.metrics.folds import fold_interval
from isogloss.tuning.journal import load_optuna, open_study
from isogloss.tuning.settings import SearchSettings
from isogloss.tuning.trials import (
    DIVERGED,
    FOLDS,
    NoScore,
    ScoreFold,
    best_trial,
    finish_trials,
    fold_score,
    folds_behind,
)
from isogloss.writing import write_json

logger = logging.getLogger(__name__)

MIN_ROWS = 10
"""Rows of a fold; the rank correlation of fewer says nothing, or has no value."""


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        params: the winner's hyper-parameters.
        account: trials, folds, the winner's score with its interval, that on new folds,
            importances, leaks; JSON-able.
    """

    params: dict[str, float]
    account: dict[str, Any]


def choose_folds(pairs: GradedPairs, settings: SearchSettings, seed: int) -> np.ndarray:
    """Fold of every row that is searched on, from 0; -1 for the others, `(n,)`.

    Raises:
        InputError: no folds can be made without parting pairs that share a sentence, or one has
            fewer than `MIN_ROWS` rows, or one grade alone.
    """
    chosen = np.arange(len(pairs))
    if settings.subsample is not None and settings.subsample < len(pairs):
        drawn = np.random.default_rng(seed).permutation(len(pairs))
        chosen = np.sort(drawn[: settings.subsample])
    folds = np.full(len(pairs), -1)
    folds[chosen] = grouped_folds(sentence_groups(pairs.take(chosen)), settings.folds, seed=seed)
    fewest = int(np.bincount(folds[chosen]).min())
    if fewest < MIN_ROWS:
        raise InputError(
            f"{len(chosen)} pairs make a fold of {fewest} for the search; expected at least "
            f"{MIN_ROWS} in each of {settings.folds}: ask for fewer folds, or give more pairs"
        )
    for fold in range(settings.folds):
        grades = np.unique(pairs.grades[folds == fold])
        if len(grades) < 2:
            raise InputError(
                f"all pairs of fold {fold} of the search have the grade {grades[0]:g}, and no "
                "score; expected different grades in each fold: ask for fewer folds, or give more "
                "pairs"
            )
    return folds


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Tries hyper-parameters until as many trials as wanted are done, and none runs any more.

    Attributes:
        pairs: all that may be trained on.
        settings: trials, folds, ranges.
        score: trains on the rows of all folds but one, and scores that.
        folder: for the journal; one that is there is gone on with.
        seed: of folds, trainings and the sampler.
        at: told now and then, and at the end, how many folds are behind, those of an earlier run
            and of other processes too.
    """

    pairs: GradedPairs
    settings: SearchSettings
    score: ScoreFold
    folder: Path
    seed: int
    at: Callable[[int], None] = lambda folds: None

    def finish_trials(self) -> Any:
        """Do what trials are left; the study, of which none runs any more.

        Raises:
            MissingExtraError: Optuna is not installed.
            InputError: no folds can be made.
        """
        settings, seed = self.settings, self.seed
        folds = choose_folds(self.pairs, settings, seed)
        journal = open_study(self.folder, settings, seed)

        def score(params: Mapping[str, float], rows: np.ndarray, fold: int, seed: int) -> float:
            self.at(folds_behind(journal, settings))
            return self.score(params, rows, fold, seed)

        return finish_trials(folds, settings, score, self.folder, seed)

    def choose(self, study: Any) -> SearchResult:
        """Find the trial with the best mean over folds, and check it.

        Args:
            study: from `finish_trials`.

        Raises:
            InputError: no trial has a score.
        """
        settings, seed = self.settings, self.seed
        folds = choose_folds(self.pairs, settings, seed)
        behind = folds_behind(study, settings)
        self.at(behind)
        trials = [trial for trial in study.trials if trial.state.name != "FAIL"]
        rows, best = [_row(trial) for trial in trials], best_trial(study)
        if best is None:
            raise InputError(
                f"none of {len(rows)} trials has a score (the last one: {rows[-1]['reason']}); "
                "expected some trainings to end: lower search.learning_rate and start anew with "
                "--overwrite"
            )
        states = [row["state"] for row in rows]
        account: dict[str, Any] = {
            "settings": asdict(settings),
            "pairs": int((folds >= 0).sum()),
            "finished": states.count("complete"),
            "pruned": states.count("pruned"),
            "diverged": states.count("diverged"),
            "best": {"trial": best.number, "params": best.params}
            | _mean(best.user_attrs[FOLDS], settings.folds),
            "importance": _importance(study),
            "trials": rows,
            "leak": _leak(self.pairs, folds, settings, seed),
        }
        if settings.check:
            account["check"] = self._check(folds, best, behind)
        return SearchResult(dict(best.params), account)

    def _check(self, folds: np.ndarray, best: Any, behind: int) -> dict[str, Any]:
        """What the winner scores on new folds of the same rows: grouped ones, and such as leak.

        Kept fold by fold, so that it is done once. `difference` is what the leak adds.
        """
        settings, repeats = self.settings, self.settings.repeats
        new = self.seed + repeats  # the first seed that no trial was split or trained by
        rows = np.flatnonzero(folds >= 0)
        groups = sentence_groups(self.pairs.take(rows))
        splits = {
            "grouped": grouped_folds(groups, settings.folds, seed=new),
            "naive": naive_folds(len(rows), settings.folds, seed=new),
        }
        place = self.folder / "check.json"
        kept: dict[str, Any] = json.loads(place.read_text("utf-8")) if place.exists() else {}
        if kept.get("trial") != best.number:  # with more trials another one may win
            kept = {"trial": best.number, "grouped": [], "naive": []}
        for name, split in splits.items():
            placed = np.full(len(folds), -1)
            placed[rows] = split
            for fold in range(len(kept[name]), settings.folds):
                seeds = range(new, new + repeats)
                kept[name].append(_score_or_none(self.score, best.params, placed, fold, seeds))
                write_json(place, kept)
                self.at(behind + len(kept["grouped"]) + len(kept["naive"]))
        found: dict[str, Any] = {name: _mean(kept[name], settings.folds) for name in splits}
        values = [found[name]["value"] for name in ("naive", "grouped")]
        return found | {"difference": None if None in values else values[0] - values[1]}


def _mean(values: list[float | None], folds: int) -> dict[str, float | None]:
    """Mean over folds and its interval; no value where one of them has none."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return {"value": None, "low": None, "high": None}
    low, high = fold_interval(known, folds) or (None, None)
    return {"value": float(np.mean(known)), "low": low, "high": high}


def _importance(study: Any) -> dict[str, float]:
    """Share of the scores' variance that each hyper-parameter explains (fANOVA); needs trials."""
    values = [trial.value for trial in study.trials if trial.state.name == "COMPLETE"]
    if len(values) < 4 or len(set(values)) < 2:
        return {}
    importance = load_optuna().importance
    evaluator = importance.FanovaImportanceEvaluator(seed=0)
    return dict(importance.get_param_importances(study, evaluator=evaluator))


def _row(trial: Any) -> dict[str, Any]:
    reason = trial.user_attrs.get(DIVERGED)
    return {
        "trial": trial.number,
        "state": "diverged" if reason else trial.state.name.lower(),
        "reason": reason,
        "value": trial.value if trial.state.name == "COMPLETE" else None,
        "folds": trial.user_attrs.get(FOLDS, []),
        "params": trial.params,
    }


def _leak(
    pairs: GradedPairs, folds: np.ndarray, settings: SearchSettings, seed: int
) -> dict[str, Any]:
    """Share of pairs with a sentence that training would have seen, were the folds random."""
    rows = np.flatnonzero(folds >= 0)
    part = pairs.take(rows)
    random = naive_folds(len(part), settings.folds, seed=seed)
    return {
        "naive_share": float(leaked(part, random).mean()),
        "grouped_share": float(leaked(part, folds[rows]).mean()),
        "groups": int(sentence_groups(part).max()) + 1,
    }


def _score_or_none(
    score: ScoreFold, params: Mapping[str, float], folds: np.ndarray, fold: int, seeds: range
) -> float | None:
    try:
        return fold_score(score, params, folds, fold, seeds)
    except NoScore as why:
        logger.warning("the winner of the search has no score on a new fold: %s", why)
        return None
