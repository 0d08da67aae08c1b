"""A search for the hyper-parameters of a fine-tuning: a training per fold and trial."""

import logging
import math
import multiprocessing
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing.context import SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from isogloss.console import Advance, Console, Silent
from isogloss.data.graded.pairs import GradedPairs
from isogloss.errors import InputError
from isogloss.protocols import BoolArray
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.examples import examples_of
from isogloss.recipes.finetune.leakage import apart
from isogloss.recipes.finetune.prepare import Prepared, prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.train import train_on
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.parts import Search
from isogloss.training.finetune.health import FinetuneEvaluator
from isogloss.training.finetune.job import FinetuneExamples
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.interruption import Interrupted
from isogloss.tuning.cross_validation import CrossValidation, choose_folds
from isogloss.tuning.journal import load_optuna
from isogloss.tuning.trials import run_trials

logger = logging.getLogger(__name__)

STEP_SECONDS = 30.0
"""How long a helper that is told to stop may take for the step that it is in."""


def check_search(recipe: FinetuneRecipe, processes: int = 1) -> None:
    """Refuse, before any work, a search that cannot be done.

    Args:
        recipe: the resolved recipe; one that asks for no search is in order.
        processes: that were started to train.

    Raises:
        MissingExtraError: Optuna is not installed.
        InputError: there are several processes.
    """
    if not recipe.search.trials:
        return
    load_optuna()
    if processes > 1:
        raise InputError(
            f"a search was asked for in {processes} processes; expected one: use "
            "search.workers to search side by side, and several processes for the training"
        )


def check_folds(recipe: FinetuneRecipe, data: FinetuneData) -> None:
    """Refuse pairs that cannot be searched on.

    Args:
        recipe: the resolved recipe; one that asks for no search is in order.
        data: of the run.

    Raises:
        InputError: no folds can be made of them.
    """
    if recipe.search.trials and data.train is not None:
        choose_folds(data.train, recipe.search, recipe.training.seed)


def searched(training: FinetuneSettings, params: Mapping[str, float]) -> FinetuneSettings:
    """Training settings of a trial: its hyper-parameters in place of the recipe's.

    Args:
        training: of the recipe.
        params: by name of the setting.
    """
    values: dict[str, Any] = dict(params)
    return replace(training, **values, warmup_steps=0)  # which would win over a searched share


@dataclass(frozen=True)
class ChosenSettings:
    """What everything is trained with in the end.

    Attributes:
        training: the settings.
        search: the record of the search that found them; None: they are the recipe's.
        checkpoints: folder of the training: those of another winner are of no use to it.
    """

    training: FinetuneSettings
    search: Search | None = None
    checkpoints: str = "checkpoints"


def choose_settings(recipe: FinetuneRecipe, prepared: Prepared, console: Console) -> ChosenSettings:
    """The recipe's settings; with a search, on all graded pairs, those that it finds.

    Args:
        recipe: the resolved recipe.
        prepared: its model is as before afterwards.
        console: told about the folds.

    Raises:
        MissingExtraError: Optuna is not installed.
        InputError: no folds can be made, or no trial has a score.
    """
    if not recipe.search.trials:
        return ChosenSettings(recipe.training)
    settings = recipe.search
    total = settings.folds * settings.repeats * (settings.trials + 2 * settings.check)
    helpers = _Helpers(recipe)
    with console.stage("searching", total) as advance:
        folds = _Folds(recipe, prepared)
        seed, bar = recipe.training.seed, _Bar(advance, total, settings.repeats)
        search = CrossValidation(folds.pairs, settings, folds.score, _folder(recipe), seed, bar.at)
        with helpers:
            study = search.finish_trials()
        found = search.choose(study)
    folds.reset()
    training = searched(recipe.training, found.params)
    more = {"helpers_died": len(helpers.died), "training": asdict(training)}
    record = Search.model_validate(found.account | more)
    return ChosenSettings(training, record, f"checkpoints-{record.best['trial']}")


def _folder(recipe: FinetuneRecipe) -> Path:
    return Path(recipe.out) / "search"


