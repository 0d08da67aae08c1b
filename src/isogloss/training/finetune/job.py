"""The job of a fine-tuning: graded pairs, triplets, and anchors.

A batch names sentences, not pairs of texts: each distinct one is run once, and every pair in which
it stands reads the same embedding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from isogloss.data.token_table import TokenTable, length_batches
from isogloss.losses.contrastive import contrastive
from isogloss.losses.graded import graded_objective
from isogloss.losses.mse import mse
from isogloss.losses.positives import positive_mask
from isogloss.protocols import FloatArray, LongArray
from isogloss.training.devices.moving import moved
from isogloss.training.distill.examples import pad_batch
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.job import Forward, Size
from isogloss.training.network import StudentNetwork
from isogloss.training.optimizers import make_optimizers
from isogloss.training.run_settings import Rates
from isogloss.vectors.store import Targets


@dataclass(frozen=True, eq=False)
class FinetuneExamples:
    """What a fine-tuning trains on, all of it as numbers of sentences in one table.

    Attributes:
        table: token ids of all distinct sentences.
        pairs: first and second sentence of every graded example, `(n_pairs, 2)`.
        grades: in [0, 1], `(n_pairs,)`.
        items: which examples are crossings of one pair, `(n_pairs,)`; ascending.
        crossings: languages of each example's first and second sentence, `(n_pairs, 2)`.
        triplets: anchor, positive and negative, `(n_triplets, 3)`.
        anchors: numbers of parallel sentences that have a target, `(n_anchors,)`.
        always: the language that every pair keeps where some of its languages are drawn; None has
            all languages drawn alike.
    """

    table: TokenTable
    pairs: LongArray
    grades: FloatArray
    items: LongArray
    crossings: LongArray
    triplets: LongArray
    anchors: LongArray
    always: int | None = None

    def of_items(self, wanted: npt.NDArray[np.bool_]) -> "FinetuneExamples":
        """The same with the graded examples of some items only.

        Args:
            wanted: by number of the item.
        """
        return self.of_pairs(wanted[self.items])

    def of_pairs(self, wanted: npt.NDArray[np.bool_]) -> "FinetuneExamples":
        """The same with some of the graded examples only.

        Args:
            wanted: by number of the example.
        """
        rows = np.flatnonzero(wanted)
        return replace(
            self,
            pairs=self.pairs[rows],
            grades=self.grades[rows],
            items=self.items[rows],
            crossings=self.crossings[rows],
        )


class Batch(NamedTuple):
    """Numbers of examples: graded pairs, triplets, anchors."""

    pairs: LongArray
    triplets: LongArray
    anchors: LongArray


class FinetuneJob:
    """Batches of examples, and what their embeddings should be to each other."""

    def __init__(
        self,
        examples: FinetuneExamples,
        pad: int,
        settings: FinetuneSettings,
        targets: Targets | FloatArray,
    ) -> None:
        """Set a job up.

        Args:
            examples: what to train on.
            pad: the padding id.
            settings: sizes, rates and losses.
            targets: the vectors that `examples.anchors` are held to, `(n_anchors, dim)`.
        """
        self.examples, self.pad = examples, pad
        self.settings, self.targets = settings, targets

    def epoch(self, epoch: int, *, rank: int = 0, processes: int = 1) -> list[Batch]:
        """Batches of one epoch; see `isogloss.training.job.Job`."""
        draw = np.random.default_rng([self.settings.seed, epoch])
        none = np.empty(0, np.int64)
        batches = [Batch(rows, none, none) for rows in self._graded(draw)]
        size = self.settings.triplets_in_batch
        order = draw.permutation(len(self.examples.triplets))
        batches += [Batch(none, order[s : s + size], none) for s in range(0, len(order), size)]
        batches = [batches[number] for number in draw.permutation(len(batches))]
        if self.settings.anchor_share and len(self.examples.anchors):
            held = self._anchors(epoch, [self.size(batch).sentences for batch in batches])
            batches = [b._replace(anchors=rows) for b, rows in zip(batches, held, strict=True)]
        even = len(batches) // processes * processes if len(batches) >= processes else 0
        return batches[:even][rank::processes]

    def loss(self, forward: Forward, batch: Batch, device: torch.device) -> torch.Tensor:
        """The losses of pairs, triplets and anchors, summed."""
        examples, settings = self.examples, self.settings
        pairs, triplets = examples.pairs[batch.pairs], examples.triplets[batch.triplets]
        anchors = examples.anchors[batch.anchors]
        rows, place = np.unique(self._named(batch), return_inverse=True)
        each = self._embeddings(forward, rows, device)[moved(torch.from_numpy(place), device)]
        parts = each.split([pairs.size, triplets.size, anchors.size])
        total = torch.zeros((), device=device)
        if len(pairs):
            sides = parts[0].unflatten(0, (len(pairs), 2))
            grades = moved(torch.from_numpy(examples.grades[batch.pairs]), device)
            total = total + graded_objective(sides[:, 0], sides[:, 1], grades, settings.loss)
        if len(triplets):
            total = total + self._ranking(parts[1], triplets)
        if len(anchors):
            targets = moved(torch.from_numpy(self.targets[batch.anchors]), device)
            unit = targets.square().sum(-1).mean().clamp_min(1e-12)
            total = total + settings.anchor_weight * mse(parts[2], targets).mean() / unit
        return total

    def size(self, batch: Batch) -> Size:
        """Distinct sentences of a batch, and their tokens."""
        rows = np.unique(self._named(batch))
        return Size(len(rows), int(self.examples.table.lengths_of(rows).sum()))

    def probe(self) -> tuple[torch.Tensor, ...]:
        """The first two sentences."""
        rows = np.arange(min(2, len(self.examples.table)))
        return pad_batch(self.examples.table, rows, self.pad)

    def learned(self, history: Sequence[Mapping[str, Any]]) -> list[str]:
        """Nothing: all crossings of a pair are learned together."""
        return []

    def pause(self, names: Sequence[str]) -> None:
        """Nothing is paused."""

    def optimizers(self, network: StudentNetwork) -> list[torch.optim.Optimizer]:
        """AdamW, and for token embeddings with a rate of their own `RowAdam`."""
        settings = self.settings
        tokens = 0.0 if settings.frozen_tokens else settings.token_learning_rate or 0.0
        rates = Rates(
            body=settings.learning_rate,
            new_tokens=tokens,
            old_tokens=tokens,
            frozen_layers=0.0,
            frozen_lower_layers=settings.frozen_lower_layers,
            weight_decay=settings.weight_decay,
            eps=settings.eps,
            token_optimizer="adamw" if network.n_old is None else "rows",
        )
        return make_optimizers(network, rates)

    def _named(self, batch: Batch) -> LongArray:
        """Numbers of the sentences of a batch: pairs, triplets, anchors."""
        examples = self.examples
        pairs, triplets = examples.pairs[batch.pairs], examples.triplets[batch.triplets]
        anchors = examples.anchors[batch.anchors]
        return np.concatenate([pairs.ravel(), triplets.ravel(), anchors])

    def _embeddings(self, forward: Forward, rows: LongArray, device: torch.device) -> torch.Tensor:
        """Embeddings of sentences in the order of `rows`, run in parts of like length."""
        table = self.examples.table
        parts = length_batches(table.lengths_of(rows), self.settings.tokens_per_forward)
        inputs = [t for part in parts for t in pad_batch(table, rows[part], self.pad)]
        embeddings = forward(*(moved(tensor, device) for tensor in inputs))
        back = np.argsort(np.concatenate(parts))
        return embeddings[moved(torch.from_numpy(back), device)]

    def _ranking(self, embeddings: torch.Tensor, triplets: LongArray) -> torch.Tensor:
        """Each anchor finds its positive among those of other anchors, and all negatives."""
        sides = embeddings.unflatten(0, (len(triplets), 3))
        anchor, positive, negative = triplets.T
        mask = positive_mask(anchor, positive, np.concatenate([positive, negative]))
        ranked = contrastive(
            sides[:, 0],
            torch.cat([sides[:, 1], sides[:, 2]]),
            temperature=self.settings.ranking_temperature,
            positive_mask=moved(torch.from_numpy(mask), embeddings.device),
        )
        return ranked.mean()

    def _graded(self, draw: np.random.Generator) -> list[LongArray]:
        """Numbers of graded examples per batch, in random order."""
        examples, settings = self.examples, self.settings
        if not len(examples.items):
            return []
        chosen = self._drawn(draw)
        groups = [chosen[at : at + 1] for at in range(len(chosen))]
        if settings.together:
            groups = np.split(chosen, np.flatnonzero(np.diff(examples.items[chosen])) + 1)
        order, size = draw.permutation(len(groups)), settings.graded_in_batch
        return [
            np.concatenate([groups[number] for number in order[start : start + size]])
            for start in range(0, len(order), size)
        ]

    def _drawn(self, draw: np.random.Generator) -> LongArray:
        """The examples whose languages were drawn for this epoch; ascending."""
        examples, wanted = self.examples, self.settings.languages_per_pair
        everything = np.arange(len(examples.items))
        languages = int(examples.crossings.max(initial=0)) + 1
        if wanted is None or wanted >= languages:
            return everything
        keys = draw.random((int(examples.items.max()) + 1, languages))
        if examples.always is not None:
            keys[:, examples.always] = -1.0
        # languages that an item lacks are drawn last
        lacking = np.ones(keys.shape, np.bool_)
        for side in (0, 1):
            lacking[examples.items, examples.crossings[:, side]] = False
        chosen = np.argsort(np.argsort(keys + 2 * lacking, axis=1), axis=1) < wanted
        inside = chosen[examples.items[:, None], examples.crossings].all(axis=1)
        return everything[inside]

    def _anchors(self, epoch: int, sentences: Sequence[int]) -> list[LongArray]:
        """Rows of anchors for every batch: all of them in turn, in a random order per turn."""
        share, n = self.settings.anchor_share, len(self.examples.anchors)
        sizes = np.round(np.array(sentences) * share / (1.0 - share)).astype(np.int64)
        wanted = int(sizes.sum())
        start = epoch * wanted
        turns = range(start // n, (start + wanted) // n + 1)
        order = np.concatenate(
            [np.random.default_rng([self.settings.seed, 1, t]).permutation(n) for t in turns]
        )
        return np.split(order[start % n :][:wanted], np.cumsum(sizes)[:-1])
