"""Sentences that an export is calibrated and measured on: never the same ones for both."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isogloss.data import load_parallel, parse_where
from isogloss.data.readers.opening import is_pipe
from isogloss.errors import InputError, IsoglossError
from isogloss.paths import given_path
from isogloss.recipes.export.settings import named_text
from isogloss.recipes.trim import read_sentences
from isogloss.runs.record import DistillRecord, FinetuneRecord, Record
from isogloss.samples import LANGUAGES, read_rows

logger = logging.getLogger(__name__)

MEASURED, CALIBRATED = 100, 48
"""Most sentences of a language that vectors are compared of, and that ranges are taken from."""

LEAST = 20
"""Different sentences of a language that a file must hold."""

READ = 2_000
"""Most pairs of a run that are looked at, of each of its places."""


@dataclass(frozen=True)
class Texts:
    """Sentences by language.

    Attributes:
        measured: to compare vectors of.
        calibration: to take ranges from; none of them is measured.
        origin: where they come from, for people.
    """

    measured: dict[str, list[str]] = field(default_factory=dict)
    calibration: dict[str, list[str]] = field(default_factory=dict)
    origin: str = ""

    def all(self) -> list[str]:
        """Every sentence to be measured."""
        return [text for texts in self.measured.values() for text in texts]


def choose_texts(record: Record | None, files: Sequence[str]) -> Texts:
    """What the user gave; else pairs of the model's own training; else the samples.

    Args:
        record: of the run that made the model.
        files: see `ExportSettings.texts`.

    Raises:
        InputError: a file holds too few sentences.
        DataFormatError: a file is not UTF-8.
    """
    if files:
        return _split(_from_files(files), "the text given")
    if isinstance(record, DistillRecord) and (found := _own_pairs(record)):
        return _split(found, "pairs of the model's training")
    known = (
        record.model_languages if isinstance(record, DistillRecord | FinetuneRecord) else LANGUAGES
    )
    codes = [code for code in LANGUAGES if code in known] or ["en"]
    rows = read_rows("train")
    return _split({code: [row[code] for row in rows] for code in codes}, "isogloss's samples")


def _from_files(files: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in files:
        code, file = named_text(text)
        found.setdefault(code, []).extend(read_sentences(given_path(file)))
    for code, lines in found.items():
        if len(set(lines)) < LEAST:
            raise InputError(
                f"--text for {code!r} holds {len(set(lines))} different sentences; expected at "
                f"least {LEAST}, half of them to measure on: give more"
            )
    return found


def _own_pairs(record: DistillRecord) -> dict[str, list[str]]:
    """Sentences of a run's data by language; nothing where one of its places is not there."""
    found: dict[str, list[str]] = {}
    for part in record.data:
        try:
            if any(map(is_pipe, parse_where(part.where).locations)):
                logger.warning(
                    "the pairs of the model's training are not used: %s was a pipe", part.where
                )
                return {}
            pairs = load_parallel(part.where, limit=READ).sentences
        except IsoglossError as error:
            logger.warning("the pairs of the model's training are not used: %s", error)
            return {}
        found.setdefault(pairs.source_language, []).extend(pairs.source)
        found.setdefault(pairs.target_language, []).extend(pairs.target)
    return found


def _split(found: Mapping[str, Sequence[str]], origin: str) -> Texts:
    texts = Texts(origin=origin)
    for code, lines in found.items():
        distinct = [line for line in dict.fromkeys(lines) if line.strip()]
        texts.measured[code] = _spread(distinct[::2], MEASURED)
        texts.calibration[code] = _spread(distinct[1::2], CALIBRATED)
    return texts


def _spread(lines: Sequence[str], most: int) -> list[str]:
    """A limited number of lines, evenly spread."""
    return [*lines[:: max(1, -(-len(lines) // most))]]
