"""The end of a run: write its results, pages, and card."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sentence_transformers import SentenceTransformer

from isogloss.encoders.classic import required_version
from isogloss.encoders.names import fingerprint_model
from isogloss.errors import OutputFolderError, UnwrittenScoresError
from isogloss.metrics.score import Score
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.reports.cards.card import write_card
from isogloss.reports.write import write_report
from isogloss.runs.descriptions import RunRecord
from isogloss.runs.files import write_results
from isogloss.runs.items import Items
from isogloss.runs.lifecycle import OpenRun
from isogloss.runs.record import TrainingRecord
from isogloss.teachers.teacher import describe_model
from isogloss.training.alarms import counted
from isogloss.training.progress import Progress

logger = logging.getLogger(__name__)

CHECKPOINT_KEPT = "the last checkpoint is kept: run the same command again, with --resume"
"""What to say where a trained model cannot be written."""


def describe_student(model: SentenceTransformer, folder: Path) -> dict[str, Any]:
    """Facts about a trained model, for the record.

    Args:
        model: the model.
        folder: where it was saved.
    """
    return describe_model(model) | {
        "fingerprint": fingerprint_model(folder),
        "sentence_transformers": required_version(folder),
    }


R = TypeVar("R", bound=RunRecord)


@dataclass(frozen=True)
class FinishedRun(Generic[R]):
    """A finished run.

    Attributes:
        folder: of the run; the trained model, if it trained one.
        record: the content of `run.json`; None in helper processes.
        evaluation: scores of the models of the run; none in helper processes.
    """

    folder: Path
    record: R | None
    evaluation: Evaluation


def finish_run(
    run: OpenRun, record: R, scores: Evaluation, items: Sequence[Items] | None = None
) -> FinishedRun[R]:
    """Write what a run leaves: scores, record, pages, and the card of a model.

    A training is finished with that; a study stays open for more rows.

    Args:
        run: the run.
        record: what it says of itself.
        scores: of all models.
        items: what the scores were computed from; None: what they hold.

    Raises:
        UnwrittenScoresError: a file cannot be written; the error has the scores.
    """
    rows, items = scores.rows(), scores.items() if items is None else items
    try:
        write_results(run.folder, record, rows, items)
        write_report(run.folder)
        if isinstance(record, TrainingRecord):
            write_card(run.folder)
    except OutputFolderError as error:
        raise UnwrittenScoresError(
            f"{error}; the training is kept: the same command with --resume writes the rest",
            scores,
        ) from error
    if isinstance(record, TrainingRecord):
        run.finish()
    return FinishedRun(run.folder, record, scores)


def alarms_of(state: Progress, scores: Evaluation) -> list[str]:
    """Alarms of a run, each once: those of training, and tests that gave no score.

    Args:
        state: where the run ended.
        scores: of all models.
    """
    found: dict[tuple[str, str, str], list[Score]] = {}
    for score in (score for rows in scores.scores.values() for score in rows):
        if not score.missing:
            found.setdefault((score.task, score.languages, score.data), []).append(score)
    unscored = [
        f"{task} {languages} ({data}) has no score: {rows[0].reason}"
        for (task, languages, data), rows in found.items()
        if all(row.value is None for row in rows)
    ]
    for alarm in unscored:
        logger.warning("%s", alarm)
    return [*counted(state.alarms), *unscored]
