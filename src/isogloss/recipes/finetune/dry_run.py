"""Estimate a fine-tuning: resolved recipe, sizes, memory and time."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.encoders.tokens import pad_id
from isogloss.recipes.finetune.data import gather_data
from isogloss.recipes.finetune.examples import crossing_pairs, examples_of
from isogloss.recipes.finetune.prepare import (
    check_names,
    find_pivot,
    load_anchor,
    load_start,
    note_prompts,
)
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.search import check_folds
from isogloss.runs.folder import spare_inputs
from isogloss.students.estimate import (
    TRAINING_COST,
    count_parameters,
    measured_rate,
    training_bytes,
)
from isogloss.tasks import load_task
from isogloss.training.finetune.job import FinetuneJob
from isogloss.tuning.settings import SearchSettings


def plan(recipe: FinetuneRecipe) -> dict[str, Any]:
    """Look at data and model, and estimate.

    Args:
        recipe: the resolved recipe.

    Returns:
        JSON-able: `recipe`, `pivot`, `data` (rows per place), `model`, `estimate` (seconds and
        bytes; rough, from a sample encoded here and now; of a search, where no trial stops early).

    Raises:
        IsoglossError: what the run would be refused for.
    """
    spare_inputs(recipe.out, (recipe.model, recipe.teacher), recipe.places)
    check_names(recipe)
    model, pivot = load_start(recipe), find_pivot(recipe)
    note_prompts(model)
    load_anchor(recipe, model)  # which may not fit
    tasks, settings = [load_task(text) for text in recipe.tasks], recipe.training
    data = gather_data(recipe, model, pivot, tasks)
    check_folds(recipe, data)
    languages = data.train.languages if data.train else ()
    crossings = crossing_pairs(languages, recipe.crossings, pivot)
    examples = examples_of(data, recipe, model, pivot)
    no_targets = np.empty((len(data.anchors), 0), np.float32)
    job = FinetuneJob(examples, pad_id(model.model), settings, no_targets)
    batches = job.epoch(0)
    sentences = sum(job.size(batch).sentences for batch in batches)
    sources = [text for pair in (data.anchors, data.sources) for text in pair]
    known = list(filter(None, data.train.first[languages[0]])) if data.train else []
    rate = measured_rate(model, sources or known or [triplet.anchor for triplet in data.triplets])
    epoch = sentences * TRAINING_COST / rate
    limits = [60 * settings.minutes] if settings.minutes is not None else []
    limits += [epoch * settings.epochs] if settings.epochs is not None else []
    workers = recipe.search.workers if recipe.search.trials else 1
    parameters = count_parameters(model.model)
    return {
        "recipe": json.loads(json.dumps(asdict(recipe))),
        "pivot": pivot,
        "data": data.account,
        "model": {"dim": model.dim, "parameters": parameters, "precision": model.precision},
        "estimate": {
            "crossings": ["-".join(pair) for pair in crossings],
            "graded_examples": len(examples.pairs),
            "triplets": len(examples.triplets),
            "steps_per_epoch": len(batches),
            "sentences_per_epoch": sentences,
            "targets_seconds": round(len(set(data.sources)) / rate),
            "training_seconds": round(min(limits, default=epoch)),
            "trainings_of_the_search": _trainings(recipe.search),
            "search_seconds": round(
                _epochs_of_search(recipe.search, len(data.train or ())) * epoch
            ),
            "peak_memory_bytes": workers * training_bytes(parameters),
            "out_exists": Path(recipe.out).exists(),
        },
    }


def _trainings(search: SearchSettings) -> int:
    """Number of trainings: of all trials, and of the winner on new folds, grouped and random."""
    return (search.trials + 2 * search.check * (search.trials > 0)) * search.folds * search.repeats


def _epochs_of_search(search: SearchSettings, pairs: int) -> float:
    """What all trainings of a search come to, in passes over all pairs."""
    share = min(search.subsample or pairs, pairs) / pairs if pairs else 0.0
    each = share * (search.folds - 1) / search.folds * sum(search.epochs) / 2
    return _trainings(search) * each
