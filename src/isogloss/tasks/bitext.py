"""Parallel accuracy (Tatoeba) and xSIM: does a sentence find its translation?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import DataFormatError, InputError
from isogloss.metrics.bitext import BoolArray, accuracy, mean_accuracy, text_hits, xsim_error
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import Encoder, FloatArray
from isogloss.tasks.files import read_lines, text_fingerprint
from isogloss.tasks.sts_file import looks_graded
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings, check_rows
from isogloss.vectors.margin import neighbor_margins
from isogloss.vectors.neighbors import nearest_both


@dataclass(frozen=True)
class BitextData:
    """Translations, row by row.

    Args:
        source: sentences in the first language, `(n,)`.
        target: their translations, `(n,)`.
        dropped: rows left out when reading, by reason.

    Raises:
        InputError: if the sides have different lengths.
    """

    source: Sequence[str]
    target: Sequence[str]
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.source) != len(self.target):
            raise InputError(
                f"{len(self.source)} source and {len(self.target)} target sentences; expected as"
                " many of each; give one translation per sentence"
            )

    def __len__(self) -> int:
        return len(self.source)

    def fingerprint(self) -> str:
        """Hash of both sides."""
        return text_fingerprint(self.source, self.target)


@dataclass(frozen=True)
class BitextTask:
    """Translations as a task.

    Args:
        languages: source and target language, such as `en-de`.
        data: the translations.
        name: name of the data, for people.
    """

    languages: str
    data: BitextData
    name: str = ""
    kind: ClassVar[str] = "bitext"

    def texts(self) -> list[str]:
        """Both sides."""
        return [*self.data.source, *self.data.target]

    def teacher_texts(self) -> list[str]:
        """None: finding translations needs no teacher."""
        return []

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Accuracies and xSIM error, see `score_bitext`."""
        return score_bitext(
            model.encode(self.data.source),
            model.encode(self.data.target),
            self.data,
            languages=self.languages,
            name=self.name,
            model=model.fingerprint,
            settings=settings,
        )


def read_bitext(source: Path | str, target: Path | str | None = None) -> BitextData:
    """Read translations from one TSV file or two line-aligned files.

    Args:
        source: TSV whose first two columns are source and target; or, with `target`, the source
            side.
        target: the target side, line by line; `None` for TSV.

    Returns:
        The pairs in file order; pairs with an empty side are dropped and counted.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if the sides have different numbers of lines, a TSV line has one column,
            the file is an STS file, or no pair is left.
    """
    source = Path(source)
    if target is None:
        sides = _read_tsv(source)
    else:
        sides = _Sides(read_lines(source), read_lines(Path(target)))
        if len(sides.source) != len(sides.target):
            raise DataFormatError(
                f"{source} has {len(sides.source)} lines and {target} has {len(sides.target)};"
                " expected line-aligned files with as many lines; nothing was cut off, align them"
            )
    pairs = [(a.strip(), b.strip()) for a, b in zip(sides.source, sides.target, strict=True)]
    kept = [(a, b) for a, b in pairs if a and b]
    if not kept:
        raise DataFormatError(
            f"{source} has {len(pairs)} rows and no usable pair; expected a sentence and its"
            " translation per row; check the file"
        )
    empty = len(pairs) - len(kept)
    dropped = {"empty side": empty} if empty else {}
    return BitextData([a for a, _ in kept], [b for _, b in kept], dropped)


