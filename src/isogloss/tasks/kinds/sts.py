"""Semantic textual similarity: do the model's cosines rank sentence pairs as people do?"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from isogloss.data.graded.reader import GradedRow, read_graded_rows
from isogloss.data.text import graded_fingerprint
from isogloss.errors import DataFormatError, InputError
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Score
from isogloss.metrics.sts import estimate_correlation
from isogloss.protocols import STS, Encoder, Float64Array, FloatArray, Use, prompt_of, read_for
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings, with_prompts
from isogloss.vectors.similarity import paired_cosines

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class StsData:
    """Graded sentence pairs.

    Args:
        sentences1: first sentences, `(n,)`.
        sentences2: second sentences, `(n,)`.
        gold: human grades, `(n,)`, from 0 (unrelated) to 5 (same meaning).
        dropped: rows left out when reading, by reason.

    Raises:
        InputError: if the three have different lengths.
    """

    sentences1: Sequence[str]
    sentences2: Sequence[str]
    gold: Float64Array
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = [len(self.sentences1), len(self.sentences2), len(self.gold)]
        if len(set(lengths)) != 1:
            raise InputError(
                f"STS data have {lengths[0]} first sentences, {lengths[1]} second and {lengths[2]}"
                " grades; expected as many of each; give one grade per pair"
            )

    def __len__(self) -> int:
        return len(self.gold)

    def fingerprint(self) -> str:
        """Hash of sentences and grades."""
        return graded_fingerprint(self.sentences1, self.sentences2, self.gold)


@dataclass(frozen=True, eq=False)
class StsTask:
    """STS data as a task.

    Args:
        languages: languages of the first and second sentences, such as `de-de`.
        data: the pairs.
        name: name of the data, for people.
        use: what a model reads the sentences for.
    """

    languages: str
    data: StsData
    name: str = ""
    use: Use = STS
    kind: ClassVar[str] = "sts"

    def fingerprint(self) -> str:
        """Hash of its data."""
        return self.data.fingerprint()

    def texts(self) -> list[str]:
        """Both sentences of every pair."""
        return [*self.data.sentences1, *self.data.sentences2]

    def reads(self) -> list[tuple[Use, list[str]]]:
        """All of its texts, for its use."""
        return [(self.use, self.texts())]

    def teacher_texts(self) -> list[str]:
        """None: STS needs no teacher."""
        return []

    def cosines(self, model: Encoder) -> FloatArray:
        """The model's cosine of every pair, `(n,)`."""
        model = read_for(model, self.use)
        return paired_cosines(
            model.encode(self.data.sentences1), model.encode(self.data.sentences2)
        )

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Scores `spearman` and `pearson`; see `isogloss.tasks.task.Task.score`."""
        model = read_for(model, self.use)
        scores = score_sts(
            model.encode(self.data.sentences1),
            model.encode(self.data.sentences2),
            self.data,
            languages=self.languages,
            name=self.name,
            model=model.fingerprint,
            settings=settings,
        )
        return with_prompts(scores, prompt=prompt_of(model))


def read_sts(path: Path | str, crossed_with: Path | str | None = None) -> StsData:
    """Read an STS file, or the crossing of two.

    Accepted: TSV (any suffix) or CSV (`.csv` without tabs), plain, `.gz` or `.xz`; columns found by
    the names in a header, else score first, score last (stsb-multi-mt) or the STS benchmark's own
    seven columns. In TSV a quote is an ordinary character. Grades are on 0-5; a file whose grades
    all lie in 0-1, some of them broken numbers, is taken as 0-1 and multiplied by 5, with a note in
    the log (no correlation changes by it).

    Args:
        path: the file.
        crossed_with: the same pairs in another language, joined by the column `id` where both
            have the same ids, else row by row; second sentences come from it.

    Returns:
        The pairs in file order; pairs with an empty sentence are dropped and counted.

    Raises:
        MissingFileError: if there is no such file.
        DataFormatError: if a row cannot be used (the message has its line number), or no pair is
            left.
    """
    path = Path(path)
    rows = read_graded_rows(path)
    if crossed_with is not None:
        rows = cross_rows(rows, read_graded_rows(Path(crossed_with)), path, crossed_with)
    return sts_data(rows, path)


def sts_data(rows: Sequence[GradedRow], where: Path | str) -> StsData:
    """Graded rows as data; see `read_sts`.

    Args:
        rows: rows as they stand in the file.
        where: what to call it in messages.

    Raises:
        DataFormatError: if no pair is left.
    """
    kept = [row for row in rows if row.first and row.second]
    if not kept:
        raise DataFormatError(
            f"{where} has {len(rows)} rows and no usable pair; expected rows of score, sentence 1,"
            " sentence 2; check the file"
        )
    gold = on_one_scale(where, np.array([row.score for row in kept]))
    empty = len(rows) - len(kept)
    dropped = {"empty sentence": empty} if empty else {}
    return StsData([row.first for row in kept], [row.second for row in kept], gold, dropped)


def on_one_scale(path: Path | str, gold: Float64Array) -> Float64Array:
    """Grades on the scale 0-5; those of a file that has 0-1 are multiplied, with a note in the log.

    Args:
        path: the file, for the note.
        gold: its grades as they stand there, `(n,)`.
    """
    if gold.max() > 1 or not (gold % 1 != 0).any():
        return gold
    logger.info("%s: all scores lie in 0-1; multiplied by 5 to the scale 0-5", path)
    return gold * 5


def cross_rows(
    rows: Sequence[GradedRow], others: Sequence[GradedRow], path: Path | str, other: Path | str
) -> list[GradedRow]:
    """First sentences of one file, second sentences of another.

    Args:
        rows: rows of the first file.
        others: the same pairs in another language, by the ids that both have, else row by row.
        path: what to call the first in messages.
        other: what to call the other.

    Raises:
        DataFormatError: if their numbers, ids or grades differ.
    """
    if len(rows) != len(others):
        raise DataFormatError(
            f"{path} has {len(rows)} rows and {other} has {len(others)}; expected the same pairs"
            " in two languages, row by row; name two files that belong together"
        )
    others = _by_key(rows, others, path, other)
    for ours, theirs in zip(rows, others, strict=True):
        if ours.score != theirs.score:
            raise DataFormatError(
                f"{path}, line {ours.number}, has the score {ours.score} and {other}, line"
                f" {theirs.number}, {theirs.score}; expected the same pairs in two languages, row"
                " by row; name two files that belong together"
            )
    return [replace(ours, second=its.second) for ours, its in zip(rows, others, strict=True)]


def _by_key(
    rows: Sequence[GradedRow], others: Sequence[GradedRow], path: Path | str, other: Path | str
) -> Sequence[GradedRow]:
    """The rows of the other file in the order of the first, where both have the same ids."""
    keyed = {row.key: row for row in others if row.key}
    keys = {row.key for row in rows if row.key}
    if not keys & keyed.keys():  # none, or each language has its own
        return others
    if len(keyed) == len(keys) == len(rows) and keys == keyed.keys():
        return [keyed[row.key] for row in rows]
    lone = sorted(keys ^ keyed.keys()) or ["one that comes twice"]
    raise DataFormatError(
        f"{path} and {other} have other ids ({lone[0]!r}); expected the same ones, each once: name "
        "two files that belong together, or leave the column out of one to go row by row"
    )


def score_sts(
    embeddings1: FloatArray,
    embeddings2: FloatArray,
    data: StsData,
    *,
    languages: str = "",
    name: str = "",
    model: str = "",
    settings: Settings = DEFAULTS,
) -> list[Score]:
    """Correlate cosines with the grades.

    Args:
        embeddings1: embeddings of the first sentences, `(n, dim)`.
        embeddings2: embeddings of the second sentences, `(n, dim)`.
        data: the pairs.
        languages: language pair for the score.
        name: name of the data for the score.
        model: fingerprint of the model.
        settings: bootstrap settings.

    Returns:
        `spearman` and `pearson`, in [-1, 1], higher is better; no value for n < 3 or a constant
        side.

    Raises:
        InputError: if the shapes do not fit or embeddings hold NaN.
    """
    cosines = paired_cosines(embeddings1, embeddings2)
    sheet = ScoreSheet(
        "sts", languages, name, data.fingerprint(), model, settings, dropped=data.dropped
    )
    items = ItemValues(cosines, data.gold)
    scores = []
    for statistic in ("spearman", "pearson"):
        estimate = estimate_correlation(
            cosines, data.gold, statistic=statistic, draws=settings.draws, seed=settings.seed
        )
        scores.append(sheet.bootstrapped(statistic, estimate, n=len(data), items=items))
    return scores
