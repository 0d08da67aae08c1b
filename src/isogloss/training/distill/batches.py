"""Plan the batches of every epoch.

The plan is a pure function of the seed and the epoch, so that a resumed run goes on exactly.
Every stream (a target language, or the source) gives its share to an epoch; windows of the shuffled
epoch are sorted by length and cut by a budget of padded tokens; the batches are shuffled again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from isogloss.data.token_table import length_batches
from isogloss.protocols import LongArray
from isogloss.training.distill.examples import Examples
from isogloss.training.distill.settings import ResolvedSettings

WINDOW = 20_000
"""Examples sorted together: large enough for almost no padding, small enough to stay random."""

PAUSED_SHARE = 0.1
"""Share of its quota that a language gives when it has learned enough."""


@dataclass(frozen=True, eq=False)
class BatchPlan:
    """The batches of every epoch.

    Attributes:
        lengths: tokens per example, `(n_examples,)`.
        streams: name to the half-open range of examples it owns.
        quotas: name to the number of examples it gives to an epoch; more than it owns means
            repetition.
        tokens_per_batch: budget of padded tokens.
        seed: decides every shuffle.
    """

    lengths: LongArray
    streams: Mapping[str, tuple[int, int]]
    quotas: Mapping[str, int]
    tokens_per_batch: int
    seed: int

    def epoch(self, epoch: int, *, rank: int = 0, processes: int = 1) -> list[LongArray]:
        """Batches of one epoch.

        Args:
            epoch: from 0.
            rank: which of several training processes asks.
            processes: how many there are; all get the same number of batches.

        Returns:
            Example numbers per batch, in the order of training.
        """
        shuffle = np.random.default_rng([self.seed, epoch, len(self.lengths)])
        examples = np.concatenate([self._share(name, epoch) for name in self.streams])
        shuffle.shuffle(examples)
        batches: list[LongArray] = []
        for start in range(0, len(examples), WINDOW):
            window = examples[start : start + WINDOW]
            cut = length_batches(self.lengths[window], self.tokens_per_batch)
            batches += [window[rows] for rows in cut]
        order = shuffle.permutation(len(batches))
        even = len(batches) // processes * processes if len(batches) >= processes else 0
        return [batches[i] for i in order[:even][rank::processes]]

    def _share(self, name: str, epoch: int) -> LongArray:
        """The part of a stream that an epoch sees: streams go on where the last epoch stopped."""
        start, end = self.streams[name]
        size, quota = end - start, self.quotas[name]
        taken: list[LongArray] = []
        cycle, skip = divmod(epoch * quota, size)
        while quota > 0:
            shuffle = np.random.default_rng([self.seed, start, cycle])
            part = shuffle.permutation(size)[skip : skip + quota]
            taken.append(part + start)
            quota, cycle, skip = quota - len(part), cycle + 1, 0
        return np.concatenate(taken) if taken else np.empty(0, np.int64)


def plan_batches(
    examples: Examples, source: str, settings: ResolvedSettings, paused: Collection[str] = ()
) -> BatchPlan:
    """The batches of a run.

    Args:
        examples: tokens and streams.
        source: the name of the source stream.
        settings: budget and shares.
        paused: languages that have learned enough and are only rehearsed.
    """
    quotas = epoch_quotas(
        {name: end - start for name, (start, end) in examples.streams.items()},
        source=source,
        source_share=settings.source_share,
        temperature=settings.temperature,
        paused=paused,
    )
    return BatchPlan(
        examples.table.lengths,
        examples.streams,
        quotas,
        settings.tokens_per_batch,
        settings.seed,
    )


def epoch_quotas(
    sizes: Mapping[str, int],
    *,
    source: str | None,
    source_share: float,
    temperature: float,
    paused: Collection[str] = (),
) -> dict[str, int]:
    """How many examples each stream gives to an epoch.

    Args:
        sizes: examples per stream.
        source: the name of the source stream, if there is one.
        source_share: share of source sentences among all examples, in [0, 1).
        temperature: languages get shares in proportion to size ** (1 / temperature): 1 is by size,
            larger is more even.
        paused: languages that give `PAUSED_SHARE` of their quota.

    Returns:
        Name to quota. The target languages together give as many examples as they have, less what
        paused ones leave out.
    """
    targets = {name: size for name, size in sizes.items() if name != source}
    total = sum(targets.values())
    weights = {name: size ** (1.0 / temperature) for name, size in targets.items()}
    scale = total / sum(weights.values())
    quotas = {
        name: max(1, round(weight * scale * (PAUSED_SHARE if name in paused else 1.0)))
        for name, weight in weights.items()
    }
    total = sum(quotas.values()) if paused else total
    if source is not None:
        quotas[source] = round(total * source_share / (1.0 - source_share))
    return quotas
