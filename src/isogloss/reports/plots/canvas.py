"""The sheet that all pictures are drawn on: one width, one type, no decoration."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import MissingExtraError
from isogloss.reports.folder import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 9.0
"""Inches. At 200 dots per inch a picture has 1800 pixels, twice what a page shows."""
_DPI = 200

INK = "#222222"
FAINT = "#6E6E6E"
GRID = "#E4E4E4"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's colors (Color Universal Design), less the yellow, which white swallows."""

_STYLE: Mapping[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}


@contextmanager
def drawing(path: Path | str, *, width: float = WIDTH, height: float) -> "Iterator[Figure]":
    """A figure to draw on; written to `path` at the end, unless drawing failed.

    Settings of the user's own matplotlib do not reach it.

    Args:
        path: the PNG file; its folder is made where it is missing.
        width: inches.
        height: inches.

    Yields:
        The empty figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "matplotlib is not installed; expected it for plots; run"
            " `pip install 'isogloss[plots]'`"
        ) from error
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
        yield figure
        drawn = BytesIO()
        figure.savefig(drawn, format="png", metadata={"Software": None})
    write_whole(Path(path), drawn.getvalue())


def ruled(axes: "Axes", axis: str) -> None:
    """Faint lines at the ticks of the `x` or `y` axis, and no tick marks."""
    axes.grid(visible=True, axis="x" if axis == "x" else "y", color=GRID, linewidth=0.8)
    axes.tick_params(length=0)
