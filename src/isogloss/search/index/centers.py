"""Vectors without the offset of their language: the mean of what an index holds in it.

A model that puts each language in a region of its own finds a text of the query's language before
a closer one of another. Subtracting each language's mean takes that difference out.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import InputError
from isogloss.metrics.bias import preference_rate
from isogloss.metrics.intervals import SEED
from isogloss.protocols import Float64Array, FloatArray
from isogloss.search.index.documents import vectors_of
from isogloss.search.index.scan import Batches
from isogloss.vectors.similarity import normalize

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

LEAST = 20
"""Documents from which a language's mean is taken; one of fewer would be the documents' own."""

SAMPLE = 256
"""Documents of a language that its bias is measured on."""


@dataclass(frozen=True)
class Centers:
    """The mean vector of each language, and of all of them.

    Attributes:
        means: by language.
        overall: mean of these, for texts of no language, or of one with too few documents.
        counts: documents of each language, those with too few too.
    """

    means: Mapping[str, Float64Array]
    overall: Float64Array
    counts: Mapping[str, int]

    def view(self, batch: "pa.RecordBatch") -> FloatArray:
        """The vectors of rows without their languages' means, of length 1."""
        if not len(batch):
            return vectors_of(batch)
        names, which = np.unique(
            np.asarray(batch.column("language").to_pylist(), dtype=str), return_inverse=True
        )
        means = [self.means.get(str(name), self.overall) for name in names]
        return normalize(vectors_of(batch) - np.asarray(means, np.float32)[which])

    def view_queries(self, queries: FloatArray, language: str) -> FloatArray:
        """Queries without the mean of their language; `""` is unknown.

        Raises:
            InputError: the index has too few documents of that language.
        """
        if language and language not in self.means:
            raise InputError(
                f"--query-language {language!r} has {self.counts.get(language, 0)} documents in "
                f"the index; expected a language with {LEAST} at least, {', '.join(self.means)}: "
                "choose one, or leave it out"
            )
        mean = self.means.get(language, self.overall)
        return normalize(queries - mean.astype(np.float32))


@dataclass(frozen=True)
class LanguagePreference:
    """How often a document's nearest neighbor is of its own language, in equal pools of two.

    Attributes:
        before: by language, mean over the other languages; 0.5 is no preference, 1 always its own.
        after: the same without the languages' means.
    """

    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)


def find_centers(batches: Batches) -> Centers:
    """The mean vectors of the languages of an index.

    Raises:
        InputError: no language has `LEAST` documents.
    """
    sums: dict[str, Float64Array] = {}
    counts: dict[str, int] = {}
    for batch in batches():
        vectors = vectors_of(batch)
        languages = np.asarray(batch.column("language").to_pylist(), dtype=str)
        for name in np.unique(languages).tolist():
            own = vectors[languages == name]
            sums[name] = sums.get(name, 0) + own.sum(axis=0, dtype=np.float64)
            counts[name] = counts.get(name, 0) + len(own)
    means = {name: sums[name] / n for name, n in counts.items() if name and n >= LEAST}
    few = [f"{name or 'unknown'} ({n})" for name, n in counts.items() if name not in means]
    if not means:
        raise InputError(
            f"no language has {LEAST} documents in the index ({', '.join(few) or 'it is empty'}); "
            "expected one whose mean can be taken: build it with a column `language`, or with "
            "--language"
        )
    if few:
        logger.warning(
            "too few documents for a mean of their language: %s; the mean of the others is "
            "subtracted",
            ", ".join(few),
        )
    return Centers(means, np.mean(list(means.values()), axis=0), counts)


def measure_preference(batches: Batches, centers: Centers) -> LanguagePreference:
    """Language bias before and after the means are subtracted.

    Args:
        batches: the rows of an index.
        centers: of these.

    Returns:
        Empty with fewer than 2 languages.
    """
    before, after = _samples(batches, centers)
    if len(before) < 2:
        return LanguagePreference()
    return LanguagePreference(_preferences(before), _preferences(after))


def _samples(
    batches: Batches, centers: Centers
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Vectors of as many documents of each language, as they are and without the means."""
    size = min(SAMPLE, *(centers.counts[name] for name in centers.means))
    generator = np.random.default_rng(SEED)
    wanted = {
        name: np.sort(generator.choice(centers.counts[name], size, replace=False))
        for name in sorted(centers.means)
    }
    before: dict[str, list[FloatArray]] = {name: [] for name in wanted}
    after: dict[str, list[FloatArray]] = {name: [] for name in wanted}
    passed = dict.fromkeys(wanted, 0)
    for batch in batches():
        languages = np.asarray(batch.column("language").to_pylist(), dtype=str)
        for name in wanted:
            own = np.flatnonzero(languages == name)
            chosen = wanted[name] - passed[name]
            rows = batch.take(own[chosen[(chosen >= 0) & (chosen < len(own))]])
            passed[name] += len(own)
            before[name].append(vectors_of(rows))
            after[name].append(centers.view(rows))
    return (
        {name: np.concatenate(parts) for name, parts in before.items()},
        {name: np.concatenate(parts) for name, parts in after.items()},
    )


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
