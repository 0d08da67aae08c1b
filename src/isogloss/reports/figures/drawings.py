"""Which figures a run has numbers for, and what each shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from isogloss.metrics.bias import GOLD_EDGES, cosines_in_gold_bins, language_bias
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Score
from isogloss.reports.figures import (
    accuracy_bars,
    bias_map,
    score_scatter,
    sts_heatmap,
    training_curve,
)
from isogloss.reports.figures.bars import METRIC as ACCURACY
from isogloss.reports.figures.bias import BiasPanel
from isogloss.reports.figures.curve import is_drawable
from isogloss.reports.figures.finetune import has_spearman, search_picture, spearman_curve
from isogloss.reports.figures.heatmap import METRIC as SPEARMAN
from isogloss.reports.figures.heatmap import has_differences
from isogloss.reports.figures.scatter import Graded
from isogloss.reports.figures.style import Paths, signed
from isogloss.reports.results import TEACHER
from isogloss.reports.wording import GROUPS, anchor, code, data_name, language, pair_name
from isogloss.runs.descriptions import RunRecord
from isogloss.runs.items import Items
from isogloss.runs.record import (
    ComparisonRecord,
    FinetuneRecord,
    ModelRecord,
)
from isogloss.runs.roles import is_own, on_tests

Scores = Mapping[str, Sequence[Score]]


class Drawing(NamedTuple):
    """A picture that can be drawn.

    Args:
        name: name of its file, without the ending.
        caption: what it shows.
        draw: draws it into files, PNG or SVG.
    """

    name: str
    caption: str
    draw: Callable[[Paths], None]


_Tasks = dict[tuple[str, str], dict[str, Graded]]
_Subsets = dict[str, dict[str, Graded]]


def reference(record: RunRecord, scores: Scores) -> str | None:
    """The label that is the teacher, by name or by identity; `None` where none is.

    Runs of before identities were recorded have fingerprints alone.
    """
    if TEACHER in scores:
        return TEACHER
    if record.teacher is None or not isinstance(record, ComparisonRecord):
        return None
    key = "identity" if record.teacher.identity else "fingerprint"
    mark = getattr(record.teacher, key)
    known = (label for label in scores if label in record.models)
    same = (label for label in known if mark and getattr(record.models[label], key) == mark)
    return next(same, None)


def training_drawings(record: ModelRecord) -> list[Drawing]:
    """How a training went: its loss, its held-out pairs, the search for its settings."""
    history, best = record.training.history, record.training.best_step
    found = []
    if is_drawable(history):
        name = language(record.source_language) if record.source_language else "Source"

        def draw_curve(paths: Paths) -> None:
            training_curve(history, paths, best_step=best, source_name=name)

        caption = "Training loss"
        if any("fvu" in entry.dev for entry in history):
            caption += ", and per language the share of the teacher's variance left unexplained"
        found.append(Drawing("training_curve", caption, draw_curve))
    if has_spearman(history):

        def draw_spearman(paths: Paths) -> None:
            spearman_curve(history, paths, best_step=best)

        caption = "Spearman × 100 on the held-out pairs during training"
        found.append(Drawing("spearman_curve", caption, draw_spearman))
    if isinstance(record, FinetuneRecord) and (search := record.search):
        caption = "Trials of the search with their folds, and how much each setting matters"
        found.append(Drawing("search", caption, lambda paths: search_picture(search, paths)))
    return found


def score_drawings(scores: Scores, teacher: str | None) -> list[Drawing]:
    """Accuracy per language, STS per pair of languages, and the latter's distance to the teacher.

    Args:
        scores: scores per model label, in the order of drawing.
        teacher: label of the teacher among them.
    """
    scores, found = on_tests(scores), []
    if _has(scores, ACCURACY):
        caption = "Accuracy of finding translations, per language and model"
        found.append(Drawing("accuracy", caption, lambda paths: accuracy_bars(scores, paths)))
    if _has(scores, SPEARMAN):
        caption = "STS Spearman × 100, languages by languages, per model"
        found.append(Drawing("sts", caption, lambda paths: sts_heatmap(scores, paths)))
    if teacher is not None and has_differences(scores, teacher):
        caption = f"STS Spearman × 100, difference to {code(teacher)}: what changed, and where"

        def draw(paths: Paths) -> None:
            sts_heatmap(scores, paths, against=teacher)

        found.append(Drawing("sts_difference", caption, draw))
    return found


def item_drawings(items: Sequence[Items], labels: Sequence[str]) -> list[Drawing]:
    """The bias map, then cosines against grades, a picture per STS task.

    Args:
        items: what the scores were computed from.
        labels: the models, in the order of drawing.
    """
    tasks: _Tasks = {}
    for one in items:
        wanted = one.task == "sts" and one.metric == SPEARMAN and one.languages not in GROUPS
        if wanted and one.gold is not None and len(one):
            models = tasks.setdefault((one.languages, one.data), {})
            if one.model in labels:
                models.setdefault(one.model, Graded(one.values, one.gold))
    found = [(key, {label: m[label] for label in labels if label in m}) for key, m in tasks.items()]
    tested = {languages for (languages, data), _ in found if not is_own(data)}
    drawn = {
        (languages, data): models
        for (languages, data), models in found
        if models and not (is_own(data) and languages in tested)
    }
    clouds = [_cloud(number, *key, drawn[key]) for number, key in enumerate(drawn, start=1)]
    return [*_bias(comparable(drawn)), *clouds]


def _cloud(number: int, languages: str, data: str, panels: Mapping[str, Graded]) -> Drawing:
    names = pair_name(languages)
    title = f"{names}: cosines and grades"
    caption = f"Cosines against people's grades: {names}, {code(data_name(data))}"

    def draw(paths: Paths) -> None:
        score_scatter(panels, paths, title=title)

    return Drawing(f"scatter_{number:02}_{anchor(languages)}", caption, draw)


def comparable(tasks: _Tasks) -> _Subsets:
    """Tasks in several languages whose cosines may be laid side by side.

    These are the tasks of one data set, or those that have the same grades row by row, as
    translations do, whichever are more; else all of them, if no pair of languages comes twice.

    Args:
        tasks: cosines and grades per model, by languages and data.

    Returns:
        The largest such group by its languages, in order; empty where there are not two pairs.
    """
    groups: dict[object, _Subsets] = {}
    for (languages, data), models in tasks.items():
        gold = next(iter(models.values())).gold
        for key in (("data", data), ("gold", np.asarray(gold, np.float64).tobytes())):
            groups.setdefault(key, {}).setdefault(languages, models)
    best = max(groups.values(), key=len, default={})
    everything = {languages: models for (languages, _), models in tasks.items()}
    if len(best) < 2 and len(everything) == len(tasks):
        best = everything
    return best if len(best) > 1 else {}


def _bias(subsets: _Subsets) -> list[Drawing]:
    """Mean cosine per pair of languages and grade, for the models that have all pairs."""
    labels = [
        label
        for label in dict.fromkeys(label for models in subsets.values() for label in models)
        if all(label in models for models in subsets.values())
    ]
    grades = [models[label].gold for models in subsets.values() for label in labels]
    if not grades or min(map(np.min, grades)) < 0 or max(map(np.max, grades)) > GOLD_EDGES[-1]:
        return []

    def draw(paths: Paths) -> None:
        panels = {
            label: _panel({k: models[label] for k, models in subsets.items()}) for label in labels
        }
        bias_map(panels, list(subsets), GOLD_EDGES, paths)

    caption = (
        "Language bias: mean cosine of every pair of languages by people's grade. Expected: mean of"
        " the pairs' own Spearman; actual: Spearman of all of them joined; bias: actual - expected,"
        " below 0 where languages are out of order"
    )
    return [Drawing("bias", caption, draw)]


def _panel(subsets: Mapping[str, Graded]) -> BiasPanel:
    values = {name: ItemValues(*graded) for name, graded in subsets.items()}
    bins, found = cosines_in_gold_bins(values), language_bias(values)
    means = np.array(bins.means, dtype=np.float64)
    figures = [estimate.value for estimate in (found.bias, found.expected, found.actual)]
    if any(value is None for value in figures):
        return BiasPanel(means)
    bias, expected, actual = (signed(f"{100 * (value or 0.0):.1f}") for value in figures)
    return BiasPanel(means, f"bias {bias} (expected {expected}, actual {actual})")


def _has(scores: Scores, metric: str) -> bool:
    rows = (score for found in scores.values() for score in found if score.metric == metric)
    return any(score.value is not None and score.languages not in GROUPS for score in rows)
