"""Losses of steps, read from the device a few at a time: to read one waits for all it has to do."""

import math

import torch

from isogloss.training.progress import Progress, diverged

EVERY = 16
"""Steps between two readings on a GPU; a CPU has computed a loss when it is given."""


class LossReader:
    """The losses of a run, smoothed in `Progress.loss`, and refused where one is not finite.

    Args:
        device: where they are computed.
    """

    def __init__(self, device: torch.device) -> None:
        self.every = 1 if device.type == "cpu" else EVERY
        self._waiting: list[tuple[int, torch.Tensor]] = []

    def add(self, loss: torch.Tensor, state: Progress) -> None:
        """Take the loss of the step that comes after `state.step`; see `read`."""
        self._waiting.append((state.step + 1, loss.detach()))
        if len(self._waiting) >= self.every:
            self.read(state)

    def read(self, state: Progress) -> None:
        """Read the losses that wait: before a figure is shown, and before anything is kept.

        Raises:
            InputError: one is not finite.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        values = torch.stack([loss for _, loss in waiting]).tolist()
        for (step, _), value in zip(waiting, values, strict=True):
            if not math.isfinite(value):
                raise diverged(f"the loss is {value} at step {step}")
            state.loss = value if state.loss is None else 0.98 * state.loss + 0.02 * value
