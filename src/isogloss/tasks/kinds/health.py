"""Distillation health: is the student near its teacher, on source sentences and translations?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from isogloss.data.graded.reader import graded_rows, looks_graded
from isogloss.data.places import Where
from isogloss.data.text import plain_suffix, read_lines, text_fingerprint
from isogloss.errors import InputError
from isogloss.metrics import health as metrics
from isogloss.metrics.bitext import text_hits
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import Encoder, FloatArray, LongArray, Use, prompt_of
from isogloss.tasks.kinds.sts import sts_data
from isogloss.tasks.readers.bitext import UNKNOWN, Languages, bitext_of, files_place, read_bitext
from isogloss.tasks.task import (
    DEFAULTS,
    ScoreSheet,
    Settings,
    check_rows,
    short,
    with_prompts,
)
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import paired_cosines

RECALL_K = 10


@dataclass(frozen=True)
class HealthData:
    """Sentences the teacher knows, with their translations where there are any.

    Args:
        source: sentences in the teacher's language, `(n,)`.
        target: their translations, `(n,)`; `None` if the data hold none.
        dropped: rows left out when reading, by reason.

    Raises:
        InputError: if the sides have different lengths.
    """

    source: Sequence[str]
    target: Sequence[str] | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.target is not None and len(self.source) != len(self.target):
            raise InputError(
                f"{len(self.source)} source and {len(self.target)} target sentences; expected as"
                " many of each; give one translation per sentence"
            )

    def __len__(self) -> int:
        return len(self.source)

    def fingerprint(self) -> str:
        """Hash of both sides."""
        return text_fingerprint(self.source, self.target or ())


@dataclass(frozen=True)
class HealthTask:
    """Health data as a task.

    Args:
        languages: the teacher's language and the added one, such as `en-de`.
        data: the sentences.
        name: name of the data, for people.
    """

    languages: str
    data: HealthData
    name: str = ""
    kind: ClassVar[str] = "health"

    def fingerprint(self) -> str:
        """Hash of its data."""
        return self.data.fingerprint()

    def texts(self) -> list[str]:
        """What the student embeds: both sides."""
        return [*self.data.source, *(self.data.target or ())]

    def reads(self) -> list[tuple[Use, list[str]]]:
        """All of its texts, for no use: as student and teacher read them by default."""
        return [(Use(), self.texts())]

    def teacher_texts(self) -> list[str]:
        """What the teacher embeds: the source side."""
        return list(self.data.source)

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Score a student against its teacher, see `score_health`."""
        if teacher is None:
            raise InputError(
                f"task health:{self.languages}={self.name} has no teacher; expected the model that"
                " the student was distilled from; add --teacher NAME"
            )
        target = self.data.target
        scores = score_health(
            teacher.encode(self.data.source),
            model.encode(self.data.source),
            None if target is None else model.encode(target),
            self.data,
            languages=self.languages,
            name=self.name,
            model=model.fingerprint,
            teacher=teacher.fingerprint,
            settings=settings,
        )
        return with_prompts(scores, prompt=prompt_of(model), teacher_prompt=prompt_of(teacher))


def read_health(
    source: Path | str | Where, target: Path | str | None = None, *, languages: Languages = UNKNOWN
) -> HealthData:
    """Read sentences for the health task from translations or from an STS file.

    Args:
        source: as `read_bitext`; or an STS file, whose sentences are no translations of one
            another: then all of its distinct sentences are source sentences, and there is no target
            side.
        target: the second of two line-aligned files.
        languages: as `read_bitext`.

    Returns:
        The sentences.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if a file cannot be read as translations or STS pairs.
    """
    if target is not None or (isinstance(source, Where) and source.kind != "tsv"):
        pairs = read_bitext(source, target, languages=languages)
        return HealthData(pairs.source, pairs.target, pairs.dropped)
    where = source if isinstance(source, Where) else files_place(source, languages=languages)
    path = Path(where.locations[0])
    lines = read_lines(path)  # once: a pipe cannot be read again
    if where.columns is None and (plain_suffix(path) == ".csv" or looks_graded(lines)):
        graded = sts_data(graded_rows(path, lines), path)
        sentences = dict.fromkeys([*graded.sentences1, *graded.sentences2])
        return HealthData(list(sentences), None, graded.dropped)
    pairs = bitext_of(where, lines)
    return HealthData(pairs.source, pairs.target, pairs.dropped)


