"""What the rows of a study reached: over the size of their training data, or side by side."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.figures.style import (
    FAINT,
    PALETTE,
    Paths,
    drawing,
    legend_beside,
    noted,
    ruled,
)
from isogloss.reports.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LETTERS = 36
_ROW = 0.42
"""Inches per row."""
_NONE = 0.5
"""Share of the smallest size at which models stand that learned from no pairs."""


class Line(NamedTuple):
    """One test set.

    Args:
        name: for people.
        scores: per row of the study.
        pairs: what each of these rows learned from; none for those that learned from no pairs.
    """

    name: str
    scores: Mapping[str, Score]
    pairs: Mapping[str, int]


class Panel(NamedTuple):
    """Test sets of one kind.

    Args:
        title: what is measured, and its unit.
        lines: the test sets.
        printed: published numbers (times 100) by name, each with its number of pairs.
    """

    title: str
    lines: Sequence[Line]
    printed: Mapping[str, Sequence[tuple[int, float]]] = {}


def size_curves(panels: Sequence[Panel], path: Paths) -> None:
    """Draw scores over the number of training pairs (logarithmic), a panel per kind of test.

    Args:
        panels: what to draw.
        path: the PNG or SVG file to write.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    sizes = sorted({n for panel in panels for line in panel.lines for n in line.pairs.values()})
    none = _NONE * (sizes or [1])[0]
    with drawing(path, height=3.6 * len(panels)) as figure:
        columns = figure.subplots(len(panels), 1, squeeze=False)
        for panel, (axes,) in zip(panels, columns, strict=True):
            for color, line in zip(PALETTE, panel.lines, strict=False):
                known = [(line.pairs.get(k, none), s) for k, s in line.scores.items()]
                grown = sorted((p for p in known if p[0] != none), key=lambda point: point[0])
                values = [100 * (score.value or 0.0) for _, score in grown]
                axes.plot([x for x, _ in grown], values, color=color, lw=1.8, label=line.name)
                _intervals(axes, grown, color, marker="o")
                _intervals(axes, [p for p in known if p[0] == none], color, marker="s")
            for marker, (name, points) in zip("o^vD", panel.printed.items(), strict=False):
                _published(axes, name, points, marker=marker)
            axes.set_xscale("log")
            axes.set_xticks([none, *sizes])
            axes.set_xticks([], minor=True)
            axes.xaxis.set_major_formatter(lambda x, _: "none" if x == none else f"{x:,.0f}")
            axes.set_title(panel.title)
            axes.set_xlabel("training pairs (squares: models that learned from none)")
            ruled(axes, "y")
            legend_beside(axes)


def row_dots(panels: Sequence[Panel], rows: Sequence[str], path: Paths) -> None:
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
        for panel, (axes,) in zip(panels, columns, strict=True):
            shown = [row for row in rows if any(row in line.scores for line in panel.lines)]
            gap = 0.7 / max(1, len(panel.lines))
            for place, (color, line) in enumerate(zip(PALETTE, panel.lines, strict=False)):
                offset = (place - (len(panel.lines) - 1) / 2) * gap
                _dots(axes, line, {row: at + offset for at, row in enumerate(shown)}, color)
            axes.set_yticks(range(len(shown)), [shortened(row, _MOST_LETTERS) for row in shown])
            axes.set_ylim(len(shown) - 0.5, -0.5)
            axes.set_title(panel.title)
            axes.set_xlabel("line: 95% interval")
            ruled(axes, "x")
            legend_beside(axes)


def _dots(axes: "Axes", line: Line, places: Mapping[str, float], color: str) -> None:
    for row, score in line.scores.items():
        axes.plot(_ends(score), [places[row]] * 2, color=color, linewidth=1.4)
    values = [100 * (score.value or 0.0) for score in line.scores.values()]
    heights = [places[row] for row in line.scores]
    axes.plot(values, heights, color=color, marker="o", ms=5, linestyle="none", label=line.name)


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
        label=name,
    )
    noted(axes, f"{points[-1][0]:,}", points[-1], offset=(4, 3), fontsize=9.5)


def _ends(score: Score) -> tuple[float, float]:
    value = score.value or 0.0
    low = score.low if score.low is not None else value
    high = score.high if score.high is not None else value
    return 100 * low, 100 * high
