"""Rows of a study on disk: what each was scored on, and how it came out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from isogloss.metrics.score import Score
from isogloss.runs.files import ONLY_MODEL, read_scores
from isogloss.runs.items import Items, read_items
from isogloss.writing import write_json

_MARK = "scored.json"


@dataclass(frozen=True)
class ScoredRow:
    """A row of a study with its scores.

    Attributes:
        model: its name and fingerprint.
        pairs: usable pairs that it learned from, held-out ones among them, by target language; none
            of a model that was not trained here.
        alarms: what was wrong with its training.
        scores: its scores.
        items: what they were computed from.
    """

    model: Mapping[str, str]
    pairs: Mapping[str, int] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    scores: list[Score] = field(default_factory=list)
    items: list[Items] = field(default_factory=list)


def with_scores(row: ScoredRow, folder: Path, label: str) -> ScoredRow:
    """Read the evaluation of a row.

    Args:
        row: the row without scores.
        folder: the evaluation of its one model.
        label: what the study calls it.

    Raises:
        IsoglossError: a file is missing or cannot be read.
    """
    items = [replace(one, model=label) for one in read_items(folder)]
    return replace(row, scores=read_scores(folder)[ONLY_MODEL], items=items)


def is_scored(folder: Path, model: str, tests: str) -> bool:
    """Whether a folder holds the whole evaluation of a model on these tests.

    Args:
        folder: of the evaluation.
        model: fingerprint of the encoder, see `isogloss.protocols.Encoder`.
        tests: fingerprint of the tests.
    """
    path = folder / _MARK
    return path.exists() and json.loads(path.read_text("utf-8")) == {"model": model, "tests": tests}


def note_scored(folder: Path, model: str, tests: str) -> None:
    """Say so, once it does."""
    write_json(folder / _MARK, {"model": model, "tests": tests})
