"""How a run learned: loss on the left, distance to the teacher's targets on dev data right."""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from isogloss.errors import InputError
from isogloss.reports.figures.style import (
    FAINT,
    INK,
    PALETTE,
    Paths,
    drawing,
    finite,
    noted,
    ruled,
)
from isogloss.reports.wording import language
from isogloss.runs.parts import Evaluated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FVU = "fvu"
_SOURCE = "source"
_WINDOWS = 15
"""The smoothed loss is a centered mean over this fraction of all points."""
_LABEL_INCHES = 0.17
_LINE_STYLES = ("-", "--", ":", "-.")


class _Curve(NamedTuple):
    name: str
    x: list[float]
    y: list[float]


class _Axis(NamedTuple):
    key: str
    label: str


class _Curves(NamedTuple):
    axis: _Axis
    loss: _Curve
    dev: list[_Curve]


_SENTENCES = _Axis("sentences", "training sentences seen")
_STEPS = _Axis("step", "training steps")


def training_curve(
    history: Sequence[Evaluated],
    path: Paths,
    *,
    best_step: int | None = None,
    source_name: str = "source",
) -> None:
    """Draw the training loss and, per language, the FVU on dev data.

    Args:
        history: what training logged; of `dev` the `fvu`, `fvu_source` and `fvu_CODE`. Values that
            are no finite numbers are left out.
        path: the PNG file to write.
        best_step: step of the checkpoint that was kept; marked by a line. `None` marks none.
        source_name: name of the language that the teacher knows.

    Raises:
        InputError: the history holds neither a loss nor an FVU.
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    axis, loss, dev = _curves(history, source_name)
    panels = [panel for panel in (loss.x, dev) if panel]
    if not panels:
        raise InputError(
            f"a history of {len(history)} entries holds no loss and no dev FVU; expected at least"
            " one; draw no curve for this run"
        )
    best = next((_x(entry, axis) for entry in history if entry.step == best_step), None)
    with drawing(path, height=0.8 + _panel_inches(len(dev))) as figure:
        row = figure.subplots(1, len(panels), squeeze=False)[0]
        if loss.x:
            _draw_loss(row[0], loss)
        if dev:
            _draw_dev(row[-1], dev)
        for axes in row:
            axes.set_xlabel(axis.label)
            axes.xaxis.set_major_formatter(lambda value, _: _short(value))
            axes.xaxis.set_major_locator(_few_ticks())
            axes.set_xlim(left=0)
            ruled(axes, "y")
            if best is not None:
                _mark_best(axes, best, labelled=axes is row[-1])


def is_drawable(history: Sequence[Evaluated]) -> bool:
    """Whether `training_curve` has anything to draw."""
    curves = _curves(history, _SOURCE)
    return bool(curves.loss.x or curves.dev)


def _curves(history: Sequence[Evaluated], source_name: str) -> _Curves:
    """All there is to draw, over the sentences seen or, where they were not logged, the steps."""
    axis = _SENTENCES if any(_x(entry, _SENTENCES) is not None for entry in history) else _STEPS
    loss = _curve("loss", history, axis, lambda entry: entry.loss)
    return _Curves(axis, loss, _dev_curves(history, axis, source_name))


def _x(entry: Evaluated, axis: _Axis) -> float | None:
    return finite(getattr(entry, axis.key))


def _curve(
    name: str,
    history: Sequence[Evaluated],
    axis: _Axis,
    value: Callable[[Evaluated], float | None],
) -> _Curve:
    """The points that have both coordinates, by x; of two at one x (a resumed run) the later."""
    points = {}
    for entry in history:
        x, y = _x(entry, axis), finite(value(entry))
        if x is not None and y is not None:
            points[x] = y
    ordered = sorted(points.items())
    return _Curve(name, [x for x, _ in ordered], [y for _, y in ordered])


def _dev(key: str, entry: Evaluated) -> float | None:
    return entry.dev.get(key)


def _dev_curves(history: Sequence[Evaluated], axis: _Axis, source_name: str) -> list[_Curve]:
    """All languages together, the source, then the targets; `all` only beside two or more."""
    keys = list(dict.fromkeys(key for entry in history for key in entry.dev))
    codes = [key.removeprefix(f"{_FVU}_") for key in keys if key.startswith(f"{_FVU}_")]
    codes.sort(key=lambda code: code != _SOURCE)
    names = {f"{_FVU}_{code}": language(code) for code in codes if code != _SOURCE}
    if _SOURCE in codes:
        names = {f"{_FVU}_{_SOURCE}": source_name} | names
    if len(names) != 1:
        names = {_FVU: "all"} | names
    curves = [_curve(name, history, axis, partial(_dev, key)) for key, name in names.items()]
    return [curve for curve in curves if curve.x]


def _draw_loss(axes: "Axes", loss: _Curve) -> None:
    axes.plot(loss.x, loss.y, color=PALETTE[0], alpha=0.28, linewidth=0.9)
    axes.plot(loss.x, _smoothed(loss.y), color=PALETTE[0], linewidth=1.8, **_dots(loss))
    axes.set_title("Training loss")
    axes.set_ylabel("loss (smoothed; pale: as logged)")


def _draw_dev(axes: "Axes", curves: Sequence[_Curve]) -> None:
    colored = [curve for curve in curves if curve.name != "all"]
    for curve in curves:
        place = colored.index(curve) if curve.name != "all" else 0
        color = PALETTE[place % len(PALETTE)] if curve.name != "all" else INK
        style = _LINE_STYLES[place // len(PALETTE) % len(_LINE_STYLES)]
        axes.plot(curve.x, curve.y, color=color, linestyle=style, linewidth=1.8, **_dots(curve))
    top = max(max(curve.y) for curve in curves)
    axes.set_ylim(0, min(max(top * 1.08, 0.05), 2.0))
    if top > 0.85:
        axes.axhline(1.0, color=FAINT, linewidth=0.9, linestyle=(0, (1, 2)))
        noted(axes, "1.0: no better than a constant", (0, 1.0), offset=(4, -3), va="top")
    axes.set_title("Dev: unexplained variance")
    axes.set_ylabel("FVU (0 is the teacher itself)")
    _label_ends(axes, curves)


def _label_ends(axes: "Axes", curves: Sequence[_Curve]) -> None:
    """Each line's name and last value at its end, pushed apart where they would touch."""
    bottom, top = axes.get_ylim()
    right = max(curve.x[-1] for curve in curves)
    ends = [min(curve.y[-1], top) for curve in curves]
    gap = (top - bottom) * _LABEL_INCHES / _panel_inches(len(curves))
    levels = _spread(ends, gap=gap)
    lift = max(0.0, bottom + 0.6 * gap - min(levels))
    for place, (curve, level) in enumerate(zip(curves, levels, strict=True)):
        axes.annotate(
            f"{curve.name} {curve.y[-1]:.2f}",
            (right, level + lift),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=axes.get_lines()[place].get_color(),
            fontweight="bold" if curve.name == "all" else "normal",
            annotation_clip=False,
        )


