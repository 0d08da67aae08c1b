"""Where a model judges similarity well: languages by languages, one panel per model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from isogloss.errors import InputError
from isogloss.metrics.score import Score
from isogloss.reports.plots.canvas import FAINT, INK, WIDTH, drawing
from isogloss.reports.wording import language, two_languages

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRIC = "spearman"
_CELLS_ACROSS = 14
"""More cells than this in a row of panels would be too small to read: the panels are stacked."""

_Cells = dict[tuple[str, str], float]


def sts_heatmap(scores: Mapping[str, Sequence[Score]], path: Path | str) -> None:
    """Draw the Spearman correlation of every language pair, times 100, with models side by side.

    Where only one order of a pair was measured its value also stands, in italics, in the other
    order's cell; a cell that was measured on several data sets shows their mean; a cell that was
    not measured is hatched. All panels share one scale of color, from 0 to 100.

    Args:
        scores: scores per model label, such as before and after; of these the STS `spearman` that
            have a value.
        path: the PNG file to write.

    Raises:
        InputError: no model has an STS `spearman`.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    panels = {label: _cells(rows) for label, rows in scores.items()}
    panels = {label: cells for label, cells in panels.items() if cells}
    if not panels:
        raise InputError(
            f"scores of {len(scores)} models hold no STS {METRIC}; expected at least one;"
            " evaluate on an sts task first"
        )
    codes = list(
        dict.fromkeys(code for cells in panels.values() for pair in cells for code in pair)
    )
    across = min(len(panels), max(1, _CELLS_ACROSS // len(codes)))
    down = -(-len(panels) // across)
    labels = 0.4 + 0.08 * max(len(language(code)) for code in codes)
    cell = min(0.8, (WIDTH - labels - 0.25 * across) / (across * len(codes)))
    width = min(WIDTH, labels + across * (len(codes) * cell + 0.25))
    height = 0.6 + down * (len(codes) * cell + 0.5)
    with drawing(path, width=max(width, 4.5), height=height) as figure:
        grid = figure.subplots(down, across, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_axis_off()
                continue
            label = list(panels)[place]
            _draw_panel(axes, panels[label], codes, font=min(10.0, cell * 19))
            axes.set_title(label, fontsize=10)
            named = place % across == 0
            axes.set_yticks(range(len(codes)), map(language, codes) if named else [])
        _write_captions(figure)


def _write_captions(figure: "Figure") -> None:
    figure.suptitle("STS: Spearman × 100", x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(
        "italics: measured in the other order · hatched: not measured",
        x=0.01,
        ha="left",
        fontsize=8,
        color=FAINT,
    )


def _cells(scores: Sequence[Score]) -> _Cells:
    """Values times 100 by the two languages; the mean of several data sets."""
    found: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        if score.task == "sts" and score.metric == METRIC and score.value is not None:
            found.setdefault(two_languages(score.languages), []).append(100 * score.value)
    return {pair: fmean(values) for pair, values in found.items()}


def _draw_panel(axes: "Axes", cells: _Cells, codes: Sequence[str], *, font: float) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colors = colormaps["Blues"]
    for y, first in enumerate(codes):
        for x, second in enumerate(codes):
            own = cells.get((first, second))
            value = own if own is not None else cells.get((second, first))
            corner = (x - 0.5, y - 0.5)
            if value is None:
                empty = Rectangle(corner, 1, 1, linewidth=0, hatch="////")
                empty.set(facecolor="#F4F4F4", edgecolor="#CFCFCF")
                axes.add_patch(empty)
                continue
            color = colors(min(max(value, 0.0), 100.0) / 100)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, edgecolor="white"))
            dark = _luminance(color) < 0.52
            axes.text(
                x,
                y,
                f"{value:.1f}",
                ha="center",
                va="center",
                fontsize=font,
                fontstyle="italic" if own is None else "normal",
                color="white" if dark else INK,
            )
    axes.set_xlim(-0.5, len(codes) - 0.5)
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.set_xticks(range(len(codes)), codes)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _luminance(color: Sequence[float]) -> float:
    """Perceived lightness of an sRGB color, 0 to 1 (ITU-R BT.709 weights)."""
    red, green, blue = color[0], color[1], color[2]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