class _Helpers:
    """Processes that search beside this one, with equal threads; they end when it ends.

    Attributes:
        died: how those ended that did not end well.
    """

    def __init__(self, recipe: FinetuneRecipe) -> None:
        self.died: list[int] = []
        self._recipe, self._threads = recipe, torch.get_num_threads()
        self._processes: list[SpawnProcess] = []

    def __enter__(self) -> None:
        workers = self._recipe.search.workers
        each = max(1, self._threads // workers)
        torch.set_num_threads(each)
        for _ in range(workers - 1):
            helper = multiprocessing.get_context("spawn").Process(
                target=_help, args=(self._recipe, each), daemon=True
            )
            with _without_ctrl_c():  # which a terminal sends to the helpers, too
                helper.start()
            self._processes.append(helper)

    def __exit__(self, *raised: object) -> None:
        torch.set_num_threads(self._threads)
        self.died = [helper.exitcode for helper in self._processes if helper.exitcode]
        if self.died and raised[0] is None:
            logger.warning(
                "helper processes ended with status %s; their trials were done here", self.died
            )
        for helper in self._processes:
            helper.terminate()
        for helper in self._processes:
            helper.join(STEP_SECONDS)
            helper.kill()  # where it still lives
            helper.join()


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """A block in which Ctrl-C does nothing, nor ever in a process that is started in it."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread: somebody else handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _help(recipe: FinetuneRecipe, threads: int) -> None:
    """Run trials in a helper process until no more are wanted or the main process is gone."""
    torch.set_num_threads(threads)
    main, seed = multiprocessing.parent_process(), recipe.training.seed
    assert main is not None

    def score(params: Mapping[str, float], rows: np.ndarray, fold: int, seed: int) -> float:
        if not main.is_alive():
            raise Interrupted("the search was killed, else it would have ended its helpers")
        return folds.score(params, rows, fold, seed)

    try:
        folds = _Folds(recipe, prepare(recipe, [], RunLog()))
        rows = choose_folds(folds.pairs, recipe.search, seed)
        run_trials(rows, recipe.search, score, _folder(recipe), seed)
    except (Interrupted, KeyboardInterrupt):  # of which the main process tells
        raise SystemExit(130) from None


@dataclass
class _Bar:
    """Moves a stage that counts trainings to where a search stands."""

    advance: Advance
    total: int
    repeats: int
    done: int = 0

    def at(self, folds: int) -> None:
        """Advance to a number of folds; an earlier run may already have done more."""
        before, self.done = self.done, min(self.total, self.repeats * folds)
        self.advance(self.done - before)


@dataclass(eq=False)
class _Folds:
    """Trains and scores folds, each time from the model as it was."""

    recipe: FinetuneRecipe
    prepared: Prepared

    def __post_init__(self) -> None:
        assert self.prepared.data.train is not None
        self.pairs: GradedPairs = self.prepared.data.train
        self.examples = examples_of(
            self.prepared.data, self.recipe, self.prepared.model, self.prepared.pivot
        )
        self.apart: dict[bytes, BoolArray] = {}
        model = self.prepared.model.model
        self.start = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def reset(self) -> None:
        """Restore the weights that the search began with."""
        model = self.prepared.model.model
        model.load_state_dict(self.start)
        model.requires_grad_(True)

    def score(self, params: Mapping[str, float], folds: np.ndarray, fold: int, seed: int) -> float:
        """Mean Spearman over all pairs of languages on the rows of one fold."""
        self.reset()
        settings = replace(
            searched(self.recipe.training, params),
            seed=seed,
            report_to=None,
            checkpoint_minutes=None,  # a fold that dies is done anew
        )
        rows, own = (folds >= 0) & (folds != fold), folds == fold
        held_out = self.pairs.take(np.flatnonzero(own))
        examples = self._without(held_out, own).of_items(rows)
        with TemporaryDirectory(prefix="fold-", dir=Path(self.recipe.out) / "work") as place:
            folder = Path(place)
            train_on(examples, self.prepared, settings, None, folder, Silent(), resume=False)
        model = self.prepared.model
        model.model.eval()
        figures = FinetuneEvaluator(model, held_out, self.prepared.pivot).figures()
        return figures.get("spearman", math.nan)

    def _without(self, held_out: GradedPairs, rows: BoolArray) -> FinetuneExamples:
        """The examples without triplets that hold a sentence of some pairs, known by their rows."""
        triplets = self.prepared.data.triplets
        if not triplets:
            return self.examples
        key = rows.tobytes()
        if key not in self.apart:  # the same folds are in every trial
            self.apart[key] = apart(triplets, held_out)
        return replace(self.examples, triplets=self.examples.triplets[self.apart[key]])
