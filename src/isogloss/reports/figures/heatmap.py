"""Where a model judges similarity well: languages by languages, one panel per model."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.errors import InputError
from isogloss.metrics.score import Score
from isogloss.reports.figures.style import (
    DIVERGING,
    WIDTH,
    Paths,
    bare_grid,
    draw_cell,
    drawing,
    signed,
    titled,
)
from isogloss.reports.wording import GROUPS, language, shortened, two_languages

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRIC = "spearman"
_CELLS_ACROSS = 14
"""More cells than this in a row of panels would be too small to read: the panels are stacked."""

_LETTER_INCHES = 0.085
_LEAST_SPAN = 5.0
"""Differences smaller than this are never shown in full color."""

_Cells = dict[tuple[str, str], float]


class _Look(NamedTuple):
    """How cells look: the values of the first and last color, the colors, the number's form."""

    low: float
    high: float
    palette: Sequence[str] | None
    form: str

    def colors(self) -> Any:
        """The color at a share of the scale."""
        from matplotlib import colormaps
        from matplotlib.colors import LinearSegmentedColormap

        if self.palette is None:
            return colormaps["Blues"]
        return LinearSegmentedColormap.from_list("difference", self.palette)


def sts_heatmap(
    scores: Mapping[str, Sequence[Score]], path: Paths, *, against: str | None = None
) -> None:
    """Draw the Spearman correlation of every language pair, times 100, with models side by side.

    Where only one order of a pair was measured its value also stands, in italics, in the other
    order's cell; a cell that was measured on several data sets shows their mean; a cell that was
    not measured is hatched. All panels share one scale of color, from 0 to 100, or around 0 for
    differences.

    Args:
        scores: scores per model label, such as before and after; of these the STS `spearman` that
            have a value.
        path: the file to write, PNG or SVG.
        against: label of the model that the others are compared with: cells then show how far they
            are above or below it. `None` shows every model as it is.

    Raises:
        InputError: no model has an STS `spearman`, or none has one where `against` has it too.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    panels = _panels(scores, against)
    codes = list(
        dict.fromkeys(code for cells in panels.values() for pair in cells for code in pair)
    )
    across = min(len(panels), max(1, _CELLS_ACROSS // len(codes)))
    down = -(-len(panels) // across)
    labels = 0.4 + 0.08 * max(len(language(code)) for code in codes)
    cell = min(0.8, (WIDTH - labels - 0.25 * across) / (across * len(codes)))
    width = min(WIDTH, labels + across * (len(codes) * cell + 0.25))
    height = 0.75 + down * (len(codes) * cell + 0.5)
    look = _Look(0.0, 100.0, None, "{:.1f}")
    if against is not None:
        span = max(_LEAST_SPAN, *(abs(v) for cells in panels.values() for v in cells.values()))
        look = _Look(-span, span, DIVERGING, "{:+.1f}")
    with drawing(path, width=max(width, 4.5), height=height) as figure:
        grid = figure.subplots(down, across, squeeze=False)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_axis_off()
        for place, (label, cells) in enumerate(panels.items()):
            axes = grid.flat[place]
            _draw_panel(axes, cells, codes, look, font=min(10.0, cell * 19))
            axes.set_title(shortened(label, int(12 * len(codes) * cell)), fontsize=10)
            named = place % across == 0
            axes.set_yticks(range(len(codes)), map(language, codes) if named else [])
            _name_columns(axes, codes, cell)
        _write_captions(figure, against, several=_any_mean(scores))


def has_differences(scores: Mapping[str, Sequence[Score]], against: str) -> bool:
    """Whether any other model has an STS `spearman` where `against` has one."""
    reference = set(_cells(scores.get(against, ())))
    others = (rows for label, rows in scores.items() if label != against)
    return any(reference & set(_cells(rows)) for rows in others)


def _panels(scores: Mapping[str, Sequence[Score]], against: str | None) -> dict[str, _Cells]:
    """Values, or differences to a model, of every model that has any."""
    panels = {label: _cells(rows) for label, rows in scores.items()}
    if against is not None:
        reference = panels.pop(against, {})
        panels = {
            label: {pair: v - reference[pair] for pair, v in cells.items() if pair in reference}
            for label, cells in panels.items()
        }
    panels = {label: cells for label, cells in panels.items() if cells}
    if not panels:
        beside = "" if against is None else f" beside one of {against!r}"
        raise InputError(
            f"scores of {len(scores)} models hold no STS {METRIC}{beside}; expected at least one;"
            " evaluate on an sts task first"
        )
    return panels


def _name_columns(axes: "Axes", codes: Sequence[str], cell: float) -> None:
    """Codes under the columns, upright where they would touch."""
    axes.set_xticks(range(len(codes)), codes)
    if max(map(len, codes)) * _LETTER_INCHES > cell:
        axes.tick_params(axis="x", labelrotation=90)


def _write_captions(figure: "Figure", against: str | None, *, several: bool) -> None:
    title = "STS: Spearman × 100"
    if against is not None:
        title += f", difference to {shortened(against, 40)}"
    marks = ["italics: measured in the other order", "hatched: not measured"]
    marks += ["a pair with several test sets: their mean"] if several else []
    titled(figure, title, " · ".join(marks))


def _any_mean(scores: Mapping[str, Sequence[Score]]) -> bool:
    return any(len(values) > 1 for rows in scores.values() for values in _values(rows).values())


def _cells(scores: Sequence[Score]) -> _Cells:
    """Values times 100 by the two languages; the mean of several data sets."""
    return {pair: fmean(values) for pair, values in _values(scores).items()}


def _values(scores: Sequence[Score]) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        graded = score.task == "sts" and score.metric == METRIC
        if graded and score.value is not None and score.languages not in GROUPS:
            found.setdefault(two_languages(score.languages), []).append(100 * score.value)
    return found


def _draw_panel(
    axes: "Axes", cells: _Cells, codes: Sequence[str], look: _Look, *, font: float
) -> None:
    colors = look.colors()
    for y, first in enumerate(codes):
        for x, second in enumerate(codes):
            own = cells.get((first, second))
            value = own if own is not None else cells.get((second, first))
            if value is None:
                draw_cell(axes, x, y, "", None)
                continue
            color = colors(min(max((value - look.low) / (look.high - look.low), 0.0), 1.0))
            style = "italic" if own is None else "normal"
            text = signed(look.form.format(value))
            draw_cell(axes, x, y, text, color, fontsize=font, fontstyle=style)
    axes.set_aspect("equal")
    bare_grid(axes, rows=len(codes), columns=len(codes))
