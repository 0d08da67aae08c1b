"""Language bias of an index: how often a text's nearest neighbor is of its own language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from isogloss.metrics.bias import preference_rate
from isogloss.metrics.intervals import SEED
from isogloss.protocols import FloatArray
from isogloss.search.index.documents import vectors_of
from isogloss.search.index.scan import Batches
from isogloss.vectors.centers import Centers

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE = 256
"""Documents of a language that its bias is measured on."""


@dataclass(frozen=True)
class LanguagePreference:
    """How often a document's nearest neighbor is of its own language, in equal pools of two.

    Attributes:
        before: by language, mean over the other languages; 0.5 is no preference, 1 always its own.
        after: the same without the languages' means.
    """

    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)


def languages_of(batch: "pa.RecordBatch") -> Sequence[str]:
    """The language of each row."""
    return list(batch.column("language").to_pylist())


def with_languages(batches: Batches) -> Iterator[tuple[FloatArray, Sequence[str]]]:
    """The vectors of rows, and their languages."""
    return ((vectors_of(batch), languages_of(batch)) for batch in batches())


def measure_preference(batches: Batches, centers: Centers) -> LanguagePreference:
    """Language bias before and after the means are subtracted.

    Args:
        batches: the rows of an index.
        centers: of these.

    Returns:
        Empty with fewer than 2 languages.
    """
    if len(centers.means) < 2:
        return LanguagePreference()
    before = _samples(batches, centers)
    after = {name: centers.subtract(own, [name] * len(own)) for name, own in before.items()}
    return LanguagePreference(_preferences(before), _preferences(after))


def _samples(batches: Batches, centers: Centers) -> dict[str, FloatArray]:
    """Vectors of as many documents of each language."""
    size = min(SAMPLE, *(centers.counts[name] for name in centers.means))
    generator = np.random.default_rng(SEED)
    wanted = {
        name: np.sort(generator.choice(centers.counts[name], size, replace=False))
        for name in sorted(centers.means)
    }
    found: dict[str, list[FloatArray]] = {name: [] for name in wanted}
    passed = dict.fromkeys(wanted, 0)
    for vectors, given in with_languages(batches):
        languages = np.asarray(given, dtype=str)
        for name in wanted:
            own = np.flatnonzero(languages == name)
            chosen = wanted[name] - passed[name]
            found[name].append(vectors[own[chosen[(chosen >= 0) & (chosen < len(own))]]])
            passed[name] += len(own)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _preferences(samples: Mapping[str, FloatArray]) -> dict[str, float]:
    """By language: the share of documents that are closest to one of their own language."""
    found = {}
    for name, own in samples.items():
        inside = own @ own.T
        np.fill_diagonal(inside, -np.inf)
        same = inside.max(axis=1)
        rates = [
            preference_rate(same, (own @ other.T).max(axis=1), draws=1).value
            for another, other in samples.items()
            if another != name
        ]
        found[name] = fmean(rate for rate in rates if rate is not None)
    return found
