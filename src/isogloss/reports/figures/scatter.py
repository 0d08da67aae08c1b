"""Where a model's cosines differ from human grades: one panel per model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.metrics.correlation import spearman
from isogloss.reports.figures.style import (
    INK,
    PALETTE,
    WIDTH,
    Paths,
    drawing,
    ruled,
    subtitled,
    titled,
)
from isogloss.reports.wording import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[Any]

BINS = 10
"""Grades are cut into so many parts of equal width for the line of medians."""
MIN_IN_BIN = 5
_ACROSS = 4
_PANEL_INCHES = 2.5


class Graded(NamedTuple):
    """One model's cosines beside human grades.

    Args:
        cosines: cosine of each pair, `(n,)`.
        gold: grade of each pair, `(n,)`.
    """

    cosines: Numbers
    gold: Numbers


class Medians(NamedTuple):
    """The middle of the cosines in parts of the grades.

    Args:
        gold: mean grade of each part, `(parts,)`.
        low: first quartile of its cosines, `(parts,)`.
        middle: their median, `(parts,)`.
        high: their third quartile, `(parts,)`.
    """

    gold: Numbers
    low: Numbers
    middle: Numbers
    high: Numbers


def score_scatter(panels: Mapping[str, Graded], path: Paths, *, title: str = "") -> None:
    """Draw cosines against grades, and the median cosine over parts of the grades.

    Where points lie upon each other they are darker. All panels have the same axes.

    Args:
        panels: cosines and grades per model label, on the same pairs.
        path: the file to write, PNG or SVG.
        title: what the pairs are.

    Raises:
        InputError: there is no model, or a model has no pair or not one cosine per grade.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    _check(panels)
    across = min(len(panels), _ACROSS)
    down = -(-len(panels) // across)
    width = min(WIDTH, 1.2 + across * 3.6)
    with drawing(path, width=width, height=0.7 + down * (_PANEL_INCHES + 0.35)) as figure:
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for place, (label, graded) in enumerate(panels.items()):
            _draw_panel(grid.flat[place], label, graded)
            lowest = place + across >= len(panels)
            grid.flat[place].tick_params(axis="x", labelbottom=lowest)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_axis_off()
        if title:
            titled(figure, title)
        figure.supxlabel("people's grade (line: median cosine, band: quartiles)", fontsize=9.5)
        figure.supylabel("cosine of the two sentences", fontsize=9.5)


def medians(graded: Graded) -> Medians:
    """Median and quartiles of the cosines in parts of the grades of equal width.

    Parts with fewer than `MIN_IN_BIN` pairs are left out.
    """
    gold, cosines = graded.gold.astype(np.float64), graded.cosines.astype(np.float64)
    edges = np.linspace(gold.min(), gold.max(), BINS + 1)
    part = np.clip(np.searchsorted(edges, gold, side="right") - 1, 0, BINS - 1)
    full = [at for at in range(BINS) if (part == at).sum() >= MIN_IN_BIN]
    quartiles = [np.quantile(cosines[part == at], (0.25, 0.5, 0.75)) for at in full]
    low, middle, high = np.array(quartiles).reshape(-1, 3).T
    return Medians(np.array([gold[part == at].mean() for at in full]), low, middle, high)


def _check(panels: Mapping[str, Graded]) -> None:
    if not panels:
        raise InputError(
            "cosines of 0 models; expected at least one; evaluate on an sts task first"
        )
    for label, (cosines, gold) in panels.items():
        if len(gold) == 0 or len(cosines) != len(gold):
            raise InputError(
                f"model {label!r} has {len(cosines)} cosines for {len(gold)} grades; expected one"
                " each, and at least one; evaluate it again"
            )


def _draw_panel(axes: "Axes", label: str, graded: Graded) -> None:
    n = len(graded.gold)
    axes.scatter(
        graded.gold,
        graded.cosines,
        s=9,
        color=PALETTE[4],
        alpha=float(np.clip(9 / np.sqrt(n), 0.12, 0.6)),
        linewidths=0,
        rasterized=True,
    )
    line = medians(graded)
    axes.fill_between(line.gold, line.low, line.high, color=PALETTE[0], alpha=0.22, linewidth=0)
    axes.plot(line.gold, line.middle, color=INK, linewidth=1.8)
    found = spearman(graded.cosines, graded.gold)
    note = f"{n:,} pairs" if found is None else f"Spearman {found * 100:.1f}, {n:,} pairs"
    subtitled(axes, shortened(label, 24), note)
    ruled(axes, "y")