def score_bitext(
    source_embeddings: FloatArray,
    target_embeddings: FloatArray,
    data: BitextData,
    *,
    languages: str = "",
    name: str = "",
    model: str = "",
    settings: Settings = DEFAULTS,
) -> list[Score]:
    """Search every sentence's translation among all sentences of the other side.

    Equal texts on one side are searched once, and a hit on a text equal to the translation is
    right. xSIM judges a source sentence's k nearest targets by margin ratio, as LASER does.

    Args:
        source_embeddings: `(n, dim)`.
        target_embeddings: `(n, dim)`.
        data: the translations.
        languages: language pair for the score.
        name: name of the data for the score.
        model: fingerprint of the model.
        settings: bootstrap and neighborhoods.

    Returns:
        `accuracy_source_to_target`, `accuracy_target_to_source`, `accuracy_mean` (by cosine, higher
        is better), `xsim_error` (lower is better); no value if a side has fewer than 2 distinct
        sentences.

    Raises:
        InputError: if the numbers of rows or the widths do not fit, or embeddings hold NaN.
    """
    check_rows(len(data), source=source_embeddings, target=target_embeddings)
    sheet = ScoreSheet(
        "bitext", languages, name, data.fingerprint(), model, settings, dropped=data.dropped
    )
    n, k = len(data), settings.margin_k
    estimates = _estimates(source_embeddings, target_embeddings, data, settings)
    return [
        sheet.exact("accuracy_source_to_target", estimates.forward, n=n, interval="wilson"),
        sheet.exact("accuracy_target_to_source", estimates.backward, n=n, interval="wilson"),
        sheet.bootstrapped("accuracy_mean", estimates.mean, n=n),
        sheet.exact("xsim_error", estimates.xsim, n=n, interval="wilson", margin="ratio", k=k),
    ]


class _Sides(NamedTuple):
    source: list[str]
    target: list[str]


class _Estimates(NamedTuple):
    forward: Estimate
    backward: Estimate
    mean: Estimate
    xsim: Estimate


class _Distinct(NamedTuple):
    """Distinct texts of one side: where each first stands, and which one every row is."""

    texts: list[str]
    first: npt.NDArray[np.int64]
    row_to_text: npt.NDArray[np.int64]


def _read_tsv(path: Path) -> _Sides:
    lines = read_lines(path)
    if looks_graded(lines):
        raise DataFormatError(
            f"{path} is an STS file (score, sentence 1, sentence 2); expected source and target in"
            " the first two columns; use it as sts:..., or drop the scores"
        )
    source, target = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) < 2:
            raise DataFormatError(
                f"{path}, line {number}: one column; expected source and target with a tab between;"
                " correct the line, or name two files with a comma"
            )
        source.append(cells[0])
        target.append(cells[1])
    return _Sides(source, target)


def _distinct(texts: Sequence[str]) -> _Distinct:
    numbers: dict[str, int] = {}
    rows = np.array([numbers.setdefault(text, len(numbers)) for text in texts], np.int64)
    _, first = np.unique(rows, return_index=True)
    return _Distinct(list(numbers), first.astype(np.int64), rows)


def _estimates(
    source_embeddings: FloatArray,
    target_embeddings: FloatArray,
    data: BitextData,
    settings: Settings,
) -> _Estimates:
    source, target = _distinct(data.source), _distinct(data.target)
    smallest = min(len(source.texts), len(target.texts))
    if smallest < 2:
        nothing = Estimate(
            None, reason=f"{smallest} distinct sentence on a side; a search needs at least 2"
        )
        return _Estimates(nothing, nothing, nothing, nothing)
    both = nearest_both(
        source_embeddings[source.first], target_embeddings[target.first], k=settings.margin_k
    )
    best_by_margin = neighbor_margins(both).argmax(axis=1)[:, None]
    matches = np.take_along_axis(both.forward.indices, best_by_margin, axis=1)

    def hits(found: npt.NDArray[np.int64], side: _Distinct, other: _Distinct) -> BoolArray:
        gold = [other.texts[i] for i in other.row_to_text]
        return text_hits(found[side.row_to_text], pool=other.texts, gold=gold)

    forward = hits(both.forward.indices, source, target)
    backward = hits(both.backward.indices, target, source)
    return _Estimates(
        accuracy(forward),
        accuracy(backward),
        mean_accuracy(forward, backward, draws=settings.draws, seed=settings.seed),
        xsim_error(hits(matches, source, target)),
    )
