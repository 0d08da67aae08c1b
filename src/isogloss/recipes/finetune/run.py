"""Fine-tune a model on graded pairs in and across languages, from top to bottom.

pairs     -> row beside row in every language, a share of them held out          `prepare`
anchors   -> parallel sentences held to their targets: the distillation is kept  `prepare`
settings  -> the recipe's, or those that a search by cross-validation finds      `choose_settings`
crossings -> each language alone, with the pivot, or every one with every other  `examples_of`
training  -> cosines towards the grades; each sentence of a batch is run once    `train_on`
scores    -> teacher | before | after, on the tests and on their unseen part     `finetune_scores`
"""

from dataclasses import asdict
from pathlib import Path

import torch

from isogloss.console import Console
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.saving import save_model
from isogloss.errors import expect
from isogloss.protocols import STS
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.recipes.finetune.data import FinetuneData
from isogloss.recipes.finetune.examples import examples_of
from isogloss.recipes.finetune.prepare import Prepared, load_start, model_fingerprints, prepare
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.finetune.scores import finetune_scores
from isogloss.recipes.finetune.search import (
    ChosenSettings,
    check_folds,
    check_search,
    choose_settings,
)
from isogloss.recipes.finetune.train import dev_evaluator, train_on
from isogloss.recipes.finish import (
    CHECKPOINT_KEPT,
    FinishedRun,
    alarms_of,
    describe_student,
    finish_run,
)
from isogloss.runs.descriptions import ModelDescription, StudentDescription
from isogloss.runs.folder import settle_recipe, spare_inputs
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.parts import FinetuneDataRecord, Training
from isogloss.runs.record import FinetuneRecord
from isogloss.tasks import load_task
from isogloss.teachers.teacher import describe
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.processes import join_processes
from isogloss.training.train import Trained, training_record


@torch.inference_mode(False)
@torch.enable_grad()  # whatever the caller has set: this trains
def finetune(
    recipe: FinetuneRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> FinishedRun[FinetuneRecord]:
    """Fine-tune a model on graded pairs, on triplets, or on both.

    Args:
        recipe: what to do.
        resume: go on with what `recipe.out` holds.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The model's folder, its record and its scores.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        IsoglossError: see the rooms: data, encoders, training.
    """
    expect(recipe, FinetuneRecipe, "recipe", "give isogloss.FinetuneRecipe(...)")
    process = join_processes()
    is_main = process.is_main_process
    check_search(recipe, process.num_processes)
    spare_inputs(recipe.out, (recipe.model, recipe.teacher), recipe.places)
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite, is_main=is_main) as run:
        tasks = [load_task(text) for text in recipe.tasks]
        with process.main_process_first(), run.preparing():
            prepared = prepare(recipe, tasks, run)
            check_folds(recipe, prepared.data)
            begun_with = prepared.data.fingerprints() | model_fingerprints(recipe)
            settle_recipe(run.folder, recipe.fingerprint(), begun_with)
        chosen = choose_settings(recipe, prepared, run.console)
        trained = _train(recipe, prepared, chosen, run)
        process.destroy_process_group()  # a process that exits with it alive may abort
        if not is_main:
            return FinishedRun(run.folder, None, Evaluation({}))
        save_model(trained.model, run.folder, kept=CHECKPOINT_KEPT)
        with run.stage("evaluation", "evaluating before and after"):
            models = _models(recipe, prepared.teacher_prompt, run.folder)
            teacher, pivot = models.get("teacher"), prepared.pivot
            scores = finetune_scores(prepared.data, models, teacher, pivot, tasks)
        record = _record(recipe, prepared, chosen, trained, models, scores, run)
        return finish_run(run, record, scores)


def _train(
    recipe: FinetuneRecipe, prepared: Prepared, chosen: ChosenSettings, run: OpenRun
) -> Trained:
    """Train the prepared model on everything."""
    trained = train_on(
        examples_of(prepared.data, recipe, prepared.model, prepared.pivot),
        prepared,
        chosen.training,
        dev_evaluator(recipe, prepared),
        run.folder / "work" / chosen.checkpoints,
        run.console,
        resume=run.resume,
    )
    run.seconds["training"] = trained.state.seconds  # of earlier sessions too
    return trained


def _models(recipe: FinetuneRecipe, prompt: str | None, folder: Path) -> dict[str, SentenceEncoder]:
    """What is scored, by label; the teacher with a prompt, or None for its own."""
    models = {}
    if recipe.teacher:
        models["teacher"] = load_encoder(recipe.teacher, prompt=prompt, fast=True)
    before = load_start(recipe, fast=True)  # once more: the first was trained in place
    return models | {"before": before, "after": load_encoder(folder, fast=True)}


def _record(
    recipe: FinetuneRecipe,
    prepared: Prepared,
    chosen: ChosenSettings,
    trained: Trained,
    models: dict[str, SentenceEncoder],
    scores: Evaluation,
    run: OpenRun,
) -> FinetuneRecord:
    """The record of the run."""
    data, teacher, before = prepared.data, models.get("teacher"), models["before"]
    return FinetuneRecord(
        command="finetune",
        recipe=asdict(recipe),
        pivot=prepared.pivot,
        start=ModelDescription(**describe(before.with_prompt(before.prompt_for(STS)))),
        teacher=ModelDescription(**describe(teacher)) if teacher else None,
        languages=list(data.train.languages) if data.train else [prepared.pivot],
        student=StudentDescription(**describe_student(trained.model, run.folder)),
        data=FinetuneDataRecord.model_validate(data.account),
        training=_training(chosen.training, trained, data),
        search=chosen.search,
        alarms=alarms_of(trained.state, scores),
        seed=recipe.training.seed,
        **run.measured(),
    )


def _training(settings: FinetuneSettings, trained: Trained, data: FinetuneData) -> Training:
    """How training went, with the batch sizes that were in effect."""
    in_batch = {"graded pairs": settings.graded_in_batch} if data.train else {}
    in_batch |= {"triplets": settings.triplets_in_batch} if data.triplets else {}
    best = "dev_spearman" if data.dev else None
    return training_record(settings, trained, best).model_copy(update={"in_batch": in_batch})
