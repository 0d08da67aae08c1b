"""Scores for people: tables with models as columns, times 100, with intervals."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from isogloss.metrics.score import Score

PLAIN_METRICS = frozenset({"fvu_source", "fvu_target", "norm_ratio"})
"""Ratios around 1 that people read as they are; everything else is shown times 100."""
LOWER_IS_BETTER = frozenset({"fvu_source", "fvu_target", "xsim_error"})
SMALL_BITEXT = 1000
_HEAD = ("task", "languages", "data", "metric", "n")


@dataclass(frozen=True)
class Table:
    """Text in rows and columns, ready for a terminal or a Markdown file.

    Args:
        columns: the heads.
        rows: one cell per column.
        notes: lines to show below.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The table as GitHub Markdown, with the notes below it."""
        lines = [self.columns, ("---",) * len(self.columns), *self.rows]
        text = "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines)
        if self.notes:
            text += "\n\n" + "\n".join(f"- {note}" for note in self.notes)
        return text


class _Key(NamedTuple):
    task: str
    languages: str
    data: str
    metric: str
    occurrence: int


def scores_table(scores: Mapping[str, Sequence[Score]], *, hide: Collection[str] = ()) -> Table:
    """Lay several models' scores side by side.

    Args:
        scores: scores per model label; models as columns in this order.
        hide: heads to leave out, of `task`, `languages`, `data`, `metric` and `n`.

    Returns:
        One row per task and metric, in the order of first appearance; a cell shows `value [low,
        high]`, times 100 but for the `PLAIN_METRICS`, or `-` with the reason in the notes.
    """
    by_model = {label: _keyed(rows) for label, rows in scores.items()}
    keys = list(dict.fromkeys(key for keyed in by_model.values() for key in keyed))
    rows, notes, any_small = [], [], False
    for key in keys:
        found = {label: keyed.get(key) for label, keyed in by_model.items()}
        some = next(score for score in found.values() if score is not None)
        small = key.task == "bitext" and some.n < SMALL_BITEXT
        arrow = " ↓" if key.metric in LOWER_IS_BETTER else ""
        head = (key.task, key.languages, key.data, key.metric + arrow)
        count = f"{some.n:,}{'†' if small else ''}"
        facts = dict(zip(_HEAD, (*head, count), strict=True))
        shown = [cell for name, cell in facts.items() if name not in hide]
        rows.append((*shown, *(format_score(score) for score in found.values())))
        any_small |= small
        notes += _notes(found)
    if any_small and "n" not in hide:
        notes.append(f"† fewer than {SMALL_BITEXT:,} pairs: an easier search than the usual one")
    heads = (name for name in _HEAD if name not in hide)
    return Table((*heads, *scores), tuple(rows), tuple(dict.fromkeys(notes)))


def format_score(score: Score | None) -> str:
    """A score for people: `78.31 [76.10, 80.24]`; `-` where there is none."""
    if score is None or score.value is None:
        return "-"
    plain = score.metric in PLAIN_METRICS
    factor, digits = (1, 3) if plain else (100, 2)
    text = f"{score.value * factor:.{digits}f}"
    if score.low is None or score.high is None:
        return text
    return f"{text} [{score.low * factor:.{digits}f}, {score.high * factor:.{digits}f}]"


def _keyed(scores: Sequence[Score]) -> dict[_Key, Score]:
    """Scores by what they measure; equal names (two files of one name) are numbered."""
    seen: Counter[tuple[str, ...]] = Counter()
    keyed = {}
    for score in scores:
        name = (score.task, score.languages, score.data, score.metric)
        keyed[_Key(*name, seen[name])] = score
        seen[name] += 1
    return keyed


def _notes(found: Mapping[str, Score | None]) -> list[str]:
    notes = []
    for label, score in found.items():
        if score is None:
            continue
        where = f"{score.task} {score.languages}"
        if score.dropped:
            counts = ", ".join(f"{count} {reason}" for reason, count in score.dropped.items())
            notes.append(f"{where} ({score.data}): left out {counts}")
        if score.value is None:
            notes.append(f"{where} {score.metric}, {label}: no value, {score.reason}")
    return notes


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
