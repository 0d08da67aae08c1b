"""Graded pairs of several languages from their files: read, put row beside row, filtered."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from isogloss.data.checks.sides import note_foreign_letters, note_other_name, note_two_languages
from isogloss.data.graded.hub import read_hub_rows
from isogloss.data.graded.pairs import TOP_GRADE, GradedPairs, stack
from isogloss.data.graded.reader import GradedRow, read_graded_rows
from isogloss.data.graded.scale import ScoreRange, check_one_scale
from isogloss.data.places import is_hub, parse_graded, parse_hub
from isogloss.data.text import graded_fingerprint
from isogloss.errors import DataFormatError, InputError

logger = logging.getLogger(__name__)

TOLERANCE = 0.05
"""Difference between the grades of a row in two languages, of 5, that is only one of rounding."""

MOSTLY = 0.5
"""Share of rows with one grade from which two files of equal length are taken for translations."""


@dataclass(frozen=True)
class GradedFile:
    """One file of one language.

    Attributes:
        path: the file, or the dataset as `hf:NAME[:CONFIG][#SPLIT]`.
        rows: its rows; scores as they stand there.
    """

    path: str
    rows: list[GradedRow]

    @property
    def name(self) -> str:
        """What an account calls it: the file's name, or the whole place on the hub."""
        if is_hub(self.path) and not parse_hub(self.path, self.path).is_local:
            return self.path
        return Path(self.path).name

    @property
    def keyed(self) -> bool:
        """Whether rows have an id."""
        return bool(self.rows) and all(row.key for row in self.rows)

    @cached_property
    def scores(self) -> ScoreRange:
        """The lowest and the highest score."""
        scores = [row.score for row in self.rows]
        return ScoreRange(self.path, min(scores), max(scores))

    @cached_property
    def grades(self) -> np.ndarray:
        """The scores on the scale 0-5, `(n,)`."""
        scores = np.array([row.score for row in self.rows])
        return scores * TOP_GRADE if self.scores.to_one else scores


@dataclass(frozen=True)
class ReadPairs:
    """Graded pairs, and what became of the rows.

    Attributes:
        pairs: row by row the same in every language.
        account: per language files, scale, rows read and left out, and a fingerprint of what was
            kept; JSON-able.
        scores: between which scores those of each file lie.
        states_confidence: whether any file has that column.
    """

    pairs: GradedPairs
    account: dict[str, Any]
    scores: list[ScoreRange]
    states_confidence: bool


def read_graded(
    places: Sequence[str], *, aligned: bool = True, min_confidence: float = 0.0
) -> ReadPairs:
    """Read `LANG=FILE` and `LANG=hf:NAME[:CONFIG][#SPLIT]` places.

    A language may have several files; the first of each language belong together, then the second
    of each, and so on. Rows are joined by the column `id` where all of these files have one, else
    by their number. Scores of which none is above 1 are taken for a scale of 0-1 and multiplied by
    5, which a warning tells; all files must have one scale.

    Args:
        places: such as `de=stsb-de-train.csv`; see `isogloss.data.graded.sts.read_sts` for the
            formats.
        aligned: pairs must exist in more than one language; False lets files that are no
            translations of each other stand one behind the other.
        min_confidence: a translation whose column `confidence` says less is left out; a file
            without that column is taken whole.

    Raises:
        InputError: a place does not name a language and a file; languages have unlike numbers of
            files, or no pair in common.
        DataFormatError: a file cannot be read, files that belong together do not fit, or scales
            are mixed.
        MissingFileError: a file does not exist.
        UnknownLanguageError: a language is unknown.
    """
    files: dict[str, list[GradedFile]] = {}
    for place in places:
        language, path = parse_graded(place)
        note_two_languages(place.partition("=")[0].strip(), place)
        files.setdefault(language, []).append(_read(path, language))
    if not files:
        raise InputError(
            "no graded pairs were given; expected at least one file: add --sts LANG=FILE"
        )
    counts = {language: len(found) for language, found in files.items()}
    if len(set(counts.values())) > 1 and aligned:
        raise InputError(
            f"languages have unlike numbers of files ({counts}); expected as many of each, in the "
            "same order, because rows are put beside their translations"
        )
    sets: list[_Alignment] = []
    for number in range(max(counts.values())):
        together = {name: found[number] for name, found in files.items() if number < len(found)}
        sets += _joined(together, aligned)
    scores = [file.scores for found in files.values() for file in found]
    check_one_scale(scores)
    if any(file.to_one for file in scores):
        logger.warning(
            "no score of %s is above 1; they are taken for the scale 0-1 and multiplied by 5",
            ", ".join(file.path for file in scores),
        )
    pairs = stack([_pairs(part, min_confidence) for part in sets])
    usable = np.zeros(len(pairs), np.bool_)
    for language in pairs.languages:
        usable |= pairs.known(language)
    pairs = pairs.take(np.flatnonzero(usable))
    stated = (r.confidence is not None for found in files.values() for f in found for r in f.rows)
    return ReadPairs(pairs, _account(files, min_confidence, pairs), scores, any(stated))


def _read(path: str, language: str) -> GradedFile:
    rows = read_hub_rows(path) if is_hub(path) else read_graded_rows(Path(path))
    if not rows:
        raise DataFormatError(
            f"{path} has no rows; expected rows of score, sentence 1, sentence 2; check the file"
        )
    if not is_hub(path):
        note_other_name(Path(path), [language])
    for side in ([row.first for row in rows], [row.second for row in rows]):
        note_foreign_letters(side, language, path)
    return GradedFile(path, rows)


