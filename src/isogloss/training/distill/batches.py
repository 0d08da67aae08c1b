"""Plan the batches of every epoch.

The plan is a pure function of the seed and the epoch, so that a resumed run goes on exactly.
Every stream (a target language, one of its corpora, or the source) gives its share to an epoch, as
`isogloss.training.distill.mixing` has it; windows of the shuffled epoch are sorted by length and
cut by a budget of padded tokens; the batches are shuffled again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.data.places import named_value
from isogloss.data.token_table import length_batches
from isogloss.protocols import FloatArray, LongArray
from isogloss.training.distill.examples import Examples
from isogloss.training.distill.mixing import (
    Corpus,
    corpus_quotas,
    draw_by_weight,
    epoch_quotas,
)
from isogloss.training.distill.settings import ResolvedSettings

WINDOW = 20_000
"""Examples sorted together: large enough for almost no padding, small enough to stay random."""


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
        weights: examples of a stream are drawn in proportion to them, `(n_examples,)`; None: each
            as often as the others.
    """

    lengths: LongArray
    streams: Mapping[str, tuple[int, int]]
    quotas: Mapping[str, int]
    tokens_per_batch: int
    seed: int
    weights: FloatArray | None = None

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
        if self.weights is not None and np.ptp(self.weights[start:end]):
            draw = np.random.default_rng([self.seed, start, epoch])
            return draw_by_weight(self.weights[start:end], quota, draw) + start
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
    languages = epoch_quotas(
        {name: _sentences(examples, name) for name in examples.streams},
        source=source,
        source_share=settings.source_share,
        temperature=settings.temperature,
        paused=paused,
        total=sum(_drawn(examples, name) for name in examples.streams if name != source),
    )
    streams: dict[str, tuple[int, int]] = {}
    quotas: dict[str, int] = {}
    for name, whole in examples.streams.items():
        for (start, end), quota in _parts(examples, name, languages[name], settings):
            part = name if (start, end) == whole else f"{name}: {start}"
            streams[part], quotas[part] = (start, end), quota
    return BatchPlan(
        examples.table.lengths,
        streams,
        quotas,
        settings.tokens_per_batch,
        settings.seed,
        examples.weights if settings.pair_weights == "draw" else None,
    )


def corpus_shares(examples: Examples, source: str, settings: ResolvedSettings) -> dict[str, float]:
    """The share that each place has of the target sentences that are drawn, while none is paused.

    Args:
        examples: tokens, streams and corpora.
        source: the name of the source stream.
        settings: budget and shares.
    """
    plan = plan_batches(examples, source, settings)
    targets = [name for name in plan.streams if name != source]
    total = sum(plan.quotas[name] for name in targets)
    shares: dict[str, float] = {}
    for name in targets:
        start, end = plan.streams[name]
        corpora = [
            corpus
            for parts in examples.corpora.values()
            for corpus in parts
            if start <= corpus.start and corpus.end <= end
        ]
        sizes = [_size(examples, corpus, settings) for corpus in corpora]
        for corpus, size in zip(corpora, sizes, strict=True):
            own = plan.quotas[name] / total * size / sum(sizes)
            shares[corpus.place] = shares.get(corpus.place, 0.0) + own
    return shares


def _sentences(examples: Examples, name: str) -> int:
    """Pairs that a stream's examples were drawn from, without entries of dictionaries."""
    return sum(part.pairs for part in _corpora(examples, name) if not part.dictionary)


def _drawn(examples: Examples, name: str) -> int:
    """Examples of a stream, without entries of dictionaries."""
    corpora = _corpora(examples, name)
    return sum(part.end - part.start for part in corpora if not part.dictionary)


def _corpora(examples: Examples, name: str) -> Sequence[Corpus]:
    """The corpora of a stream; of one whose places are not known, all in one."""
    return examples.corpora.get(name) or [Corpus("", *examples.streams[name])]


def _parts(
    examples: Examples, name: str, quota: int, settings: ResolvedSettings
) -> Iterator[tuple[tuple[int, int], int]]:
    """Ranges of a stream, and what each gives of its quota: sentences, then dictionaries."""
    corpora = _corpora(examples, name)
    entries = [part for part in corpora if part.dictionary]
    of_entries = round(quota * settings.dictionary_share) if entries else 0
    sentences = [part for part in corpora if not part.dictionary]
    for group, share in ((sentences, quota - of_entries), (entries, of_entries)):
        if _mixed(group, settings):
            shares = _corpus_quotas(examples, group, share, settings)
            yield from zip(((part.start, part.end) for part in group), shares, strict=True)
        elif group:
            yield (group[0].start, group[-1].end), share


def _mixed(corpora: Sequence[Corpus], settings: ResolvedSettings) -> bool:
    """Whether corpora of a language are drawn in other shares than their pairs have."""
    factors = {named_value(settings.corpus_weights, corpus.place, 1.0) for corpus in corpora}
    return len(corpora) > 1 and (settings.corpus_temperature != 1.0 or len(factors) > 1)


def _corpus_quotas(
    examples: Examples, corpora: Sequence[Corpus], quota: int, settings: ResolvedSettings
) -> list[int]:
    sizes = [_size(examples, corpus, settings) for corpus in corpora]
    factors = [named_value(settings.corpus_weights, corpus.place, 1.0) for corpus in corpora]
    return corpus_quotas(sizes, factors, quota, settings.corpus_temperature)


def _size(examples: Examples, corpus: Corpus, settings: ResolvedSettings) -> float:
    """Pairs of a corpus; what they count together, where that decides how often they are drawn."""
    if examples.weights is None or settings.pair_weights != "draw":
        return corpus.pairs
    own = examples.weights[corpus.start : corpus.end]
    return float(own.mean(dtype=np.float64)) * corpus.pairs
