"""The trials of a search: asked for, done fold by fold, pruned, and taken up where a process died.

They stand in a journal (Optuna's); each holds its score per fold. A process that was killed loses
the fold it was in, and no more.
"""

import fcntl
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.errors import MissingExtraError
from isogloss.recipes.finetune_recipe import SEARCHED, SearchSettings

logger = logging.getLogger(__name__)

ScoreFold = Callable[[Mapping[str, float], np.ndarray, int, int], float]
"""From hyper-parameters, the fold of every row (-1: unused), the one held out, and a seed to its
score."""

CONTINUES = "continues"
"""Attribute of a trial: number of the one whose folds it takes over."""


def run_trials(
    folds: np.ndarray, settings: SearchSettings, score: ScoreFold, folder: Path, seed: int
) -> None:
    """Do trials, one after the other, until no more are wanted; others may do the same beside."""
    import optuna

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
            lock = _lock_of(folder, trial.number)
            lock.write_text("")
            held = lock.open()
            fcntl.flock(held, fcntl.LOCK_EX)
        try:
            value = _run_trial(trial, study, params, folds, settings, score, seed)
            study.tell(trial, value)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        finally:
            held.close()


def open_study(folder: Path, settings: SearchSettings, seed: int) -> Any:
    """The study of a folder; it is made where there is none.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    try:
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
    except ImportError as error:
        raise MissingExtraError(
            "a search needs Optuna, which is not installed; expected it: pip install "
            "'isogloss[search]'"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    journal = str(folder / "journal.log")
    storage = optuna.storages.JournalStorage(
        JournalFileBackend(journal, lock_obj=JournalFileOpenLock(journal))
    )
    pruner: Any = optuna.pruners.NopPruner()
    if settings.prune_below:
        with warnings.catch_warnings():  # "experimental": Optuna may change how it is called
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            pruner = optuna.pruners.WilcoxonPruner(
                p_threshold=settings.prune_below, n_startup_steps=2
            )
    study = optuna.create_study(
        study_name="search",
        storage=storage,
        load_if_exists=True,
        direction="maximize",
        pruner=pruner,
    )
    # a sampler draws the same again from the same seed, and is made anew for every trial
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    return study


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
) -> float:
    """Score every fold that is not scored yet; stop where the pruner says so."""
    import optuna

    earlier = trial.user_attrs.get(CONTINUES)
    known = {} if earlier is None else study.trials[earlier].intermediate_values
    values = []
    for fold in range(settings.folds):
        if fold in known:
            value = known[fold]
        else:
            tries = [score(params, folds, fold, seed + n) for n in range(settings.repeats)]
            value = float(np.mean(tries))
        values.append(value)
        trial.report(value, fold)
        if fold + 1 < settings.folds and trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(values))


def _take_up(study: Any, folder: Path) -> None:
    """Let trials whose process died be done again from the fold they were in."""
    import optuna

    for trial in study.trials:
        if trial.state.name != "RUNNING" or _alive(_lock_of(folder, trial.number)):
            continue
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        # what it took over itself has been reported again, or is lost with no more than a fold
        study.enqueue_trial(trial.params, user_attrs={CONTINUES: trial.number})
        logger.info(
            "trial %d died in fold %d: taken up", trial.number, len(trial.intermediate_values)
        )


def _lock_of(folder: Path, number: int) -> Path:
    return folder / f"trial-{number}.lock"


def _alive(lock: Path) -> bool:
    """Whether a process holds the lock of a trial."""
    if not lock.exists():
        return False
    with lock.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
