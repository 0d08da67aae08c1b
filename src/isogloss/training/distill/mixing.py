"""Who is drawn how often: languages, the corpora of a language, and the pairs of a corpus."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.protocols import FloatArray, LongArray

PAUSED_SHARE = 0.1
"""Share of its quota that a language gives when it has learned enough."""


@dataclass(frozen=True)
class Corpus:
    """The examples of a language that come from one place.

    Attributes:
        place: as the user wrote it; empty where it is not known.
        start: first example.
        end: the one behind the last.
        dictionary: whether they are entries of a dictionary beside the language's sentences.
        drawn_from: pairs that the place has; 0: as many as it gives examples.
    """

    place: str
    start: int
    end: int
    dictionary: bool = False
    drawn_from: int = 0

    @property
    def pairs(self) -> int:
        """All that the place has: what its share goes by."""
        return self.drawn_from or self.end - self.start


def epoch_quotas(
    sizes: Mapping[str, int],
    *,
    source: str | None,
    source_share: float,
    temperature: float,
    paused: Collection[str] = (),
    total: int | None = None,
) -> dict[str, int]:
    """How many examples each stream gives to an epoch.

    Args:
        sizes: examples per stream, by which it has its share.
        source: the name of the source stream, if there is one.
        source_share: share of source sentences among all examples, in [0, 1).
        temperature: languages get shares in proportion to size ** (1 / temperature): 1 is by size,
            larger is more even.
        paused: languages that give `PAUSED_SHARE` of their quota.
        total: examples of all target languages; None: the sum of their sizes.

    Returns:
        Name to quota. The target languages together give `total`, less what paused ones leave out.

    Source:
        Conneau and Lample 2019, "Cross-lingual Language Model Pretraining", equation 1, whose
        alpha is 1 / temperature.
    """
    targets = {name: size for name, size in sizes.items() if name != source}
    total = sum(targets.values()) if total is None else total
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


def corpus_quotas(
    sizes: Sequence[float], factors: Sequence[float], quota: int, temperature: float
) -> list[int]:
    """How many examples each corpus of a language gives to an epoch.

    Args:
        sizes: pairs of each, or the sum of their weights; above 0.
        factors: what each counts beside its size.
        quota: of the language.
        temperature: corpora get shares in proportion to factor * size ** (1 / temperature).

    Returns:
        As many numbers, which sum up to the quota.
    """
    shares = np.asarray(factors, np.float64) * np.asarray(sizes, np.float64) ** (1.0 / temperature)
    ends = np.round(np.cumsum(shares / shares.sum()) * quota).astype(np.int64)
    return [int(n) for n in np.diff(ends, prepend=0)]


def draw_by_weight(weights: FloatArray, quota: int, draw: np.random.Generator) -> LongArray:
    """Draw examples in proportion to their weights: each as often as is expected of it, or once
    more.

    Args:
        weights: above 0, `(n,)`.
        quota: how many are drawn.
        draw: decides the rest.

    Returns:
        Numbers of examples, `(quota,)`.

    Source:
        Madow 1949, "On the theory of systematic sampling, II".
    """
    order = draw.permutation(len(weights))
    ends = np.cumsum(weights[order], dtype=np.float64)
    ends *= quota / ends[-1]
    ends[-1] = quota  # whatever the sum was rounded to
    counts = np.floor(ends + draw.random()).astype(np.int64)
    counts[1:] -= counts[:-1].copy()
    return np.repeat(order, counts)
