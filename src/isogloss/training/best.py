"""The weights that were best on dev data, kept while a checkpoint refers to them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from isogloss.errors import CheckpointError
from isogloss.training.checkpoints import list_checkpoints, read_newest, step_of, write_checkpoint
from isogloss.training.evaluator import Evaluator
from isogloss.training.network import StudentNetwork
from isogloss.training.progress import Progress


class BestWeights:
    """Weights by the step of their evaluation.

    A run that was killed goes on from its newest checkpoint, or from the one before if the newest
    is damaged; so the weights that these two call the best must outlive better ones. What comes
    after the newest checkpoint is lost with the process, and is held in memory until the next one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._newest = self._before = 0
        self._held: tuple[int, dict[str, torch.Tensor]] | None = None

    def hold(self, step: int, weights: Mapping[str, torch.Tensor]) -> None:
        """Hold a copy of the weights of a step, in place of the one held before."""
        self._held = (
            step,
            {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()},
        )

    def write(self) -> None:
        """Write what is held beside the earlier ones, before a checkpoint that calls it the best.

        Raises:
            CheckpointError: the disk is full or not writable.
        """
        if self._held is None:
            return
        step, weights = self._held
        kept = 1 + len(list_checkpoints(self.folder))
        write_checkpoint(self.folder, step, {"model": weights}, {}, kept=kept)
        self._held = None

    def checkpoint_written(self, best_step: int) -> None:
        """Drop what no checkpoint needs now that one more has been written.

        Args:
            best_step: the best step as the new checkpoint knows it.
        """
        self._before, self._newest = self._newest, best_step
        for path in list_checkpoints(self.folder):
            if step_of(path) < self._before:
                shutil.rmtree(path, ignore_errors=True)

    def read(self, step: int) -> dict[str, torch.Tensor]:
        """The weights of a step.

        Raises:
            CheckpointError: they are gone or damaged.
        """
        if self._held is not None and self._held[0] == step:
            return self._held[1]
        best = read_newest(self.folder)
        if best is None or best.step != step:
            raise CheckpointError(
                f"the best weights, of step {step}, in {str(self.folder)!r} are gone or damaged; "
                "expected them whole: start anew with --overwrite"
            )
        return best.tensors["model"]


class Selection:
    """Chooses the weights that a run ends with, by what its evaluator finds on the way."""

    def __init__(self, evaluator: Evaluator | None, folder: Path) -> None:
        """Nothing is judged yet.

        Args:
            evaluator: judges the student on dev data; None: nothing does, and the last weights
                are kept.
            folder: for the best weights.
        """
        self.evaluator, self.weights = evaluator, BestWeights(folder)

    @property
    def seconds(self) -> float:
        """What an evaluation takes."""
        return self.evaluator.seconds if self.evaluator else 0.0

    def judge(self, network: StudentNetwork, state: Progress) -> dict[str, float]:
        """Figures of the present weights; tells what is wrong, and keeps the weights if best."""
        evaluator = self.evaluator
        if evaluator is None:
            return {}
        network.eval()
        figures = evaluator.figures()
        network.train()
        for alarm in evaluator.alarms(figures, state.fraction):
            state.alarm(alarm)
        if evaluator.best.beats(figures, state.best_value):
            state.best_value, state.best_step = figures[evaluator.best.name], state.step
            self.weights.hold(state.step, network.state_dict())
        return figures

    def stale(self, state: Progress, patience: int | None) -> bool:
        """Whether the figure that chooses the weights was best `patience` evaluations ago."""
        name = self.evaluator.best.name if self.evaluator else None
        looks = [entry["step"] for entry in state.history if name in entry["dev"]]
        return patience is not None and sum(s > state.best_step for s in looks) >= patience

    def load_best(self, network: StudentNetwork, state: Progress) -> None:
        """Put the weights of the best evaluation in place of the last ones."""
        if self.evaluator and state.best_value is not None and state.best_step != state.step:
            network.load_state_dict(self.weights.read(state.best_step))
