"""Teach a model new languages: the method, from top to bottom.

M is the teacher and S the student: each makes a vector of a sentence.

pairs     -> clean, held-out part aside                                      `prepare`
targets   -> M(source), each distinct sentence once                          `prepare`
student   -> the teacher's body with tokens of the new languages             `prepare`
training  -> S(source) and S(target) towards M(source)                       `_train`
scores    -> teacher | untrained, or a finished student as given | trained   `_evaluate`

Source: Reimers and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using
    Knowledge Distillation" (arXiv:2004.09813); `MSELoss` in Sentence Transformers.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from isogloss.allocator import give_back_memory
from isogloss.console import Console
from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import pad_id
from isogloss.errors import expect
from isogloss.recipes.distill.examples import place_shares
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.prepared import Prepared
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.evaluate.run import Evaluation, evaluate
from isogloss.recipes.finish import (
    CHECKPOINT_KEPT,
    FinishedRun,
    alarms_of,
    describe_student,
    finish_run,
)
from isogloss.runs.folder import spare_inputs
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.record import DistillRecord
from isogloss.runs.roles import HELD_OUT
from isogloss.students.linear_modules import turn
from isogloss.tasks import BitextData, BitextTask, HealthData, HealthTask, Task, load_task
from isogloss.training.distill.health import EVALUATED, DistillEvaluator
from isogloss.training.distill.job import DistillJob
from isogloss.training.interpolation import interpolate
from isogloss.training.network import StudentNetwork
from isogloss.training.processes import join_processes
from isogloss.training.run_settings import check_tracker
from isogloss.training.train import Trained, train, training_record


@torch.inference_mode(False)
@torch.enable_grad()  # whatever the caller has set: this trains
def distill(
    recipe: DistillRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> FinishedRun[DistillRecord]:
    """Distil a teacher into a student that knows more languages.

    Args:
        recipe: what to do.
        resume: go on with what `recipe.out` holds.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The trained student's folder, its record and its scores.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        IsoglossError: see the rooms: data, teacher, student, training.
    """
    expect(recipe, DistillRecipe, "recipe", "give isogloss.DistillRecipe(...)")
    process = join_processes()
    is_main = process.is_main_process
    spare_inputs(recipe.out, (recipe.teacher, recipe.student.base), recipe.places)
    check_tracker(recipe.training)  # which may be another when a run goes on
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite, is_main=is_main) as run:
        tasks = [load_task(text) for text in recipe.tasks]
        with process.main_process_first(), run.preparing():  # the others find it done
            prepared = prepare(recipe, tasks, run, process.num_processes)
        recipe = prepared.resolved(recipe)
        give_back_memory()
        trained = _train(recipe, prepared, run)
        process.destroy_process_group()  # a process that exits with it alive may abort
        if not is_main:
            return FinishedRun(run.folder, None, Evaluation({}))
        give_back_memory()
        save_model(trained.model, run.folder, kept=CHECKPOINT_KEPT)
        with run.stage("evaluation", "evaluating teacher, and student before and after"):
            scores = _evaluate(recipe, prepared, tasks)
        record = _record(recipe, prepared, trained, scores, run)
        return finish_run(run, record, scores)


def _train(recipe: DistillRecipe, prepared: Prepared, run: OpenRun) -> Trained:
    """Train the student that `prepare` left, against the targets it left.

    `DistillJob` has the batches and their loss, `DistillEvaluator` what chooses the best weights,
    `train` the steps and checkpoints.
    """
    facts, code = prepared.facts, recipe.student.remote_code
    settings = recipe.training
    if settings.precision == "auto":  # chosen once: it holds for every process and every resume
        settings = replace(settings, precision=facts.teacher.precision)  # type: ignore[arg-type]
    settings = settings.resolved(prepared.source.student.defaults)
    model = load_sentence_transformer(prepared.untrained, remote_code=code)
    network = StudentNetwork(model, facts.n_old)
    examples, store = prepared.examples(), prepared.store()
    job = DistillJob(
        examples,
        facts.source_language,
        pad_id(model),
        settings,
        store.targets(store.find_keys(examples.keys)),
        squared_norm=facts.target_squared_norm,
        replayed=facts.replayed,
    )
    dev = {name: _some(part) for name, part in prepared.dev.items()}
    student = SentenceEncoder(model, name="student", precision=settings.precision)
    dev_targets = {name: store.targets(store.find(part.source))[:] for name, part in dev.items()}
    evaluator = DistillEvaluator(student, dev, dev_targets)
    if run.is_main:  # it alone evaluates
        evaluator.begin()
    folder = prepared.folder / "checkpoints"
    trained = train(network, job, settings, folder, evaluator, run.console, resume=run.resume)
    run.seconds["training"] = trained.state.seconds  # of earlier sessions too
    if settings.interpolation < 1.0 and trained.state.step and evaluator.began_near():
        untrained = load_sentence_transformer(prepared.untrained, remote_code=code)
        turn(untrained, prepared.untrained)
        interpolate(trained.model, untrained, settings.interpolation)
    return trained


def _some(part: ParallelSentences) -> ParallelSentences:
    """Every so many pairs, `EVALUATED` at most: what is held out may be in the order of corpora."""
    return part.take(range(0, len(part), max(1, -(-len(part) // EVALUATED))))


def _evaluate(recipe: DistillRecipe, prepared: Prepared, tasks: Sequence[Task]) -> Evaluation:
    """Score teacher, and student before and after, on the test tasks and the held-out pairs.

    Before is the untrained student; of a finished one that learned more, what was given: new tokens
    alone change how its earlier languages are segmented.
    """
    teacher, code = prepared.teacher(recipe), recipe.student.remote_code
    earlier = prepared.source.base_run
    label, before = ("before", earlier.folder) if earlier else ("untrained", prepared.untrained)
    models = {
        "teacher": teacher,
        label: load_encoder(before, remote_code=code, fast=True),
        "trained": load_encoder(Path(recipe.out), remote_code=code, fast=True),
    }
    held_out = [task for part in prepared.dev.values() for task in _held_out_tasks(part)]
    return evaluate(
        models,
        [*tasks, *held_out],
        teacher=teacher,
        teacher_language=prepared.facts.source_language,
    )


def _held_out_tasks(part: ParallelSentences) -> list[Task]:
    """Parallel accuracy and health on the held-out pairs of the run."""
    languages = f"{part.source_language}-{part.target_language}"
    source, target = list(part.source), list(part.target)
    return [
        BitextTask(languages, BitextData(source, target), name=HELD_OUT),
        HealthTask(languages, HealthData(source, target), name=HELD_OUT),
    ]


def _record(
    recipe: DistillRecipe, prepared: Prepared, trained: Trained, scores: Evaluation, run: OpenRun
) -> DistillRecord:
    """The record of the run."""
    facts, training = prepared.facts, training_record(recipe.training, trained, "dev_fvu")
    norm = {"target_squared_norm": facts.target_squared_norm}
    settings = recipe.training.resolved(prepared.source.student.defaults)
    shares = place_shares(prepared.examples(), facts.source_language, settings)
    data, dictionaries = (
        [part.model_copy(update=shares.get(part.where, {})) for part in parts]
        for parts in (facts.data, facts.dictionaries)
    )
    return DistillRecord(
        command="distill",
        recipe=asdict(recipe),
        teacher=facts.teacher,
        student=facts.student.model_copy(update=describe_student(trained.model, run.folder)),
        data=data,
        dictionaries=dictionaries,
        training=training.model_copy(update=norm),
        alarms=alarms_of(trained.state, scores),
        seed=recipe.training.seed,
        **run.measured(),
    )


__all__ = ["DistillRecipe", "FinishedRun", "distill"]
