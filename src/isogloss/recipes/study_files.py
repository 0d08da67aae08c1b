"""Rows of a study on disk: read where each was scored, written side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from isogloss.metrics.score import Score
from isogloss.provenance import write_json
from isogloss.reports.folder import ONLY_MODEL, RUN_FILE, SCORES_FILE, read_scores, write_whole
from isogloss.reports.items import Items, read_items, write_items
from isogloss.reports.results import HELD_OUT
from isogloss.reports.write import write_report


@dataclass(frozen=True)
class ScoredCell:
    """A row of a study with its scores.

    Attributes:
        model: its name and fingerprint.
        pairs: usable pairs that it learned from, held-out ones among them; None for a model that
            was not trained here.
        scores: its scores.
        items: what they were computed from.
    """

    model: Mapping[str, str]
    pairs: int | None = None
    scores: list[Score] = field(default_factory=list)
    items: list[Items] = field(default_factory=list)


def read_scored(
    folders: Sequence[Path],
    named: str,
    label: str,
    model: Mapping[str, str],
    pairs: int | None = None,
) -> ScoredCell:
    """Read what a row was scored on.

    Args:
        folders: runs and evaluations that hold its scores.
        named: its label there.
        label: its label in the study.
        model: its name and fingerprint.
        pairs: what it learned from.

    Returns:
        The row; scores on pairs that a run held out of its own are left out, since every row has
        others.

    Raises:
        IsoglossError: a file is missing or cannot be read.
    """
    found = ScoredCell(model, pairs)
    for folder in folders:
        scores = read_scores(folder)
        rows = scores[ONLY_MODEL] if list(scores) == [ONLY_MODEL] else scores[named]
        found.scores.extend(row for row in rows if row.data != HELD_OUT)
        found.items.extend(
            replace(one, model=label)
            for one in read_items(folder)
            if one.model == named and one.data != HELD_OUT
        )
    return found


def write_study(
    out: Path, run: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], items: Sequence[Items]
) -> None:
    """Write `scores.json`, `items.npz`, `run.json`, and the pages and plots of a study.

    Args:
        out: its folder.
        run: the content of `run.json`.
        rows: the rows of `scores.json`.
        items: what the scores were computed from.

    Raises:
        OutputFolderError: the folder cannot be written.
    """
    text = json.dumps(list(rows), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / SCORES_FILE, text)
    write_items(out, items)
    write_json(out / RUN_FILE, run)
    write_report(out)
