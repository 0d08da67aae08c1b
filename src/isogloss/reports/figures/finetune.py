"""How a fine-tuning learned, and how a search for its hyper-parameters went."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from isogloss.reports.figures.style import (
    FAINT,
    INK,
    PALETTE,
    Paths,
    drawing,
    finite,
    legend_beside,
    noted,
    ruled,
)
from isogloss.reports.wording import pair_name
from isogloss.runs.parts import Evaluated, Search

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SPEARMAN = "spearman"
_MOST_LINES = 6
_BAR = 0.3
"""Inches per bar."""


def spearman_curve(
    history: Sequence[Evaluated], path: Paths, *, best_step: int | None = None
) -> None:
    """Draw the dev Spearman over the sentences seen: the mean, and up to six pairs of languages.

    Args:
        history: what training logged; of it the entries with a `dev` Spearman.
        path: the PNG or SVG file to write.
        best_step: where the weights that were kept come from.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    entries = [entry for entry in history if _spoken_of(entry)]
    named = dict.fromkeys(key for entry in entries for key in entry.dev)
    keys = [key for key in named if key.startswith(f"{_SPEARMAN}_")]
    with drawing(path, height=3.4) as figure:
        axes = figure.subplots()
        for number, key in enumerate(keys if len(keys) <= _MOST_LINES else []):
            seen, values = _points(entries, key)
            name = pair_name(key.removeprefix(f"{_SPEARMAN}_"))
            axes.plot(
                seen, values, color=PALETTE[number], linewidth=1.4, marker="o", ms=3, label=name
            )
        seen, values = _points(entries, _SPEARMAN)
        axes.plot(seen, values, color=INK, linewidth=2.2, marker="o", ms=4, label="mean")
        best = next((e.sentences for e in entries if e.step == best_step), None)
        if best is not None:
            axes.axvline(best, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_title("Held-out pairs")
        axes.set_xlabel("sentences seen (dashed: the weights that were kept)")
        axes.set_ylabel("Spearman × 100")
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ruled(axes, "y")
        legend_beside(axes)


def has_spearman(history: Sequence[Evaluated]) -> bool:
    """Whether `spearman_curve` has anything to draw."""
    return any(_spoken_of(entry) for entry in history)


def _spoken_of(entry: Evaluated) -> bool:
    return entry.sentences is not None and finite(entry.dev.get(_SPEARMAN)) is not None


def _points(entries: Sequence[Evaluated], key: str) -> tuple[list[float], list[float]]:
    """Sentences seen, and a Spearman × 100, of the evaluations in which it has a value."""
    known = [(entry.sentences or 0, finite(entry.dev.get(key))) for entry in entries]
    points = [(seen, 100 * value) for seen, value in known if value is not None]
    return [x for x, _ in points], [y for _, y in points]


def search_picture(found: Search, path: Paths) -> None:
    """Draw the trials of a search in their order, and how much each hyper-parameter matters.

    Args:
        found: the search.
        path: the PNG or SVG file to write.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    ranked = sorted(found.importance.items(), key=lambda item: item[1])
    with drawing(path, height=max(3.2, 1.4 + _BAR * len(ranked))) as figure:
        panels = figure.subplots(1, 2 if ranked else 1, squeeze=False)[0]
        _draw_trials(panels[0], found.trials)
        if ranked:
            axes = panels[1]
            names = [name.replace("_", " ") for name, _ in ranked]
            axes.barh(names, [100 * share for _, share in ranked], color=PALETTE[0], height=0.7)
            axes.set_title("What matters")
            axes.set_xlabel("share of the scores' variance, %")
            ruled(axes, "x")


def _draw_trials(axes: "Axes", trials: Sequence[Mapping[str, Any]]) -> None:
    """Every fold as a faint point, finished trials as full ones, and the best so far as a line."""
    for trial in trials:
        axes.plot(
            [trial["trial"]] * len(trial["folds"]),
            [100 * value for value in trial["folds"]],
            color=PALETTE[4],
            marker="o",
            ms=3,
            linestyle="none",
        )
    done = [(t["trial"], 100 * t["value"]) for t in trials if t["value"] is not None]
    line = list(accumulate((value for _, value in done), max))
    axes.plot([n for n, _ in done], line, color=FAINT, linewidth=1.2, drawstyle="steps-post")
    axes.plot(
        [n for n, _ in done], [v for _, v in done], color=INK, marker="D", ms=5, linestyle="none"
    )
    stopped = [
        (t["trial"], 100 * min(t["folds"])) for t in trials if t["value"] is None and t["folds"]
    ]
    for number, value in stopped:
        noted(axes, "stopped", (number, value), offset=(0, -12), ha="center")
    axes.margins(y=0.12)  # room for "stopped" below the lowest point
    axes.locator_params(axis="x", integer=True)
    axes.set_title("Trials")
    axes.set_xlabel("trial (points: folds; diamonds: means; line: best so far)")
    axes.set_ylabel("mean Spearman × 100")
    ruled(axes, "y")
