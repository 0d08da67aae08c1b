"""Health of a fine-tuning: correlation on dev pairs, and translations that find each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isogloss.data.graded.pairs import GradedPairs
from isogloss.metrics.correlation import spearman
from isogloss.metrics.health import mean_random_cosine
from isogloss.protocols import Encoder, FloatArray
from isogloss.training.evaluator import Best, Evaluator
from isogloss.training.progress import check_dev_vectors
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import paired_cosines

GRADED_BEST = Best("spearman", higher=True)
"""What the best checkpoint is chosen by: mean Spearman over all language pairs of the dev data."""

MIN_RANKED = 3
"""Pairs that a correlation needs."""

LOST = 0.03
"""Fall of accuracy against the start that is an alarm."""


@dataclass(eq=False)
class FinetuneEvaluator(Evaluator):
    """How well a model's cosines rank graded pairs that it is not trained on.

    Attributes:
        model: reads with the weights that it has at the moment.
        pairs: the graded pairs.
        pivot: the language that others are compared with.
    """

    model: Encoder
    pairs: GradedPairs
    pivot: str
    best = GRADED_BEST

    def figures(self) -> dict[str, float]:
        """See `graded_figures`."""
        embedded = {}
        for language in self.pairs.languages:
            rows = np.flatnonzero(self.pairs.known(language))
            if len(rows):
                sides = self.pairs.sides(language, rows)
                first, second = (self.model.encode(side) for side in sides)
                embedded[language] = DevPairs(rows, first, second)
        return graded_figures(embedded, self.pairs.grades, self.pivot)

    def alarms(self, figures: Mapping[str, float], fraction: float) -> list[str]:
        """See `graded_alarms`."""
        return graded_alarms(figures, self.start, fraction)


@dataclass(frozen=True, eq=False)
class DevPairs:
    """Dev pairs of one language, embedded.

    Attributes:
        rows: which pairs the language has, numbers, ascending, `(n,)`.
        first: `(n, dim)`.
        second: `(n, dim)`.
    """

    rows: np.ndarray
    first: FloatArray
    second: FloatArray


def graded_figures(dev: Mapping[str, DevPairs], grades: np.ndarray, pivot: str) -> dict[str, float]:
    """Figures on dev pairs.

    Args:
        dev: language to its embedded pairs.
        grades: of all pairs, `(n_pairs,)`.
        pivot: the language that others are compared with.

    Returns:
        `spearman_A-B` for every language of the first and of the second sentence; `spearman`, their
        mean; `accuracy_L` (sentence of L to its translation in the pivot); `random_cosine`. What
        has no value is left out.

    Raises:
        InputError: the model gives no numbers.
    """
    check_dev_vectors(*(side for part in dev.values() for side in (part.first, part.second)))
    figures: dict[str, float] = {}
    for one, ours in dev.items():
        for other, theirs in dev.items():
            _, mine, its = np.intersect1d(ours.rows, theirs.rows, return_indices=True)
            if len(mine) < MIN_RANKED:
                continue
            cosines = paired_cosines(ours.first[mine], theirs.second[its])
            value = spearman(cosines, grades[ours.rows[mine]])
            if value is not None:
                figures[f"spearman_{one}-{other}"] = value
    if figures:
        figures["spearman"] = float(np.mean(list(figures.values())))
    for language, part in dev.items():
        if language != pivot and pivot in dev:
            figures |= _accuracy(language, part, dev[pivot])
    everything = np.concatenate([part.first for part in dev.values()])
    random = mean_random_cosine(everything).value
    return figures | ({} if random is None else {"random_cosine": random})


def graded_alarms(
    figures: Mapping[str, float], start: Mapping[str, float], fraction: float
) -> list[str]:
    """What is wrong with a fine-tuning, in sentences; empty for a healthy one.

    Args:
        figures: from `graded_figures`.
        start: the same before training.
        fraction: share of the run that is done; early figures are not judged.
    """
    if fraction < 0.1 or not figures:
        return []
    found = []
    random, before = figures.get("random_cosine"), start.get("random_cosine")
    if random is not None and before is not None and random > before + 0.3:
        found.append(
            f"collapse: two random sentences have cosine {random:.2f} (at the start {before:.2f}); "
            "lower the learning rate"
        )
    if "spearman" in start and "spearman" not in figures:
        found.append("no correlation: all dev pairs have the same cosine; lower the learning rate")
    elif figures.get("spearman", 1.0) < start.get("spearman", -1.0):
        found.append(
            f"worse than before: mean Spearman {figures['spearman']:.3f}, at the start "
            f"{start['spearman']:.3f}; lower the learning rate"
        )
    for name, value in figures.items():
        if name.startswith("accuracy_") and value < start.get(name, 0.0) - LOST:
            found.append(
                f"{name.removeprefix('accuracy_')} drifts from its translations: accuracy "
                f"{value:.3f}, at the start {start[name]:.3f}; give --pairs, or raise anchor_weight"
            )
    return found


def _accuracy(language: str, part: DevPairs, pivot: DevPairs) -> dict[str, float]:
    """Share of first sentences whose nearest neighbor in the pivot is their translation."""
    _, mine, its = np.intersect1d(part.rows, pivot.rows, return_indices=True)
    if not len(mine):
        return {}
    target, source = part.first[mine], pivot.first[its]
    found = nearest(target, source)
    own = paired_cosines(target, source)  # a sentence that stands twice is found either way
    return {f"accuracy_{language}": float((own >= found.scores[:, 0] - 1e-6).mean())}
