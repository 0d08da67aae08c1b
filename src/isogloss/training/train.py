"""Train a model with a progress bar, and record how it went."""

from dataclasses import dataclass
from pathlib import Path

from sentence_transformers import SentenceTransformer

from isogloss.console import Console
from isogloss.runs.parts import Evaluated, Training
from isogloss.training.evaluator import Evaluator
from isogloss.training.job import Job
from isogloss.training.loop import Trainer
from isogloss.training.network import StudentNetwork
from isogloss.training.progress import Progress
from isogloss.training.run_settings import RunSettings


@dataclass(frozen=True)
class Trained:
    """A model after training.

    Attributes:
        model: with the best weights.
        state: where the run ended.
        precision: "bf16" or "fp32".
        processes: that trained.
        epochs: passes over the data, with the part of the last one; see `passes`.
    """

    model: SentenceTransformer
    state: Progress
    precision: str
    processes: int
    epochs: float


def train(
    network: StudentNetwork,
    job: Job,
    settings: RunSettings,
    folder: Path,
    evaluator: Evaluator | None,
    console: Console,
    *,
    resume: bool,
) -> Trained:
    """Train a network, with a bar.

    Args:
        network: trained in place.
        job: the batches and their loss.
        settings: limits, rates over the run, precision.
        folder: for checkpoints.
        evaluator: judges it on dev data; None keeps the last weights.
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

        trainer = Trainer(network, job, settings, folder, evaluator, tell)
        network.train()
        state = trainer.run(resume=resume)
    processes = trainer.accelerator.num_processes
    epochs = passes(job, state, processes)
    return Trained(network.model, state, trainer.precision, processes, epochs)


def passes(job: Job, state: Progress, processes: int) -> float:
    """Passes over the data, with the part of the last one.

    Epochs in which a language rested, and those cut for that, are shorter: of such a run it is the
    steps that count, as they do for the limit of `epochs`, in those that a whole epoch has.

    Args:
        job: what was trained on, planned as at the end.
        state: where the run ended.
        processes: that trained.
    """
    if not state.replanned:
        planned = job.epoch(state.epoch, processes=processes) if state.batch else ()
        return state.epoch + (state.batch / len(planned) if planned else 0.0)
    job.pause(())
    whole = len(job.epoch(0, processes=processes))
    job.pause(state.resting)
    return state.step / whole


def training_record(settings: RunSettings, trained: Trained, best_metric: str | None) -> Training:
    """How a training went, for the record of its run.

    Args:
        settings: limits of the training.
        trained: the model, and where its training ended.
        best_metric: dev figure that chose the weights; None where none did.
    """
    state, limit = trained.state, settings.minutes
    by_clock = limit is not None and state.seconds >= 60 * limit
    return Training(
        sentences=state.sentences,
        steps=state.step,
        epochs=round(trained.epochs, 4),
        seconds=round(state.seconds, 1),
        sentences_per_second=round(state.sentences / state.seconds, 1) if state.seconds else None,
        precision=trained.precision,
        processes=trained.processes,
        best_step=state.step if state.best_value is None else state.best_step,
        best_metric=best_metric,
        best_value=state.best_value,
        stopped="patience" if state.over else "minutes" if by_clock else "epochs",
        resting=state.resting,
        resumed_from=state.resumed_from,
        history=[Evaluated.model_validate(entry) for entry in state.history],
    )
