"""Evaluate models on tasks: embed every distinct text once per model, score, write a report."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.errors import InputError, expect
from isogloss.metrics.score import Score, comparable_part
from isogloss.paths import given_path
from isogloss.protocols import Encoder, Progress, Role
from isogloss.recipes.evaluate.prompts import prompt_notes, warn_of_prompts
from isogloss.recipes.evaluate.record import evaluation_record
from isogloss.reports.tables import Table, scores_table, without_long_gaps
from isogloss.reports.write import write_report
from isogloss.runs.files import write_results
from isogloss.runs.folder import spare_others
from isogloss.runs.items import Items
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.record import EvaluateRecord
from isogloss.tasks.kinds.retention import same_gold, score_retention
from isogloss.tasks.kinds.sts import StsTask
from isogloss.tasks.suites import Suite
from isogloss.tasks.suites.scores import suite_scores
from isogloss.tasks.task import DEFAULTS, Settings, Task
from isogloss.vectors.cached import EmbeddedTexts

logger = logging.getLogger(__name__)


class Part(NamedTuple):
    """Tasks that are scored together.

    Attributes:
        tasks: the tasks.
        suite: the suite that they are; `None` for tasks that were named one by one.
    """

    tasks: Sequence[Task]
    suite: Suite | None = None


@dataclass(frozen=True)
class Evaluation:
    """Scores of models on the same tasks.

    Args:
        scores: per model label, the scores in the order of the tasks, those of suites last.
        record: the content of `run.json`.
    """

    scores: Mapping[str, list[Score]]
    record: EvaluateRecord = field(default_factory=partial(EvaluateRecord, command="evaluate"))

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the numbers must know."""
        return self.record.notes

    def rows(self) -> list[dict[str, Any]]:
        """The rows of `scores.json`; with several models each row also names its `model`."""
        several = len(self.scores) > 1
        return [
            ({"model": label} if several else {}) | score.to_dict()
            for label, scores in self.scores.items()
            for score in scores
        ]

    def items(self) -> list[Items]:
        """What the scores were computed from, for the scores that keep it."""
        return [
            Items(
                task=score.task,
                languages=score.languages,
                data=score.data,
                fingerprint=score.fingerprint,
                metric=score.metric,
                model=label,
                how=comparable_part(score.signature),
                **score.items.columns(),
            )
            for label, scores in self.scores.items()
            for score in scores
            if score.items is not None
        ]


