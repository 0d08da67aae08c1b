"""The one picture of a study: what its rows reached, with intervals."""

from collections.abc import Iterator, Mapping, Sequence

from isogloss.metrics.score import Score
from isogloss.reports.figures.drawings import Drawing
from isogloss.reports.figures.study import Line, Panel, row_dots, size_curves
from isogloss.reports.figures.style import Paths
from isogloss.reports.published import PublishedStudy, published_study
from isogloss.reports.wording import GROUPS, data_name, pair_name, two_languages
from isogloss.runs.parts import StudyRecord

MAX_LINES = 6
"""Of a panel; with more test sets, those of a suite's averages stand for them."""

_PANELS = {
    ("sts", "spearman"): "STS, Spearman × 100",
    ("bitext", "accuracy_mean"): "Finding translations, accuracy in %",
    ("bucc", "f1"): "Mining translations, F1 in %",
}
_AVERAGES = {
    "spearman": "spearman_mean",
    "accuracy_mean": "macro_accuracy_mean",
    "f1": "macro_f1",
}
_BIAS = {"bias_expected": "expected", "bias_actual": "actual: all pairs joined"}

Scores = Mapping[str, Sequence[Score]]
Pairs = Mapping[str, Mapping[str, int]]
"""What each row learned from, by target language."""


def study_drawings(study: StudyRecord, scores: Scores) -> list[Drawing]:
    """What the rows of a study reached: over the pairs they learned from, or side by side.

    Args:
        study: what was made.
        scores: scores per row.

    Returns:
        One picture; none where there is nothing to show.
    """
    pairs: Pairs = {row.label: row.pairs for row in study.rows}
    panels = list(_panels(scores, pairs, published_study(study.name)))
    if not panels:
        return []
    if study.varies != "sizes":
        caption = "What every row reached, with 95% intervals"
        return [Drawing("study", caption, lambda paths: row_dots(panels, list(scores), paths))]
    caption = (
        "What students reached by the number of pairs of the language that they learned from, with"
        " 95% intervals; at the left, what needed none"
    )

    def draw(paths: Paths) -> None:
        size_curves(panels, paths)

    return [Drawing("study", caption, draw)]


def _panels(scores: Scores, pairs: Pairs, study: PublishedStudy | None) -> Iterator[Panel]:
    for (task, metric), title in _PANELS.items():
        lines = _lines(scores, pairs, task, metric)
        if len(lines) > MAX_LINES:
            lines = _lines(scores, pairs, task, _AVERAGES[metric]) or lines[:MAX_LINES]
        if lines:
            yield Panel(title, lines, _published(study, lines) if task == "sts" else {})
    bias = [
        line
        for metric, name in _BIAS.items()
        for line in _lines(scores, pairs, "sts", metric, name)
    ]
    if bias:
        yield Panel("Language bias, Spearman × 100: actual below expected", bias)


def _is(score: Score, task: str, metric: str) -> bool:
    return score.task == task and score.metric == metric and score.value is not None


def _lines(scores: Scores, pairs: Pairs, task: str, metric: str, name: str = "") -> list[Line]:
    """A line per test set: its score in every row, and what the row learned from.

    Args:
        scores: scores per row.
        pairs: what each row learned from.
        task: kind of task.
        metric: name of the metric.
        name: what to call the line; `""`: its languages.
    """
    sets: dict[tuple[str, str], dict[str, Score]] = {}
    averages = metric in (*_AVERAGES.values(), *_BIAS)
    for label, rows in scores.items():
        for score in rows:
            if _is(score, task, metric) and (score.languages in GROUPS) == averages:
                sets.setdefault((score.languages, score.data), {})[label] = score
    languages = [pair for pair, _ in sets]
    return [
        Line(
            (name or pair_name(pair))
            + (f", {data_name(data)}" if languages.count(pair) > 1 else ""),
            found,
            {label: n for label in found if (n := _learned(pair, pairs.get(label, {})))},
        )
        for (pair, data), found in sets.items()
    ]


def _learned(pair: str, pairs: Mapping[str, int]) -> int:
    """Pairs of the test's languages; of a test in none of them, of the largest."""
    ours = [pairs[code] for code in two_languages(pair) if code in pairs]
    return max(ours or pairs.values(), default=0)


def _published(
    study: PublishedStudy | None, lines: Sequence[Line]
) -> dict[str, list[tuple[int, float]]]:
    """What was published by number of pairs: of the languages that were measured, else of all."""
    if study is None or not study.pairs:
        return {}
    found = {
        pair_name(languages): [
            (study.pairs[row][at], values[at]) for row, values in study.systems.items()
        ]
        for at, languages in enumerate(study.columns)
    }
    measured = {line.name for line in lines} & found.keys() or found.keys()
    return {
        f"published, {study.tests}: {name}": points
        for name, points in found.items()
        if name in measured
    }