def _spread(wanted: Sequence[float], *, gap: float) -> list[float]:
    """Heights at least `gap` apart in the order of the wanted ones, and as near them as can be.

    Least squares under an order is isotonic regression; pooling neighbors that break it solves it.
    """
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    pools: list[list[float]] = []
    for rank, at in enumerate(order):
        pools.append([wanted[at] - rank * gap])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    shifted = [fmean(pool) for pool in pools for _ in pool]
    levels = [0.0] * len(wanted)
    for rank, at in enumerate(order):
        levels[at] = shifted[rank] + rank * gap
    return levels


def _panel_inches(n_labels: int) -> float:
    """Height of a panel with room for its labels at the lines' ends."""
    return max(2.6, (n_labels + 2) * _LABEL_INCHES)


def _mark_best(axes: "Axes", best: float, *, labelled: bool) -> None:
    axes.axvline(best, color=FAINT, linewidth=0.9, zorder=0.5)
    if labelled:
        corner = {"xycoords": ("data", "axes fraction"), "ha": "right", "va": "top"}
        noted(axes, "kept", (best, 1.0), offset=(-3, -2), **corner)


def _smoothed(values: Sequence[float]) -> list[float]:
    """Centered running mean, its window smaller towards the ends."""
    reach = len(values) // _WINDOWS // 2
    means = []
    for at in range(len(values)):
        half = min(reach, at, len(values) - 1 - at)
        window = values[at - half : at + half + 1]
        means.append(fmean(window))
    return means


def _dots(curve: _Curve) -> dict[str, Any]:
    """Show the points themselves where there are few."""
    return {"marker": "o", "markersize": 3.5} if len(curve.x) <= 12 else {}


def _short(value: float) -> str:
    """A tick: `950`, `120k`, `1.5M`."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.10g}{letter}"
    return f"{value:.10g}"


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)
