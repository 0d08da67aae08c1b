"""Scores as the sections of a page: one table per kind of task, teacher | before | after."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.pages.page import Section
from isogloss.reports.wording import language, two_languages
from isogloss.runs.kinds import KINDS, Kind
from isogloss.runs.roles import on_tests

TEACHER, UNTRAINED, BEFORE, TRAINED = "teacher", "untrained", "before", "trained"
COLUMNS = {
    TEACHER: "the model it was distilled from",
    UNTRAINED: "the student before its first training step",
    BEFORE: "the finished student that it started from, as it was given",
    TRAINED: "this model",
}
"""What the columns of a distilled student are."""
FINETUNE_COLUMNS = {
    "before": "the model that fine-tuning started from",
    "after": "this model",
    "teacher": "the model that the first was distilled from",
}
"""What the columns of a fine-tuned model are."""
OWN_LABELS = (TRAINED, "after")
"""Labels under which a run's own model is scored."""
INDEX_METRICS = ("cosine_source_mean", "cosine_source_p1", "recall_at_10")
"""How near a student's source embeddings are to the teacher's, in the order of a table."""

HOW_TO_READ = (
    "Values are times 100, with 95% intervals; FVU and norm ratio are plain. ↓: lower is better."
    " How each number was computed stands in `scores.json`."
)

AGGREGATES = (
    "Over the test sets of a suite: `mean` counts each set once, `weighted` by its pairs, `fisher`"
    " averages Fisher's z, `joined` takes all pairs as one set; `macro` is the mean over languages."
    " `bias` is the Spearman of all pairs joined less the expected one, the mean of the sets' own:"
    " below 0 where languages are out of order."
)
"""What the aggregates of a suite mean."""

Scores = Mapping[str, Sequence[Score]]


class Change(NamedTuple):
    """A mean over several scores, of the teacher and of the trained student.

    Args:
        name: what was averaged, for people.
        n: number of scores in the mean.
        before: the teacher's mean, a fraction.
        after: the trained student's mean, a fraction.
    """

    name: str
    n: int
    before: float
    after: float


def in_order(scores: Scores) -> dict[str, Sequence[Score]]:
    """Teacher, student before and student trained first, in this order; then others as given."""
    known = [label for label in COLUMNS if label in scores]
    return {label: scores[label] for label in [*known, *scores]}


def result_sections(scores: Scores, *, every: bool = False) -> list[Section]:
    """Every kind of task that was scored.

    Args:
        scores: scores per model label, in the order of the columns.
        every: show every metric that was measured, not only those that a run is judged by.

    Returns:
        A section per kind; kinds this page does not know come last with all of their metrics.
    """
    sections = []
    for task, kind in _kinds(scores).items():
        chosen = _chosen(scores, task, kind.metrics, every=every)
        if any(chosen.values()):
            shown = {label: rows for label, rows in chosen.items() if rows}
            sections.append(Section(kind.title, 3, text=[kind.meaning], scores=shown))
    return sections


def judged(scores: Scores) -> dict[str, list[Score]]:
    """What a run is judged by: the metrics of its page, on tests where there are any.

    Args:
        scores: scores per model label.
    """
    shown = on_tests(in_order(scores))
    found: dict[str, list[Score]] = {label: [] for label in shown}
    for task, kind in _kinds(shown).items():
        for label, rows in _chosen(shown, task, kind.metrics, every=False).items():
            found[label] += rows
    return found


def _kinds(scores: Scores) -> dict[str, Kind]:
    """The known kinds of task, then those that this page does not know."""
    found = dict.fromkeys(score.task for rows in scores.values() for score in rows)
    return KINDS | {task: Kind(f"Task {task}", "") for task in found if task not in KINDS}


def index_scores(scores: Scores) -> dict[str, list[Score]]:
    """The `INDEX_METRICS` of every model but the teacher, where there are any."""
    chosen = {
        label: [row for row in rows if row.task == "health" and row.metric in INDEX_METRICS]
        for label, rows in in_order(scores).items()
        if label != TEACHER
    }
    return {label: rows for label, rows in chosen.items() if rows}


def changes(scores: Scores, source: str) -> list[Change]:
    """What distillation changed: means over the scores that both models have.

    Args:
        scores: scores per model label.
        source: code of the language that the teacher knows.

    Returns:
        Accuracy of finding translations, Spearman in other languages or across, Spearman in the
        source; those that were measured.
    """
    source_name = language(source) if source else "the source language"

    def in_source(score: Score) -> bool:
        return set(two_languages(score.languages)) == {source}

    def graded(score: Score) -> bool:
        return score.task == "sts" and score.metric == "spearman"

    means: list[tuple[str, Callable[[Score], bool]]] = [
        ("accuracy of finding translations", lambda score: score.metric == "accuracy_mean"),
        (f"STS beyond {source_name}", lambda score: graded(score) and not in_source(score)),
        (f"STS in {source_name}", lambda score: graded(score) and in_source(score)),
    ]
    found = (_change(scores, name, wanted) for name, wanted in means)
    return [change for change in found if change is not None]


def change_lines(scores: Scores, source: str) -> list[str]:
    """The `changes`, a line each, times 100."""
    lines = []
    for change in changes(scores, source):
        mean = f" (mean of {change.n})" if change.n > 1 else ""
        lines.append(f"{change.name}: {change.before * 100:.1f} → {change.after * 100:.1f}{mean}")
    return lines


def _change(scores: Scores, name: str, wanted: Callable[[Score], bool]) -> Change | None:
    before, after = (
        {
            (score.languages, score.data): score.value
            for score in scores.get(label, ())
            if wanted(score) and score.value is not None
        }
        for label in (TEACHER, TRAINED)
    )
    both = [key for key in after if key in before]
    if not both:
        return None
    return Change(
        name, len(both), fmean(before[key] for key in both), fmean(after[key] for key in both)
    )


def weakest(scores: Scores) -> Score | None:
    """The trained student's lowest accuracy of finding translations, if several were measured."""
    found = [
        score
        for score in scores.get(TRAINED, ())
        if score.metric == "accuracy_mean" and score.value is not None
    ]
    if len(found) < 2:
        return None
    return min(found, key=lambda score: score.value or 0.0)


def _chosen(
    scores: Scores, task: str, order: Sequence[str], *, every: bool
) -> dict[str, list[Score]]:
    """A kind's scores per model; metrics in this order within one task and file."""
    chosen = {}
    for label, rows in scores.items():
        mine = [row for row in rows if row.task == task]
        if order and not every:
            mine = [row for row in mine if row.metric in order]
        ranks = [*order, *dict.fromkeys(row.metric for row in mine)]
        files = list(dict.fromkeys((row.languages, row.data) for row in mine))
        mine.sort(key=lambda row: (files.index((row.languages, row.data)), ranks.index(row.metric)))
        chosen[label] = mine
    return chosen
