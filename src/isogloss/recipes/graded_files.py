"""Graded pairs of several languages from their files: read, put row beside row, filtered."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.data.graded import GradedPairs, stack
from isogloss.data.languages import canonical_language
from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.graded_hub import is_hub_place, read_hub_rows
from isogloss.tasks.sts import on_one_scale
from isogloss.tasks.sts_file import GradedRow, read_graded_rows

logger = logging.getLogger(__name__)

TOLERANCE = 1e-6
"""Difference between the grades of a row in two languages that is only one of writing."""

MOSTLY = 0.5
"""Share of rows with one grade from which two files of equal length are taken for translations."""


@dataclass(frozen=True)
class GradedFile:
    """One file of one language.

    Attributes:
        path: the file, or the place on the hub.
        rows: its rows; grades as they stand there.
        grades: the grades on the scale 0-5, `(n,)`.
    """

    path: Path
    rows: list[GradedRow]
    grades: np.ndarray

    @property
    def keyed(self) -> bool:
        """Whether rows have an id."""
        return bool(self.rows) and all(row.key for row in self.rows)


@dataclass(frozen=True)
class ReadPairs:
    """Graded pairs, and what became of the rows.

    Attributes:
        pairs: row by row the same in every language.
        account: rows per language, read and left out with the reason; JSON-able.
    """

    pairs: GradedPairs
    account: dict[str, Any]


def read_graded(
    places: Sequence[str], *, aligned: bool = True, least_confidence: float = 0.0
) -> ReadPairs:
    """Read `LANG=FILE` and `LANG=hf:NAME[:CONFIG][#SPLIT]` places.

    A language may have several files; the first of each language belong together, then the second
    of each, and so on. Rows are joined by the column `id` where all of these files have one, else
    by their number.

    Args:
        places: such as `de=stsb-de-train.csv`; see `isogloss.tasks.sts.read_sts` for the formats.
        aligned: pairs must exist in more than one language; False lets files that are no
            translations of each other stand one behind the other.
        least_confidence: a translation whose column `confidence` says less is left out.

    Raises:
        InputError: a place does not name a language and a file; languages have unlike numbers of
            files, or no pair in common; a confidence is asked for that no file states.
        DataFormatError: a file cannot be read, or files that belong together do not fit.
        MissingFileError: a file does not exist.
        UnknownLanguageError: a language is unknown.
    """
    files: dict[str, list[GradedFile]] = {}
    for place in places:
        language, path = parse_place(place)
        files.setdefault(language, []).append(_read(path))
    if not files:
        raise InputError(
            "no graded pairs were given; expected at least one file: add --sts LANG=FILE"
        )
    if least_confidence and all(
        row.confidence is None for found in files.values() for file in found for row in file.rows
    ):
        raise InputError(
            f"quality.least_confidence is {least_confidence:g} and no file of graded pairs has a "
            "column `confidence`; expected one: add it, or leave the filter out"
        )
    account = _account(files, least_confidence)
    counts = {language: len(found) for language, found in files.items()}
    if len(set(counts.values())) > 1 and aligned:
        raise InputError(
            f"languages have unlike numbers of files ({counts}); expected as many of each, in the "
            "same order, because rows are put beside their translations"
        )
    parts: list[GradedPairs] = []
    for number in range(max(counts.values())):
        together = {name: found[number] for name, found in files.items() if number < len(found)}
        parts += _joined(together, aligned, least_confidence)
    pairs = stack(parts)
    usable = np.zeros(len(pairs), np.bool_)
    for language in pairs.languages:
        usable |= pairs.known(language)
    return ReadPairs(pairs.take(np.flatnonzero(usable)), account)


def parse_place(text: str) -> tuple[str, Path]:
    """`LANG=FILE` as a language and a path.

    Raises:
        InputError: it has not that form.
        UnknownLanguageError: the language is unknown.
    """
    language, equals, where = text.partition("=")
    if not equals or not language.strip() or not where.strip():
        raise InputError(
            f"graded pairs {text!r} lack a language or a file; expected LANG=FILE, for example "
            "de=stsb-de-train.tsv; write both sides of the '='"
        )
    return canonical_language(language.strip()), Path(where.strip()).expanduser()


def _read(path: Path) -> GradedFile:
    hub = is_hub_place(str(path))
    rows = read_hub_rows(str(path)) if hub else read_graded_rows(path)
    if not rows:
        raise DataFormatError(
            f"{path} has no rows; expected rows of score, sentence 1, sentence 2; check the file"
        )
    return GradedFile(path, rows, on_one_scale(path, np.array([row.score for row in rows])))


def _joined(
    files: Mapping[str, GradedFile], aligned: bool, least_confidence: float
) -> list[GradedPairs]:
    """Files that belong together as one set of pairs; as several where they need not fit."""
    keyed = all(file.keyed for file in files.values())
    if not aligned and not _beside(files, keyed=keyed):
        logger.warning(
            "%s are no translations of each other, row by row or by id: every language keeps its "
            "own pairs",
            ", ".join(f"{file.path} ({name})" for name, file in files.items()),
        )
        return [_by_row({name: file}, least_confidence) for name, file in files.items()]
    return [(_by_key if keyed else _by_row)(files, least_confidence)]


def _beside(files: Mapping[str, GradedFile], *, keyed: bool) -> bool:
    """Whether rows look like translations: ids in common, or as many rows with mostly one grade."""
    found = list(files.values())
    if keyed:
        keys = [{row.key for row in file.rows} for file in found]
        return len(keys) < 2 or any(one & other for one, other in combinations(keys, 2))
    return all(
        len(file.grades) == len(found[0].grades)
        and np.mean(np.abs(file.grades - found[0].grades) <= TOLERANCE) >= MOSTLY
        for file in found
    )


def _by_row(files: Mapping[str, GradedFile], least_confidence: float) -> GradedPairs:
    (name, file), *others = files.items()
    for other_name, other in others:
        if len(other.rows) != len(file.rows):
            raise DataFormatError(
                f"{file.path} ({name}) has {len(file.rows)} rows and {other.path} ({other_name}) "
                f"{len(other.rows)}; expected the same pairs row by row: give files that belong "
                "together, or a column `id` in each"
            )
    order = {language: range(len(file.rows)) for language in files}
    return _pairs(files, order, len(file.rows), least_confidence)


def _by_key(files: Mapping[str, GradedFile], least_confidence: float) -> GradedPairs:
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
    return _pairs(files, order, len(keys), least_confidence)


def _pairs(
    files: Mapping[str, GradedFile],
    order: Mapping[str, Sequence[int | None]],
    n: int,
    least_confidence: float,
) -> GradedPairs:
    """Rows beside their translations, whose grades must be one."""
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
            elif abs(grades[at] - grade) > TOLERANCE:
                other, there = known
                raise DataFormatError(
                    f"{other.path}, line {other.rows[there].number}, has the score "
                    f"{other.rows[there].score} and {file.path}, line {row.number}, {row.score}; "
                    "expected one grade per pair, on one scale: give files that belong together"
                )
            sure = row.confidence is None or row.confidence >= least_confidence
            if row.first and row.second and sure:
                first[language][at], second[language][at] = row.first, row.second
    return GradedPairs(first, second, grades)


def _account(files: Mapping[str, list[GradedFile]], least: float) -> dict[str, Any]:
    return {
        language: {
            "files": [file.path.name for file in found],
            "rows": sum(len(file.rows) for file in found),
            "empty": sum(not (r.first and r.second) for file in found for r in file.rows),
            "unsure": sum(
                r.confidence is not None and r.confidence < least for f in found for r in f.rows
            ),
        }
        for language, found in files.items()
    }