def score_health(
    teacher_source: FloatArray,
    student_source: FloatArray,
    student_target: FloatArray | None,
    data: HealthData,
    *,
    languages: str = "",
    name: str = "",
    model: str = "",
    teacher: str = "",
    settings: Settings = DEFAULTS,
) -> list[Score]:
    """Compare a student's embeddings with the targets its teacher sets.

    Args:
        teacher_source: M(source), `(n, teacher_dim)`.
        student_source: S(source), `(n, dim)`.
        student_target: S(target), `(n, dim)`, the translations of the same rows; `None` if there
            are none.
        data: the sentences.
        languages: language pair for the score.
        name: name of the data for the score.
        model: fingerprint of the student.
        teacher: fingerprint of the teacher.
        settings: bootstrap settings.

    Returns:
        `fvu_source`, `fvu_target` (0 is best, 1 no better than a constant) · `cosine_source_mean`,
        `cosine_source_p1`, `cosine_target_mean` (student to teacher) · `recall_at_10` (S(source) in
        an index of M(source)) · `norm_ratio` · `random_cosine`, `random_cosine_target` (towards 1:
        collapse). Where two widths differ, or there is no target side, the scores that need them
        have no value and say why.

    Raises:
        InputError: if the numbers of rows do not fit, or embeddings hold NaN.
    """
    check_rows(len(data), teacher=teacher_source, source=student_source, target=student_target)
    sheet = ScoreSheet(
        "health", languages, name, data.fingerprint(), model, settings, dropped=data.dropped
    )
    against = short(teacher)
    scores = []
    for metric, result in _source_scores(teacher_source, student_source, data, settings).items():
        scores.append(_row(sheet, metric, result, len(data), against))
    for metric, result in _target_scores(teacher_source, student_target, data, settings).items():
        scores.append(_row(sheet, metric, result, len(data), against))
    order = {metric: place for place, metric in enumerate(METRICS)}
    return sorted(scores, key=lambda score: order[score.metric])


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


def _row(sheet: ScoreSheet, metric: str, result: _Result, n: int, teacher: str) -> Score:
    estimate, items = result
    items = None if estimate.value is None else items
    if metric in _INTERVALS:
        interval = _INTERVALS[metric]
        return sheet.exact(metric, estimate, n=n, items=items, interval=interval, teacher=teacher)
    return sheet.bootstrapped(metric, estimate, n=n, items=items, teacher=teacher)


def _source_scores(
    teacher: FloatArray, student: FloatArray, data: HealthData, settings: Settings
) -> dict[str, _Result]:
    boot = {"draws": settings.draws, "seed": settings.seed}
    first = _first_rows(data.source)
    scores = {
        "fvu_source": _fvu(student, teacher, settings),
        "norm_ratio": _Result(
            metrics.norm_ratio(student, teacher, **boot), metrics.norm_items(student, teacher)
        ),
        "random_cosine": _Result(metrics.mean_random_cosine(student[first])),
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
    scores["recall_at_10"] = _Result(recall, ItemValues(np.asarray(hits.any(axis=1))))
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
        mean = metrics.mean_cosine(cosines, draws=settings.draws, seed=settings.seed)
        cosine = _Result(mean, ItemValues(cosines))
    else:
        cosine = _Result(Estimate(None, reason=unexplained.estimate.reason))
    random = _Result(metrics.mean_random_cosine(student[_first_rows(data.target)]))
    return dict(zip(names, (unexplained, cosine, random), strict=True))


def _fvu(student: FloatArray, teacher: FloatArray, settings: Settings) -> _Result:
    estimate = metrics.fvu(student, teacher, draws=settings.draws, seed=settings.seed)
    same = student.shape[1] == teacher.shape[1]
    return _Result(estimate, metrics.fvu_items(student, teacher) if same else None)


def _first_rows(texts: Sequence[str]) -> LongArray:
    """The rows where each distinct text stands first, ascending."""
    seen: dict[str, int] = {}
    for row, text in enumerate(texts):
        seen.setdefault(text, row)
    return np.fromiter(seen.values(), dtype=np.int64, count=len(seen))
