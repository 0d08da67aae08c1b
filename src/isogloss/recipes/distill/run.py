"""Teach a model new languages: the method, from top to bottom.

pairs     -> clean, held-out part aside
targets   -> M(source), each distinct sentence once
student   -> the teacher's body with tokens of the new languages
training  -> S(source) and S(target) towards M(source)
scores    -> teacher | untrained, or a finished student as it was given | trained
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import PartialState

from isogloss.allocator import give_back_memory
from isogloss.console import Console, Silent
from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.classic import least_version
from isogloss.encoders.encoder import SentenceEncoder, fingerprint_model, load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import pad_id
from isogloss.errors import MissingFileError
from isogloss.recipes.distill.prepare import Prepared, prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import earlier_run
from isogloss.recipes.distill.teacher import traits
from isogloss.recipes.evaluate.run import Evaluation, evaluate
from isogloss.recipes.training_run import (
    CHECKPOINT_KEPT,
    PATIENCE,
    Looks,
    Trained,
    alarms_of,
    train,
    training_account,
    write_run,
)
from isogloss.runs.folder import finish, preparation, run_folder
from isogloss.runs.provenance import code_version, environment, now, peak_memory_bytes
from isogloss.tasks import BitextData, BitextTask, HealthData, HealthTask, Task, load_task
from isogloss.training.distill.health import BEST, DevEmbeddings, alarms, dev_figures
from isogloss.training.distill.job import DistillJob
from isogloss.training.network import StudentNetwork
from isogloss.vectors.store import TargetStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Distillation:
    """A finished run.

    Attributes:
        folder: the trained student.
        run: the content of `run.json`.
        evaluation: scores of the teacher, and of the student before and after training.
    """

    folder: Path
    run: dict[str, Any]
    evaluation: Evaluation


def distill(
    recipe: DistillRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> Distillation:
    """Distil a teacher into a student that knows more languages.

    Args:
        recipe: what to do.
        resume: go on with what `recipe.out` holds.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The trained student's folder and its scores; None of the latter in helper processes.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        IsoglossError: see the rooms: data, teacher, student, training.
    """
    start = time.perf_counter()
    # without `cpu` a machine that has no GPU would take every process for the only one
    process = PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
    console = console if console and process.is_main_process else Silent()
    if not process.is_main_process:  # the folder is the main process's
        return _distill(recipe, process, resume, console, start)
    with run_folder(Path(recipe.out), resume, overwrite):
        return _distill(recipe, process, resume, console, start)


def _distill(
    recipe: DistillRecipe, process: PartialState, resume: bool, console: Console, start: float
) -> Distillation:
    tasks = [load_task(text) for text in recipe.tasks]
    if process.is_main_process:
        with preparation(Path(recipe.out)):
            prepare(recipe, tasks, console)
    process.wait_for_everyone()
    prepared = prepare(recipe, tasks, console)
    give_back_memory()
    trained = _train(recipe, prepared, resume, console)
    process.destroy_process_group()  # a process that exits with it alive may abort
    if not process.is_main_process:
        return Distillation(Path(recipe.out), {}, Evaluation({}))
    give_back_memory()
    return _finish(recipe, prepared, trained, tasks, console, start)


def _train(recipe: DistillRecipe, prepared: Prepared, resume: bool, console: Console) -> Trained:
    """Train the student that `prepare` left, against the targets it left."""
    code = recipe.student.remote_code
    model = load_sentence_transformer(prepared.untrained, remote_code=code)
    network = StudentNetwork(model, prepared.facts["n_old"])
    examples, store = prepared.examples(), prepared.store()
    rows = store.find_keys(examples.keys)
    dev = prepared.dev
    dev_rows = {name: store.find(part.source) for name, part in dev.items()}
    _check_targets(store, [rows, *dev_rows.values()])
    teacher_dev = {name: store.gather(found) for name, found in dev_rows.items()}
    # what was chosen once holds for every process and every resume
    settings = replace(recipe.training, precision=prepared.facts["teacher"]["precision"])
    student = SentenceEncoder(model, fingerprint="", name="student", precision=settings.precision)

    def figures() -> dict[str, float]:
        return dev_figures(
            {
                name: DevEmbeddings(
                    teacher_dev[name], student.encode(part.source), student.encode(part.target)
                )
                for name, part in dev.items()
            }
        )

    job = DistillJob(
        examples,
        prepared.facts["source_language"],
        pad_id(model),
        settings.settled(network.kind),
        lambda numbers: store.gather(rows[numbers]),
        squared_norm=prepared.facts["target_squared_norm"],
        replayed=prepared.facts["replayed"],
    )
    start = figures() if PartialState().is_main_process else {}  # who looks at a run, it alone
    looks = Looks(figures, BEST, lambda now, fraction: alarms(now, start, fraction))
    folder = prepared.folder / "checkpoints"
    return train(network, job, settings, folder, looks, console, resume=resume)


def _finish(
    recipe: DistillRecipe,
    prepared: Prepared,
    trained: Trained,
    tasks: Sequence[Task],
    console: Console,
    start: float,
) -> Distillation:
    """Save the student, score it beside the teacher and its own beginning, write the account."""
    out, seconds = Path(recipe.out), dict(prepared.facts["seconds"])
    save_model(trained.model, out, kept=CHECKPOINT_KEPT)
    before_scores = time.perf_counter()
    with console.stage("evaluating teacher, and student before and after"):
        scores = _scores(recipe, prepared, out, tasks)
    state = trained.state
    seconds |= {"training": state.seconds, "evaluation": time.perf_counter() - before_scores}
    seconds["all"] = time.perf_counter() - start
    run = {
        "isogloss": code_version(),
        "command": "distill",
        "finished": now(),
        "recipe": asdict(recipe),
        "teacher": prepared.facts["teacher"],
        "student": prepared.facts["student"]
        | traits(trained.model)
        | {"fingerprint": fingerprint_model(out), "sentence_transformers": least_version(out)},
        "data": prepared.facts["data"],
        "training": training_account(recipe.training, trained, "dev_fvu")
        | {"target_squared_norm": prepared.facts["target_squared_norm"]},
        "alarms": alarms_of(state, scores),
        "environment": environment(),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "peak_memory_bytes": peak_memory_bytes(),
        "seed": recipe.training.seed,
    }
    write_run(out, run, scores)
    finish(out)
    return Distillation(out, run, scores)


def _scores(
    recipe: DistillRecipe, prepared: Prepared, out: Path, tasks: Sequence[Task]
) -> Evaluation:
    """Teacher, and student before and after, on the test tasks and the held-out pairs.

    Before is the untrained student; of a finished one that learned more, what was given: new tokens
    alone change how its earlier languages are cut.
    """
    teacher, code = prepared.teacher(recipe), recipe.student.remote_code
    earlier = earlier_run(recipe.student.kind)
    label, before = ("before", earlier.folder) if earlier else ("untrained", prepared.untrained)
    models = {
        "teacher": teacher,
        label: load_encoder(before, remote_code=code),
        "trained": load_encoder(out, remote_code=code),
    }
    held_out = [task for part in prepared.dev.values() for task in _held_out_tasks(part)]
    return evaluate(
        models,
        [*tasks, *held_out],
        teacher=teacher,
        teacher_language=prepared.facts["source_language"],
    )


def _held_out_tasks(part: ParallelSentences) -> list[Task]:
    """Parallel accuracy and health on the held-out pairs of the run."""
    languages = f"{part.source_language}-{part.target_language}"
    source, target = list(part.source), list(part.target)
    return [
        BitextTask(languages, BitextData(source, target), name="held-out pairs"),
        HealthTask(languages, HealthData(source, target), name="held-out pairs"),
    ]


def _check_targets(store: TargetStore, rows: Sequence[np.ndarray]) -> None:
    """Refuse to train on vectors that are gone."""
    lacking = sum(int((part < 0).sum()) for part in rows)
    if lacking:
        raise MissingFileError(
            f"the target store {str(store.folder)!r} lacks {lacking} vectors of this run; expected "
            "those that it was begun with: set ISOGLOSS_CACHE as it was then, or start anew with "
            "--overwrite"
        )


__all__ = ["DistillRecipe", "Distillation", "distill"]
