"""Run the trials of a search fold by fold, and resume those whose process died.

They stand in a journal (Optuna's); each holds its score per fold. A process that was killed loses
the fold it was in, and no more.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.allocator import lacks_memory
from isogloss.errors import InputError, IsoglossError
from isogloss.locks import lock
from isogloss.metrics.folds import p_below_zero
from isogloss.tuning.journal import load_optuna, open_study
from isogloss.tuning.settings import SEARCHED, SearchSettings

logger = logging.getLogger(__name__)

ScoreFold = Callable[[Mapping[str, float], np.ndarray, int, int], float]
"""From hyper-parameters, the fold of every row (-1: unused), the one held out, and a seed to its
score; raises InputError where training diverges."""

FOLDS = "folds"
"""Attribute of a trial: its scores of the folds that are done, in their order."""

DIVERGED = "diverged"
"""Attribute of a trial that has no score: why."""

DEATHS = "deaths"
"""Attribute of a trial: how many processes died in the fold that is to be done."""

TAKEN_UP = "taken_up"
"""Attribute of a trial: the number of the one that it goes on with."""

MAX_DEATHS = 3
"""In one fold; after that it is the training that kills, and not the machine."""


class NoScore(Exception):
    """A fold has no score; says why."""


def finish_trials(
    folds: np.ndarray, settings: SearchSettings, score: ScoreFold, folder: Path, seed: int
) -> Any:
    """Do trials until none is left, also none that another process is in.

    Args:
        folds: fold of every row; -1 for those that are not searched on, `(n,)`.
        settings: trials, repeats, ranges.
        score: trains and scores.
        folder: of the journal.
        seed: of trainings and the sampler.

    Returns:
        The study; none of its trials runs.
    """
    while True:
        run_trials(folds, settings, score, folder, seed)
        study = open_study(folder, settings, seed)
        elsewhere = [trial.number for trial in study.trials if trial.state.name == "RUNNING"]
        if not elsewhere:
            return study
        for number in elsewhere:
            with suppress(FileNotFoundError), _lock_of(folder, number).open("r+") as stream:
                lock(stream, wait=True)  # held until it ends or dies


def run_trials(
    folds: np.ndarray, settings: SearchSettings, score: ScoreFold, folder: Path, seed: int
) -> None:
    """Do trials, one after the other, until no more are wanted; others may do the same beside."""
    pruned = load_optuna().trial.TrialState.PRUNED
    while True:
        with _locked(folder / "ask.lock"):
            study = open_study(folder, settings, seed)
            _take_up(study, folder)
            waiting = [t for t in study.trials if t.state.name == "WAITING"]
            begun = [t for t in study.trials if t.state.name in ("RUNNING", "COMPLETE", "PRUNED")]
            if not waiting and len(begun) >= settings.trials:
                return
            trial = study.ask()
            params = _suggest(trial, settings)
            mark = _lock_of(folder, trial.number)
            held = mark.open("w")
            lock(held, wait=True)
        try:
            value = _run_trial(trial, study, params, folds, settings, score, seed)
            study.tell(trial, value, state=pruned if value is None else None)
        except (KeyboardInterrupt, OSError, IsoglossError):  # of which the training is innocent
            held.close()  # Windows removes no open file
            mark.unlink()
            raise
        except NoScore as why:
            logger.warning("trial %d is given up: %s", trial.number, why)
            trial.set_user_attr(DIVERGED, str(why))
            study.tell(trial, state=pruned)
        finally:
            held.close()


def fold_score(
    score: ScoreFold,
    params: Mapping[str, float],
    folds: np.ndarray,
    fold: int,
    seeds: Iterable[int],
) -> float:
    """Mean of a fold's scores over the seeds of trainings.

    Raises:
        NoScore: a training diverged, or a score is not a number.
    """
    try:
        value = float(np.mean([score(params, folds, fold, seed) for seed in seeds]))
    except InputError as error:
        raise NoScore(str(error).partition(";")[0]) from error
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        raise NoScore(f"fold {fold} needs more memory than there is") from error
    if not np.isfinite(value):
        raise NoScore(f"the score of fold {fold} is {value}")
    return value


def best_trial(study: Any) -> Any:
    """The finished trial with the best mean over folds, the first of equals; None without one."""
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    return max(done, key=lambda trial: trial.value, default=None)


def folds_behind(study: Any, settings: SearchSettings) -> int:
    """How many folds of a search need no training any more: done, or of a trial that ended."""
    ended = ("COMPLETE", "PRUNED")
    return sum(
        settings.folds if trial.state.name in ended else len(trial.user_attrs.get(FOLDS, ()))
        for trial in study.trials
        if trial.state.name != "FAIL"  # taken up by another trial
    )


def _suggest(trial: Any, settings: SearchSettings) -> dict[str, float]:
    whole = {name: trial.suggest_int(name, *getattr(settings, name)) for name in SEARCHED[:2]}
    fine = {
        name: trial.suggest_float(name, *getattr(settings, name), log=name in SEARCHED[2:4])
        for name in SEARCHED[2:]
    }
    return whole | fine


def _run_trial(
    trial: Any,
    study: Any,
    params: Mapping[str, float],
    folds: np.ndarray,
    settings: SearchSettings,
    score: ScoreFold,
    seed: int,
) -> float | None:
    """Score the folds that are left, and take the mean over all; None if the trial fell behind."""
    values, deaths = list(trial.user_attrs.get(FOLDS, ())), trial.user_attrs.get(DEATHS, 0)
    if deaths >= MAX_DEATHS:
        raise NoScore(f"{deaths} processes died in fold {len(values)}, perhaps of its memory")
    while len(values) < settings.folds:
        seeds = range(seed, seed + settings.repeats)
        values.append(fold_score(score, params, folds, len(values), seeds))
        trial.set_user_attr(FOLDS, values)
        trial.set_user_attr(DEATHS, 0)
        # the sampler compares trials by the last report: a mean, as that of a finished trial is
        trial.report(float(np.mean(values)), len(values) - 1)
        if len(values) < settings.folds and _behind(values, best_trial(study), settings):
            return None
    return float(np.mean(values))


def _behind(values: list[float], best: Any, settings: SearchSettings) -> bool:
    """Whether a trial is surely worse than the best one on the folds that it has done."""
    if best is None or not settings.prune_below:
        return False
    differences = np.subtract(values, best.user_attrs[FOLDS][: len(values)])
    return p_below_zero(differences, settings.folds) < settings.prune_below


def _take_up(study: Any, folder: Path) -> None:
    """Let trials whose process died be done again from the fold they were in."""
    failed = load_optuna().trial.TrialState.FAIL
    for trial in study.trials:
        if trial.state.name == "RUNNING" and not _alive(_lock_of(folder, trial.number)):
            study.tell(trial.number, state=failed, skip_if_finished=True)
    trials = study.trials
    taken_up = {trial.user_attrs.get(TAKEN_UP) for trial in trials}
    for trial in trials:
        if trial.state.name != "FAIL" or trial.number in taken_up:
            continue
        died = _lock_of(folder, trial.number).exists()  # a process that stops takes it away
        done, deaths = trial.user_attrs.get(FOLDS, []), trial.user_attrs.get(DEATHS, 0) + died
        # what it was to go on with, too: it may have died before that was drawn
        params = trial.system_attrs.get("fixed_params", {}) | trial.params
        attributes = {FOLDS: done, DEATHS: deaths, TAKEN_UP: trial.number}
        study.enqueue_trial(params, user_attrs=attributes)
        logger.info("trial %d died in fold %d: taken up", trial.number, len(done))


def _lock_of(folder: Path, number: int) -> Path:
    return folder / f"trial-{number}.lock"


def _alive(mark: Path) -> bool:
    """Whether a process holds the lock of a trial."""
    if not mark.exists():
        return False
    with mark.open("r+") as stream:
        return not lock(stream)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        lock(stream, wait=True)
        yield
