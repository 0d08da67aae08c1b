"""Scores as the sections of a page: one table per kind of task, teacher | untrained | trained."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.tables import scores_table
from isogloss.reports.wording import language, two_languages

TEACHER, UNTRAINED, TRAINED = "teacher", "untrained", "trained"
INDEX_METRICS = ("cosine_source_mean", "cosine_source_p1", "recall_at_10")
"""How near a student's source embeddings are to the teacher's, in the order of a table."""

HELD_OUT = "held-out pairs"
"""Name of the data that a run split off its own training pairs."""

Scores = Mapping[str, Sequence[Score]]


class _Section(NamedTuple):
    title: str
    task: str
    metrics: tuple[str, ...]
    meaning: str


_SECTIONS = (
    _Section(
        "Semantic textual similarity",
        "sts",
        ("spearman", "retention"),
        "`spearman`: rank correlation of the cosines with human grades. `retention`: that, divided"
        " by the teacher's on the original pairs.",
    ),
    _Section(
        "Finding translations",
        "bitext",
        ("accuracy_mean", "accuracy_source_to_target", "accuracy_target_to_source", "xsim_error"),
        "`accuracy`: share of sentences whose nearest neighbor by cosine, among all sentences of"
        " the other language, is their translation. `xsim_error`: share whose best match by margin"
        " is not.",
    ),
    _Section(
        "Distance to the teacher",
        "health",
        (
            "fvu_source",
            "fvu_target",
            "cosine_target_mean",
            "norm_ratio",
            "random_cosine",
            "random_cosine_target",
        ),
        "`fvu`: share of the teacher's variance that is left unexplained; 0 is the teacher, 1 no"
        " better than a constant. `random_cosine`: mean cosine of unrelated sentences; towards 100"
        " the space has collapsed.",
    ),
)


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
    """Teacher, untrained and trained student first, in this order; then other models as given."""
    known = [label for label in (TEACHER, UNTRAINED, TRAINED) if label in scores]
    return {label: scores[label] for label in [*known, *scores]}


def result_sections(scores: Scores, *, level: int = 3) -> list[str]:
    """Markdown of every kind of task that was scored.

    Args:
        scores: scores per model label.
        level: level of the headings.

    Returns:
        One text per kind: heading, what the metrics mean, table. Kinds this page does not know
        come last with all of their metrics.
    """
    known = {section.task for section in _SECTIONS}
    found = dict.fromkeys(score.task for rows in scores.values() for score in rows)
    others = [_Section(f"Task {task}", task, (), "") for task in found if task not in known]
    texts = []
    for section in (*_SECTIONS, *others):
        chosen = _chosen(scores, section)
        if any(chosen.values()):
            table = scores_table(chosen, hide=("task",)).markdown()
            parts = [f"{'#' * level} {section.title}", section.meaning, table]
            texts.append("\n\n".join(part for part in parts if part))
    return texts


def index_table(scores: Scores) -> str:
    """Markdown table of `INDEX_METRICS` of every model but the teacher; `""` without scores."""
    chosen = {
        label: [row for row in rows if row.task == "health" and row.metric in INDEX_METRICS]
        for label, rows in in_order(scores).items()
        if label != TEACHER
    }
    chosen = {label: rows for label, rows in chosen.items() if rows}
    return scores_table(chosen, hide=("task",)).markdown() if chosen else ""


def changes(scores: Scores, source: str) -> list[Change]:
    """What distillation changed, in a few means over the scores that both models have.

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


def change_lines(scores: Scores, source: str) -> str:
    """The `changes` as a Markdown list, times 100; `""` where there are none."""
    lines = ["Teacher → trained student:", ""]
    for change in changes(scores, source):
        mean = f" (mean of {change.n})" if change.n > 1 else ""
        lines.append(f"- {change.name}: {change.before * 100:.1f} → {change.after * 100:.1f}{mean}")
    return "\n".join(lines) if len(lines) > 2 else ""


def held_out_note(scores: Scores) -> str:
    """What to beware of where a run was scored on its own held-out pairs; else `""`."""
    if not any(score.data == HELD_OUT for rows in scores.values() for score in rows):
        return ""
    return (
        f"The {HELD_OUT} were split off the training data, and the checkpoint was chosen on them:"
        " on other text expect lower numbers."
    )


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


def _chosen(scores: Scores, section: _Section) -> dict[str, list[Score]]:
    """The section's scores per model; metrics in its order within one task and file."""
    chosen = {}
    for label, rows in in_order(scores).items():
        mine = [row for row in rows if row.task == section.task]
        if section.metrics:
            mine = [row for row in mine if row.metric in section.metrics]
            files = list(dict.fromkeys((row.languages, row.data) for row in mine))
            mine.sort(
                key=lambda row: (
                    files.index((row.languages, row.data)),
                    section.metrics.index(row.metric),
                )
            )
        chosen[label] = mine
    return chosen
