"""A search for the hyper-parameters of a fine-tuning: a training per fold and trial."""

import multiprocessing
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.console import Advance, Console, Silent
from isogloss.data.graded import GradedPairs, stack
from isogloss.recipes.finetune_recipe import FinetuneRecipe
from isogloss.recipes.finetune_start import Prepared, prepare
from isogloss.recipes.finetune_training import figures_on, prepared_examples, train_on
from isogloss.recipes.search import SearchResult, choose_folds, search
from isogloss.recipes.search_trials import run_trials
from isogloss.recipes.training_run import Looks


def on_everything(prepared: Prepared) -> Prepared:
    """The same with the dev pairs among the training pairs, as a final training has it."""
    data = prepared.data
    if data.train is None or data.dev is None:
        return prepared
    account = data.account | {"train_pairs": len(data.train) + len(data.dev), "dev_pairs": 0}
    joined = replace(data, train=stack([data.train, data.dev]), dev=None, account=account)
    return replace(prepared, data=joined)


def search_settings(recipe: FinetuneRecipe, prepared: Prepared, console: Console) -> SearchResult:
    """Search on all graded pairs, with as many processes as the recipe says.

    Args:
        recipe: the resolved recipe.
        prepared: from `on_everything`; its model is as before afterwards.
        console: told about the folds.

    Raises:
        MissingExtraError: Optuna is not installed.
        InputError: no folds can be made.
    """
    settings = recipe.search
    spawn = multiprocessing.get_context("spawn")
    helpers = [spawn.Process(target=_help, args=(recipe,)) for _ in range(settings.workers - 1)]
    for helper in helpers:
        helper.start()
    total = settings.folds * settings.repeats * settings.trials
    with console.stage("searching", total) as advance:
        folds = _Folds(recipe, prepared, advance)
        found = search(folds.pairs, settings, folds.score, _folder(recipe), recipe.training.seed)
    for helper in helpers:
        helper.join()
    folds.reset()
    return found


def _folder(recipe: FinetuneRecipe) -> Path:
    return Path(recipe.out) / "search"


def _help(recipe: FinetuneRecipe) -> None:
    """What a helper process does: trials, until no more are wanted."""
    folds = _Folds(recipe, on_everything(prepare(recipe, Silent())), lambda done: None)
    seed = recipe.training.seed
    rows = choose_folds(folds.pairs, recipe.search, seed)
    run_trials(rows, recipe.search, folds.score, _folder(recipe), seed)


@dataclass(eq=False)
class _Folds:
    """Trains and scores folds, each time from the model as it was."""

    recipe: FinetuneRecipe
    prepared: Prepared
    advance: Advance

    def __post_init__(self) -> None:
        assert self.prepared.data.train is not None
        self.pairs: GradedPairs = self.prepared.data.train
        self.examples = prepared_examples(self.recipe, self.prepared)
        model = self.prepared.model.model
        self.start = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def reset(self) -> None:
        """Put the weights back that the search began with."""
        model = self.prepared.model.model
        model.load_state_dict(self.start)
        model.requires_grad_(True)

    def score(self, params: Mapping[str, float], folds: np.ndarray, fold: int, seed: int) -> float:
        """Mean Spearman over all pairs of languages on the rows of one fold."""
        self.reset()
        values: dict[str, Any] = dict(params)
        settings = replace(self.recipe.training, **values, minutes=None, seed=seed)
        rows = (folds >= 0) & (folds != fold)
        place = Path(self.recipe.out) / "work" / f"fold-{os.getpid()}"
        examples, looks = self.examples.of_items(rows), Looks(dict, None, lambda f, done: [])
        train_on(examples, self.prepared, settings, looks, place, Silent(), resume=False)
        shutil.rmtree(place, ignore_errors=True)
        model = self.prepared.model
        model.model.eval()
        held_out = self.pairs.take(np.flatnonzero(folds == fold))
        self.advance(1)
        return figures_on(held_out, model, self.prepared.pivot)["spearman"]
