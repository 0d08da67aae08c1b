"""Evaluate models on tasks: embed every distinct text once per model, score, write a report."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.errors import InputError, OutputFolderError
from isogloss.metrics.score import Score
from isogloss.protocols import Encoder
from isogloss.provenance import code_version, write_whole
from isogloss.reports.tables import Table, scores_table
from isogloss.tasks.embedding import EmbeddedTexts, Progress
from isogloss.tasks.sts import StsTask, same_gold, score_retention
from isogloss.tasks.task import DEFAULTS, Settings, Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """Scores of models on the same tasks.

    Args:
        scores: per model label, the scores in the order of the tasks.
    """

    scores: Mapping[str, list[Score]]

    def rows(self) -> list[dict[str, Any]]:
        """The rows of `scores.json`; with several models each row also names its `model`."""
        several = len(self.scores) > 1
        return [
            ({"model": label} if several else {}) | score.to_dict()
            for label, scores in self.scores.items()
            for score in scores
        ]


def evaluate(
    models: Mapping[str, Encoder],
    tasks: Sequence[Task],
    *,
    teacher: Encoder | None = None,
    teacher_language: str = "en",
    settings: Settings = DEFAULTS,
    progress: Progress | None = None,
) -> Evaluation:
    """Score models on tasks.

    With a teacher, every STS task whose grades equal, row by row, those of an STS task in the
    teacher's language also gets `retention`: the model's Spearman ÷ the teacher's on the original
    pairs.

    Args:
        models: the models by label; any number, baselines beside the model of interest.
        tasks: the tasks, see `isogloss.tasks.load_task`.
        teacher: the model that students were distilled from; needed for health tasks and retention.
        teacher_language: the language the teacher knows.
        settings: bootstrap and neighborhoods.
        progress: called with (label, texts done, texts in all) while models embed.

    Returns:
        The scores of every model.

    Raises:
        InputError: if there is no model or task, a health task has no teacher, or a model gives
            NaN.
        ModelShapeError: if a model gives another number of rows than it was asked for.
    """
    _check(models, tasks, teacher)
    references = _references(tasks, teacher_language) if teacher is not None else {}
    master = None
    if teacher is not None and (needed := _teacher_texts(tasks, references)):
        master = EmbeddedTexts("teacher", teacher)
        master.add(needed, progress=progress)
    scores = {}
    for label, encoder in models.items():
        model = EmbeddedTexts(label, encoder)
        if master is not None and _same(encoder, master.encoder):
            model = master
        model.add((text for task in tasks for text in task.texts()), progress=progress)
        scores[label] = list(_score(model, tasks, references, master, settings))
        logger.info("%s: %d scores on %d tasks", label, len(scores[label]), len(tasks))
    return Evaluation(scores)


def format_table(evaluation: Evaluation) -> Table:
    """The evaluation as a table for people: tasks as rows, models as columns, times 100."""
    return scores_table(evaluation.scores)


def write_evaluation(evaluation: Evaluation, out: Path | None) -> None:
    """Write `scores.json` and `report.md`; each file appears whole or not at all.

    Args:
        evaluation: the scores.
        out: folder, made where it is missing; `None` writes nothing.

    Raises:
        OutputFolderError: if `out` is a file or cannot be written.
    """
    if out is None:
        return
    scores = json.dumps(evaluation.rows(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "scores.json", scores)
        write_whole(out / "report.md", _report(evaluation))
    except OSError as error:
        raise OutputFolderError(
            f"{out} cannot be written ({error.strerror}); expected a folder with room and write"
            " permission; choose another --out"
        ) from error


def _check(models: Mapping[str, Encoder], tasks: Sequence[Task], teacher: Encoder | None) -> None:
    if not models:
        raise InputError("no model was given; expected at least one; add --model DIR")
    if not tasks:
        raise InputError("no task was given; expected at least one; add --task KIND:LANGS=WHERE")
    needing = [task for task in tasks if task.teacher_texts()]
    if needing and teacher is None:
        raise InputError(
            f"task {needing[0].kind}:{needing[0].languages} compares a student with its teacher and"
            " none was given; expected a teacher; add --teacher NAME"
        )


def _references(tasks: Sequence[Task], language: str) -> dict[int, StsTask]:
    """For each STS task, by position, the task with the same grades in the teacher's language."""
    graded = {at: task for at, task in enumerate(tasks) if isinstance(task, StsTask)}
    originals = [task for task in graded.values() if task.languages == f"{language}-{language}"]
    found = {}
    for at, task in graded.items():
        original = next((original for original in originals if same_gold(task, original)), None)
        if original is not None:
            found[at] = original
    return found


def _teacher_texts(tasks: Sequence[Task], references: Mapping[int, StsTask]) -> list[str]:
    texts = [text for task in tasks for text in task.teacher_texts()]
    return texts + [text for task in references.values() for text in task.texts()]


def _score(
    model: EmbeddedTexts,
    tasks: Sequence[Task],
    references: Mapping[int, StsTask],
    teacher: EmbeddedTexts | None,
    settings: Settings,
) -> Iterator[Score]:
    for at, task in enumerate(tasks):
        yield from task.score(model, teacher=teacher, settings=settings)
        reference = references.get(at)
        if reference is not None and teacher is not None and isinstance(task, StsTask):
            yield score_retention(task, model, reference, teacher, settings=settings)


def _same(model: Encoder, teacher: Encoder) -> bool:
    return model is teacher or bool(model.fingerprint and model.fingerprint == teacher.fingerprint)


def _report(evaluation: Evaluation) -> str:
    return (
        "\n\n".join(
            [
                "# Evaluation",
                "Values are times 100, with 95% intervals; FVU and norm ratio are plain."
                " ↓: lower is better."
                f" How each was computed stands in `scores.json` (isogloss {code_version()}).",
                format_table(evaluation).markdown(),
            ]
        )
        + "\n"
    )
