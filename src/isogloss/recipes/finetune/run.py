"""Fine-tune a model on graded pairs in and across languages, from top to bottom.

pairs     -> row beside row in every language, a share held out so that no sentence crosses
crossings -> each language alone, with the pivot, or every one with every other
anchors   -> parallel sentences held to their targets: the distillation is kept
training  -> cosines towards the grades; each distinct sentence of a batch is run once
scores    -> teacher | before | after, on the official tests and on what training has not seen
"""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from isogloss.console import Console, Silent
from isogloss.encoders.classic import least_version
from isogloss.encoders.encoder import fingerprint_model, load_encoder
from isogloss.encoders.saving import save_model
from isogloss.protocols import STS, Encoder
from isogloss.recipes.distill.teacher import describe, traits
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.prepare import Prepared, load_start, prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.scores import finetune_scores
from isogloss.recipes.finetune.search import (
    check_folds,
    check_search,
    on_everything,
    search_settings,
    searched,
)
from isogloss.recipes.finetune.train import dev_looks, prepared_examples, train_on
from isogloss.recipes.training_run import (
    CHECKPOINT_KEPT,
    PATIENCE,
    Trained,
    alarms_of,
    training_account,
    write_run,
)
from isogloss.runs.folder import finish, preparation, run_folder, settle_recipe
from isogloss.runs.provenance import code_version, environment, now, peak_memory_bytes
from isogloss.tasks import Task, load_task
from isogloss.tuning.cross_validation import SearchResult


@dataclass(frozen=True)
class Finetuning:
    """A finished run.

    Attributes:
        folder: the fine-tuned model.
        run: the content of `run.json`.
        evaluation: scores of the teacher if one is named, and of the model before and after.
    """

    folder: Path
    run: dict[str, Any]
    evaluation: Evaluation


def finetune(
    recipe: FinetuneRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> Finetuning:
    """Fine-tune a model on graded pairs, on triplets, or on both.

    Args:
        recipe: what to do.
        resume: go on with what `recipe.out` holds.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The model's folder and its scores; None of the latter in helper processes.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        IsoglossError: see the rooms: data, encoders, training.
    """
    start = time.perf_counter()
    process = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
    console = console if console and process.is_main_process else Silent()
    check_search(recipe, process.num_processes)
    if not process.is_main_process:  # the folder is the main process's
        return _finetune(recipe, process, resume, console, start)
    with run_folder(Path(recipe.out), resume, overwrite):
        return _finetune(recipe, process, resume, console, start)


def _finetune(
    recipe: FinetuneRecipe, process: PartialState, resume: bool, console: Console, start: float
) -> Finetuning:
    tasks = [load_task(text) for text in recipe.tasks]
    if process.is_main_process:
        with preparation(Path(recipe.out)):
            prepared = prepare(recipe, console, tasks)
            if recipe.search.trials:  # this process is the only one then
                prepared = replace(prepared, data=on_everything(prepared.data))
                check_folds(recipe, prepared.data)
            data = prepared.data.fingerprints()
            settle_recipe(Path(recipe.out), recipe.fingerprint(), data)
    process.wait_for_everyone()
    if not process.is_main_process:
        prepared = prepare(recipe, console, tasks)
    settings, found, place = recipe.training, None, "checkpoints"
    if recipe.search.trials:
        found = search_settings(recipe, prepared, console)
        settings = searched(settings, found.params)
        place += f"-{found.account['best']['trial']}"  # those of another winner are of no use
    dev = prepared.data.dev
    trained = train_on(
        prepared_examples(recipe, prepared),
        prepared,
        settings,
        dev_looks(dev, prepared.model, prepared.pivot, recipe),
        Path(recipe.out) / "work" / place,
        console,
        resume=resume,
    )
    process.destroy_process_group()  # a process that exits with it alive may abort
    if not process.is_main_process:
        return Finetuning(Path(recipe.out), {}, Evaluation({}))
    return _finish(recipe, prepared, trained, found, tasks, console, start)


def _finish(
    recipe: FinetuneRecipe,
    prepared: Prepared,
    trained: Trained,
    found: SearchResult | None,
    tasks: list[Task],
    console: Console,
    start: float,
) -> Finetuning:
    """Save the model, score it beside what it was, write the account."""
    out, data = Path(recipe.out), prepared.data
    save_model(trained.model, out, kept=CHECKPOINT_KEPT)
    before_scores = time.perf_counter()
    teacher = load_encoder(recipe.teacher) if recipe.teacher else None
    before = load_start(recipe)  # once more: the first was trained in place
    models: dict[str, Encoder] = {"teacher": teacher} if teacher else {}
    models |= {"before": before, "after": load_encoder(out)}
    with console.stage("evaluating before and after"):
        scores = finetune_scores(data, models, teacher, prepared.pivot, tasks)
    seconds = prepared.seconds | {
        "training": trained.state.seconds,
        "evaluation": time.perf_counter() - before_scores,
        "all": time.perf_counter() - start,
    }
    run = {
        "isogloss": code_version(),
        "command": "finetune",
        "recipe": asdict(recipe),
        "pivot": prepared.pivot,
        "start": describe(before.for_use(STS)),
        "teacher": describe(teacher) if teacher else None,
        "languages": list(data.train.languages) if data.train else [prepared.pivot],
        "student": traits(trained.model)
        | {"fingerprint": fingerprint_model(out), "sentence_transformers": least_version(out)},
        "data": data.account,
        "training": _training(recipe, trained, found, data),
        "search": found.account if found else None,
        "alarms": alarms_of(trained.state, scores),
        "environment": environment(),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "peak_memory_bytes": peak_memory_bytes(),
        "seed": recipe.training.seed,
        "finished": now(),
    }
    write_run(out, run, scores)
    finish(out)
    return Finetuning(out, run, scores)


def _training(
    recipe: FinetuneRecipe, trained: Trained, found: SearchResult | None, data: FinetuneData
) -> dict[str, Any]:
    """The `training` part of `run.json`, with the batch sizes that were in effect."""
    settings = searched(recipe.training, found.params) if found else recipe.training
    in_batch = {"graded pairs": settings.graded_in_batch} if data.train else {}
    in_batch |= {"triplets": settings.triplets_in_batch} if data.triplets else {}
    best = "dev_spearman" if data.dev else None
    return training_account(settings, trained, best) | {"in_batch": in_batch}
