"""What the rows of a study reached: over amounts of training data, or side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.plots.canvas import FAINT, PALETTE, drawing, ruled
from isogloss.reports.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LETTERS = 36
_ROW = 0.42
"""Inches per row."""
_NONE = 0.5
"""Share of the smallest amount at which models stand that learned from no pairs."""


class Line(NamedTuple):
    """One test set.

    Args:
        name: for people.
        scores: per row of the study.
    """

    name: str
    scores: Mapping[str, Score]


class Panel(NamedTuple):
    """Test sets of one kind.

    Args:
        title: what is measured, and its unit.
        lines: the test sets.
    """

    title: str
    lines: Sequence[Line]


def amount_curves(
    panels: Sequence[Panel],
    pairs: Mapping[str, int],
    path: Path | str,
    *,
    printed: Mapping[str, Sequence[tuple[int, float]]],
) -> None:
    """Draw scores over the number of training pairs (logarithmic), a panel per kind of test.

    Args:
        panels: what to draw.
        pairs: what each row learned from; rows that are not in it stand at the left.
        path: the PNG or SVG file to write.
        printed: published amounts and numbers (times 100) by name; beside the first panel's lines.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    left = _NONE * min(pairs.values(), default=1)
    with drawing(path, height=3.6 * len(panels)) as figure:
        columns = figure.subplots(len(panels), 1, squeeze=False)
        for number, panel in enumerate(panels):
            axes = columns[number][0]
            for color, line in zip(PALETTE, panel.lines, strict=False):
                grown = {label: s for label, s in line.scores.items() if label in pairs}
                _curve(axes, [(pairs[label], s) for label, s in grown.items()], line.name, color)
                rest = [(left, s) for label, s in line.scores.items() if label not in pairs]
                _intervals(axes, rest, color, marker="s")
            for marker, (name, points) in zip("o^vD", printed.items(), strict=False):
                if number == 0:
                    _published(axes, name, points, marker=marker)
            axes.set_xscale("log")
            axes.set_xticks([left, *sorted(set(pairs.values()))])
            axes.set_xticks([], minor=True)
            axes.xaxis.set_major_formatter(
                lambda value, _: "none" if value == left else f"{value:,.0f}"
            )
            axes.set_title(panel.title)
            axes.set_xlabel("training pairs (squares: models that learned from none)")
            ruled(axes, "y")
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def row_dots(panels: Sequence[Panel], rows: Sequence[str], path: Path | str) -> None:
    """Draw scores of all rows side by side, a panel per kind of test.

    Args:
        panels: what to draw.
        rows: the rows, from top to bottom.
        path: the PNG or SVG file to write.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    with drawing(path, height=len(panels) * (1.4 + _ROW * len(rows))) as figure:
        columns = figure.subplots(len(panels), 1, squeeze=False)
        for number, panel in enumerate(panels):
            axes = columns[number][0]
            shown = [row for row in rows if any(row in line.scores for line in panel.lines)]
            gap = 0.7 / max(1, len(panel.lines))
            for place, (color, line) in enumerate(zip(PALETTE, panel.lines, strict=False)):
                offset = (place - (len(panel.lines) - 1) / 2) * gap
                for row, score in line.scores.items():
                    y = shown.index(row) + offset
                    low, high = _ends(score)
                    axes.plot([low, high], [y, y], color=color, linewidth=1.4)
                    axes.plot(
                        [100 * (score.value or 0.0)],
                        [y],
                        color=color,
                        marker="o",
                        ms=5,
                        linestyle="none",
                        label=line.name if row == next(iter(line.scores)) else None,
                    )
            axes.set_yticks(range(len(shown)), [shortened(row, _MOST_LETTERS) for row in shown])
            axes.set_ylim(len(shown) - 0.5, -0.5)
            axes.set_title(panel.title)
            axes.set_xlabel("line: 95% interval")
            ruled(axes, "x")
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def _curve(axes: "Axes", points: Sequence[tuple[float, Score]], name: str, color: str) -> None:
    ordered = sorted(points, key=lambda point: point[0])
    values = [100 * (score.value or 0.0) for _, score in ordered]
    axes.plot([x for x, _ in ordered], values, color=color, linewidth=1.8, label=name)
    _intervals(axes, ordered, color, marker="o")


def _intervals(
    axes: "Axes", points: Sequence[tuple[float, Score]], color: str, *, marker: str
) -> None:
    for x, score in points:
        axes.plot([x, x], _ends(score), color=color, linewidth=1.2)
        value = 100 * (score.value or 0.0)
        axes.plot([x], [value], color=color, marker=marker, ms=5, linestyle="none")


def _published(
    axes: "Axes", name: str, points: Sequence[tuple[int, float]], *, marker: str
) -> None:
    axes.plot(
        [x for x, _ in points],
        [value for _, value in points],
        color=FAINT,
        linewidth=1.1,
        linestyle=(0, (4, 3)),
        marker=marker,
        ms=3,
        markerfacecolor="none",
        label=f"published: {name}",
    )
    axes.annotate(
        f"{points[-1][0]:,}", points[-1], xytext=(4, 3), textcoords="offset points", color=FAINT
    )


def _ends(score: Score) -> tuple[float, float]:
    value = score.value or 0.0
    low = score.low if score.low is not None else value
    high = score.high if score.high is not None else value
    return 100 * low, 100 * high