def evaluate(
    models: Mapping[str, Encoder],
    tasks: Sequence[Task] = (),
    *,
    suites: Sequence[Suite] = (),
    more: Mapping[str, Sequence[Score]] | None = None,
    notes: Sequence[str] = (),
    teacher: Encoder | None = None,
    teacher_language: str = "en",
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Evaluation:
    """Score models on tasks and suites.

    With a teacher, every STS task whose grades equal, row by row, those of an STS task in the
    teacher's language also gets `retention`: the model's Spearman ÷ the teacher's on the original
    pairs.

    Args:
        models: the models by label; any number, baselines beside the model of interest.
        tasks: the tasks, see `isogloss.tasks.load_task`.
        suites: published suites, see `isogloss.tasks.suites.load_suites`.
        more: scores per model label that another tool has measured; they come last.
        notes: what a reader of the numbers must know.
        teacher: the model that students were distilled from; needed for health tasks and retention.
        teacher_language: the language the teacher knows.
        settings: bootstrap and neighborhoods.
        progress: called with the number of texts just embedded.

    Returns:
        The scores of every model.

    Raises:
        InputError: if there is no model or task, a health task has no teacher, or a model gives
            NaN.
        ModelShapeError: if a model gives another number of rows than it was asked for.
    """
    _check_types(models, tasks, teacher)
    run = RunLog(notes=list(notes))
    parts = [Part(tasks), *(Part(suite.tasks, suite) for suite in suites)]
    tasks = [task for part in parts for task in part.tasks]
    more = more or {}
    _check_given(models, tasks, teacher, measured=bool(more))
    warn_of_prompts(models, tasks)
    references = _references(tasks, teacher_language) if teacher is not None else {}
    embedded_teacher = None  # where no task compares with it, it embeds nothing
    if teacher is not None and (needed := _teacher_texts(tasks, references)):
        embedded_teacher = EmbeddedTexts("teacher", teacher)
        embedded_teacher.add_by_role(needed, progress=progress)
    scores = {}
    for label, encoder in models.items():
        model = EmbeddedTexts(label, encoder)
        if embedded_teacher is not None and _same_vectors(encoder, embedded_teacher.encoder):
            model = embedded_teacher
        model.add_by_role((read for task in tasks for read in task.reads()), progress=progress)
        scores[label] = list(_score(model, parts, references, embedded_teacher, settings))
        scores[label] += more.get(label, ())
        logger.info("%s: %d scores on %d tasks", label, len(scores[label]), len(tasks))
    record = evaluation_record(models, tasks, teacher=teacher, settings=settings, run=run)
    return Evaluation(scores, record)


def format_table(evaluation: Evaluation) -> Table:
    """The evaluation as a table for people: tasks as rows, models as columns, times 100."""
    shown = {label: without_long_gaps(scores) for label, scores in evaluation.scores.items()}
    table = scores_table(shown)
    prompts = prompt_notes(evaluation.record.models)
    return replace(table, notes=(*evaluation.notes, *prompts, *table.notes))


def write_evaluation(
    evaluation: Evaluation, out: Path | str | None, *, published: bool = False
) -> None:
    """Write `scores.json`, `items.npz`, `run.json`, `report.md`, `report.html`, and plots.

    Each file appears whole or not at all. Without matplotlib the report says that there are no
    plots, and so does the log.

    Args:
        evaluation: the scores.
        out: folder, made where it is missing; `None` writes nothing.
        published: whether the pages also show published results.

    Raises:
        OutputFolderError: if `out` is a file, cannot be written, or holds a run that is no
            evaluation.
    """
    if out is None:
        return
    out = given_path(out)
    spare_others(out, evaluation.record.command)
    record = evaluation.record.model_copy(update={"published": published})
    write_results(out, record, evaluation.rows(), evaluation.items())
    write_report(out)


def _check_types(models: object, tasks: object, teacher: Encoder | None) -> None:
    """Refuse what is neither a model nor a task, with what makes one."""
    expect(models, Mapping, "models", "give {NAME: isogloss.load(NAME)}")
    expect(tasks, Sequence, "tasks", "give [isogloss.load_task(KIND:LANGS=WHERE)]")
    assert isinstance(models, Mapping) and isinstance(tasks, Sequence)
    for encoder in (*models.values(), *([] if teacher is None else [teacher])):
        if not hasattr(encoder, "fingerprint"):  # `prompt_for` may be left out
            expect(encoder, Encoder, "a model", "isogloss.load(NAME) makes one")
    for task in tasks:
        expect(task, Task, "a task", "isogloss.load_task makes one of KIND:LANGS=WHERE")


def _check_given(
    models: Mapping[str, Encoder],
    tasks: Sequence[Task],
    teacher: Encoder | None,
    *,
    measured: bool,
) -> None:
    """Refuse an evaluation of nothing, or one that lacks the teacher that a task needs."""
    if not models:
        raise InputError("no model was given; expected at least one; add --model DIR")
    if not tasks and not measured:
        raise InputError(
            "no task was given; expected at least one; add --task KIND:LANGS=WHERE or --suite NAME"
        )
    needing = [task for task in tasks if task.teacher_texts()]
    if needing and teacher is None:
        raise InputError(
            f"task {needing[0].kind}:{needing[0].languages} compares a student with its teacher and"
            " none was given; expected a teacher; add --teacher NAME"
        )


def _references(tasks: Sequence[Task], language: str) -> dict[StsTask, StsTask]:
    """For each STS task, the task with the same grades in the teacher's language."""
    graded = [task for task in tasks if isinstance(task, StsTask)]
    originals = [task for task in graded if task.languages == f"{language}-{language}"]
    found: dict[StsTask, StsTask] = {}
    for task in graded:
        original = next((original for original in originals if same_gold(task, original)), None)
        if original is not None:
            found[task] = original
    return found


def _teacher_texts(
    tasks: Sequence[Task], references: Mapping[StsTask, StsTask]
) -> list[tuple[Role, Sequence[str]]]:
    """What the teacher embeds: texts that it set targets for, and originals for retention."""
    reads: list[tuple[Role, Sequence[str]]] = [
        (Role(), texts) for task in tasks if (texts := task.teacher_texts())
    ]
    return reads + [read for task in references.values() for read in task.reads()]


def _score(
    model: EmbeddedTexts,
    parts: Sequence[Part],
    references: Mapping[StsTask, StsTask],
    teacher: EmbeddedTexts | None,
    settings: Settings,
) -> Iterator[Score]:
    """The scores of a model, in the order of the tasks; behind those of a suite its own."""
    for part in parts:
        found: list[Score] = []
        for task in part.tasks:
            found += task.score(model, teacher=teacher, settings=settings)
            if teacher is not None and isinstance(task, StsTask) and task in references:
                original = references[task]
                found.append(score_retention(task, model, original, teacher, settings=settings))
        if part.suite is None or part.suite.card.bias != "alone":
            yield from found
        if part.suite is not None:
            yield from suite_scores(part.suite, found, model.fingerprint, settings)


def _same_vectors(model: Encoder, teacher: Encoder) -> bool:
    """Whether two encoders give the same vectors."""
    known = model.fingerprint
    return model is teacher or bool(known and known == teacher.fingerprint)
