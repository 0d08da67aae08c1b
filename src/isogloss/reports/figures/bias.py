"""Where language bias sits: pairs of equal grade, are they nearer in some languages than others?"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.errors import InputError
from isogloss.reports.figures.style import (
    DIVERGING,
    WIDTH,
    Paths,
    bare_grid,
    draw_cell,
    drawing,
    signed,
    subtitled,
    titled,
)
from isogloss.reports.wording import pair_name, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]

_CELL_WIDTH, _CELL_HEIGHT = 0.52, 0.27
_LEAST_SPAN = 0.05
"""Differences of cosines that are smaller than this are never shown in full color."""


class BiasPanel(NamedTuple):
    """One model's cosines per language pair and part of the grades.

    Args:
        means: mean cosine, `(n_pairs, n_bins)`; NaN where there is no pair of sentences.
        note: a line below the model's name, such as expected, actual and bias.
    """

    means: Numbers
    note: str = ""


def bias_map(
    panels: Mapping[str, BiasPanel],
    pairs: Sequence[str],
    edges: Sequence[float],
    path: Paths,
) -> None:
    """Draw the mean cosine of every language pair in every part of the grades.

    The color of a cell is its difference from the mean of its column: a model without language
    bias has no color.

    Args:
        panels: per model label; all panels share one scale of color.
        pairs: the language pairs, such as `en-de`; one row each.
        edges: where one part of the grades ends and the next begins, `(n_bins + 1,)`.
        path: the file to write, PNG or SVG.

    Raises:
        InputError: there is no model or no cell, or shapes do not fit.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    shape = (len(pairs), len(edges) - 1)
    _check(panels, shape)
    off = {label: panel.means - _column_means(panel.means) for label, panel in panels.items()}
    span = max(_LEAST_SPAN, *(float(np.nanmax(np.abs(part))) for part in off.values()))
    names = list(map(pair_name, pairs))
    labels = 0.3 + 0.075 * max(map(len, names))
    wide = shape[1] * _CELL_WIDTH + 0.3
    across = max(1, min(len(panels), int((WIDTH - labels) // wide)))
    down = -(-len(panels) // across)
    width = max(5.5, labels + across * wide)
    height = 0.75 + down * (shape[0] * _CELL_HEIGHT + 0.75)
    with drawing(path, width=width, height=height) as figure:
        grid = figure.subplots(down, across, squeeze=False)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_axis_off()
        for place, (label, panel) in enumerate(panels.items()):
            axes = list(grid.flat)[place]
            _draw_cells(axes, panel.means, off[label] / span)
            subtitled(axes, shortened(label, int(shape[1] * 5)), panel.note)
            axes.set_yticks(range(shape[0]), names if place % across == 0 else [])
            axes.set_xticks(range(shape[1]), _parts(edges))
        legend = (
            f"columns: people's grade · blue: nearer than the mean of the column, orange: further;"
            f" full color: {span:.2f} · hatched: no sentences"
        )
        titled(figure, "Mean cosine by grade", legend)


def _check(panels: Mapping[str, BiasPanel], shape: tuple[int, int]) -> None:
    for label, panel in panels.items():
        if panel.means.shape != shape:
            raise InputError(
                f"model {label!r} has cosines of shape {panel.means.shape}; expected {shape}:"
                " language pairs by parts of the grades; compute them again"
            )
    if not any(np.isfinite(panel.means).any() for panel in panels.values()):
        raise InputError(
            f"cosines of {len(panels)} models hold no number; expected at least one; evaluate on"
            " sts tasks first"
        )


def _column_means(means: Numbers) -> Numbers:
    """Mean of the cells that are there, `(n_bins,)`; 0 for a column without any."""
    there = np.isfinite(means)
    counts = np.maximum(there.sum(0), 1)
    found: Numbers = np.where(there, means, 0.0).sum(0) / counts
    return found


def _draw_cells(axes: "Axes", means: Numbers, shades: Numbers) -> None:
    """Cells with their cosine; `shades` from -1 to 1 choose the color."""
    from matplotlib.colors import LinearSegmentedColormap

    colors: Any = LinearSegmentedColormap.from_list("difference", DIVERGING)
    for (y, x), value in np.ndenumerate(means):
        color = colors(0.5 + shades[y, x] / 2) if np.isfinite(value) else None
        draw_cell(axes, x, y, signed(f"{value:.2f}"), color, fontsize=8.5)
    bare_grid(axes, rows=means.shape[0], columns=means.shape[1])


def _parts(edges: Sequence[float]) -> list[str]:
    """`0–1`, `1–2`, ...; as few digits as tell the edges apart."""
    written = [f"{edge:.3g}" for edge in edges]
    return [f"{low}–{high}" for low, high in pairwise(written)]
