"""Scores for people: tables with models as columns, times 100, with intervals."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from isogloss.metrics.score import Score
from isogloss.runs.kinds import KINDS

PLAIN_METRICS = frozenset({"fvu_source", "fvu_target", "norm_ratio"})
"""Ratios around 1 that people read as they are; everything else is shown times 100."""
LOWER_IS_BETTER = frozenset(name for kind in KINDS.values() for name in kind.lower_is_better)
NO_BEST = frozenset(
    {"bias", "norm_ratio", "random_cosine", "random_cosine_target", "same_language_preference"}
)
"""Metrics of which neither more nor less is better."""
SMALL_BITEXT = 1000
MAX_MISSING_SHOWN = 12
"""Missing test sets of a suite that get rows in a table; more stand in its notes alone."""
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


class ScoreRow(NamedTuple):
    """What several models reached on one metric of one task.

    Args:
        task: kind of task.
        languages: language pair.
        data: name of the data.
        metric: name of the metric.
        n: number of items.
        scores: per model label; `None` where a model was not scored on it.
    """

    task: str
    languages: str
    data: str
    metric: str
    n: int
    scores: Mapping[str, Score | None]

    @property
    def small(self) -> bool:
        """Whether it is a search among so few that it is easier than the usual one."""
        return self.task == "bitext" and 0 < self.n < SMALL_BITEXT

    @property
    def metric_head(self) -> str:
        """The metric, with an arrow where lower is better."""
        return self.metric + (" ↓" if self.metric in LOWER_IS_BETTER else "")


def score_rows(scores: Mapping[str, Sequence[Score]]) -> list[ScoreRow]:
    """Several models' scores side by side, in the order of first appearance."""
    by_model = {label: _keyed(rows) for label, rows in scores.items()}
    rows = []
    for key in dict.fromkeys(key for keyed in by_model.values() for key in keyed):
        found = {label: keyed.get(key) for label, keyed in by_model.items()}
        n = next(score.n for score in found.values() if score is not None)
        rows.append(ScoreRow(key.task, key.languages, key.data, key.metric, n, found))
    return rows


def without_long_gaps(scores: Sequence[Score]) -> list[Score]:
    """The scores, without the rows of missing test sets where a suite lacks very many."""
    lacking = Counter(score.data for score in scores if score.missing)
    return [s for s in scores if not (s.missing and lacking[s.data] > MAX_MISSING_SHOWN)]


def scores_table(scores: Mapping[str, Sequence[Score]], *, hide: Collection[str] = ()) -> Table:
    """Lay several models' scores side by side.

    Args:
        scores: scores per model label; models as columns in this order.
        hide: heads to leave out, of `task`, `languages`, `data`, `metric` and `n`.

    Returns:
        One row per task and metric, in the order of first appearance; a cell shows `value [low,
        high]`, times 100 but for the `PLAIN_METRICS`, or `-` with the reason in the notes.
    """
    rows = score_rows(scores)
    cells = []
    for row in rows:
        count = f"{row.n:,}{'†' if row.small else ''}"
        head = (row.task, row.languages, row.data, row.metric_head, count)
        facts = dict(zip(_HEAD, head, strict=True))
        shown = [cell for name, cell in facts.items() if name not in hide]
        cells.append((*shown, *(format_score(score) for score in row.scores.values())))
    heads = (name for name in _HEAD if name not in hide)
    return Table((*heads, *scores), tuple(cells), score_notes(rows, small="n" not in hide))


def score_notes(rows: Sequence[ScoreRow], *, small: bool = True) -> tuple[str, ...]:
    """What was left out, which values are missing and why; each said once.

    Args:
        rows: the rows of a table.
        small: also explain the mark of small searches.
    """
    notes = [note for row in rows for note in _notes(row.scores)]
    if small and any(row.small for row in rows):
        notes.append(f"† fewer than {SMALL_BITEXT:,} pairs: an easier search than the usual one")
    return tuple(dict.fromkeys(notes))


def best_labels(row: ScoreRow) -> set[str]:
    """The models that a reader sees at the top of a row; empty where nothing can be best.

    Equal as printed is equal. A lone value is no best one, and a metric such as the norm ratio,
    which is right in the middle, has none.
    """
    shown = {
        label: round(score.value * scale(score.metric).factor, scale(score.metric).digits)
        for label, score in row.scores.items()
        if score is not None and score.value is not None
    }
    if len(shown) < 2 or row.metric in NO_BEST or row.metric.startswith("cosine_gold_"):
        return set()
    top = min(shown.values()) if row.metric in LOWER_IS_BETTER else max(shown.values())
    return {label for label, value in shown.items() if value == top}


class Scale(NamedTuple):
    """How a metric is shown: the fraction times `factor`, rounded to `digits`."""

    factor: int
    digits: int


def scale(metric: str) -> Scale:
    """How people see a metric."""
    return Scale(1, 3) if metric in PLAIN_METRICS else Scale(100, 2)


def format_score(score: Score | None) -> str:
    """A score for people: `78.31 [76.10, 80.24]`; `-` where there is none, or `missing`."""
    if score is None or score.value is None:
        return "missing" if score is not None and score.missing else "-"
    interval = format_interval(score)
    return f"{scaled(score)} {interval}" if interval else scaled(score)


def scaled(score: Score | None) -> str:
    """A score's value alone, on the `scale` of its metric: `78.31`; `-` for none."""
    if score is None or score.value is None:
        return "-"
    factor, digits = scale(score.metric)
    return f"{score.value * factor:.{digits}f}"


def format_interval(score: Score) -> str:
    """An interval for people: `[76.10, 80.24]`; `""` where there is none."""
    if score.low is None or score.high is None:
        return ""
    factor, digits = scale(score.metric)
    return f"[{score.low * factor:.{digits}f}, {score.high * factor:.{digits}f}]"


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
        if score.value is None and not score.missing:
            notes.append(f"{where} {score.metric}, {label}: no value, {score.reason}")
    return notes


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
