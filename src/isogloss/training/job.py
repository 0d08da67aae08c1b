"""The protocol of a training job: its batches, and the loss of one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch

from isogloss.training.network import StudentNetwork

Forward = Callable[..., torch.Tensor]
"""From ids and mask, or several of both one after the other, to embeddings `(n, dim)`."""


class Size(NamedTuple):
    """What a batch holds: sentences, and real (not padded) tokens."""

    sentences: int
    tokens: int


class Job(Protocol):
    """Batches that are a pure function of the seed and the epoch, and their loss."""

    def epoch(self, epoch: int, *, rank: int = 0, processes: int = 1) -> Sequence[Any]:
        """Batches of one epoch, in the order of training.

        Args:
            epoch: from 0.
            rank: which of several training processes asks.
            processes: how many there are; all get the same number of batches.
        """
        ...

    def loss(self, forward: Forward, batch: Any, device: torch.device) -> torch.Tensor:
        """The loss of a batch of `epoch`, a scalar.

        Args:
            forward: the network; called once.
            batch: one of those of `epoch`.
            device: where the network is.
        """
        ...

    def size(self, batch: Any) -> Size:
        """What a batch holds."""
        ...

    def probe(self) -> tuple[torch.Tensor, ...]:
        """A small input for the network, on the CPU."""
        ...

    def learned(self, history: Sequence[Mapping[str, Any]]) -> list[str]:
        """What has learned enough, by the evaluations so far; names that `pause` takes."""
        ...

    def pause(self, names: Sequence[str]) -> None:
        """Plan the epochs from now on so that these are only rehearsed."""
        ...

    def optimizers(self, network: StudentNetwork) -> list[torch.optim.Optimizer]:
        """What moves the weights; freezes those that shall not learn."""
        ...
