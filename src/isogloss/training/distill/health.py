"""Health of a distillation: figures on dev data, and the alarms they set off."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from isogloss.data.parallel import ParallelSentences
from isogloss.metrics.aggregates import mean
from isogloss.metrics.health import (
    fvu,
    mean_cosine,
    mean_random_cosine,
    norm_ratio,
    quantile_cosine,
)
from isogloss.metrics.score import Estimate
from isogloss.protocols import Encoder, FloatArray
from isogloss.training.evaluator import Best, Evaluator
from isogloss.training.progress import check_dev_vectors
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import paired_cosines

BEST = Best("fvu")
"""What the best checkpoint is chosen by: mean FVU of the source and the languages on dev data."""

EVALUATED = 500
"""Most held-out pairs of a language that are scored while a student trains; in the end all are."""

DRAWS = 2
"""Bootstrap draws: intervals are not looked at during training."""


@dataclass(eq=False)
class DistillEvaluator(Evaluator):
    """How near a student is to the teacher on held-out pairs.

    Attributes:
        student: reads with the weights that it has at the moment.
        dev: held-out pairs by target language.
        targets: of each language M(source), `(n, dim)`.
    """

    student: Encoder
    dev: Mapping[str, ParallelSentences]
    targets: Mapping[str, FloatArray]
    best = BEST

    def figures(self) -> dict[str, float]:
        """See `dev_figures`."""
        encode, targets = self.student.encode, self.targets
        return dev_figures(
            {
                language: DevEmbeddings(targets[language], encode(part.source), encode(part.target))
                for language, part in self.dev.items()
            }
        )

    def alarms(self, figures: Mapping[str, float], fraction: float) -> list[str]:
        """See `alarms`."""
        return alarms(figures, self.start, fraction)

    def began_near(self) -> bool:
        """Whether the student began with what is worth keeping.

        It was nearer to the teacher than a constant, or half of the translations found their
        source: a map that few pairs were there for has a poor FVU all the same.
        """
        found = [value for name, value in self.start.items() if name.startswith("accuracy_")]
        return self.start.get("fvu", 1.0) < 1.0 or bool(found and np.mean(found) >= 0.5)


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
        `random_cosine_teacher`. A figure that has no value is left out, and a mean is one of those
        that there are.

    Raises:
        InputError: the student gives no numbers.
    """
    teacher = np.concatenate([part.teacher for part in dev.values()])
    source = np.concatenate([part.source for part in dev.values()])
    target = np.concatenate([part.target for part in dev.values()])
    check_dev_vectors(source, target)
    found = {"fvu_source": fvu(source, teacher, draws=DRAWS)}
    for language, part in dev.items():
        found[f"fvu_{language}"] = fvu(part.target, part.teacher, draws=DRAWS)
        best = nearest(part.target, part.source).scores[:, 0]
        own = paired_cosines(part.target, part.source)  # a source that stands twice is found
        found[f"accuracy_{language}"] = Estimate(float((own >= best - 1e-6).mean()))
    found["fvu"] = mean([part.value for name, part in found.items() if name.startswith("fvu_")])
    cosines = paired_cosines(source, teacher)
    found["cosine_source"] = mean_cosine(cosines, draws=DRAWS)
    found["cosine_source_p1"] = quantile_cosine(cosines)
    found["norm_ratio"] = norm_ratio(target, teacher, draws=DRAWS)
    found["random_cosine"] = mean_random_cosine(target)
    found["random_cosine_teacher"] = mean_random_cosine(teacher)
    return {name: part.value for name, part in found.items() if part.value is not None}


NEAR_TEACHER, LITTLE = 0.95, 0.02
"""Mean cosine of source sentences to the teacher that a student keeps; and what one that began
farther off, like another's encoder, may lose of what it had."""


def alarms(figures: Mapping[str, float], start: Mapping[str, float], fraction: float) -> list[str]:
    """What is wrong with a run, in sentences; empty for a healthy one.

    Args:
        figures: from `dev_figures`.
        start: the same before training, which is not to blame for what was so then.
        fraction: share of the run that is done; early figures are not judged.
    """
    if fraction < 0.1:
        return []
    found = []
    if "fvu" not in figures:
        found.append(
            "no FVU: the teacher gives all held-out sentences one vector, and the last weights are "
            "kept; check that it reads the source language"
        )
    random, usual = figures.get("random_cosine"), figures.get("random_cosine_teacher")
    first = start.get("random_cosine", -1.0)
    if random is not None and usual is not None and random > max(usual, first) + 0.3:
        found.append(
            f"collapse: two random target sentences have cosine {random:.2f} (teacher "
            f"{usual:.2f}); lower the learning rate"
        )
    if figures.get("fvu", 0.0) > 1.0:
        found.append(
            f"no better than a constant: FVU {figures['fvu']:.2f}; check that the pairs are "
            "translations, and more than a few hundred"
        )
    if not 0.5 < figures.get("norm_ratio", 1.0) < 2.0:
        found.append(
            f"norms drift: student's vectors are {figures['norm_ratio']:.2f} times as long as the "
            "teacher's"
        )
    found += _lagging(figures)
    source, began = figures.get("cosine_source", 1.0), start.get("cosine_source", 1.0)
    if fraction >= 0.5 and source < min(NEAR_TEACHER, began - LITTLE):
        found.append(
            f"the source drifts: mean cosine to the teacher {source:.3f}; raise "
            "source_weight or source_share"
        )
    return found


def _lagging(figures: Mapping[str, float]) -> list[str]:
    """Languages that are far behind the median one."""
    languages = {n: v for n, v in figures.items() if n.startswith("fvu_") and n != "fvu_source"}
    if len(languages) < 2:
        return []
    middle = float(np.median(list(languages.values())))
    return [
        f"{name.removeprefix('fvu_')} lags: FVU {value:.2f}, median language {middle:.2f}"
        for name, value in languages.items()
        if value > 1.5 * middle and value > 0.3
    ]