class _Alignment(NamedTuple):
    """Files whose rows stand beside each other: by language, per pair the number of its row."""

    files: Mapping[str, GradedFile]
    order: Mapping[str, Sequence[int | None]]
    n: int


def _joined(files: Mapping[str, GradedFile], aligned: bool) -> list[_Alignment]:
    """Files that belong together as one set of pairs; as several where they need not fit."""
    keyed = all(file.keyed for file in files.values())
    if not aligned and not _beside(files, keyed=keyed):
        logger.warning(
            "%s are no translations of each other, row by row or by id: every language keeps its "
            "own pairs",
            ", ".join(f"{file.path} ({name})" for name, file in files.items()),
        )
        return [_by_row({name: file}) for name, file in files.items()]
    return [(_by_key if keyed else _by_row)(files)]


def _beside(files: Mapping[str, GradedFile], *, keyed: bool) -> bool:
    """Whether rows look like translations: ids in common, or as many rows with mostly one grade."""
    found = list(files.values())
    if keyed:
        keys = [{row.key for row in file.rows} for file in found]
        return len(keys) < 2 or any(one & other for one, other in combinations(keys, 2))
    return all(
        len(file.grades) == len(found[0].grades)
        and np.mean(_one_grade(file.grades, found[0].grades)) >= MOSTLY
        for file in found
    )


def _one_grade(one: Any, other: Any) -> Any:
    """Whether two grades are one but for rounding; or two columns of them, `(n,)`."""
    return np.abs(one - other).round(6) <= TOLERANCE  # 0.2 - 0.15 is more than 0.05


def _by_row(files: Mapping[str, GradedFile]) -> _Alignment:
    (name, file), *others = files.items()
    for other_name, other in others:
        if len(other.rows) != len(file.rows):
            raise DataFormatError(
                f"{file.path} ({name}) has {len(file.rows)} rows and {other.path} ({other_name}) "
                f"{len(other.rows)}; expected the same pairs row by row: give files that belong "
                "together, or a column `id` in each"
            )
    n = len(file.rows)
    return _Alignment(files, {language: range(n) for language in files}, n)


def _by_key(files: Mapping[str, GradedFile]) -> _Alignment:
    keys = list(dict.fromkeys(row.key for file in files.values() for row in file.rows))
    order: dict[str, Sequence[int | None]] = {}
    for language, file in files.items():
        at = {row.key: number for number, row in enumerate(file.rows)}
        if len(at) < len(file.rows):
            double = next(r for n, r in enumerate(file.rows) if at[r.key] != n)
            raise DataFormatError(
                f"{file.path}, line {double.number}: id {double.key!r} stands there more than "
                "once; expected every id once; take the double rows out"
            )
        order[language] = [at.get(key) for key in keys]
    shared = sum(
        sum(found[n] is not None for found in order.values()) > 1 for n in range(len(keys))
    )
    if len(files) > 1 and not shared:
        names = ", ".join(f"{file.path} ({language})" for language, file in files.items())
        raise InputError(
            f"{names} have no id in common; expected the same pairs in several languages: check "
            "the column `id`, or use --crossings none"
        )
    return _Alignment(files, order, len(keys))


def _pairs(alignment: _Alignment, min_confidence: float) -> GradedPairs:
    """Rows beside their translations, whose grades must be one; that of the first is kept."""
    files, order, n = alignment
    first: dict[str, list[str]] = {}
    second: dict[str, list[str]] = {}
    grades = np.full(n, np.nan)
    owner: list[tuple[GradedFile, int] | None] = [None] * n
    for language, file in files.items():
        first[language], second[language] = [""] * n, [""] * n
        for at, number in enumerate(order[language]):
            if number is None:
                continue
            row, grade = file.rows[number], float(file.grades[number])
            known = owner[at]
            if known is None:
                grades[at], owner[at] = grade, (file, number)
            elif not _one_grade(grades[at], grade):
                other, there = known
                raise DataFormatError(
                    f"{other.path}, line {other.rows[there].number}, has the score "
                    f"{other.rows[there].score} and {file.path}, line {row.number}, {row.score}; "
                    f"expected one grade per pair, but for rounding (up to {TOLERANCE:g} on 0..5): "
                    "give files that belong together, or rescale one of them"
                )
            sure = row.confidence is None or row.confidence >= min_confidence
            if row.first and row.second and sure:
                first[language][at], second[language][at] = row.first, row.second
    return GradedPairs(first, second, grades)


def _account(
    files: Mapping[str, list[GradedFile]], least: float, pairs: GradedPairs
) -> dict[str, Any]:
    account = {}
    for language, found in files.items():
        rows = [row for file in found for row in file.rows]
        first, second = pairs.first[language], pairs.second[language]
        account[language] = {
            "files": [file.name for file in found],
            "scale": "0-1" if any(file.scores.to_one for file in found) else "0-5",
            "rows": len(rows),
            "empty": sum(not (row.first and row.second) for row in rows),
            "unsure": sum(row.confidence is not None and row.confidence < least for row in rows),
            "fingerprint": graded_fingerprint(first, second, pairs.grades),
        }
    return account
