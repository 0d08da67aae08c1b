"""Vectors without the offset of their language: the mean of all that there is in it.

A model that puts each language in a region of its own finds a text of the query's language before
a closer one of another. Subtracting each language's mean takes that difference out.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.errors import InputError
from isogloss.protocols import Float64Array, FloatArray
from isogloss.vectors.similarity import normalize

logger = logging.getLogger(__name__)

LEAST = 20
"""Texts from which a language's mean is taken; one of fewer would be the texts' own."""


@dataclass(frozen=True)
class Centers:
    """The mean vector of each language, and of all of them.

    Attributes:
        means: by language.
        overall: mean of these, for texts of no language, or of one with too few texts.
        counts: texts of each language, those with too few too.
    """

    means: Mapping[str, Float64Array]
    overall: Float64Array
    counts: Mapping[str, int]

    def subtract(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """Vectors without their languages' means, of length 1.

        Args:
            vectors: of length 1, `(n, dim)`.
            languages: of each; `""` is unknown.
        """
        if not len(vectors):
            return vectors
        names, which = np.unique(np.asarray(languages, dtype=str), return_inverse=True)
        means = [self.means.get(str(name), self.overall) for name in names]
        return normalize(vectors - np.asarray(means, np.float32)[which])


def find_centers(parts: Iterable[tuple[FloatArray, Sequence[str]]]) -> Centers:
    """The mean vectors of languages.

    Args:
        parts: vectors of length 1, and the language of each.

    Raises:
        InputError: no language has `LEAST` texts.
    """
    sums: dict[str, Float64Array] = {}
    counts: dict[str, int] = {}
    for vectors, given in parts:
        languages = np.asarray(given, dtype=str)
        for name in np.unique(languages).tolist():
            own = vectors[languages == name]
            sums[name] = sums.get(name, 0) + own.sum(axis=0, dtype=np.float64)
            counts[name] = counts.get(name, 0) + len(own)
    check_counts(counts)
    means = {name: sums[name] / n for name, n in counts.items() if _has_mean(name, n)}
    if few := _too_few(counts):
        logger.warning(
            "too few texts for a mean of their language: %s; the mean of the others is subtracted",
            ", ".join(few),
        )
    return Centers(means, np.mean(list(means.values()), axis=0), counts)


def check_counts(counts: Mapping[str, int]) -> None:
    """Refuse texts that have no language's mean.

    Args:
        counts: texts of each language; `""` is unknown.

    Raises:
        InputError: no language has `LEAST` texts.
    """
    if not any(_has_mean(name, n) for name, n in counts.items()):
        raise InputError(
            f"no language has {LEAST} texts ({', '.join(_too_few(counts)) or 'there are none'}), "
            "so that there is no mean to subtract; expected a column `language`, or --language: "
            "add one, or leave recentering out"
        )


def _has_mean(name: str, count: int) -> bool:
    return bool(name) and count >= LEAST


def _too_few(counts: Mapping[str, int]) -> list[str]:
    return [f"{name or 'unknown'} ({n})" for name, n in counts.items() if not _has_mean(name, n)]
