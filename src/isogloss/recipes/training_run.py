"""What every training verb does around the loop: its bar, its account, the folder it saves."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.console import Console
from isogloss.errors import OutputFolderError, UnwrittenScoresError
from isogloss.metrics.score import Score
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.reports.cards.card import write_card
from isogloss.reports.write import write_results
from isogloss.training.alarms import counted
from isogloss.training.job import Job
from isogloss.training.loop import Trainer
from isogloss.training.network import StudentNetwork
from isogloss.training.progress import Best, Hooks, Progress
from isogloss.training.run_settings import RunSettings

logger = logging.getLogger(__name__)

CHECKPOINT_KEPT = "the last checkpoint is kept: run the same command again, with --resume"
"""What to say where a trained model cannot be written."""

PATIENCE = timedelta(days=2)
"""How long helper processes wait for the first one to prepare, or to evaluate."""


@dataclass(frozen=True)
class Trained:
    """A model after training.

    Attributes:
        model: with the best weights.
        state: where the run ended.
        precision: "bf16" or "fp32".
        processes: that trained.
        epochs: passes over the data, with the part of the last one.
    """

    model: SentenceTransformer
    state: Progress
    precision: str
    processes: int
    epochs: float


@dataclass(frozen=True)
class Looks:
    """What a run sees on its way.

    Attributes:
        evaluate: figures on dev data for the present weights.
        best: the figure that chooses the weights; None keeps the last ones.
        alarms: what is wrong, from figures and the share of the run that is done.
    """

    evaluate: Callable[[], dict[str, float]]
    best: Best | None
    alarms: Callable[[Mapping[str, float], float], list[str]]


def train(
    network: StudentNetwork,
    job: Job,
    settings: RunSettings,
    folder: Path,
    looks: Looks,
    console: Console,
    *,
    resume: bool,
) -> Trained:
    """Train with a bar.

    Args:
        network: trained in place.
        job: the batches and their loss.
        settings: limits, rates over the run, precision.
        folder: for checkpoints.
        looks: what the run sees on its way.
        console: told how far it is.
        resume: go on from the newest whole checkpoint.

    Raises:
        Interrupted: SIGINT or SIGTERM came; a checkpoint was written.
        CheckpointError: a checkpoint cannot be written or none can be read.
        InputError: the loss or a weight is not finite.
    """
    with console.stage("training", 1.0) as advance:
        done = 0.0

        def tell(state: Progress) -> None:
            nonlocal done
            advance(state.fraction - done)
            done = state.fraction

        hooks = Hooks(looks.evaluate, tell, looks.best, looks.alarms)
        trainer = Trainer(network, job, settings, folder, hooks)
        network.train()
        state = trainer.run(resume=resume)
    processes = trainer.accelerator.num_processes
    planned = job.epoch(state.epoch, rank=0, processes=processes) if state.batch else ()
    epochs = state.epoch + (state.batch / len(planned) if planned else 0.0)
    return Trained(network.model, state, trainer.precision, processes, epochs)


def write_run(out: Path, run: Mapping[str, Any], scores: Evaluation) -> None:
    """Write what a finished run leaves beside its model: scores, account, pages, card.

    Args:
        out: the run's folder.
        run: the content of `run.json`.
        scores: of all models.
    """
    with scores_kept(scores):
        write_results(out, run, scores.rows(), scores.items())
        write_card(out)


@contextmanager
def scores_kept(scores: Evaluation) -> Iterator[None]:
    """A block that writes what a run ends with; if it cannot, the scores go with the error.

    Raises:
        UnwrittenScoresError: a file cannot be written.
    """
    try:
        yield
    except OutputFolderError as error:
        raise UnwrittenScoresError(
            f"{error}; the training is kept: the same command with --resume writes the rest",
            scores,
        ) from error


def alarms_of(state: Progress, scores: Evaluation) -> list[str]:
    """What was wrong with a run, each once: on its way, and tests that gave no score at all.

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


def training_account(
    settings: RunSettings, trained: Trained, best_metric: str | None
) -> dict[str, Any]:
    """The `training` part of `run.json`."""
    state, limit = trained.state, settings.minutes
    chosen = state.best_value is not None
    by_clock = limit is not None and state.seconds >= 60 * limit
    return {
        "sentences": state.sentences,
        "steps": state.step,
        "epochs": round(trained.epochs, 4),
        "seconds": round(state.seconds, 1),
        "sentences_per_second": round(state.sentences / state.seconds, 1)
        if state.seconds
        else None,
        "precision": trained.precision,
        "processes": trained.processes,
        "best_step": state.best_step if chosen else state.step,
        "best_metric": best_metric,
        "best_value": state.best_value,
        "stopped": "patience" if state.over else "minutes" if by_clock else "epochs",
        "resting": state.resting,
        "resumed_from": state.resumed_from,
        "history": state.history,
    }
