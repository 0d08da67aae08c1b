"""Whom a student understands: accuracy of finding translations, per language and model."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import InputError
from isogloss.metrics.score import Score
from isogloss.reports.figures.style import FAINT, INK, PALETTE, PAPER, Paths, drawing, ruled
from isogloss.reports.wording import GROUPS, data_name, pair_name, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METRIC = "accuracy_mean"
_BEFORE, _AFTER = "#9AD0F5", "#0072B2"
_KNOWN = {
    "teacher": "#B4B4B4",
    "untrained": _BEFORE,
    "before": _BEFORE,
    "trained": _AFTER,
    "after": _AFTER,
}
_BAR = 0.2
"""Inches per bar."""
_MOST_LETTERS = 32
_LEGEND_LETTERS = 76
"""About so many letters stand above the bars in one line."""


class _Row(NamedTuple):
    languages: str
    data: str


def accuracy_bars(scores_by_model: Mapping[str, Sequence[Score]], path: Paths) -> None:
    """Draw, per language, each model's accuracy of finding translations with its 95% interval.

    Languages are ordered by the last model's accuracy, best first.

    Args:
        scores_by_model: scores per model label; of these the `accuracy_mean` that have a value.
        path: the PNG file to write.

    Raises:
        InputError: no model has an `accuracy_mean`.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    by_model = {
        label: {_Row(score.languages, score.data): score for score in scores if _usable(score)}
        for label, scores in scores_by_model.items()
    }
    by_model = {label: scores for label, scores in by_model.items() if scores}
    if not by_model:
        raise InputError(
            f"scores of {len(scores_by_model)} models hold no {METRIC}; expected at least one;"
            " evaluate on a bitext task first"
        )
    rows = list(dict.fromkeys(row for scores in by_model.values() for row in scores))
    last = list(by_model.values())[-1]
    rows.sort(key=lambda row: -(last[row].value or 0.0) if row in last else 1.0)
    names = _names(rows, by_model)
    pitch = len(by_model) + 0.9
    with drawing(path, height=1.5 + _BAR * pitch * len(rows)) as figure:
        axes = figure.subplots()
        for place, (label, scores) in enumerate(by_model.items()):
            color = _KNOWN.get(label, PALETTE[place % len(PALETTE)])
            bars = [(pitch * rows.index(row) + place, score) for row, score in scores.items()]
            _draw_model(axes, label, color, bars)
        middle = (len(by_model) - 1) / 2
        axes.set_yticks([pitch * at + middle for at in range(len(rows))], names)
        axes.set_ylim(pitch * (len(rows) - 1) + len(by_model) - 0.2, -0.8)
        axes.set_xlim(0, 109)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel("accuracy in % (mean of both directions; line: 95% interval)")
        columns = _legend_columns(list(by_model))
        lines = -(-len(by_model) // columns)
        axes.set_title("Finding translations", pad=8 + 14 * lines)
        ruled(axes, "x")
        axes.spines["bottom"].set_visible(False)
        _place_legend(axes, columns=columns)


def _legend_columns(labels: Sequence[str]) -> int:
    """As many models side by side as fit."""
    widest = max(len(shortened(label, _MOST_LETTERS)) for label in labels)
    return min(len(labels), max(1, _LEGEND_LETTERS // (widest + 5)))


def _place_legend(axes: "Axes", *, columns: int) -> None:
    """Above the bars, flush with them."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        borderaxespad=0.2,
        borderpad=0,
        handlelength=1,
        handleheight=0.9,
    )


def _usable(score: Score) -> bool:
    whole = score.metric == METRIC and score.value is not None
    return whole and score.languages not in GROUPS


def _names(rows: Sequence[_Row], by_model: Mapping[str, Mapping[_Row, Score]]) -> list[str]:
    """Both languages' names and the number of pairs; the data's name where languages repeat."""
    repeated = len({row.languages for row in rows}) < len(rows)
    names = []
    for row in rows:
        n = next(scores[row].n for scores in by_model.values() if row in scores)
        pair = pair_name(row.languages)
        data = f"{shortened(data_name(row.data), _MOST_LETTERS)}, " if repeated and row.data else ""
        names.append(f"{pair}\n{data}{n:,} pairs")
    return names


def _draw_model(axes: "Axes", label: str, color: str, bars: Sequence[tuple[float, Score]]) -> None:
    values = [100 * (score.value or 0.0) for _, score in bars]
    axes.barh(
        [y for y, _ in bars],
        values,
        height=0.86,
        color=color,
        label=shortened(label, _MOST_LETTERS),
    )
    for (y, score), value in zip(bars, values, strict=True):
        end = value
        if score.low is not None and score.high is not None:
            end = max(value, 100 * score.high)
            ends = [100 * score.low, 100 * score.high]
            axes.plot(ends, [y, y], color=PAPER, linewidth=2.6)
            axes.plot(ends, [y, y], color=INK, linewidth=1.1)
        axes.annotate(
            f"{value:.1f}",
            (end, y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=FAINT if label in ("teacher", "untrained", "before") else INK,
        )
