"""Honest search for hyper-parameters: folds that no sentence crosses, trials that can be resumed.

A trial is a training per fold; see `search_trials` for how they are done.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.data.graded import (
    GradedPairs,
    grouped_folds,
    leaked,
    naive_folds,
    sentence_groups,
)
from isogloss.recipes.finetune_recipe import SearchSettings
from isogloss.recipes.search_trials import ScoreFold, open_study, run_trials


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        params: the winner's hyper-parameters.
        account: trials, folds, the winner's score with its interval, importances, leaks; JSON-able.
    """

    params: dict[str, float]
    account: dict[str, Any]


def choose_folds(pairs: GradedPairs, settings: SearchSettings, seed: int) -> np.ndarray:
    """Fold of every row that is searched on, from 0; -1 for the others, `(n,)`.

    Raises:
        InputError: no folds can be made without parting pairs that share a sentence.
    """
    chosen = np.arange(len(pairs))
    if settings.subsample is not None and settings.subsample < len(pairs):
        drawn = np.random.default_rng(seed).permutation(len(pairs))
        chosen = np.sort(drawn[: settings.subsample])
    folds = np.full(len(pairs), -1)
    folds[chosen] = grouped_folds(sentence_groups(pairs.take(chosen)), settings.folds, seed=seed)
    return folds


def search(
    pairs: GradedPairs, settings: SearchSettings, score: ScoreFold, folder: Path, seed: int
) -> SearchResult:
    """Try hyper-parameters until there are as many trials as wanted.

    Args:
        pairs: all that may be trained on.
        settings: trials, folds, ranges.
        score: trains on the rows of all folds but one, and scores that.
        folder: for the journal; one that is there is gone on with.
        seed: of folds, trainings and the sampler.

    Returns:
        The trial with the best mean over folds.

    Raises:
        MissingExtraError: Optuna is not installed.
        InputError: no folds can be made.
    """
    folds = choose_folds(pairs, settings, seed)
    run_trials(folds, settings, score, folder, seed)
    study = open_study(folder, settings, seed)
    trials = [t for t in study.trials if t.state.name == "COMPLETE"]
    best = study.best_trial
    known = list(best.intermediate_values.values())
    account: dict[str, Any] = {
        "settings": asdict(settings),
        "pairs": int((folds >= 0).sum()),
        "finished": len(trials),
        "pruned": sum(t.state.name == "PRUNED" for t in study.trials),
        "best": {"trial": best.number, "params": best.params, "value": best.value}
        | _interval(known),
        "importance": _importance(study, len(trials)),
        "trials": [_row(trial) for trial in study.trials if trial.state.name != "FAIL"],
        "leak": _leak(pairs, folds, settings, seed),
    }
    if settings.naive:
        account["leak"]["naive_score"] = _naive_score(
            best.params, folds, settings, score, folder, seed
        )
        account["leak"]["grouped_score"] = best.value
    return SearchResult(dict(best.params), account)


def _interval(values: list[float]) -> dict[str, float | None]:
    """95% interval of a mean over folds, by Student's t; rough, as folds share training data."""
    if len(values) < 2:
        return {"low": None, "high": None}
    from scipy import stats

    spread = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    middle = float(np.mean(values))
    return {"low": middle - float(spread), "high": middle + float(spread)}


def _importance(study: Any, finished: int) -> dict[str, float]:
    """Share of the scores' variance that each hyper-parameter explains (fANOVA); needs trials."""
    import optuna

    if finished < 4 or len({t.value for t in study.trials if t.value is not None}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _row(trial: Any) -> dict[str, Any]:
    folds = [value for _, value in sorted(trial.intermediate_values.items())]
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "value": trial.value if trial.state.name == "COMPLETE" else None,
        "folds": folds,
        "params": trial.params,
    }


def _leak(
    pairs: GradedPairs, folds: np.ndarray, settings: SearchSettings, seed: int
) -> dict[str, Any]:
    """Pairs of which training would have seen a sentence, had the folds been drawn at random."""
    rows = np.flatnonzero(folds >= 0)
    part = pairs.take(rows)
    random = naive_folds(len(part), settings.folds, seed=seed)
    return {
        "naive_share": float(leaked(part, random).mean()),
        "grouped_share": float(leaked(part, folds[rows]).mean()),
        "groups": int(sentence_groups(part).max()) + 1,
    }


def _naive_score(
    params: Mapping[str, float],
    folds: np.ndarray,
    settings: SearchSettings,
    score: ScoreFold,
    folder: Path,
    seed: int,
) -> float:
    """What the winner scores on folds that look at no sentence; kept, so that it is done once."""
    kept = folder / "naive.json"
    known: dict[str, float] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    random = np.full(len(folds), -1)
    rows = np.flatnonzero(folds >= 0)
    random[rows] = naive_folds(len(rows), settings.folds, seed=seed)
    for fold in range(settings.folds):
        key = json.dumps([fold, dict(params)], sort_keys=True)
        if key not in known:
            known[key] = score(params, random, fold, seed)
            kept.write_text(json.dumps(known), encoding="utf-8")
    names = [json.dumps([fold, dict(params)], sort_keys=True) for fold in range(settings.folds)]
    return float(np.mean([known[name] for name in names]))
