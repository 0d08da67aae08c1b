"""The one picture of a study: what its rows reached, with intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from isogloss.metrics.score import Score
from isogloss.reports.drawings import Drawing
from isogloss.reports.plots.study import Line, Panel, amount_curves, row_dots
from isogloss.reports.published import PublishedStudy, published_study
from isogloss.reports.run_facts import RunFacts
from isogloss.reports.wording import GROUPS, data_name, pair_name

MOST_LINES = 6
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

Scores = Mapping[str, Sequence[Score]]


def study_drawings(facts: RunFacts, scores: Scores) -> list[Drawing]:
    """What the rows of a study reached: over the pairs they learned from, or side by side.

    Args:
        facts: the run.
        scores: scores per row.

    Returns:
        One picture; none where the run is no study, or has nothing to show.
    """
    study = facts.section("study")
    panels = _panels(scores) if study else []
    if not panels:
        return []
    pairs = {row["label"]: row.get("pairs") for row in study.get("rows", ())}
    if study.get("varies") != "amount":
        caption = "What every row reached, with 95% intervals"
        return [Drawing("study", caption, lambda path: row_dots(panels, list(scores), path))]
    printed = published_study(str(study.get("name")))
    grown = {label: n for label, n in pairs.items() if n}

    def draw(path: Path) -> None:
        amount_curves(panels, grown, path, printed=_published_lines(printed, panels[0]))

    caption = (
        "What students reached by the number of pairs they learned from, with 95% intervals; at"
        " the left, what needed none"
    )
    return [Drawing("study", caption, draw)]


def _panels(scores: Scores) -> list[Panel]:
    found = []
    for (task, metric), title in _PANELS.items():
        lines = _lines(scores, task, metric)
        if len(lines) > MOST_LINES:
            lines = _lines(scores, task, _AVERAGES[metric]) or lines[:MOST_LINES]
        if lines:
            found.append(Panel(title, lines))
    return found


def _lines(scores: Scores, task: str, metric: str) -> list[Line]:
    """A line per test set: its score in every row."""
    sets: dict[tuple[str, str], dict[str, Score]] = {}
    averages = metric in _AVERAGES.values()
    for label, rows in scores.items():
        for score in rows:
            wanted = score.task == task and score.metric == metric and score.value is not None
            if wanted and (score.languages in GROUPS) == averages:
                sets.setdefault((score.languages, score.data), {})[label] = score
    pairs = [languages for languages, _ in sets]
    return [
        Line(
            pair_name(languages) + (f", {data_name(data)}" if pairs.count(languages) > 1 else ""),
            {label: score for label, score in found.items()},
        )
        for (languages, data), found in sets.items()
    ]


def _published_lines(
    study: PublishedStudy | None, panel: Panel
) -> dict[str, list[tuple[int, float]]]:
    """What was published, pairs and numbers, of the languages that were measured; else of all."""
    if study is None:
        return {}
    found = {
        pair_name(languages): [
            (study.pairs[row][at], values[at]) for row, values in study.systems.items()
        ]
        for at, languages in enumerate(study.columns)
    }
    measured = {line.name for line in panel.lines}
    return {name: points for name, points in found.items() if name in measured} or found
