"""Whether a run is healthy: figures on dev data, and the alarms they set off."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isogloss.metrics.health import (
    fvu,
    mean_cosine,
    mean_random_cosine,
    norm_ratio,
    quantile_cosine,
)
from isogloss.metrics.score import Estimate
from isogloss.protocols import FloatArray
from isogloss.training.progress import Best
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import paired_cosines

BEST = Best("fvu")
"""What the best checkpoint is chosen by: mean FVU of the source and the languages on dev data."""

DRAWS = 2
"""Bootstrap draws: intervals are not looked at during training."""


@dataclass(frozen=True, eq=False)
class DevEmbeddings:
    """One language's dev data, embedded.

    Attributes:
        teacher: M(source), `(n, dim)`.
        source: S(source), `(n, dim)`.
        target: S(target), `(n, dim)`.
    """

    teacher: FloatArray
    source: FloatArray
    target: FloatArray


def dev_figures(dev: Mapping[str, DevEmbeddings]) -> dict[str, float]:
    """Health on the dev data.

    Args:
        dev: target language to its embeddings.

    Returns:
        `fvu` (mean over the source and all target languages; lower is better), `fvu_source`,
        `fvu_LANG`, `accuracy_LANG` (target to source), `cosine_source` and `cosine_source_p1` (S
        against M on the source), `norm_ratio`, `random_cosine` and the teacher's own
        `random_cosine_teacher`.
    """
    figures: dict[str, float] = {}
    teacher = np.concatenate([part.teacher for part in dev.values()])
    source = np.concatenate([part.source for part in dev.values()])
    target = np.concatenate([part.target for part in dev.values()])
    figures["fvu_source"] = _value(fvu(source, teacher, draws=DRAWS))
    for language, part in dev.items():
        figures[f"fvu_{language}"] = _value(fvu(part.target, part.teacher, draws=DRAWS))
        hits = nearest(part.target, part.source).indices[:, 0]
        figures[f"accuracy_{language}"] = float((hits == np.arange(len(hits))).mean())
    explained = [value for name, value in figures.items() if name.startswith("fvu_")]
    figures["fvu"] = float(np.mean(explained))
    cosines = paired_cosines(source, teacher)
    figures["cosine_source"] = _value(mean_cosine(cosines, draws=DRAWS))
    figures["cosine_source_p1"] = _value(quantile_cosine(cosines))
    figures["norm_ratio"] = _value(norm_ratio(target, teacher, draws=DRAWS))
    figures["random_cosine"] = _value(mean_random_cosine(target))
    figures["random_cosine_teacher"] = _value(mean_random_cosine(teacher))
    return figures


def alarms(figures: Mapping[str, float], fraction: float) -> list[str]:
    """What is wrong with a run, in sentences; empty for a healthy one.

    Args:
        figures: from `dev_figures`.
        fraction: share of the run that is done; early figures are not judged.
    """
    if fraction < 0.1:
        return []
    found = []
    if figures["random_cosine"] > figures["random_cosine_teacher"] + 0.3:
        found.append(
            f"collapse: two random target sentences have cosine {figures['random_cosine']:.2f} "
            f"(teacher {figures['random_cosine_teacher']:.2f}); lower the learning rate"
        )
    if figures["fvu"] > 1.0:
        found.append(
            f"no better than a constant: FVU {figures['fvu']:.2f}; check that the pairs are "
            "translations"
        )
    if figures["norm_ratio"] <= 0.5 or figures["norm_ratio"] >= 2.0:
        found.append(
            f"norms drift: student's vectors are {figures['norm_ratio']:.2f} times as long as the "
            "teacher's"
        )
    languages = {n: v for n, v in figures.items() if n.startswith("fvu_") and n != "fvu_source"}
    middle = float(np.median(list(languages.values())))
    for name, value in languages.items():
        if len(languages) > 1 and value > 1.5 * middle and value > 0.3:
            found.append(
                f"{name.removeprefix('fvu_')} lags: FVU {value:.2f}, median language {middle:.2f}"
            )
    if fraction >= 0.5 and figures["cosine_source"] < 0.95:
        found.append(
            f"the source drifts: mean cosine to the teacher {figures['cosine_source']:.3f}; raise "
            "source_weight or source_share"
        )
    return found


def _value(estimate: Estimate) -> float:
    """The number of an estimate; NaN where it has none (a constant dev set)."""
    return float("nan") if estimate.value is None else estimate.value
