"""Distillation health: is the student near its teacher, on source sentences and translations?"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from isogloss.errors import InputError
from isogloss.metrics import health as metrics
from isogloss.metrics.bitext import text_hits
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import Encoder, FloatArray, prompt_of
from isogloss.tasks.readers.health import HealthData
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings, Task, check_rows, short
from isogloss.vectors.distinct import distinct_texts
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import paired_cosines

RECALL_K = 10


@dataclass(frozen=True, eq=False)
class HealthTask(Task):
    """Health data as a task; `languages` are the teacher's and the added one.

    Student and teacher read the sentences as they do by default: for no use.
    """

    data: HealthData
    kind: ClassVar[str] = "health"

    def texts(self) -> list[str]:
        """What the student embeds: both sides."""
        return [*self.data.source, *(self.data.target or ())]

    def teacher_texts(self) -> list[str]:
        """What the teacher embeds: the source side."""
        return list(self.data.source)

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Compare a student's embeddings with the targets its teacher sets.

        Args:
            model: the student S; embeds `texts()`.
            teacher: the teacher M; embeds `teacher_texts()`.
            settings: bootstrap.

        Returns:
            `fvu_source`, `fvu_target` (0 is best, 1 no better than a constant) ·
            `cosine_source_mean`, `cosine_source_p1`, `cosine_target_mean` (student to teacher) ·
            `recall_at_10` (S(source) in an index of M(source)) · `norm_ratio` · `random_cosine`,
            `random_cosine_target` (towards 1: collapse). Where two widths differ, or there is no
            target side, the scores that need them have no value and say why.

        Raises:
            InputError: if there is no teacher, the numbers of rows do not fit, or embeddings hold
                NaN.
        """
        if teacher is None:
            raise InputError(
                f"task health:{self.languages}={self.name} has no teacher; expected the model that"
                " the student was distilled from; add --teacher NAME"
            )
        data = self.data
        targets, source = teacher.encode(data.source), model.encode(data.source)
        target = None if data.target is None else model.encode(data.target)
        check_rows(len(data), teacher=targets, source=source, target=target)
        prompts = {"prompt": prompt_of(model), "teacher_prompt": prompt_of(teacher)}
        sheet, against = self.sheet(model, settings, **prompts), short(teacher.fingerprint)
        found = _source_scores(targets, source, data, settings)
        found |= _target_scores(targets, target, data, settings)
        return [_row(sheet, metric, found[metric], len(data), against) for metric in METRICS]


METRICS = (
    "fvu_source",
    "fvu_target",
    "cosine_source_mean",
    "cosine_source_p1",
    "cosine_target_mean",
    "recall_at_10",
    "norm_ratio",
    "random_cosine",
    "random_cosine_target",
)
"""The order in which health scores come."""

_INTERVALS = {
    "cosine_source_p1": "order",
    "recall_at_10": "wilson",
    "random_cosine": "jackknife",
    "random_cosine_target": "jackknife",
}


class _Result(NamedTuple):
    estimate: Estimate
    items: ItemValues | None = None
    n: int | None = None
    """Number of texts it rests on, where repeated ones count once; else all rows."""


def _row(sheet: ScoreSheet, metric: str, result: _Result, rows: int, teacher: str) -> Score:
    estimate, items, n = result
    n = rows if n is None else n
    items = None if estimate.value is None else items
    if metric in _INTERVALS:
        interval = _INTERVALS[metric]
        return sheet.exact(metric, estimate, n=n, items=items, interval=interval, teacher=teacher)
    return sheet.bootstrapped(metric, estimate, n=n, items=items, teacher=teacher)


def _source_scores(
    teacher: FloatArray, student: FloatArray, data: HealthData, settings: Settings
) -> dict[str, _Result]:
    boot, first = settings.boot, distinct_texts(data.source).first
    scores = {
        "fvu_source": _fvu(student, teacher, settings),
        "norm_ratio": _Result(
            metrics.norm_ratio(student, teacher, **boot), metrics.norm_items(student, teacher)
        ),
        "random_cosine": _Result(metrics.mean_random_cosine(student[first]), n=len(first)),
    }
    if student.shape[1] != teacher.shape[1]:
        reason = _Result(Estimate(None, reason=scores["fvu_source"].estimate.reason))
        return scores | dict.fromkeys(
            ("cosine_source_mean", "cosine_source_p1", "recall_at_10"), reason
        )
    cosines = paired_cosines(student, teacher)
    items = ItemValues(cosines)
    scores["cosine_source_mean"] = _Result(metrics.mean_cosine(cosines, **boot), items)
    scores["cosine_source_p1"] = _Result(metrics.quantile_cosine(cosines, quantile=0.01))
    texts = [data.source[row] for row in first]
    found = nearest(student[first], teacher[first], k=RECALL_K).indices
    hits = text_hits(found, pool=texts, gold=texts)
    recall = metrics.recall_at_k(hits, k=RECALL_K, pool_size=len(texts))
    found_own = ItemValues(np.asarray(hits.any(axis=1)))
    scores["recall_at_10"] = _Result(recall, found_own, len(texts))
    return scores


def _target_scores(
    teacher: FloatArray, student: FloatArray | None, data: HealthData, settings: Settings
) -> dict[str, _Result]:
    names = ("fvu_target", "cosine_target_mean", "random_cosine_target")
    if student is None or data.target is None:
        return dict.fromkeys(names, _Result(Estimate(None, reason="the data hold no translations")))
    unexplained = _fvu(student, teacher, settings)
    if student.shape[1] == teacher.shape[1]:
        cosines = paired_cosines(student, teacher)
        mean = metrics.mean_cosine(cosines, **settings.boot)
        cosine = _Result(mean, ItemValues(cosines))
    else:
        cosine = _Result(Estimate(None, reason=unexplained.estimate.reason))
    first = distinct_texts(data.target).first
    random = _Result(metrics.mean_random_cosine(student[first]), n=len(first))
    return dict(zip(names, (unexplained, cosine, random), strict=True))


def _fvu(student: FloatArray, teacher: FloatArray, settings: Settings) -> _Result:
    estimate = metrics.fvu(student, teacher, **settings.boot)
    same = student.shape[1] == teacher.shape[1]
    return _Result(estimate, metrics.fvu_items(student, teacher) if same else None)
