"""The training loop, on Hugging Face accelerate: alone, or under `torchrun`."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list

from isogloss.encoders.precision import autocast, choose_precision
from isogloss.errors import InputError
from isogloss.training.best import Selection
from isogloss.training.checkpoints import drop_after, read_newest, unshared, write_checkpoint
from isogloss.training.clock import limits
from isogloss.training.devices.reading import LossReader
from isogloss.training.evaluator import Evaluator
from isogloss.training.interruption import Interrupted, StopRequest
from isogloss.training.job import Job
from isogloss.training.network import StudentNetwork
from isogloss.training.optimizers import load_state, set_rates, state_tensors
from isogloss.training.progress import Progress, diverged
from isogloss.training.run_settings import RunSettings

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Trainer:
    """Trains one student; see `run`."""

    def __init__(
        self,
        network: StudentNetwork,
        job: Job,
        settings: RunSettings,
        folder: Path,
        evaluator: Evaluator | None = None,
        tell: Callable[[Progress], None] = lambda state: None,
    ) -> None:
        """Check that there is enough to train on; nothing is computed yet.

        Args:
            network: trained in place.
            job: the batches and their loss.
            settings: limits, rates over the run, precision.
            folder: for checkpoints.
            evaluator: judges the student on dev data, in the main process; None: nothing does, and
                the last weights are kept.
            tell: told after every step.
        """
        device = next(network.parameters()).device
        self.precision = choose_precision(settings.precision, device.type)
        self.accelerator = Accelerator(
            cpu=device.type == "cpu",
            mixed_precision="no",  # its own is fixed for the life of a process; ours is per run
            log_with=settings.report_to,
            project_dir=str(folder) if settings.report_to else None,
        )
        self.job, self.settings, self.network = job, settings, network
        self.folder, self.tell = folder, tell
        self.selection = Selection(evaluator, folder / "best")
        self.optimizers: list[torch.optim.Optimizer] = []
        self.state = Progress()
        self.clock = limits(settings, lambda epoch: len(self._epoch(epoch)))
        self._epoch(0)  # refuses data without a batch for each process
        self.losses = LossReader(device)
        self._stop = StopRequest()

    def prepare(self) -> None:
        """Find what learns, by a backward pass, and make the optimizers; `run` does it first."""
        if self.optimizers:
            return
        network, alone = self.network, self.accelerator.num_processes == 1
        device = next(network.parameters()).device
        network.use_sparse_gradients(alone and device.type == "cpu")
        network.freeze_unused(*(part.to(device) for part in self.job.probe()))
        self.optimizers = self.job.optimizers(network)
        self._wrapped = self.accelerator.prepare(network)

    def run(self, *, resume: bool = False) -> Progress:
        """Train until the first limit is reached, then load the best weights.

        Args:
            resume: go on from the newest whole checkpoint.

        Returns:
            The state at the end; the network has the weights of the best evaluation.

        Raises:
            Interrupted: SIGINT or SIGTERM came; a checkpoint was written.
            CheckpointError: a checkpoint cannot be written or none can be read.
            InputError: the loss or a weight is not finite.
        """
        self.prepare()
        if resume:
            self._resume()
        if self.settings.report_to:
            self.accelerator.init_trackers("isogloss")
        with self._stop.listening():
            self._train()
            if self.state.step and self.settings.checkpoint_minutes is not None:
                self._save()  # so that dying in what follows costs no training
        if self.accelerator.is_main_process:  # it alone knows the best step, and saves the student
            self.selection.load_best(self.network, self.state)
        self.network.use_sparse_gradients(False)
        if self.settings.report_to:
            self.accelerator.end_training()
        return self.state

    def _train(self) -> None:
        """Epochs and batches, from where the state says."""
        saved, evaluated = self.clock.elapsed(), min(self.state.fraction, self._fraction())
        self.clock.start()
        while self._fraction() < 1.0:
            batches = self._epoch(self.state.epoch)
            while self.state.batch < len(batches) and self._fraction() < 1.0:
                self._step(batches[self.state.batch])
                self.state.batch += 1
                now = self._fraction()
                self.tell(self.state)
                times = self.settings.evaluations
                if int(now * times) > int(evaluated * times) and self._may_evaluate(now):
                    self._evaluate()
                    evaluated = now
                    if self._early_stop():
                        batches = []  # of this epoch no more: the next one is planned anew
                minutes = self.settings.checkpoint_minutes
                late = minutes is not None and self.clock.elapsed() - saved >= 60 * minutes
                stop = self._agreed(self._stop.asked)
                if self._agreed(late) or stop:
                    self._save()
                    saved = self.clock.elapsed()
                if stop:
                    raise Interrupted(
                        f"stopped at step {self.state.step}; a checkpoint is written: the same "
                        "command with --resume goes on"
                    )
            if batches and self.state.batch >= len(batches):
                self.state.epoch, self.state.batch = self.state.epoch + 1, 0
        self.clock.pause()
        looked = evaluated >= 1.0 or self.state.over
        if self._agreed(not looked or not self.state.history):
            self._evaluate()

    def _early_stop(self) -> bool:
        """With `patience`: end a run that no longer improves, and pause what has learned enough.

        Returns:
            Whether the batches change.
        """
        if self.settings.patience is None:
            return False
        over, paused = self._agreed(
            (
                self.selection.stale(self.state, self.settings.patience),
                self.job.learned(self.state.history),
            )
        )
        self.state.over = over
        if paused == self.state.resting:
            return False
        logger.info("step %d: rehearsed only: %s", self.state.step, ", ".join(paused) or "none")
        self.state.rest(paused)
        self.job.pause(paused)
        return True

    def _step(self, batch: Any) -> None:
        """One optimizer step on one batch."""
        state, first_step = self.state, self.clock.first_step
        set_rates(self.optimizers, self.settings.rate(state.step, state.fraction, first_step))
        loss = self.job.loss(self._forward, batch, self.accelerator.device)
        self.accelerator.backward(loss)
        if self.settings.max_gradient_norm > 0:
            for group in self.optimizers[0].param_groups:  # the body's
                self.accelerator.clip_grad_norm_(group["params"], self.settings.max_gradient_norm)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        size = self.job.size(batch)
        self.losses.add(loss, state)
        state.step += 1
        state.sentences += size.sentences * self.accelerator.num_processes
        state.tokens += size.tokens
        state.seconds = self.clock.elapsed()

    def _forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The network, in the precision of the run."""
        with autocast(self.precision, self.accelerator.device.type):
            embeddings: torch.Tensor = self._wrapped(*inputs)
        return embeddings

    def _epoch(self, epoch: int) -> Sequence[Any]:
        """The batches of this process; of none it would wait for ever."""
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        batches = self.job.epoch(epoch, rank=rank, processes=processes)
        if not batches:
            raise InputError(
                f"the data make fewer batches than processes ({processes}); expected a batch for "
                "each: make batches smaller, or use fewer processes"
            )
        return batches

    def _fraction(self) -> float:
        """Share of the run that is done, the same in every process."""
        fraction = 1.0 if self.state.over else self.clock.fraction(self.state.step)
        if self.accelerator.num_processes > 1 and self.clock.limit_seconds is not None:
            fraction = broadcast_object_list([fraction])[0]
        self.state.fraction = fraction
        return fraction

    def _agreed(self, word: T) -> T:
        """The main process's word, in every process."""
        if self.accelerator.num_processes > 1:
            word = broadcast_object_list([word])[0]
        return word

    def _may_evaluate(self, now: float) -> bool:
        """Whether there is time for another evaluation: at the end there always is."""
        return now >= 1.0 or self._agreed(self.clock.affords(self.selection.seconds))

    def _evaluate(self) -> None:
        """Figures on dev data; keeps the weights if they are the best so far."""
        with self.clock.evaluation():
            self._check_weights()
            if self.accelerator.is_main_process:
                figures = self.selection.judge(self.network, self.state)
                rate = self.optimizers[0].param_groups[0]["lr"]
                self.state.look(figures, self.clock.elapsed(), rate)
                if self.settings.report_to:
                    loss = {} if self.state.loss is None else {"loss": self.state.loss}
                    self.accelerator.log(figures | loss, step=self.state.step)
            self.accelerator.wait_for_everyone()

    def _check_weights(self) -> None:
        """Refuse what the last steps broke: the next loss would tell, but for the last."""
        self.losses.read(self.state)
        if not self.network.finite:
            raise diverged(f"a weight is NaN or infinite at step {self.state.step}")

    def _save(self) -> None:
        """Write a checkpoint from which the run goes on exactly."""
        with self.clock.stopped():
            self._check_weights()
            self.state.seconds, self.state.evaluating = self.clock.elapsed(), self.clock.evaluating
            if self.accelerator.is_main_process:
                tensors = {
                    "model": unshared(self.network.state_dict()),
                    "optimizer": state_tensors(self.optimizers),
                }
                self.selection.weights.write()
                write_checkpoint(self.folder, self.state.step, tensors, vars(self.state))
                self.selection.weights.checkpoint_written(self.state.best_step)
            self.accelerator.wait_for_everyone()

    def _resume(self) -> None:
        """Take weights, optimizer and place from the newest whole checkpoint, if there is one."""
        checkpoint = read_newest(self.folder)
        if checkpoint is None:
            logger.info("no checkpoint yet: training starts from the beginning")
            return
        self.network.load_state_dict(checkpoint.tensors["model"])
        load_state(self.optimizers, checkpoint.tensors["optimizer"])
        self.state = Progress.from_checkpoint(checkpoint.state)
        self.state.resumed_from.append(checkpoint.step)
        self.state.alarms += [
            f"damaged checkpoint passed over: {what}" for what in checkpoint.skipped
        ]
        self.clock.seconds, self.clock.evaluating = self.state.seconds, self.state.evaluating
        self.state.over &= self.selection.stale(self.state, self.settings.patience)
        if self.settings.patience is None and self.state.resting and self._fraction() < 1.0:
            self.state.rest([])  # all learn again
        self.job.pause(self.state.resting)
        if self.accelerator.is_main_process:
            drop_after(self.folder, checkpoint.step)
            drop_after(self.selection.weights.folder, self.state.best_step)
