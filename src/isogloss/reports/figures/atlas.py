"""Texts on a plane, a point each, in the colors of what they are."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isogloss.protocols import FloatArray
from isogloss.reports.figures.style import FAINT, PALETTE, WIDTH, drawing, titled
from isogloss.reports.wording import shortened

_HEIGHT = 6.5
_OTHERS = "others"


def draw_atlas(
    points: FloatArray, categories: Sequence[str], path: Path, *, title: str, by: str
) -> None:
    """Draw a map; the most frequent categories have a color each, the others one.

    Args:
        points: `(n, 2)`.
        categories: of each text; `""` is unknown.
        path: the file to write, PNG or SVG.
        title: what is drawn.
        by: what the categories are.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    counts = Counter(categories)
    colored = [name for name, _ in counts.most_common() if name][: len(PALETTE)]
    which = np.array([name if name in colored else _OTHERS for name in categories])
    size = float(np.clip(4_000 / len(points), 1.5, 24))
    with drawing(path, width=WIDTH, height=_HEIGHT) as figure:
        axes = figure.subplots()
        generator = np.random.default_rng(0)
        order = generator.permutation(len(points))  # so that no category lies on top of another
        colors = dict(zip(colored, PALETTE, strict=False)) | {_OTHERS: FAINT}
        shades = np.array([colors[name] for name in which[order]])
        x, y = points[order].T
        axes.scatter(x, y, s=size, c=shades, alpha=0.75, linewidths=0, rasterized=True)
        for name in [*colored, *([_OTHERS] if _OTHERS in which and colored else [])]:
            label = f"{shortened(name, 24)} ({int((which == name).sum()):,})"
            axes.scatter([], [], s=30, color=colors[name], label=label)
        axes.set(xticks=[], yticks=[], aspect="equal")
        for spine in axes.spines.values():
            spine.set_visible(False)
        if colored:
            axes.legend(title=by, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
        titled(figure, title, "near each other: alike; the axes mean nothing")
