"""The job of a distillation: move sentences of all languages towards the teacher's vectors."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from isogloss.losses.objective import objective
from isogloss.losses.positives import positive_mask
from isogloss.protocols import FloatArray, LongArray
from isogloss.training.devices.moving import moved
from isogloss.training.distill.batches import plan_batches
from isogloss.training.distill.examples import Examples, pad_batch
from isogloss.training.distill.settings import ResolvedSettings
from isogloss.training.job import Forward, Size
from isogloss.training.network import StudentNetwork
from isogloss.training.optimizers import make_optimizers
from isogloss.vectors.store import Targets

KEPT_BATCHES = 4
"""Batches after which what was read of mapped files is given back."""

STEADY = 1.01
"""Times its best FVU: a language above it is getting worse, and does not pause."""


class DistillJob:
    """Batches of sentences, and their distance to the teacher's vectors."""

    def __init__(
        self,
        examples: Examples,
        source: str,
        pad: int,
        settings: ResolvedSettings,
        targets: Targets | FloatArray,
        *,
        squared_norm: float = 1.0,
        replayed: Collection[str] = (),
    ) -> None:
        """Plan the batches.

        Args:
            examples: tokens and streams.
            source: the name of the source stream.
            pad: the padding id.
            settings: loss, budget and shares.
            targets: the teacher's vector of each example, `(n_examples, dim)`.
            squared_norm: mean squared norm of those vectors, see `objective`.
            replayed: languages that the student knew before; they are there for rehearsal, and
                never pause.
        """
        self.examples, self.source, self.pad = examples, source, pad
        self.settings, self.targets = settings, targets
        self.squared_norm, self.replayed = squared_norm, frozenset(replayed)
        self._read = 0
        self._give_back()  # finding the targets has read all keys
        self.plan = plan_batches(examples, source, settings)
        self._give_back()

    def epoch(self, epoch: int, *, rank: int = 0, processes: int = 1) -> list[LongArray]:
        """Example numbers per batch; see `isogloss.training.job.Job`."""
        return self.plan.epoch(epoch, rank=rank, processes=processes)

    def loss(self, forward: Forward, batch: LongArray, device: torch.device) -> torch.Tensor:
        """The objective, averaged over the sentences of a batch."""
        self._read += 1
        if self._read % KEPT_BATCHES == 0:
            self._give_back()
        targets = moved(torch.from_numpy(self.targets[batch]), device)
        embeddings = forward(*(moved(part, device) for part in self._inputs(batch)))
        return objective(
            embeddings,
            targets,
            self.settings.loss,
            squared_norm=self.squared_norm,
            **self.facts(batch, device),
        )

    def size(self, batch: LongArray) -> Size:
        """Sentences and tokens of a batch."""
        return Size(len(batch), int(self.examples.table.lengths_of(batch).sum()))

    def probe(self) -> tuple[torch.Tensor, ...]:
        """The first two sentences."""
        return self._inputs(np.arange(min(2, len(self.examples.table))))

    def facts(self, rows: LongArray, device: torch.device) -> dict[str, torch.Tensor | None]:
        """What each sentence counts; and which targets are its positives, if they are ranked."""
        in_source = moved(torch.from_numpy(self.examples.belong(rows, self.source)), device)
        weights = torch.where(in_source, self.settings.source_weight, 1.0)
        if self.examples.weights is not None and self.settings.pair_weights == "loss":
            weights = weights * moved(torch.from_numpy(self.examples.weights[rows]), device)
        return {
            "weights": weights,
            "positive_mask": moved(self._positives(rows), device)
            if self.settings.loss.ranks
            else None,
        }

    def learned(self, history: Sequence[Mapping[str, Any]]) -> list[str]:
        """Languages whose own FVU was best `patience` evaluations ago, and has hardly risen.

        One that gets worse is not among them: it learns on, or again.
        """
        patience = self.settings.patience or len(history)
        return [
            name
            for name in self.examples.streams
            if name not in self.replayed
            and (seen := [e["dev"][f"fvu_{name}"] for e in history if f"fvu_{name}" in e["dev"]])
            and len(seen) - 1 - int(np.argmin(seen)) >= patience
            and seen[-1] <= STEADY * min(seen)
        ]

    def pause(self, names: Sequence[str]) -> None:
        """Plan epochs in which these languages give `PAUSED_SHARE` of their sentences."""
        self.plan = plan_batches(self.examples, self.source, self.settings, paused=names)

    def optimizers(self, network: StudentNetwork) -> list[torch.optim.Optimizer]:
        """See `make_optimizers`."""
        return make_optimizers(network, self.settings.rates())

    def _give_back(self) -> None:
        """Let go of what was read from disk: the batches of an epoch go through all of it."""
        self.examples.give_back()
        if isinstance(self.targets, Targets):
            self.targets.give_back()

    def _positives(self, rows: LongArray) -> torch.Tensor:
        """Mark the targets of sentences with equal tokens as positives of each other."""
        ids, keys = self.examples.table.padded(rows, -1), self.examples.keys[rows]
        read = np.unique(ids, axis=0, return_inverse=True)[1].ravel()
        return torch.from_numpy(positive_mask(read, keys, keys))

    def _inputs(self, rows: LongArray) -> tuple[torch.Tensor, torch.Tensor]:
        return pad_batch(self.examples.table, rows, self.pad)
