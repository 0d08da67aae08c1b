"""How close texts are to each other: a matrix of cosines, a row and a column for each text."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isogloss.reports.figures.style import WIDTH, bare_grid, draw_cell, drawing, signed, titled
from isogloss.reports.wording import shortened

MOST = 60
"""Texts of a side that are drawn; more could not be read."""
_NUMBERED = 20
"""Texts of a side up to which numbers stand in the cells."""
_LETTERS = 44


def cosine_heatmap(
    cosines: npt.NDArray[np.floating],
    rows: Sequence[str],
    columns: Sequence[str],
    path: Path,
    *,
    model: str = "",
) -> None:
    """Draw a matrix of cosines; of a larger one the first `MOST` rows and columns.

    Args:
        cosines: `(n_rows, n_columns)`.
        rows: the texts of the rows.
        columns: those of the columns.
        path: the file to write, PNG or SVG.
        model: what the title says gave them.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    from matplotlib import colormaps

    shown = cosines[:MOST, :MOST]
    down, across = shown.shape
    cell = float(np.clip(5.6 / max(shown.shape), 0.12, 0.55))
    low, high = min(0.0, float(shown.min())), max(1.0, float(shown.max()))
    left = 0.5 + 0.075 * max(len(shortened(text, _LETTERS)) for text in rows[:MOST])
    top = 0.5 + 0.055 * max(len(shortened(text, _LETTERS)) for text in columns[:MOST])
    with drawing(
        path, width=max(4.0, min(WIDTH, left + across * cell)), height=top + down * cell + 0.6
    ) as figure:
        axes = figure.subplots()
        blues = colormaps["Blues"]
        if max(shown.shape) > _NUMBERED:
            axes.imshow(shown, cmap=blues, vmin=low, vmax=high, interpolation="nearest")
        for y, x in np.ndindex(down, across) if max(shown.shape) <= _NUMBERED else ():
            value = float(shown[y, x])
            color = blues((value - low) / (high - low))
            draw_cell(axes, x, y, signed(f"{value:.2f}"), color, fontsize=cell * 15)
        font = float(np.clip(cell * 17, 4, 9))
        names = [shortened(text, _LETTERS) for text in rows[:down]]
        axes.set_yticks(range(down), names, fontsize=font)
        names = [shortened(text, _LETTERS) for text in columns[:across]]
        axes.set_xticks(range(across), names, fontsize=font, rotation=40, ha="right")
        axes.set_aspect("equal")
        bare_grid(axes, rows=down, columns=across)
        cut = "" if shown.shape == cosines.shape else f" · the first {down} × {across} of all"
        titled(figure, "Cosine of the sentences" + (f", {model}" if model else ""), cut.strip(" ·"))
